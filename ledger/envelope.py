"""Envelopes: a signed statement with its body beside it, as clients of SCITT hand it in.

    18([ protected, {"body": h'…', "confidential": h'…'}, digest, signature ])

A statement is a hash envelope (RFC 9995): it does not carry its body. Whoever registers one puts the body, and the
confidential part if the body names one, into the unprotected header, which no signature covers; any library for COSE
can do that. They are taken out again: the statement that enters the log has an empty one.

>>> open_envelope(bytes.fromhex("d28443a10126a04100"))
Traceback (most recent call last):
    ...
ledger.errors.FormatError: envelope-malformed: the statement holds no body
"""

from __future__ import annotations

from typing import Final

from ledger.errors import FormatError
from ledger.limits import ENVELOPE_BYTES_MAX
from ledger.log.cbor import BYTES, MAP, head, print_text, read_blob, read_fixed, read_head, read_text, what_stopped
from ledger.submission import Submission

__all__ = ["open_envelope", "print_envelope"]

_TAG_AND_ARRAY: Final = b"\xd2\x84"  # 18([
_EMPTY_MAP: Final = b"\xa0"
_PARTS: Final = ("body", "confidential")


def print_envelope(submission: Submission) -> bytes:
    """Return a submission as one COSE_Sign1."""
    _, end = read_blob(submission.statement, len(_TAG_AND_ARRAY))
    held = zip(_PARTS, (submission.body, submission.confidential), strict=True)
    parts = [(name, part) for name, part in held if part is not None]
    beside = b"".join(print_text(name) + head(BYTES, len(part)) + part for name, part in parts)
    rest = submission.statement[end + len(_EMPTY_MAP) :]
    return submission.statement[:end] + head(MAP, len(parts)) + beside + rest


def open_envelope(data: bytes) -> Submission:
    """Take an envelope apart; what it holds is not tested.

    Raises:
        FormatError: `envelope-malformed`.
    """
    if len(data) > ENVELOPE_BYTES_MAX:
        raise FormatError("envelope-malformed", f"more than {ENVELOPE_BYTES_MAX} bytes")
    try:
        at = read_fixed(data, 0, _TAG_AND_ARRAY, "not a tagged COSE_Sign1")
        _, end = read_blob(data, at)
        count, at = read_head(data, end, MAP)
        parts: dict[str, bytes] = {}
        for _ in range(count):
            name, at = read_text(data, at, max(map(len, _PARTS)))
            if name not in _PARTS or name in parts:
                raise ValueError("an unprotected header other than body and confidential, or one twice")
            parts[name], at = read_blob(data, at)
    except (IndexError, ValueError) as error:
        raise FormatError("envelope-malformed", what_stopped(error)) from None
    if "body" not in parts:
        raise FormatError("envelope-malformed", "the statement holds no body")
    statement = data[:end] + _EMPTY_MAP + data[at:]
    return Submission(statement, parts["body"], parts.get("confidential"))
