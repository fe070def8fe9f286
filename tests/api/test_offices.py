"""Offices over HTTP: findings as far as one may see them, cases worked by officers, others' cases unknown."""

from __future__ import annotations

import csv
import io
from hashlib import sha256
from typing import Any

import pyarrow.parquet as pq
import pytest

from ledger.clock import iso
from ledger.errors import Misuse
from ledger.identity.registration import Revocation
from ledger.log.statement import kid_of
from ledger.reconcile.findings.finding import Finding, Grain, Seen, Sentence, Severity, finding_id
from ledger.store.cases import actions_of
from ledger.store.log import get_entries
from tests.api.kit import Door, problem

PERSON = "0123456789abcdef0123456789abcdef"
OFFICES = ("insurer", "regulator", "commerce", "tax", "police")


def finding(number: int, grain: Grain = "pack", severity: Severity = "high", **changes: Any) -> Finding:
    """Return a finding about a subject of its own, that touches a person."""
    subject = PERSON if grain == "person" else f"8770984{number:013d}"
    rule = {"person": "card-lent", "network": "card-ring"}.get(grain, "dispensed-twice")
    seen = Seen(
        id=finding_id(rule, subject), rule=rule, version=sha256().hexdigest(), grain=grain, severity=severity,
        subject=subject, time=1_795_000_000, score=90, cents=100 * number, evidence=(number,), persons=(PERSON,),
        institutions=(), numbers={"sales": 2, "card": PERSON}, sentence=Sentence("Seen twice.", "发现两次。"),
    )  # fmt: skip
    return Finding(seen=seen, first_run=1, run=1)


def told(answer: Any) -> Any:
    """Require that an answer went well, and return it."""
    assert answer.status_code == 200, answer.text
    return answer.json()


def acting(door: Door, key: str, number: int, act: str, after: int | None = None, **members: Any) -> Any:
    """Do something in a case."""
    body: dict[str, Any] = {"do": {"act": act, **members}}
    if after is not None:
        body["after"] = after
    return door.post(f"/v1/cases/{number}/actions", body, key=key)


def test_a_case_from_its_opening_to_its_outcome(door: Door) -> None:
    """Opened, claimed, noted, decided; each a statement by the officer's own key, and the whole verifies."""
    first, second = door.find(finding(1), finding(2))
    one, two = door.officer("police", 1), door.officer("police", 2)
    opened = told(door.post("/v1/cases", {"title": "Two packs", "findings": sorted([first, second])}, key=one))
    number = opened["case"]["number"]
    assert (opened["case"]["state"], opened["case"]["office"]["uri"]) == ("waiting", door.world.police.party)
    told(acting(door, one, number, "claim"))
    told(acting(door, two, number, "note", text="Card holders were written to."))
    told(acting(door, one, number, "deadline", until="2027-01-01T00:00:00Z"))
    decided = {"result": "false-alarm", "cause": "family", "findings": [first]}
    told(acting(door, one, number, "outcome", **decided))
    told(acting(door, one, number, "outcome", result="confirmed"))
    case = told(door.get(f"/v1/cases/{number}", key=two))
    assert (case["state"], case["result"], case["decided"]) == ("closed", "confirmed", {first: "false-alarm"})
    acts = [(each["do"]["act"], each["officer"][-6:]) for each in case["done"]]
    assert acts == [
        ("open", "desk/1"), ("claim", "desk/1"), ("note", "desk/2"), ("deadline", "desk/1"), ("outcome", "desk/1"),
        ("outcome", "desk/1"),
    ]  # fmt: skip
    with door.world.ledger.database.read() as connection:
        indexes = [index for index, _ in actions_of(connection, number)]
        kids = {kid_of(row[4]) for row in get_entries(connection, indexes)}
    assert indexes == [each["index"] for each in case["done"]]
    assert len(kids) == 2
    assert door.world.audit().fault is None


def test_who_is_no_officer_does_nothing(quick_door: Door) -> None:
    """An office's key without an officer reads, and does not act; no key of the trade is appointed at all."""
    door = quick_door
    problem(door.post("/v1/cases", {"title": "x"}, key=door.keys["police"]), 403, "officer-unknown")
    problem(door.post("/v1/cases", {"title": "x"}, key=door.keys["pharmacy"]), 403, "access-denied")
    officers = door.app.state.service.officers
    for station, roles, code in (
        (door.world.pharmacy.station, ["dispenser"], "role-not-held"),
        (door.world.police.station, ["insurer"], "role-not-held"),
        (door.world.police.station, [], "role-not-held"),
        ("https://police.example/nowhere", ["police"], "station-unknown"),
    ):
        with pytest.raises(Misuse) as caught:
            officers.appoint(station, roles, "", door.world.now + 1)
        assert caught.value.code == code


