"""The stream that every recording process is given: some trade of every kind, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from ledger.submission import Submission
from tests.kit import World, case_uri, desk, patient

__all__ = ["stream_of"]


def stream_of(world: World, seed: int, count: int) -> list[Submission]:
    """Return `count` submissions that nobody recorded yet; the world must be open, nothing is handed in.

    All are well formed, authentic and different, so each must end in the log exactly once, also those whose
    story is impossible.
    """
    chance = random.Random(seed)
    submissions: list[Submission] = []
    while len(submissions) < count:
        story = chance.choice((_journey, _journey, _gang, _office))
        submissions += story(world, chance, len(submissions))
    return submissions[:count]


def _journey(world: World, chance: random.Random, number: int) -> Iterator[Submission]:
    """Packs are born, travel in a case, and reach people; sometimes the last step was a mistake."""
    packs, case = world.packs(chance.randint(2, 6)), case_uri(number)
    yield world.commission(packs)
    yield world.pack_into(case, packs)
    yield world.ship([case])
    yield world.receive([case])
    yield world.unpack(case)
    for pack in packs[:2]:
        yield world.dispense([pack], insured=True, person=patient(f"P-{chance.randrange(40):04d}"))
    yield world.settle(packs[:2], person=patient())
    if chance.random() < 0.5:
        mistake = world.fresh_id()
        yield world.dispense(packs[-1:], event_id=mistake)
        yield world.declare_wrong("dispensing", mistake, packs[-1:], by=world.pharmacy)


def _gang(world: World, chance: random.Random, number: int) -> Iterator[Submission]:
    """A pack that was paid for comes back; a pack that nobody made is sold; the police find both."""
    back, forged = world.packs(2)
    yield world.commission([back])
    yield world.dispense([back], insured=True, person=patient(f"P-{chance.randrange(40):04d}"))
    yield world.dispense([back, forged], by=world.rival)
    yield world.seize([back, forged])


def _office(world: World, chance: random.Random, number: int) -> Iterator[Submission]:
    """A shop opens and closes; a batch is recalled; somebody asks to be forgotten."""
    shop = desk(f"shop{number}")
    for registration in world.enrolment(shop, "dispenser"):
        yield world.register(registration)
    yield world.recall(f"R{number}")
    yield world.erase(patient(f"P-{chance.randrange(40):04d}"), reason=f"asked for, {number}")
    yield world.revoke(shop, "retired", since=world.now + 1)
