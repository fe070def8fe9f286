"""What benchmarks say: rows, and the page that shows them."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Final

import msgspec

from ledger.bench.measure import Spread

__all__ = ["FULL", "SMALL", "Row", "Scale", "page_of", "table_of"]


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much work is done.

    Attributes:
        name: `full`, `small`, or another.
        rounds: of each race.
        events: one-pack events in a round.
        shipment_packs, shipments: packs in each, and shipments in a round; each is shipped and received.
        growth_links: sizes of the ledger, in links, at which the cost of an event is measured.
        trace_packs, traces: packs in the ledger, and how many are traced.
        verify_statements, verify_links: what a ledger holds that is verified; a tenth of it comes first.
    """

    name: str
    rounds: int
    events: int
    shipment_packs: int
    shipments: int
    growth_links: tuple[int, int]
    trace_packs: int
    traces: int
    verify_statements: int
    verify_links: int


FULL: Final = Scale(
    name="full", rounds=7, events=5_120, shipment_packs=10_000, shipments=4,
    growth_links=(100_000, 5_000_000), trace_packs=1_000_000, traces=2_000,
    verify_statements=200_000, verify_links=1_000_000,
)  # fmt: skip
SMALL: Final = Scale(
    name="small", rounds=3, events=1_024, shipment_packs=2_000, shipments=2,
    growth_links=(10_000, 100_000), trace_packs=20_000, traces=200,
    verify_statements=4_000, verify_links=20_000,
)  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure.

    Attributes:
        benchmark, database: what was measured, and in which kind of database.
        figure: who did it, or what it is: `packledger`, `limit`, `trigger chain` …
        value, unit: the spread of the rounds.
        ratio: against what the row says it is compared with, round by round; None when it is compared with nothing.
        goal: the bound that the median of the ratio (else of the value) is held to; None when there is none.
        at_least: whether the goal is a lower bound.
    """

    benchmark: str
    database: str
    figure: str
    value: Spread
    unit: str
    ratio: Spread | None = None
    goal: float | None = None
    at_least: bool = True

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None when there is none."""
        if self.goal is None:
            return None
        got = (self.ratio or self.value).median
        return got >= self.goal if self.at_least else got <= self.goal


_HEAD: Final = (
    "| database | figure | median | least – most | unit | ratio | least – most | goal |",
    "|---|---|---:|---:|---|---:|---:|---|",
)


def table_of(rows: Sequence[Row]) -> str:
    """Return the rows of one benchmark as a table in Markdown."""
    return "\n".join([*_HEAD, *map(_line, rows)])


def _line(row: Row) -> str:
    value, ratio = row.value, row.ratio
    cells = [row.database, row.figure, _number(value.median), f"{_number(value.least)} – {_number(value.most)}", row.unit]
    cells += ["", ""] if ratio is None else [f"{ratio.median:.2f}", f"{ratio.least:.2f} – {ratio.most:.2f}"]
    goal = ""
    if row.goal is not None:
        goal = f"{'at least' if row.at_least else 'at most'} {row.goal:g}: {'reached' if row.reached else 'missed'}"
    return f"| {' | '.join([*cells, goal])} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


_TEXTS: Final = {
    "one-pack": (
        "One-pack events",
        "Dispensings of packs that a pharmacy holds, some 700 bytes each, from 32 stations, through `record` in groups of 256; durable.\n"
        "The ratio is the limit's time over ours.",
    ),
    "shipment": (
        "Shipments",
        "Shipments of many packs, shipped and received, one call to `record` each; durable.\n"
        "The ratio is the limit's time over ours; that of `over the trigger chain` is its time over ours.\n"
        "`memory` is the most that recording holds beyond what it held before, over the size of body and links together.",
    ),
    "growth": (
        "Growth",
        "The time of a group of 256 one-pack events in a small and in a large ledger, measured alternately.\n"
        "The ratio is large over small.",
    ),
    "trace": ("Trace", "The story of one pack, drawn by chance among all, inside the process, first to last step."),
    "verify": (
        "Verify",
        "`verify` of a whole ledger on all processors, and its signatures alone by the same library on the same processors.\n"
        "The ratio is `verify` over signatures. Memory is the sum of what all its processes hold for themselves, at its most.",
    ),
}


def page_of(rows: Sequence[Row], scale: Scale, settings: Sequence[str]) -> str:
    """Return the page: how it was measured, and one table a benchmark."""
    parts = [
        "# Performance",
        "<!-- Written by `packledger bench --write`; run it again, do not edit. -->",
        f"Written by `packledger bench` at scale `{scale.name}`"
        f" on {os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}.\n"
        "Machines drift while they are measured, so everything is done in rounds, each figure beside what it is compared with;"
        " the ratio is that of a round, and its median counts.\n"
        "The limit is what this machine allows at all: raw Ed25519 verification of the same signatures by PyNaCl (libsodium) on all processors,"
        " then raw bulk insertion of the very rows that `record` wrote, in the same transactions, into the same tables with the same indexes,"
        " as durable: binary COPY of prepared bytes on PostgreSQL, one prepared statement a table on SQLite.\n"
        "Beside it stands what people would write instead, with no signatures and no proofs: a hash chain made by a trigger"
        " (PL/pgSQL; on SQLite, which has no SHA-256, with a function in Python), and the `eventsourcing` library with one event an aggregate.",
    ]
    parts += [f"PostgreSQL: {told}." for told in settings]
    for name, (heading, text) in _TEXTS.items():
        chosen = [row for row in rows if row.benchmark == name]
        if chosen:
            parts += [f"## {heading}", text, table_of(chosen)]
    return "\n\n".join(parts) + "\n"
