"""Numbers and times without loss: EPCIS quantities are decimals, and a double would change them.

>>> number("200.50"), number(7), number("1E-3")
(Decimal('200.5'), 7, Decimal('0.001'))
"""

from __future__ import annotations

import json
import re
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

import msgspec

from ledger import canonical
from ledger.custody import fields
from ledger.limits import NUMBER_DIGITS_MAX

__all__ = ["dumps", "exact_time", "loads", "number", "plain"]

# xsd:decimal and xsd:double without their infinities; at most three digits of exponent, so that none is a bomb.
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_FRACTION: Final = re.compile(r"\.([0-9]+)")
_encoder: Final = msgspec.json.Encoder(order="sorted", decimal_format="number")


def loads(data: bytes) -> Any:
    """Read JSON with one meaning; numbers with a fraction or an exponent become decimals.

    Raises:
        FormatError: as `canonical.loads`.
    """
    value = canonical.loads(data)
    # Read again only when it has a number that a double may have changed; the first reading refused the rest.
    return json.loads(data, parse_float=Decimal) if _holds_float(value) else value


def _holds_float(value: Any) -> bool:
    if isinstance(value, float):
        return True
    if isinstance(value, dict):
        return any(map(_holds_float, value.values()))
    return isinstance(value, list) and any(map(_holds_float, value))


def dumps(value: Any) -> bytes:
    """Return JSON with sorted keys and no spaces; decimals are written digit by digit."""
    return _encoder.encode(value)


def number(value: Any) -> int | Decimal | None:
    """Return a number in its one form: an integer when it is one, else without trailing zeros; None for no number.

    Of more than `NUMBER_DIGITS_MAX` digits, written out, it is none.
    """
    if isinstance(value, str):
        if len(value) > 2 * NUMBER_DIGITS_MAX or _NUMBER.fullmatch(value) is None:
            return None
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**NUMBER_DIGITS_MAX else None
    if not value.is_finite() or not -NUMBER_DIGITS_MAX <= value.adjusted() < NUMBER_DIGITS_MAX:
        return int(value) if value == 0 else None
    written = format(value, "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    if sum(map(str.isdigit, written)) > NUMBER_DIGITS_MAX:
        return None
    return Decimal(written) if "." in written else int(written)


def plain(value: int | Decimal) -> str:
    """Return a number written out, without exponent."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def exact_time(text: str, rounding: str = ROUND_DOWN) -> int:
    """Return a time in milliseconds since the epoch; what is finer is cut off, or rounded as asked.

    Raises:
        FormatError: `event-time`.
    """
    seconds = fields.instant(text, "time")
    fraction = _FRACTION.search(text)
    digits = Decimal(f"0.{fraction[1]}") if fraction else Decimal(0)
    return seconds * 1000 + int((digits * 1000).quantize(Decimal(1), rounding))