def test_an_officer_whose_key_ended_acts_no_more_until_appointed_again(quick_door: Door) -> None:
    """Revoking the gateway's key ends the officer; another appointment makes another key."""
    door, world = quick_door, quick_door.world
    key = door.officer("police")
    opened = told(door.post("/v1/cases", {"title": "x"}, key=key))
    with world.ledger.database.read() as connection:
        ((_, _, _, _, statement, _),) = get_entries(connection, [opened["index"]])
    world.record(world.register(Revocation(kid=kid_of(statement).hex(), reason="retired", since=world.now)))
    world.wait(60)
    problem(acting(door, key, 1, "claim"), 403, "officer-unknown")
    again = door.app.state.service.officers.appoint(
        f"{world.police.party}desk/1", ["police"], "again", world.now + 86_400
    )
    assert told(acting(door, again.api_key, 1, "claim"))["case"]["officer"].endswith("desk/1")
    assert world.audit().fault is None


def test_anothers_case_is_answered_as_no_case(quick_door: Door) -> None:
    """Reading, acting, listing: to the letter as for a number that no case has; until it is handed over."""
    door = quick_door
    police, insurer = door.officer("police"), door.officer("insurer")
    told(door.post("/v1/cases", {"title": "Ours"}, key=police))
    for ask in (
        lambda number: door.get(f"/v1/cases/{number}", key=insurer),
        lambda number: acting(door, insurer, number, "note", text="let me in"),
        lambda number: acting(door, insurer, number, "hand-over", to=door.world.insurer.party, reason="mine"),
    ):
        foreign, unknown = ask(1), ask(2)
        problem(foreign, 404, "case-unknown")
        assert foreign.json() == {**unknown.json(), "detail": foreign.json()["detail"]}
        assert foreign.json()["detail"].replace("1", "2") == unknown.json()["detail"]
        assert foreign.headers.keys() == unknown.headers.keys()
    assert told(door.get("/v1/cases", key=insurer)) == {"cases": []}
    told(acting(door, police, 1, "hand-over", to=door.world.insurer.party, reason="one card"))
    assert told(door.get("/v1/cases/1", key=insurer))["office"]["uri"] == door.world.insurer.party
    # Who had it sees what became of it, and decides nothing any more.
    assert told(door.get("/v1/cases/1", key=police))["state"] == "waiting"
    problem(acting(door, police, 1, "claim"), 409, "case-elsewhere")


@pytest.mark.parametrize("name", ["x", "-1", "01", "1e3", "١", "9" * 30, "1;DROP TABLE case_state"])
def test_numbers_that_are_none(quick_door: Door, name: str) -> None:
    """Are no case."""
    answer = quick_door.get(f"/v1/cases/{name}", key=quick_door.keys["police"])
    problem(answer, 404, "case-unknown")


