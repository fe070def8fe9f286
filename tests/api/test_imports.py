"""National forms over HTTP and by command: recorded for the party, each line answered, the same again the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.codes import key_of
from ledger.identity.registration import Revocation
from ledger.log.statement import kid_of
from ledger.store.log import get_entries, log_size
from tests.api.kit import LINES, Door, problem
from tests.national.examples import BILL, MESSAGE

STAMP = "2026-11-22 12:37:00"


def bill(door: Door, number: str, kind: int, codes: list[str], **more: Any) -> dict[str, Any]:
    """Return a bill of a party."""
    return {"bill_code": number, "bill_time": STAMP, "bill_type": kind, "trace_codes": [*map(key_of, codes)], **more}


def sale(codes: list[str], infno: str = "3505", **changes: Any) -> dict[str, Any]:
    """Return a message about a sale of these packs."""
    row = MESSAGE["input"]["selinfo"] | {"drugtracinfo": [{"drug_trac_codg": key_of(code)} for code in codes]}
    return {"infno": infno, "input": {"selinfo": row | {"sel_retn_cnt": len(codes)} | changes}}


def send(door: Door, form: str, content: Any, by: str) -> list[dict[str, Any]]:
    """Hand a file in, and return the answers to its lines."""
    answer = door.post(f"/v1/imports/{form}", content, key=door.keys[by])
    assert answer.status_code == 200, answer.text
    lines: list[dict[str, Any]] = answer.json()["lines"]
    return lines


def test_a_pack_from_bill_to_sale(door: Door) -> None:
    """Production, sale, purchase, a dispensing under insurance, and its return: states as by signed events."""
    world = door.world
    packs = world.packs(2)
    door.app.state.service.names = {"P": world.pharmacy.party}
    world.one(world.commission(packs))
    (out,) = send(door, "bills", bill(door, "S-1", 201, packs, to_user_id="P"), "maker")
    assert (out["outcome"]["status"], out["outcome"]["verdict"]) == ("recorded", "ok")
    assert out["outcome"]["receipt"]
    assert world.state(packs[0]) == "in_transit"
    send(door, "bills", bill(door, "S-1", 102, packs, from_user_id="M"), "pharmacy")
    assert world.state(packs[0]) == "active"
    (sold,) = send(door, "sales", sale(packs[:1]), "pharmacy")
    assert (sold["outcome"]["status"], sold["outcome"]["verdict"]) == ("recorded", "ok")
    custody = world.custody(packs[0])
    assert custody is not None
    assert (custody.state.word, custody.insured) == ("dispensed", True)

    send(door, "sales", sale(packs[:1], "3506"), "pharmacy")

    assert world.state(packs[0]) == "active"
    assert world.audit().fault is None


def test_the_same_file_again(door: Door) -> None:
    """Later, in another order: the first answers, and nothing more in the log; names and numbers are erasable."""
    world = door.world
    packs = world.packs(3)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    file = [sale([pack]) for pack in packs]
    first = send(door, "sales", file, "pharmacy")
    world.wait(7 * 86_400)
    again = send(door, "sales", file[::-1], "pharmacy")
    assert [each["outcome"]["status"] for each in again] == ["already-recorded"] * 3
    assert [each["outcome"]["index"] for each in again[::-1]] == [each["outcome"]["index"] for each in first]
    assert [each["outcome"]["verdict"] for each in again[::-1]] == [each["outcome"]["verdict"] for each in first]


def test_the_same_file_again_under_another_key(door: Door) -> None:
    """The gateway's key was renewed in between: the first answers, and nothing more in the log."""
    packs = door.world.packs(2)
    file = [bill(door, f"S-{number}", 102, [pack]) for number, pack in enumerate(packs)]
    first = send(door, "bills", file, "pharmacy")
    with door.world.ledger.database.read() as connection:
        data = next(iter(get_entries(connection, [first[0]["outcome"]["index"]])))[4]
        size = log_size(connection)
    door.world.wait(10)
    revocation = Revocation(kid=kid_of(data).hex(), reason="compromised", since=door.world.now)
    assert door.world.one(door.world.register(revocation)).status == "recorded"
    again = send(door, "bills", [*file, bill(door, "S-9", 102, packs)], "pharmacy")
    assert [each["outcome"]["status"] for each in again] == ["already-recorded"] * 2 + ["recorded"]
    assert [each["outcome"]["index"] for each in again[:2]] == [each["outcome"]["index"] for each in first]
    with door.world.ledger.database.read() as connection:
        # The revocation, the next key, and the bill that is new; each has its seal.
        assert log_size(connection) == size + 2 * 3
    assert door.world.audit().fault is None


