"""The little of CBOR that statements and receipts are made of, in its one deterministic spelling.

Writing gives the shortest form of each item (RFC 8949 §4.2.1); reading refuses every other. Reading goes
forward over the bytes: each reader takes the place of an item and returns it with the place after it.
A general decoder would accept more and then need everything encoded again to be compared.

All readers raise ValueError when the item is not what was expected; IndexError when the bytes end before it.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ARRAY", "BYTES", "INTEGER", "MAP", "NEGATIVE", "TEXT",
    "head", "print_blob", "print_integer", "print_text",
    "read_blob", "read_fixed", "read_head", "read_text", "what_stopped",
]  # fmt: skip

# Major types (RFC 8949 §3.1), as they stand in the first three bits.
INTEGER: Final = 0x00
NEGATIVE: Final = 0x20
BYTES: Final = 0x40
TEXT: Final = 0x60
ARRAY: Final = 0x80
MAP: Final = 0xA0


def head(major: int, value: int) -> bytes:
    """Return the head of an item: its type, and its value or length in the fewest bytes."""
    if value < 24:
        return bytes((major | value,))
    if value < 1 << 8:
        return bytes((major | 24, value))
    if value < 1 << 16:
        return bytes((major | 25,)) + value.to_bytes(2, "big")
    if value < 1 << 32:
        return bytes((major | 26,)) + value.to_bytes(4, "big")
    return bytes((major | 27,)) + value.to_bytes(8, "big")


def print_integer(value: int) -> bytes:
    """Return `value` as an unsigned or negative integer."""
    return head(INTEGER, value) if value >= 0 else head(NEGATIVE, -1 - value)


def print_text(value: str) -> bytes:
    """Return `value` as a text string in UTF-8."""
    data = value.encode()
    return head(TEXT, len(data)) + data


def print_blob(value: bytes) -> bytes:
    """Return `value` as a byte string."""
    return head(BYTES, len(value)) + value


def read_fixed(data: bytes, at: int, expected: bytes, otherwise: str) -> int:
    """Step over the bytes that must stand here, or say what there is `otherwise`."""
    end = at + len(expected)
    if data[at:end] != expected:
        raise ValueError(otherwise)
    return end


def read_head(data: bytes, at: int, major: int) -> tuple[int, int]:
    """Read the head of an item of type `major`; return its value or length, and where the item goes on."""
    value = data[at] - major
    if 0 <= value < 24:  # nearly every head: the value stands in the byte itself
        return value, at + 1
    if not 24 <= value <= 27:
        raise ValueError("an item of another type")
    end = at + 1 + (1 << value - 24)
    if end > len(data):
        raise IndexError("the bytes end inside an item")
    number = int.from_bytes(data[at + 1 : end], "big")
    if number < (24, 1 << 8, 1 << 16, 1 << 32)[value - 24]:
        raise ValueError("a number or length in more bytes than it needs")
    return number, end


def read_blob(data: bytes, at: int) -> tuple[bytes, int]:
    """Read a byte string of any length."""
    length, at = read_head(data, at, BYTES)
    end = at + length
    if end > len(data):
        raise IndexError("the bytes end inside a byte string")
    return data[at:end], end


def read_text(data: bytes, at: int, characters_max: int) -> tuple[str, int]:
    """Read a text of 1 to `characters_max` printable ASCII characters.

    Identifiers, kinds and media types are ASCII in their own standards (RFC 3986, RFC 6838); anything more
    would let two texts look alike, or turn around what stands beside them.
    """
    length = data[at] - TEXT
    if 0 <= length < 24:
        at += 1
    else:
        length, at = read_head(data, at, TEXT)
    end = at + length
    if not 0 < length <= characters_max or end > len(data):
        raise ValueError("a text that is empty or too long")
    text = data[at:end].decode("ascii")
    if not text.isprintable():
        raise ValueError("a text with control characters")
    return text, end


def what_stopped(error: IndexError | ValueError) -> str:
    """Return in words why a reader stopped, for the detail of a FormatError."""
    if isinstance(error, IndexError):
        return "the bytes end too early"
    return "a text is not ASCII" if isinstance(error, UnicodeError) else str(error)
