"""Asking for a verdict: what would be said, for this party and this act, with nothing recorded."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.codes import key_of
from ledger.store.log import log_size
from tests.api.kit import Door, problem
from tests.kit import World, case_uri


def size(world: World) -> int:
    """Return how many statements the log holds."""
    with world.ledger.database.read() as connection:
        return log_size(connection)


def ask(door: Door, *codes: str, by: str = "pharmacy", **options: Any) -> dict[str, Any]:
    """Ask as a party; return the answer."""
    headers = {name: options.pop(name) for name in ("accept_language",) if name in options}
    answer = door.post("/v1/verdicts", {"codes": list(codes), **options}, key=door.keys[by], **headers)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def names(answer: dict[str, Any], at: int = 0) -> list[str]:
    """Return the names of what would be wrong with one code."""
    return [each["name"] for each in answer["codes"][at].get("anomalies", [])]


def test_the_verdict_is_what_recording_would_say(door: Door) -> None:
    """At each step of a pack's life, for two parties and several acts: the same anomalies, and no trace."""
    world = door.world
    packs = world.packs(1)
    acts = {"dispensing": world.dispense, "receiving": world.receive, "inspecting": world.inspect}
    story = [world.commission(packs), world.ship(packs), world.receive(packs), world.dispense(packs, insured=True)]
    for step in [None, *story]:
        if step is not None:
            world.one(step)
            world.wait(3_600)
        for by in (world.pharmacy, world.rival):
            for act, submission in acts.items():
                before = size(world)
                said = names(ask(door, *packs, by=by.name, act=act, site=by.site))
                assert size(world) == before
                assert said == door_says(world, submission(packs, by=by))


def door_says(world: World, submission: Any) -> list[str]:
    """Return what recording would say, in a transaction that is taken back."""
    from ledger.log.tree import Tree  # noqa: PLC0415
    from ledger.recording.admit import admit, present  # noqa: PLC0415
    from ledger.recording.group import Group, asked_by  # noqa: PLC0415
    from ledger.store.state import write_standing  # noqa: PLC0415

    class TakenBack(Exception):  # noqa: N818
        pass

    said: list[str] = []
    try:
        door = world.recorder._door
        answers = [admit(present(submission, door), door, is_signed=True)]
        asked = asked_by(answers)
        with write_standing(world.ledger.database, 0, *asked) as (connection, standing):
            group = Group(world.ledger, connection, Tree(), world.now, world.chance)
            (outcome,) = group.judge(answers, asked, standing)
            said = [name for code, name in outcome.anomalies if code]
            raise TakenBack
    except TakenBack:
        pass
    return said


def test_a_known_pack_is_told_with_its_goods(door: Door) -> None:
    """Name in the language asked for, batch and expiry as the ledger knows them; the URI, however it was scanned."""
    world = door.world
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))

    answer = ask(door, key_of(packs[0]), act="dispensing", accept_language="zh")

    (told,) = answer["codes"]
    assert (answer["verdict"], told["verdict"], told["known"]) == ("ok", "ok", "online")
    assert (told["code"], told["product"], told["batch"], told["expiry"]) == (packs[0], "片剂", "B1", "2028-12-31")


def test_texts_that_are_no_codes(quick_door: Door) -> None:
    """A mangled scan is the scanner's fault, with advice; its neighbours are judged all the same."""
    world = quick_door.world
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))

    answer = ask(quick_door, "８７７０９８４", packs[0], "hello", packs[0], act="dispensing")

    assert answer["verdict"] == "scanner_fault"
    assert [each["verdict"] for each in answer["codes"]] == ["scanner_fault", "ok", "scanner_fault", "ok"]
    assert answer["codes"][0]["problem"]["code"].startswith(("scanner-", "code-"))
    assert answer["codes"][0]["problem"]["advice"]


def test_a_case_is_asked_about_with_all_in_it(door: Door) -> None:
    """One recalled pack in a carton stops the carton."""
    world = door.world
    packs, case = world.packs(3), case_uri(1)
    world.record(world.commission(packs), world.pack_into(case, packs), world.ship([case]))
    assert names(ask(door, case, act="receiving")) == []

    world.record(world.recall("B1"))

    answer = ask(door, case, act="dispensing")
    assert answer["verdict"] == "stop"
    assert "recalled" in names(answer)


def test_a_recall_by_another_process_is_seen_at_once(door: Door) -> None:
    """The world records beside the door: what the door remembers of products is not what it answers by."""
    world = door.world
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    assert ask(door, *packs, act="dispensing")["verdict"] == "ok"

    world.one(world.recall("B1"))

    assert names(ask(door, *packs, act="dispensing")) == ["recalled"]


def test_many_questions_at_one_moment(door: Door) -> None:
    """Sixty stations ask about sixty packs: each hears of its own."""
    world = door.world
    packs = world.packs(60)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs), world.dispense(packs[::2]))

    answers = door.at_once(*(
        door.request("POST", "/v1/verdicts", {"codes": [pack], "act": "dispensing"}, key=door.keys["rival"])
        for pack in packs
    ))  # fmt: skip

    documents = [answer.json() for answer in answers]
    assert [each["codes"][0]["code"] for each in documents] == packs
    assert [each["verdict"] for each in documents] == ["stop", "caution"] * 30


def test_a_site_of_somebody_else(quick_door: Door) -> None:
    """Is as good as none, in the same words."""
    key, rival = quick_door.keys["pharmacy"], quick_door.world.rival
    for site in (rival.site, "https://nowhere.example/", quick_door.world.pharmacy.party):
        answer = quick_door.post("/v1/verdicts", {"codes": ["87709840000000015538"], "site": site}, key=key)
        assert problem(answer, 422, "site-unknown")["detail"] == "no site of this party has that URI"


@pytest.mark.parametrize("act", ["packing", "settling", "other", "", None, 1])
def test_acts_that_nobody_can_ask_about(quick_door: Door, act: Any) -> None:
    """Only what is done to packs one by one."""
    answer = quick_door.post("/v1/verdicts", {"codes": ["1"], "act": act}, key=quick_door.keys["pharmacy"])
    problem(answer, 422, "request-invalid")
