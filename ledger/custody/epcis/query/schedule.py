"""Schedules of subscriptions (EPCIS 2.0 §8.2.5.3): at which moments a query is asked. Times are in UTC.

    {"minute": "0,30", "hour": "[8-18]", "dayOfWeek": "[1-5]"}

A part that is not there, or `*`, is any; except that the parts finer than the coarsest one given are 0, so that
`{"hour": "8"}` is once a day. Days of the week are 1 (Monday) to 7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from ledger.custody.epcis.faults import QueryFault
from ledger.limits import SCHEDULE_DAYS_MAX

__all__ = ["Schedule", "next_moment", "parse_schedule"]

Schedule = dict[str, frozenset[int]]
"""For each part, the values at which it fires."""

_PARTS: Final = {
    "second": (0, 59), "minute": (0, 59), "hour": (0, 23), "dayOfMonth": (1, 31), "month": (1, 12), "dayOfWeek": (1, 7),
}  # fmt: skip
_ITEM: Final = re.compile(r"([0-9]{1,2})|\[([0-9]{1,2})-([0-9]{1,2})\]")


def parse_schedule(value: Mapping[str, str]) -> Schedule:
    """Read a schedule.

    Raises:
        QueryFault: `subscription-controls`; also for one that comes to no moment.
    """
    if not value or not value.keys() <= _PARTS.keys():
        raise QueryFault("subscription-controls", f"a schedule has {', '.join(_PARTS)}")
    schedule = {name: _values(name, value.get(name, "*")) for name in _PARTS}
    for name in ("second", "minute", "hour"):
        if name in value:
            break
        schedule[name] = frozenset({0})
    if next_moment(schedule, 0) is None:
        raise QueryFault("subscription-controls", "a schedule without any moment")
    return schedule


def _values(name: str, text: str) -> frozenset[int]:
    low, high = _PARTS[name]
    if text == "*":
        return frozenset(range(low, high + 1))
    found: set[int] = set()
    for part in text.split(","):
        item = _ITEM.fullmatch(part.strip())
        if item is None:
            raise QueryFault("subscription-controls", f"{name}: like 5 or 0,30 or [8-18]")
        first, last = (item[1], item[1]) if item[1] else (item[2], item[3])
        found.update(range(int(first), int(last) + 1))
    if not found or not low <= min(found) <= max(found) <= high:
        raise QueryFault("subscription-controls", f"{name}: from {low} to {high}")
    return frozenset(found)


def next_moment(schedule: Schedule, after: int) -> int | None:
    """Return the first moment after this one, in seconds since the epoch; None when there is none."""
    begin = datetime.fromtimestamp(after + 1, UTC)
    day = begin.replace(hour=0, minute=0, second=0)
    for number in range(SCHEDULE_DAYS_MAX):
        today = day + timedelta(days=number)
        if today.day in schedule["dayOfMonth"] and today.month in schedule["month"] \
                and today.isoweekday() in schedule["dayOfWeek"]:  # fmt: skip
            earliest = (begin.hour, begin.minute, begin.second) if number == 0 else (0, 0, 0)
            moment = _in_day(schedule, earliest)
            if moment is not None:
                return int((today + timedelta(seconds=moment)).timestamp())
    return None


def _in_day(schedule: Schedule, earliest: tuple[int, int, int]) -> int | None:
    """Return the first second of a day from this time on at which the schedule fires."""
    for hour in sorted(each for each in schedule["hour"] if each >= earliest[0]):
        for minute in sorted(schedule["minute"]):
            for second in sorted(schedule["second"]):
                if (hour, minute, second) >= earliest:
                    return 3_600 * hour + 60 * minute + second
    return None
