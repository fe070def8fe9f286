"""Persons over HTTP: under pseudonyms, by name only when two officers agree, and never without a trace."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.clock import iso
from ledger.limits import NAME_ASKED_SECONDS_MAX, NAME_OPEN_SECONDS_MAX
from ledger.papers.contents import Action, AllowName
from tests.api.kit import Door, problem
from tests.api.test_offices import acting, told
from tests.kit import desk, patient

NUMBER = "CARD-4711-SECRET"
WHY = "her card was used in eight counties"


def scene(door: Door) -> str:
    """Sell packs to somebody, bring the lake up to date, and return their pseudonym."""
    world = door.world
    packs = world.packs(2)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    world.record(world.dispense(packs[:1], insured=True, person=patient(NUMBER)))
    world.record(world.settle(packs[:1], person=patient(NUMBER)))
    world.record(world.dispense(packs[1:], insured=True, person=patient("OTHER")))
    door.update_lake()
    return world.pseudonym(patient(NUMBER)).hex()


def opened(door: Door, key: str) -> int:
    """Open a case, and return its number."""
    number: int = told(door.post("/v1/cases", {"title": "One card"}, key=key))["case"]["number"]
    return number


def asked(door: Door, key: str, number: int, person: str) -> str:
    """Ask for a name, and return the id of the asking, the latest of the case."""
    case = told(acting(door, key, number, "ask-name", person=person, reason=WHY))["case"]
    return str(max(case["asks"], key=lambda each: each["until"])["ask"])


def name(door: Door, key: str, number: int, ask: str) -> Any:
    """Want to be told a name."""
    return door.post("/v1/persons/names", {"case": number, "ask": ask, "reason": WHY}, key=key)


def looks(door: Door, key: str) -> list[Any]:
    """Return the looks that a key is shown."""
    shown: list[Any] = told(door.get("/v1/looks", key=key))["looks"]
    return shown


def test_what_was_done_on_a_card_is_shown_for_a_case_and_leaves_a_trace(door: Door) -> None:
    """The look stands in the log before the answer, is shown to the insurer and the own office, and to no other."""
    person = scene(door)
    police, insurer = door.officer("police"), door.officer("insurer")
    number = opened(door, police)
    shown = told(door.post("/v1/persons/acts", {"person": person, "case": number, "reason": WHY}, key=police))
    assert [row["act"] for row in shown["rows"]] == ["dispensing", "settlement"]
    assert NUMBER not in str(shown)
    (look,) = looks(door, insurer)
    assert (look["index"], look["what"], look["person"]) == (shown["look"], "acts", person)
    assert (look["officer"], look["reason"]) == (f"{door.world.police.party}desk/1", WHY)
    assert looks(door, door.keys["police"]) == [look]
    assert looks(door, door.keys["regulator"]) == []
    assert door.world.audit().fault is None
    unknown = {"person": "0" * 32, "case": number, "reason": WHY}
    problem(door.post("/v1/persons/acts", unknown, key=police), 404, "person-unknown")
    assert len(looks(door, insurer)) == 1


def test_a_name_takes_two_officers(door: Door) -> None:
    """Asked by one, allowed by another, told to who asked, for a day; every telling is recorded and shown."""
    person = scene(door)
    one, two, three = (door.officer("police", number) for number in (1, 2, 3))
    number = opened(door, one)
    ask = asked(door, one, number, person)
    problem(name(door, one, number, ask), 403, "name-not-allowed")
    problem(acting(door, one, number, "allow-name", ask=ask), 403, "ask-own")
    problem(name(door, one, number, ask), 403, "name-not-allowed")
    told(acting(door, two, number, "allow-name", ask=ask))
    for other in (two, three):
        problem(name(door, other, number, ask), 403, "name-not-allowed")
    assert looks(door, door.keys["insurer"]) == []
    answer = name(door, one, number, ask)
    assert (told(answer)["idType"], told(answer)["idNumber"]) == ("insurance_card", NUMBER)
    assert answer.headers["cache-control"] == "no-store"
    told(name(door, one, number, ask))
    shown = looks(door, door.keys["insurer"])
    assert [(look["what"], look["person"]) for look in shown] == [("name", person)] * 2
    assert shown[-1]["index"] == told(answer)["look"]
    problem(acting(door, three, number, "allow-name", ask=ask), 404, "ask-unknown")
    door.world.wait(NAME_OPEN_SECONDS_MAX + 1)
    problem(name(door, one, number, ask), 403, "name-not-allowed")
    assert len(looks(door, door.keys["insurer"])) == 2
    assert door.world.audit().fault is None
    assert NUMBER not in str(door.journal)


def test_asking_ends(quick_door: Door) -> None:
    """Who allows it too late allows nothing; handing the case over ends what was asked; closing ends all looks."""
    door = quick_door
    person = scene(door)
    one, two, insurer = door.officer("police", 1), door.officer("police", 2), door.officer("insurer")
    number = opened(door, one)
    ask = asked(door, one, number, person)
    door.world.wait(NAME_ASKED_SECONDS_MAX + 1)
    problem(acting(door, two, number, "allow-name", ask=ask), 409, "ask-ended")
    ask = asked(door, one, number, person)
    told(acting(door, two, number, "allow-name", ask=ask))
    told(acting(door, one, number, "hand-over", to=door.world.insurer.party, reason="fund"))
    problem(name(door, one, number, ask), 409, "case-elsewhere")
    problem(name(door, insurer, number, ask), 403, "name-not-allowed")
    problem(acting(door, insurer, number, "allow-name", ask=ask), 404, "ask-unknown")
    told(acting(door, insurer, number, "outcome", result="unresolved"))
    wanted = {"person": person, "case": number, "reason": WHY}
    problem(door.post("/v1/persons/acts", wanted, key=insurer), 409, "case-closed")
    assert looks(door, insurer) == []


def test_a_permission_of_times_to_come_opens_nothing_now(quick_door: Door) -> None:
    """A second officer who signs at their own station claims another year: what they allow is not for today."""
    door, world = quick_door, quick_door.world
    person = scene(door)
    one = door.officer("police")
    number = opened(door, one)
    ask = asked(door, one, number, person)
    case = told(door.get(f"/v1/cases/{number}", key=one))["uri"]
    later = iso(world.now + 3 * 86_400)
    allowing = Action(id=world.fresh_id(), time=later, case=case, do=AllowName(ask=ask))
    assert world.one(world.paper(world.police, allowing)).status == "recorded"
    assert told(door.get(f"/v1/cases/{number}", key=one))["asks"][0]["allowed"] == world.police.station
    problem(name(door, one, number, ask), 403, "name-not-allowed")
    world.wait(3 * 86_400)
    told(name(door, one, number, ask))
    door.update_lake()
    assert world.audit().fault is None


def test_another_offices_case_opens_no_person(quick_door: Door) -> None:
    """Foreign cases are no cases; an ask of one case opens nothing in another."""
    door = quick_door
    person = scene(door)
    police, second, insurer = door.officer("police", 1), door.officer("police", 2), door.officer("insurer")
    number = opened(door, police)
    ask = asked(door, police, number, person)
    told(acting(door, second, number, "allow-name", ask=ask))
    for body in ({"person": person, "case": number, "reason": WHY}, {"person": person, "case": 99, "reason": WHY}):
        problem(door.post("/v1/persons/acts", body, key=insurer), 404, "case-unknown")
    problem(name(door, insurer, number, ask), 404, "case-unknown")
    problem(name(door, police, opened(door, police), ask), 403, "name-not-allowed")
    problem(name(door, police, number, "urn:uuid:00000000-0000-4000-8000-000000000000"), 403, "name-not-allowed")


@pytest.mark.parametrize("office", ["commerce", "tax"])
def test_commerce_and_tax_never_see_persons(quick_door: Door, office: str) -> None:
    """They ask for no name, these addresses are not for them, and in a case that they were handed there is none."""
    door = quick_door
    person = scene(door)
    one, police = door.officer(office, 1), door.officer("police")
    number = opened(door, one)
    problem(acting(door, one, number, "ask-name", person=person, reason=WHY), 403, "case-not-authorised")
    handed = opened(door, police)
    ask = asked(door, police, handed, person)
    assert person in door.get(f"/v1/cases/{handed}", key=police).text
    told(acting(door, police, handed, "hand-over", to=f"https://{office}.example/", reason="its trade"))
    shown = told(door.get(f"/v1/cases/{handed}", key=one))
    assert [each["do"]["act"] for each in shown["done"]] == ["open", "ask-name", "hand-over"]
    assert person not in str(shown)
    problem(name(door, one, number, ask), 403, "access-denied")
    wanted = {"person": person, "case": number, "reason": WHY}
    problem(door.post("/v1/persons/acts", wanted, key=one), 403, "access-denied")
    problem(door.get("/v1/looks", key=one), 403, "access-denied")


def test_a_key_for_one_role_reaches_no_further(quick_door: Door) -> None:
    """An office of two roles, and a key for the one that sees no persons: it asks for none, allows none, reads none."""
    door, world = quick_door, quick_door.world
    person = scene(door)
    world.record(*map(world.register, world.enrolment(desk("both"), "tax", "police")))
    wide, narrow = door.officer("both", 1, "police"), door.officer("both", 2, "tax")
    number = opened(door, wide)
    ask = asked(door, wide, number, person)
    for act in ({"act": "allow-name", "ask": ask}, {"act": "ask-name", "person": person, "reason": WHY}):
        problem(acting(door, narrow, number, **act), 403, "case-not-authorised")
    problem(name(door, narrow, number, ask), 403, "access-denied")
    assert person not in door.get(f"/v1/cases/{number}", key=narrow).text


def test_who_was_erased_has_no_name(quick_door: Door) -> None:
    """Nor acts: one answer before the lake knows and after; who comes again is known by what came since."""
    door = quick_door
    person = scene(door)
    one, two = door.officer("police", 1), door.officer("police", 2)
    number = opened(door, one)
    ask = asked(door, one, number, person)
    told(acting(door, two, number, "allow-name", ask=ask))
    door.world.record(door.world.erase(patient(NUMBER)))
    wanted = {"person": person, "case": number, "reason": WHY}

    def gone() -> None:
        problem(name(door, one, number, ask), 410, "person-erased")
        problem(door.post("/v1/persons/acts", wanted, key=one), 410, "person-erased")

    gone()
    door.update_lake()
    gone()
    assert looks(door, door.keys["insurer"]) == []
    packs = door.world.packs(1)
    door.world.record(door.world.commission(packs), door.world.dispense(packs, person=patient(NUMBER)))
    gone()
    door.update_lake()
    assert told(name(door, one, number, ask))["idNumber"] == NUMBER
    (act,) = told(door.post("/v1/persons/acts", wanted, key=one))["rows"]
    assert act["act"] == "dispensing"


def test_nobody_asks_for_a_name_that_none_can_tell(door: Door) -> None:
    """Of who was erased, or never was: told when asking, and nothing is recorded; who comes again has a name."""
    person = scene(door)
    one = door.officer("police", 1)
    number = opened(door, one)
    problem(acting(door, one, number, "ask-name", person="0" * 32, reason=WHY), 404, "person-unknown")
    door.world.record(door.world.erase(patient(NUMBER)))
    problem(acting(door, one, number, "ask-name", person=person, reason=WHY), 410, "person-erased")
    assert [each["do"]["act"] for each in told(door.get(f"/v1/cases/{number}", key=one))["done"]] == ["open"]
    packs = door.world.packs(1)
    door.world.record(door.world.commission(packs), door.world.dispense(packs, person=patient(NUMBER)))
    asked(door, one, number, person)


def test_looks_go_on_where_they_ended(quick_door: Door) -> None:
    """Page by page, the newest first."""
    door = quick_door
    person = scene(door)
    police = door.officer("police")
    number = opened(door, police)
    for reason in "abcde":
        told(door.post("/v1/persons/acts", {"person": person, "case": number, "reason": reason}, key=police))
    first = told(door.get("/v1/looks?limit=3", key=door.keys["insurer"]))
    rest = told(door.get(f"/v1/looks?limit=3&after={first['next']}", key=door.keys["insurer"]))
    assert [look["reason"] for look in first["looks"] + rest["looks"]] == list("edcba")
    assert "next" not in rest