def test_of_two_officers_at_once_the_second_is_told(door: Door) -> None:
    """Both saw the same case and act in the same moment: one counts, the other is refused, and nobody's act is lost."""
    one, two = door.officer("police", 1), door.officer("police", 2)
    last = told(door.post("/v1/cases", {"title": "x"}, key=one))["case"]["last"]
    body = {"do": {"act": "claim"}, "after": last}
    answers = door.at_once(*(door.request("POST", "/v1/cases/1/actions", body, key=key) for key in (one, two)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    problem(next(answer for answer in answers if answer.status_code == 409), 409, "case-changed")
    problem(acting(door, one, 1, "note", after=last, text="late"), 409, "case-changed")
    assert door.world.audit().fault is None


def test_findings_by_grain_and_without_persons(door: Door) -> None:
    """Insurer, medicine and police see all; commerce and tax no persons, nor who is touched by what they see."""
    ids = door.find(finding(1), finding(2, "person"), finding(3, "network"), finding(4, "institution", "low"))
    for office in OFFICES:
        listed = told(door.get("/v1/findings", key=door.keys[office]))["findings"]
        sees = office not in ("commerce", "tax")
        assert {each["id"] for each in listed} == {*(ids if sees else (ids[0], ids[3]))}
        assert (PERSON in str(listed)) is sees
        for each in ids:
            answer = door.get(f"/v1/findings/{each}", key=door.keys[office])
            if sees or each in (ids[0], ids[3]):
                assert (PERSON in answer.text) is sees
                assert told(answer)["history"][0]["what"] == "opened"
            else:
                problem(answer, 404, "finding-unknown")
                unknown = door.get(f"/v1/findings/{'0' * 32}", key=door.keys[office])
                assert answer.text.replace(each, "0" * 32) == unknown.text


def test_a_finding_that_one_may_not_see_cannot_be_put_into_a_case(quick_door: Door) -> None:
    """Nor one that is not there; and nothing is recorded."""
    door = quick_door
    (hidden,) = door.find(finding(1, "person"))
    tax = door.officer("tax")
    for name in (hidden, "0" * 32):
        answer = door.post("/v1/cases", {"title": "x", "findings": [name]}, key=tax)
        problem(answer, 404, "finding-unknown")
    told(door.post("/v1/cases", {"title": "x"}, key=tax))
    problem(acting(door, tax, 1, "add", findings=[hidden]), 404, "finding-unknown")
    assert len(told(door.get("/v1/cases/1", key=tax))["done"]) == 1


def test_lists_go_on_where_they_ended(door: Door) -> None:
    """Page by page: every row once, in order; one more finding in between moves none of the others."""
    ids = door.find(*(finding(number, severity="low" if number % 3 else "high") for number in range(1, 8)))
    whole = told(door.get("/v1/findings", key=door.keys["police"]))["findings"]
    assert {each["id"] for each in whole} == set(ids)
    pages, more = [], ""
    while True:
        page = told(door.get(f"/v1/findings?limit=2{more}", key=door.keys["police"]))
        pages += page["findings"]
        if "next" not in page:
            break
        more = f"&after={page['next']}"
    assert pages == whole
    low = told(door.get("/v1/findings?severity=low&rule=dispensed-twice", key=door.keys["police"]))["findings"]
    assert low == [each for each in whole if each["severity"] == "low"]
    officer = door.officer("police")
    for number in range(5):
        told(door.post("/v1/cases", {"title": f"case {number}"}, key=officer))
    first = told(door.get("/v1/cases?limit=3", key=officer))
    rest = told(door.get(f"/v1/cases?limit=3&after={first['next']}", key=officer))
    assert [each["number"] for each in first["cases"] + rest["cases"]] == [5, 4, 3, 2, 1]
    told(acting(door, officer, 2, "claim"))
    working = told(door.get("/v1/cases?state=working", key=officer))["cases"]
    assert [each["number"] for each in working] == [2]


def test_lists_are_taken_away_as_files(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a list at once, with what one may see of it; a title that a spreadsheet would run stands harmless."""
    door = quick_door
    ids = door.find(*(finding(number) for number in range(1, 4)))
    key = door.officer("tax")
    for title in ("=1+1", "@SUM(A1)", "plain"):
        told(door.post("/v1/cases", {"title": title, "findings": sorted(ids)[:2]}, key=key))

    def rows(path: str) -> list[dict[str, str]]:
        answer = door.get(f"{path}?format=csv", key=key)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    assert {row["id"] for row in rows("/v1/findings")} == set(ids)
    assert {row["persons"] for row in rows("/v1/findings")} == {""}
    assert [row["title"] for row in rows("/v1/cases")] == ["plain", "'@SUM(A1)", "'=1+1"]
    assert rows("/v1/cases")[0]["office"] == "https://tax.example/"
    table = pq.read_table(io.BytesIO(door.get("/v1/findings?format=parquet", key=door.keys["police"]).content))
    assert set(table.column("persons").to_pylist()) == {PERSON}
    monkeypatch.setattr("api.tables.EXPORT_ROWS_MAX", 2)
    for path in ("/v1/findings", "/v1/cases"):
        problem(door.get(f"{path}?format=csv", key=key), 422, "export-too-large")


def test_what_is_no_deed_is_refused_before_anything_is_signed(quick_door: Door) -> None:
    """Unknown acts, unknown members, wrong times, an opening inside a case."""
    door = quick_door
    key = door.officer("police")
    told(door.post("/v1/cases", {"title": "x"}, key=key))
    for body in (
        {}, {"do": {}}, {"do": {"act": "burn"}}, {"do": {"act": "note"}}, {"do": {"act": "note", "text": " "}},
        {"do": {"act": "claim"}, "as": "somebody"}, {"do": {"act": "claim", "officer": 7}},
        {"do": {"act": "claim"}, "after": 0}, {"do": {"act": "note", "text": "x\u202e\u0000"}},
    ):  # fmt: skip
        problem(door.post("/v1/cases/1/actions", body, key=key), 422, "request-invalid")
    problem(acting(door, key, 1, "deadline", until="2027-02-30T00:00:00Z"), 422, "paper-time")
    problem(acting(door, key, 1, "deadline", until=iso(door.world.now - 1)), 422, "deadline-past")
    problem(acting(door, key, 1, "outcome", result="confirmed", cause="family"), 422, "paper-member")
    problem(acting(door, key, 1, "open", title="again"), 409, "case-exists")
    problem(acting(door, key, 1, "hand-over", to="https://nobody.example/", reason="?"), 422, "office-unknown")
    assert len(told(door.get("/v1/cases/1", key=key))["done"]) == 1


def test_a_narrow_key_stays_narrow(quick_door: Door) -> None:
    """A key for one action of an office does not do another, whatever its holder's roles grant."""
    door = quick_door
    key = door.give_key(door.world.police, "police", actions=["findings.read"])
    told(door.get("/v1/findings", key=key))
    problem(door.get("/v1/cases", key=key), 403, "access-denied")
    problem(door.post("/v1/cases", {"title": "x"}, key=key), 403, "access-denied")