def test_another_bill_under_a_used_number(quick_door: Door) -> None:
    """Is refused, as the platform does; another party's is not."""
    packs = quick_door.world.packs(2)
    send(quick_door, "bills", bill(quick_door, "S-1", 102, packs[:1]), "pharmacy")
    (line,) = send(quick_door, "bills", bill(quick_door, "S-1", 102, packs), "pharmacy")
    assert line["outcome"]["problem"]["code"] == "event-exists"
    (line,) = send(quick_door, "bills", bill(quick_door, "S-1", 102, packs), "rival")
    assert line["outcome"]["status"] == "recorded"


def test_each_line_stands_alone(quick_door: Door) -> None:
    """Faults are told in their places, in the caller's language; what cannot be used of a line is named."""
    packs = quick_door.world.packs(1)
    lines = [BILL, {"bill_type": 1}, bill(quick_door, "S-2", 102, packs), BILL | {"bill_code": "S-3", "bill_time": "?"}]
    content = "\n".join(json.dumps(line) for line in lines)
    answer = quick_door.post(
        "/v1/imports/bills", content, key=quick_door.keys["distributor"], media=LINES, accept_language="zh"
    )
    told = answer.json()["lines"]
    assert [each["line"] for each in told] == [1, 2, 3, 4]
    assert [each["outcome"]["status"] for each in told] == ["recorded", "refused", "recorded", "refused"]
    assert [each["fault"] for each in told[0]["faults"]] == ["code-twice", "scanner-truncated"]
    assert told[0]["leftOut"] == ["oper_ic_name"]
    assert told[3]["outcome"]["problem"]["title"] == "该行的时间无法识别。"


def test_nothing_personal_is_answered_or_written_down(quick_door: Door) -> None:
    """Neither in answers nor in the journal; also when the line is refused."""
    packs = quick_door.world.packs(1)
    for message in (sale(packs), sale(packs, psn_no="610 800"), sale(packs, sel_retn_time="李四")):
        answer = quick_door.post("/v1/imports/sales", message, key=quick_door.keys["pharmacy"])
        for secret in ("6108000000001", "李四", "610000G0001", "610 800"):
            assert secret not in answer.text
            assert secret not in json.dumps(quick_door.journal, ensure_ascii=False)


def test_who_may_import(quick_door: Door) -> None:
    """Parties in trade; a file that cannot be cut into lines is a problem as a whole."""
    for by, status in (("insurer", 403), ("operator", 403), ("auditor", 403), ("maker", 200)):
        answer = quick_door.post("/v1/imports/bills", BILL, key=quick_door.keys[by])
        assert answer.status_code == status, by
    problem(quick_door.post("/v1/imports/bills", "[", key=quick_door.keys["maker"]), 400, "import-malformed")
    problem(quick_door.post("/v1/imports/bills", BILL), 401, "access-missing")


@pytest.mark.parametrize("form", ["bills", "sales"])
def test_the_other_form_is_refused_line_by_line(quick_door: Door, form: str) -> None:
    """Whoever takes the wrong door hears so."""
    given = MESSAGE if form == "bills" else BILL
    (line,) = send(quick_door, form, given, "pharmacy")
    assert line["outcome"]["problem"]["code"] == "import-type"
