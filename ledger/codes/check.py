"""The check digit that closes every GS1 number."""

from __future__ import annotations

__all__ = ["check_digit_holds"]


def check_digit_holds(digits: str) -> bool:
    """Say whether the last of `digits` (ASCII digits only, any length) closes the ones before it.

    Source: GS1 General Specifications 7.9.1: weights 1, 3, 1, 3 … from the right, a sum divisible by ten.
    """
    # Summed as bytes, each digit 48 too large: in C, since a shipment brings them by the ten thousand.
    data = digits.encode("ascii")
    length = len(data)
    total = sum(data) + 2 * sum(data[length % 2 :: 2])
    return (total - 48 * (length + length // 2 * 2)) % 10 == 0
