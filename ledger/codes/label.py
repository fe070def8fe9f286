"""What a label printer puts into a symbol, so that a scanner gives the same code back."""

from __future__ import annotations

from ledger.codes.code import Code
from ledger.codes.elements import SEPARATOR
from ledger.errors import CodeFault

__all__ = ["bracketed", "element_string"]


def element_string(code: Code) -> str:
    """Return what a symbol of this code says: an element string with U+001D for FNC1, or the 20 digits.

    The serial stands last. Should a station lose the separator, the serial goes missing and the fault shows;
    in the other order it would grow by the batch and name another pack.

    Raises:
        CodeFault: `code-element` when a value holds "<GS>", which readers take for a separator.
    """
    if code.scheme == "national":
        return code.key
    elements = _elements(code)
    if any(SEPARATOR.search(value) for _, value in elements):
        raise CodeFault("code-element", "a value holds <GS>, which stands for a separator")
    return "".join(ai + value + ("\x1d" if ai == "10" else "") for ai, value in elements)


def bracketed(code: Code) -> str:
    """Return the text for people that stands beside the symbol: `(01)…(17)…(10)…(21)…`, or the 20 digits.

    Raises:
        CodeFault: `code-element` when a value holds a parenthesis, which would have two readings here.
    """
    if code.scheme == "national":
        return code.key
    elements = _elements(code)
    if any("(" in value or ")" in value for _, value in elements):
        raise CodeFault("code-element", "a value holds a parenthesis")
    return "".join(f"({ai}){value}" for ai, value in elements)


def _elements(code: Code) -> list[tuple[str, str]]:
    if code.scheme == "sscc":
        return [("00", code.serial)]
    expiry = f"{code.expiry % 1_000_000:06d}" if code.expiry else ""
    pairs = (("01", code.product), ("17", expiry), ("10", code.batch), ("21", code.serial))
    return [(ai, value) for ai, value in pairs if value]
