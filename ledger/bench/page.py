"""The page that shows the figures, in Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Final

from ledger.bench.rows import Row, Scale

__all__ = ["page_of"]

_HOW: Final = """
Machines drift while they are measured, so everything is done in rounds, each figure beside what it is compared with.
The ratio is that of a round, and its median counts; only ratios should be carried from one machine to another.

The limit is what the machine allows at all.
It is raw Ed25519 verification of the same signatures by PyNaCl (libsodium) on all processors,
then raw bulk insertion of the very rows that `record` wrote:
the same transactions, tables, indexes and durability, with binary COPY of prepared bytes on PostgreSQL
and one prepared statement a table on SQLite.

Beside it stands what people would write instead, without signatures or proofs.
One is a hash chain made by a trigger (PL/pgSQL; on SQLite, which has no SHA-256, with a function in Python).
The other is the `eventsourcing` library, an aggregate of one event for each pack.
"""

_ABOUT: Final = {
    "one-pack": """## One-pack events

Dispensings of packs that a pharmacy holds, some 700 bytes each, from 32 stations, through `record`; durable.
Groups are of 256 submissions.
The ratio is the limit's time over ours.""",
    "shipment": """## Shipments

Shipments of many packs, shipped and received, one call to `record` each; durable.
The ratio is the limit's time over ours; that of `over the trigger chain` is its time over ours.
`memory` is the most that recording holds beyond what it held before, over the size of body and links together.""",
    "growth": """## Growth

The time of a one-pack event, in groups of 256, in a small ledger and in a large one, in turn.
The packs are drawn from all over the ledger.
The ratio is large over small.""",
    "trace": """## Trace

The story of one pack, drawn by chance among all, inside the process, first to last step.
The 99th percentile is that of a round of some thousand stories; the median of the rounds counts.""",
    "verify": """## Verify

`verify` of a whole ledger on all processors, and its signatures alone, by the same library on the same processors.
Half of the signatures are verified before, and half after: machines drift while `verify` runs.
Signed tree heads are signatures too.
The ratio is `verify` over signatures.
It runs in a process of its own, which starts the others.
Memory is what they hold together at the most, a page that they share counted once, in a run of its own.""",
    "lake": """## Lake

Rows of the lake's table `custody` made from a ledger, a second of one processor's time.
Shipments are events of 10,000 packs: what counts is the cost of a row.
Sales are events of one pack with an encrypted confidential part: what counts is the cost of a statement,
which is read, taken apart, its part decrypted and its persons made pseudonyms.
The limit reads the same rows from the database without looking at them, and writes the same Parquet from ready arrays.
The ratio is the limit's time over ours.""",
    "rules": """## Rules

The catalogue over a lake of millions of facts, on DuckDB with two threads and the memory of the setting's default.
The facts are those of a small synthetic country that was recorded, copied many times under other names.
A rule is loaded into an engine of its own over the Parquet files, run, and its hits typed.
The same question was written by hand, without our views or runner (`ledger/bench/by_hand/`), and asked of the files.
Both find the same packs, money and evidence, or the benchmark stops.
The ratio is the rule over the query by hand, in processor time of all threads.
The catalogue runs as `packledger rules run` does, in a process of its own, and remembers for the next run.
After the last hundredth of the facts came as new ones, it runs on top of what was remembered.
The ratio is that run over one that computes everything, in processor time; both find the same, or the benchmark stops.
Memory is what the process holds at the most, in a run of its own.""",
    "seize": """## Seize

What `packledger seize` does with the list of a thirty-tons warehouse, from reading the list to the opened case;
one seizure, since packs are seized once.
The lake and the list are those of a small thirty-tons country that was recorded, copied many times under other names,
and the findings of the catalogue over that lake are in the ledger.
The ledger holds the packs as made, delivered and sold in shipments.
Recording writes papers of at most 10,000 codes, and moves each pack to `seized` with a link of its chain.""",
    "http": """## HTTP

The same dispensings, each answered with verdict and receipt, by a server of one process.
A counter sends one a request; a till or a station's outbox several; an ERP many.
Each statement stands alone also there, and has its own outcome.
Whoever sends them runs on the same processors.
The ratio is their speed over that of `record` alone, in groups of 256 and in the same round.
At a rate, a request is counted from the moment when it was due.
Sixteen callers who wait for each answer make small groups, whoever carries them:
beside HTTP stands `record` itself, called from sixteen threads with one statement each.
A group waits for the disk twice, one after the other, and so does its answer: one such wait is measured as well.""",
}

_HEAD: Final = """| database | figure | median | least – most | unit | ratio | least – most | goal |
|---|---|---:|---:|---|---:|---:|---|"""


def page_of(rows: Sequence[Row], scale: Scale, settings: Sequence[str], before: str = "") -> str:
    """Return the page: how it was measured, and one table a benchmark.

    Args:
        rows: of any benchmarks.
        scale: at which they ran.
        settings: of each PostgreSQL, in one line.
        before: the page as it was; sections of benchmarks that did not run now are kept from it.
    """
    machine = f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}"
    parts = [
        "# Performance",
        "<!-- Written by `packledger bench --write`; run it again, do not edit. -->",
        f"Written by `packledger bench` at scale `{scale.name}` on {machine}.",
        _HOW.strip(),
        *([f"PostgreSQL: {told}." for told in settings] or _told_before(before)),
    ]
    for name, about in _ABOUT.items():
        chosen = [row for row in rows if row.benchmark == name]
        if chosen:
            parts += [about, "\n".join([_HEAD, *map(_line, chosen)])]
        elif kept := _section(before, about.partition("\n")[0]):
            parts.append(kept)
    return "\n\n".join(parts) + "\n"


def _told_before(page: str) -> list[str]:
    """Return the lines about PostgreSQL: sections that were measured there may stay."""
    return [line for line in page.splitlines() if line.startswith("PostgreSQL: ")]


def _section(page: str, heading: str) -> str:
    _, found, rest = page.partition(f"\n{heading}\n")
    section, _, _ = rest.partition("\n## ")
    return f"{heading}\n{section}".strip() if found else ""


def _line(row: Row) -> str:
    value, ratio = row.value, row.ratio
    cells = [row.database, row.figure]
    cells += [_number(value.median), f"{_number(value.least)} – {_number(value.most)}", row.unit]
    cells += ["", ""] if ratio is None else [f"{ratio.median:.2f}", f"{ratio.least:.2f} – {ratio.most:.2f}"]
    goal = ""
    if row.goal is not None:
        bound = "at least" if row.at_least else "at most"
        goal = f"{bound} {row.goal:g}: {'reached' if row.reached else 'missed'}"
    return f"| {' | '.join([*cells, goal])} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
