"""Benchmarks of `record`: one-pack events, and shipments of many packs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from ledger import canonical
from ledger.bench.measure import Race, Times, spread
from ledger.bench.memory import peak_bytes
from ledger.bench.place import Place
from ledger.bench.rivals import Fact, rivals_at
from ledger.bench.rows import Row, Scale
from ledger.bench.scene import Scene, open_scene
from ledger.bench.signatures import Verifiers
from ledger.bench.tape import Tape
from ledger.limits import GROUP_SUBMISSIONS_MAX
from ledger.submission import Submission

__all__ = ["one_pack", "shipment"]

_GOALS = {"one-pack": {"postgresql": 0.5, "sqlite": 0.5}, "shipment": {"postgresql": 0.5, "sqlite": 0.4}}


def one_pack(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure dispensings of single packs, recorded in groups."""
    with (
        open_scene(place.folder / "home", place.url) as scene,
        Verifiers() as verifiers,
        rivals_at(place.twin, _dispensed) as rivals,
    ):
        tape = Tape(scene.ledger.database)
        codes = scene.stock(scale.events * (scale.rounds + 1))
        submissions = list(scene.dispensings(codes))
        race = Race(scene, tape, place.twin, verifiers, rivals)
        for number in range(scale.rounds + 1):
            part = submissions[number * scale.events : (number + 1) * scale.events]
            race.round(part, lambda part=part: scene.record(part))  # type: ignore[misc]
            progress(f"one-pack, {place.kind}: round {number} of {scale.rounds}")
        race.close()
        return _rows("one-pack", "events/s", place, race.times.warm(), scale.events)


def _dispensed(submissions: Sequence[Submission]) -> list[list[Fact]]:
    facts = [(canonical.loads(each.body)["epcList"][0], each.body) for each in submissions]
    return [facts[at : at + GROUP_SUBMISSIONS_MAX] for at in range(0, len(facts), GROUP_SUBMISSIONS_MAX)]


def shipment(place: Place, scale: Scale, progress: Callable[[str], None]) -> list[Row]:
    """Measure shipments of many packs, shipped by one party and received by another."""
    with (
        open_scene(place.folder / "home", place.url) as scene,
        Verifiers() as verifiers,
        rivals_at(place.twin, _shipped) as rivals,
    ):
        tape = Tape(scene.ledger.database)
        lots = [scene.codes(scale.shipment_packs) for _ in range(scale.shipments)]
        for lot in lots:
            scene.record(scene.commissionings(lot))
        race = Race(scene, tape, place.twin, verifiers, rivals)
        sender, receiver = scene.maker, scene.distributor
        for number in range(scale.rounds + 1):
            part = [each for lot in lots for each in scene.moves(lot, sender, receiver)]
            race.round(part, lambda part=part: _one_by_one(scene, part))  # type: ignore[misc]
            sender, receiver = receiver, sender
            progress(f"shipment, {place.kind}: round {number} of {scale.rounds}")
        race.close()
        times = race.times.warm()
        packs = 2 * scale.shipments * scale.shipment_packs
        rows = _rows("shipment", "packs/s", place, times, packs)
        over = [theirs / ours for theirs, ours in zip(times.rivals["trigger chain"], times.ours, strict=True)]
        goal = 1.0 if place.kind == "postgresql" else None
        rates = spread(packs / seconds for seconds in times.ours)
        rows.append(
            Row(
                benchmark="shipment", database=place.kind, figure="over the trigger chain", value=rates,
                unit="packs/s", ratio=spread(over), goal=goal,
            )
        )  # fmt: skip
        rows.append(_memory(place, scene, lots[0], race.link_bytes))
        return rows


def _one_by_one(scene: Scene, submissions: Sequence[Submission]) -> None:
    for each in submissions:
        scene.record([each])


def _shipped(submissions: Sequence[Submission]) -> list[list[Fact]]:
    # People would store the shipment's id with each pack, not the shipment's body.
    events = [canonical.loads(each.body) for each in submissions]
    return [[(code, event["eventID"].encode()) for code in event["epcList"]] for event in events]


def _memory(place: Place, scene: Scene, lot: list[str], link_bytes: float) -> Row:
    held = []
    for submission in scene.moves(lot, scene.maker, scene.distributor):
        size = len(submission.body) + link_bytes * len(lot)
        held.append(peak_bytes(lambda each=submission: scene.recorder.record([each])) / size)  # type: ignore[misc]
    return Row(
        benchmark="shipment", database=place.kind, figure="memory", value=spread(held),
        unit="times body and links", goal=4.0, at_least=False,
    )  # fmt: skip


def _rows(name: str, unit: str, place: Place, times: Times, count: int) -> list[Row]:
    def row(figure: str, seconds: list[float], **compared: object) -> Row:
        rates = spread(count / each for each in seconds)
        return Row(benchmark=name, database=place.kind, figure=figure, value=rates, unit=unit, **compared)  # type: ignore[arg-type]

    limit = [verifying + writing for verifying, writing in zip(times.verifying, times.writing, strict=True)]
    goal = _GOALS[name][place.kind]
    rows = [
        row("packledger", times.ours, ratio=spread(times.ratios()), goal=goal),
        row("limit", limit),
        row("limit: verification alone", times.verifying),
        row("limit: insertion alone", times.writing),
    ]
    return rows + [row(rival, seconds) for rival, seconds in times.rivals.items() if median(seconds)]
