"""Submissions: what anybody hands in, and the file that carries many of them.

An upload file is JSON Lines: one submission a line, each standing alone.

    {"statement":"<base64>","body":"<the body's text>","confidential":"<the part's text>","received":1795322220}

`body` and `confidential` are the exact bytes, as text (both are JSON in UTF-8); `confidential` is there when
the body names one. `received` is optional and only for simulated data: when the submission came in.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

import msgspec

from ledger import canonical
from ledger.errors import FormatError
from ledger.limits import TIME_SECONDS_MAX, UPLOAD_LINE_BYTES_MAX

__all__ = ["Submission", "UploadLine", "parse_line", "print_line"]


class Submission(msgspec.Struct, frozen=True):
    """What somebody hands in: statement, body, and the confidential part where the body names one.

    Attributes:
        from_gateway: the gateway signed it, for a party: the body is recorded once, whichever key signed it, and no
            other event of this party under its id, unless it declares an error.
    """

    statement: bytes
    body: bytes
    confidential: bytes | None = None
    from_gateway: bool = False


class UploadLine(msgspec.Struct, frozen=True):
    """One line of an upload file; `received` in seconds since the epoch, simulated data only."""

    submission: Submission
    received: int | None = None


Seconds = Annotated[int, msgspec.Meta(ge=0, le=TIME_SECONDS_MAX)]


class _Line(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    statement: str
    body: str
    confidential: str | None = None
    received: Seconds | None = None


_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


def print_line(line: UploadLine) -> bytes:
    """Return the line, with its end."""
    submission = line.submission
    confidential = submission.confidential
    return _encode(
        _Line(
            base64.b64encode(submission.statement).decode(),
            submission.body.decode(),
            None if confidential is None else confidential.decode(),
            line.received,
        )
    ) + b"\n"


def parse_line(data: bytes) -> UploadLine:
    """Read one line of an upload file, with or without its end.

    Raises:
        FormatError: `upload-line-too-large`, `upload-line-malformed`; `json-ambiguous` for a repeated key.
    """
    if len(data) > UPLOAD_LINE_BYTES_MAX:
        raise FormatError("upload-line-too-large", f"more than {UPLOAD_LINE_BYTES_MAX} bytes")
    try:
        line = _decode(data)
        if _encode(line) != data.rstrip(b"\r\n"):
            canonical.loads(data)  # written otherwise than we do: all the more it must not be read in two ways
        statement = base64.b64decode(line.statement, validate=True)
        submission = Submission(
            statement, line.body.encode(), None if line.confidential is None else line.confidential.encode()
        )
    except (msgspec.DecodeError, UnicodeError, binascii.Error, ValueError) as error:
        raise FormatError("upload-line-malformed", str(error)) from None
    if base64.b64encode(statement).decode() != line.statement:
        raise FormatError("upload-line-malformed", "statement: not canonical base64")
    return UploadLine(submission, line.received)
