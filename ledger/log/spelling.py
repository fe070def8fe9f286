"""Decimals and base64, one spelling each.

Python reads more than it writes: `int` takes "1_000", "+5", " 5" and other scripts' digits, `b64decode` takes
letters whose unused bits are set. A format with two spellings of one value has two hashes of one thing.
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from ledger.limits import DECIMAL_DIGITS_MAX

__all__ = ["print_base64", "read_base64", "read_decimal"]


def read_decimal(text: str) -> int:
    """Return the number that `text` spells: ASCII digits, no leading zero.

    Raises:
        ValueError: it is no decimal, or a longer one than any size or time; the message quotes nothing.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= DECIMAL_DIGITS_MAX):
        raise ValueError("not a decimal")
    if text[0] == "0" and text != "0":
        raise ValueError("a decimal with a leading zero")
    return int(text)


def read_base64(text: str) -> bytes:
    """Return the bytes that `text` spells in standard base64 (RFC 4648 §4), padded.

    Raises:
        ValueError: it is not base64, or not the one way to write these bytes (RFC 4648 §3.5).
    """
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise ValueError("not base64") from None
    if print_base64(data) != text:
        raise ValueError("not the canonical base64 of its bytes")
    return data


def print_base64(data: bytes) -> str:
    """Return `data` in standard base64 (RFC 4648 §4)."""
    return b64encode(data).decode("ascii")
