"""The one door: whatever a scanner or a person delivers becomes a code, or a fault with a place."""

from __future__ import annotations

from ledger.codes.code import Code
from ledger.codes.forms import parse
from ledger.codes.scanner import diagnose
from ledger.errors import CodeFault
from ledger.limits import SCAN_CHARACTERS_MAX

__all__ = ["read"]

# No character takes more bytes than this in UTF-8 or in GB 18030.
_CHARACTER_BYTES_MAX = 4


def read(text: str | bytes) -> Code:
    """Return the code that a scanned or typed text names; docs/formats/code.md lists the forms.

    Bytes are UTF-8, or GB 18030 when they are not: Chinese QR codes hold either, unmarked.

    Raises:
        CodeFault: `scanner-…` when the station mangled the text and the pack may be sound, `code-…` when the
            text is no pack's code; `span` is in characters of the text (for bytes, of the decoded text).
    """
    if isinstance(text, bytes):
        text = _decoded(text)
    if len(text) > SCAN_CHARACTERS_MAX:
        beyond = (SCAN_CHARACTERS_MAX, len(text))
        raise CodeFault("code-too-long", f"more than {SCAN_CHARACTERS_MAX} characters", span=beyond)
    try:
        return parse(text)
    except CodeFault as fault:
        raise diagnose(text, fault) from None


def _decoded(data: bytes) -> str:
    if len(data) > _CHARACTER_BYTES_MAX * SCAN_CHARACTERS_MAX:
        raise CodeFault("code-too-long", f"{len(data)} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise CodeFault("code-characters", f"neither UTF-8 nor GB 18030 at byte {error.start}") from None
