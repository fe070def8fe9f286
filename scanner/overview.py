"""How the station stands: what waits, how old its knowledge is, how long it may stay offline, what is wrong."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.errors import Misuse, Refusal
from ledger.limits import CLOCK_SKEW_SECONDS_MAX, OFFLINE_SECONDS_MAX
from scanner.counter import Counter
from scanner.limits import STATION_ONLINE_SECONDS_MAX

__all__ = ["Alarm", "Overview", "look"]


# What can be wrong here; problems like all others, so that one catalogue has their texts.
CLOCK_DIFFERS: Final = Misuse("clock-differs")
CLOCK_WENT_BACK: Final = Misuse("clock-went-back")
KEY_OUTSIDE_VALIDITY: Final = Refusal("key-outside-validity")
OFFLINE_TOO_LONG: Final = Misuse("offline-too-long")


class Alarm(msgspec.Struct, frozen=True):
    """Something that the ledger was caught at, or that is wrong here: the code of a problem, and when."""

    code: str
    detail: str
    time: int


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a station.

    Attributes:
        known: `online` when the ledger answered lately, and the last time it was asked; `blind` without any snapshot,
            else `offline`.
        queued, sent, receipted, refused: how many events are so.
        online_at: when the ledger last answered everything; None for never.
        snapshot_made: when the knowledge was made; None without any.
        offline_left: seconds until the oldest event that waits is too old for an offline one; negative afterwards.
        clock_off: seconds that the ledger's clock is ahead of ours, 0 within tolerance.
        alarms: what is wrong, the newest first.
    """

    known: str
    queued: int
    sent: int
    receipted: int
    refused: int
    online_at: int | None
    snapshot_made: int | None
    offline_left: int
    clock_off: int
    alarms: list[Alarm]


def look(counter: Counter) -> Overview:
    """Return how the station stands now.

    Raises:
        Unavailable: `outbox-unavailable`.
    """
    outbox, now = counter.outbox, counter.clock()
    counts = outbox.counts()
    online_at, made = outbox.fact("online-at"), outbox.fact("snapshot-made")
    fresh = online_at is not None and not outbox.fact("silent") and abs(now - online_at) <= STATION_ONLINE_SECONDS_MAX
    waits = counts["queued"] + counts["sent"]
    alarms = [
        Alarm(row["code"], row["detail"], row["time"])
        for row in outbox.execute("SELECT code, detail, time FROM alarm ORDER BY number DESC")
    ]
    alarms = [*_own_faults(counter, now), *alarms]
    return Overview(
        known="blind" if made is None else "online" if fresh else "offline", **counts, online_at=online_at,
        snapshot_made=made, offline_left=counter.offline_left() if waits else OFFLINE_SECONDS_MAX,
        clock_off=outbox.fact("clock-off") or 0, alarms=alarms,
    )  # fmt: skip


def _own_faults(counter: Counter, now: int) -> list[Alarm]:
    """Return what is wrong here: a clock that is off or went back, a key past its time, events that wait too long."""
    outbox, station = counter.outbox, counter.station
    found: list[Misuse | Refusal] = []
    if outbox.fact("clock-off"):
        found.append(CLOCK_DIFFERS)
    (newest,) = outbox.execute("SELECT max(made) AS made FROM event")
    if newest["made"] is not None and newest["made"] - now > CLOCK_SKEW_SECONDS_MAX:
        found.append(CLOCK_WENT_BACK)
    if not station.valid_from - CLOCK_SKEW_SECONDS_MAX <= now <= station.valid_until:
        found.append(KEY_OUTSIDE_VALIDITY)
    if counter.offline_left() < 0:
        found.append(OFFLINE_TOO_LONG)
    return [Alarm(each.code, "", now) for each in found]
