"""`seize`: from a list of codes to a case that says who, where, when, whose card, how much.

    1. the list, line by line; every line is kept, with its fault where it has one
    2. seizure papers, as many as the list needs, signed by the station, recorded: each pack is `seized` now
    3. the packs traced in the lake, all at once
    4. the findings that are about these packs
    5. the case, opened with the papers and those findings
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final, Literal, TypeVar

import msgspec

from ledger.casework import Acted, Desk, fresh_id
from ledger.clock import Clock, Randomness, iso
from ledger.codes.code import known_uri
from ledger.errors import Misuse
from ledger.limits import BODY_BYTES_MAX, CODES_PER_EVENT_MAX
from ledger.papers.contents import Seizure, SeizureFault
from ledger.papers.paper import PAPERS
from ledger.reconcile.findings.about import findings_about
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.seizure.listing import SeizureList
from ledger.reconcile.seizure.traced import Tracing
from ledger.reconcile.seizure.tracing import trace_packs

__all__ = ["Place", "Seized", "Stage", "seize"]

Stage = Literal["recorded", "traced", "opened"]

T = TypeVar("T")
_encode: Final = msgspec.json.Encoder().encode
# A paper has two lists, of codes and of faulty lines; the rest of it is a few kilobytes.
_LIST_BYTES_MAX: Final = BODY_BYTES_MAX // 2 - 8_192


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a seizure beside its list.

    Attributes:
        file_number: the office's own number of the case.
        place: where it was; no personal data.
        title: of the case.
        unreadable: packs whose codes were cut out or scratched away and stand in no line.
        grams: what all of it weighs, if it was weighed.
    """

    file_number: str
    place: str
    title: str
    unreadable: int = 0
    grams: int | None = None


class Seized(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a seizure: the list, its papers (ids and log indexes), what was traced, the case."""

    listed: SeizureList
    papers: list[str]
    indexes: list[int]
    tracing: Tracing
    acted: Acted


def seize(
    desk: Desk,
    engine: DuckEngine,
    tree_size: int,
    listed: SeizureList,
    place: Place,
    clock: Clock,
    random: Randomness,
    on_stage: Callable[[Stage], None] = lambda stage: None,
) -> Seized:
    """Record a seizure, trace its packs, and open its case.

    Args:
        desk: the station of the police or the medicine regulator.
        engine: over the lake, which reaches to `tree_size`.
        listed: the list.
        place: what else is said.
        clock, random: times and ids of the papers.
        on_stage: called when each part is done.

    Raises:
        Misuse: `seizure-not-authorised` when the office may not seize; as `Desk.act`.
        Unavailable: recording failed; the papers recorded so far stand, and are recorded once only.
    """
    if PAPERS["seizure"].roles.isdisjoint(desk.signer.roles):
        raise Misuse("seizure-not-authorised", "seizures are made by the police or the medicine regulator")
    # 2.
    papers = list(_papers(listed, place, iso(clock()), random))
    names = [paper.id for paper in papers]
    indexes = desk.record(papers)
    on_stage("recorded")
    # 3.
    tracing, _ = trace_packs(engine, listed.codes, tree_size)
    on_stage("traced")
    # 4.
    with desk.ledger.database.read() as connection:
        findings = findings_about(connection, set(listed.codes))
    # 5.
    acted = desk.open(place.title, findings, names)
    on_stage("opened")
    return Seized(listed=listed, papers=names, indexes=indexes, tracing=tracing, acted=acted)


def _papers(listed: SeizureList, place: Place, time: str, random: Randomness) -> Iterator[Seizure]:
    """Cut a list into papers; what is said once for all of it stands in the first."""
    uris = (known_uri(code) for code in sorted(listed.codes))
    lines = (SeizureFault(line=each.line, fault=each.fault, text=each.text) for each in listed.faults)
    parts = zip_longest(_runs(uris), _runs(lines), fillvalue=())
    for number, (named, faulty) in enumerate(parts):
        yield Seizure(
            id=fresh_id(random), time=time, case=place.file_number, place=place.place,
            codes=list(named) or None, faults=list(faulty) or None,
            unreadable=(place.unreadable or None) if number == 0 else None,
            kilograms=_kilograms(place.grams) if number == 0 else None,
            list_digest=f"sha-256:{listed.digest.hex()}",
        )  # fmt: skip


def _runs(members: Iterable[T]) -> Iterator[Sequence[T]]:
    """Cut members of a list into runs that one paper can hold, by their count and by their bytes."""
    run: list[T] = []
    held = 0
    for each in members:
        size = len(_encode(each)) + 1
        if run and (len(run) == CODES_PER_EVENT_MAX or held + size > _LIST_BYTES_MAX):
            yield run
            run, held = [], 0
        run.append(each)
        held += size
    if run:
        yield run


def _kilograms(grams: int | None) -> str | None:
    return None if grams is None else f"{grams // 1_000}.{grams % 1_000:03d}"
