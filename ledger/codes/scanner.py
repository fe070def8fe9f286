"""Scanner faults: the ways in which a sound pack arrives as a broken text.

Each fault is a hypothesis that can be undone: if the text reads once the fault is taken back, the station is
to blame and the pack is not. The reading goes into the detail and is never used in place of a new scan.

Where a fault leaves no trace in the text (Y and Z swapped in a serial, and no AIM identifier), reading cannot
notice it. `lookalikes` is for that: when a code is unknown, it lists what the same barcode could have been.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ledger.codes.code import Code, is_text_82, sgtin_key
from ledger.codes.elements import plain_elements
from ledger.codes.forms import parse
from ledger.errors import CodeFault
from ledger.limits import SCAN_SPLITS_MAX

__all__ = ["diagnose", "is_scanner_fault", "lookalikes"]

# Keyboards row by row, unshifted and shifted, the same key at the same place in each.
_US: Final = (
    "1234567890-=" "qwertyuiop[]\\" "asdfghjkl;'" "zxcvbnm,./"
    "!@#$%^&*()_+" "QWERTYUIOP{}|" 'ASDFGHJKL:"' "ZXCVBNM<>?"
)  # fmt: skip
_GERMAN: Final = (
    "1234567890ß´" "qwertzuiopü+#" "asdfghjklöä" "yxcvbnm,.-"
    '!"§$%&/()=?`' "QWERTZUIOPÜ*'" "ASDFGHJKLÖÄ" "YXCVBNM;:_"
)  # fmt: skip
_FRENCH: Final = (
    "&é\"'(-è_çà)=" "azertyuiop^$*" "qsdfghjklmù" "wxcvbn,;:!"
    "1234567890°+" "AZERTYUIOP¨£µ" "QSDFGHJKLM%" "WXCVBN?./§"
)  # fmt: skip

# What the host showed -> what the scanner meant. US is the layout that scanners come with.
_KEEPING_DIGITS: Final = (
    ("German keyboard, US scanner", str.maketrans(_GERMAN, _US)),
    ("US keyboard, German scanner", str.maketrans(_US, _GERMAN)),
)
_LAYOUTS: Final = (
    *_KEEPING_DIGITS,
    ("French keyboard, US scanner", str.maketrans(_FRENCH, _US)),
    ("US keyboard, French scanner", str.maketrans(_US, _FRENCH)),
)

_FULL_WIDTH: Final = re.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
_BEGINNING: Final = re.compile(r"(?=\]|[A-Za-z]{1,8}://|urn:|\(0[01]\)|\x1d?0[01][0-9]{14}|8[0-9]{19})")


def is_scanner_fault(code: str) -> bool:
    """Say whether a fault's code blames the station (`scanner-…`) and not the pack (`code-…`)."""
    return code.startswith("scanner-")


def diagnose(text: str, fault: CodeFault) -> CodeFault:
    """Return what best explains that `text` did not read: a scanner's fault, if the text reads without it."""
    wide = _FULL_WIDTH.search(text)
    if wide:
        return CodeFault("scanner-full-width", "letters or digits are full-width", span=wide.span())
    glued = _two_codes(text)
    if glued or fault.code == "scanner-case-inverted":
        return glued or fault  # where either case may be meant, neither is suggested
    return _case_inverted(text) or _other_layout(text) or fault


def lookalikes(key: str) -> tuple[tuple[str, str], ...]:
    """List the codes that the same barcode may name on a station without a fault: pairs (fault, key), by key.

    Ask with a key that the ledger does not know: if it knows one of these, the station is the likelier
    culprit. National codes and SSCCs have none: they are digits only, and of one length.

    Raises:
        CodeFault: `code-key`, `code-check-digit` when `key` is not canonical.
    """
    if key[:3] != "01/":
        return ()
    code = Code(key)
    serial = code.serial
    candidates = [("scanner-case-inverted", serial.swapcase())]
    candidates += [("scanner-layout", serial.translate(table)) for _, table in _KEEPING_DIGITS]
    candidates += [("scanner-separator-lost", head) for head in _heads(serial)]
    found = {sgtin_key(code.product, text): fault for fault, text in reversed(candidates) if is_text_82(text)}
    found.pop(key, None)
    return tuple((fault, other) for other, fault in sorted(found.items()))


def _heads(serial: str) -> Iterator[str]:
    """Yield each beginning of `serial` after which whole elements stand: what a lost separator joins."""
    for end in range(1, len(serial)):
        try:
            plain_elements(serial[end:])
        except CodeFault:
            continue
        yield serial[:end]


def _reads(text: str) -> Code | None:
    try:
        return parse(text)
    except CodeFault:
        return None


def _two_codes(text: str) -> CodeFault | None:
    splits = [found.start() for found in _BEGINNING.finditer(text) if found.start()]
    for at in splits[:SCAN_SPLITS_MAX]:
        if _reads(text[:at]):
            return CodeFault("scanner-two-codes", "a second code begins here", span=(at, len(text)))
    return None


def _case_inverted(text: str) -> CodeFault | None:
    meant = _reads(text.swapcase())
    if meant is None:
        return None
    detail = f"capitals and small letters are swapped; sound, it would read {meant.key}"
    return CodeFault("scanner-case-inverted", detail, span=(0, len(text)))


def _other_layout(text: str) -> CodeFault | None:
    # No text reads under two of these: each shows the digits, the brackets and the colon in its own way.
    for name, table in _LAYOUTS:
        meant = _reads(text.translate(table))
        if meant:
            detail = f"{name}; sound, it would read {meant.key}"
            return CodeFault("scanner-layout", detail, span=(0, len(text)))
    return None
