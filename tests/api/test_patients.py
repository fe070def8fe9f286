"""Checks by patients: what is told, what is not, what enters the log, and how much of it at most."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from ledger.check import CHECK_ACT
from ledger.codes import key_of
from ledger.errors import Misuse
from ledger.identity.registration import Revocation
from ledger.log.statement import kid_of
from ledger.store.log import log_size
from ledger.trace import story_of
from tests.api.kit import Door, problem
from tests.kit import PRODUCT, World, case_uri, pack_uri, patient

DAY = 86_400


def check(door: Door, code: str, **headers: str) -> dict[str, Any]:
    """Check a pack as anybody; return the answer."""
    answer = door.get(f"/v1/checks?code={quote(code, safe='')}", **headers)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def show(door: Door, path: str, status: int = 200, **headers: str) -> str:
    """Return the page at a path, its tags and blanks taken away."""
    answer = door.get(path, **headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return text_of(answer)


def text_of(answer: httpx.Response) -> str:
    """Return what people read of a page."""
    body = answer.text.partition("</style>")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).strip()


def size(world: World) -> int:
    """Return how many statements the log holds."""
    with world.ledger.database.read() as connection:
        return log_size(connection)


def inspections(world: World, code: str) -> int:
    """Return how often a pack's chain was lengthened by a look at it."""
    story = story_of(world.ledger.database, world.ledger.registry, key_of(code))
    return sum(step.kind == CHECK_ACT for step in story.steps)


def warned(answer: dict[str, Any]) -> list[str]:
    """Return the names of the warnings."""
    return [each["name"] for each in answer.get("warnings", [])]


def test_a_pack_from_its_maker_to_its_patient(door: Door) -> None:
    """Not known, then genuine and never sold, then sold once: its day, its district, no shop and no person."""
    world = door.world
    packs = world.packs(1)
    assert check(door, *packs) == {"code": packs[0], "status": "unknown", "verdict": "stop", "product": "Tablets"}

    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    goods = {"product": "片剂", "maker": "maker", "batch": "B1", "expiry": "2028-12-31"}
    told = {"code": packs[0], "status": "genuine", "verdict": "ok", **goods}
    assert check(door, *packs, accept_language="zh") == told

    world.one(world.dispense(packs, insured=True, person=patient()))
    sold = {"firstSold": {"day": "2026-11-22", "region": "610800"}, "timesSold": 1}
    assert check(door, *packs, accept_language="zh") == told | sold
    page = door.get(f"/dtc/{key_of(packs[0])}").text
    for secret in ("pharmacy", "P-0001", "D-1", "insur"):
        assert secret not in page


@pytest.mark.parametrize(
    ("deed", "warning"),
    [("sold-again", "sold-more-than-once"), ("recall", "recalled"), ("late", "expired"), ("seize", "out-of-trade")],
)
def test_what_a_patient_is_warned_of(quick_door: Door, deed: str, warning: str) -> None:
    """Each is a stop, with what to do; in both forms and both languages."""
    world = quick_door.world
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs), world.dispense(packs))
    world.wait(3_600)
    if deed == "sold-again":
        world.one(world.dispense(packs, by=world.rival))
    elif deed == "recall":
        world.one(world.recall("B1"))
    elif deed == "seize":
        world.one(world.seize(packs))
    else:
        world.wait(3 * 365 * DAY)

    answer = check(quick_door, *packs)

    assert answer["verdict"] == "stop"
    assert warned(answer) == [warning]
    english, chinese = (show(quick_door, f"/dtc/{key_of(packs[0])}?lang={each}") for each in ("en", "zh"))
    assert "Do not use this medicine" in english
    assert answer["warnings"][0]["text"] in english
    assert "请不要使用这盒药" in chinese


def test_a_double_beep_and_an_undone_sale_are_no_second_sale(quick_door: Door) -> None:
    """What counted once is told once; what was taken back is not told."""
    world = quick_door.world
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs), world.dispense(packs))
    world.record(world.dispense(packs))
    assert check(quick_door, *packs)["timesSold"] == 1

    world.wait(3_600)
    world.one(world.undo_dispense(packs))

    assert "timesSold" not in check(quick_door, *packs)
    assert "firstSold" not in check(quick_door, *packs)


def test_a_check_is_an_inspection_in_the_log(door: Door) -> None:
    """Signed by the gateway for the patients; it is no anomaly of a sold pack; the ledger verifies."""
    world = door.world
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs), world.dispense(packs))

    check(door, *packs)

    step = story_of(world.ledger.database, world.ledger.registry, key_of(packs[0])).steps[-1]
    assert (step.kind, step.party[0], step.anomalies) == ("inspecting", "Checks by patients", ())
    assert world.state(packs[0]) == "dispensed"
    assert world.audit().fault is None


def test_a_pack_is_recorded_once_a_day_or_when_something_was_done(quick_door: Door) -> None:
    """However often it is checked; also when sixty check at one moment."""
    world = quick_door.world
    packs = world.packs(1)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    quick_door.at_once(*(quick_door.request("GET", f"/v1/checks?code={key_of(packs[0])}") for _ in range(60)))
    assert inspections(world, packs[0]) == 1

    world.wait(DAY - 1)
    check(quick_door, *packs)
    assert inspections(world, packs[0]) == 1
    world.wait(1)
    check(quick_door, *packs)
    assert inspections(world, packs[0]) == 2

    world.one(world.dispense(packs))
    check(quick_door, *packs)
    assert inspections(world, packs[0]) == 3


def test_what_leaves_no_trace(quick_door: Door) -> None:
    """Invented codes, packs that only a thief has scanned, cases, and what is no code: the log stays as it is."""
    world = quick_door.world
    packs, case = world.packs(2), case_uri(1)
    false_pack = pack_uri(99_999)
    world.record(world.commission(packs), world.pack_into(case, packs), world.receive([false_pack]))
    check(quick_door, packs[0])  # the patients' party and key are registered now
    before = size(world)

    assert check(quick_door, pack_uri(77_777))["status"] == "unknown"
    assert check(quick_door, false_pack)["status"] == "unknown"
    problem(quick_door.get(f"/v1/checks?code={case}"), 422, "code-outer-package")
    problem(quick_door.get("/v1/checks?code=hello"), 422, "code-unknown-form")

    assert size(world) == before


def test_a_flood_is_answered_and_not_recorded(quick_door: Door) -> None:
    """One address fills its share at once; the rest of its checks are told what they ask, and are counted."""
    world = quick_door.world
    packs = world.packs(50)
    world.one(world.commission(packs))
    answers = [check(quick_door, each) for each in packs]
    assert {each["status"] for each in answers} == {"genuine"}
    assert sum(inspections(world, each) for each in packs) == 5
    metrics = quick_door.get("/metrics", key=quick_door.keys["operator"]).text
    assert 'packledger_checks_total{recorded="yes"} 5.0' in metrics
    assert 'packledger_checks_total{recorded="no"} 45.0' in metrics


def test_no_checks_at_all_are_recorded(tmp_path: Any, sqlite_url: str) -> None:
    """When the setting says so; they are answered all the same."""
    with Door(tmp_path / "home", sqlite_url, checks_recorded_per_second=0) as door:
        packs = door.world.packs(1)
        door.world.one(door.world.commission(packs))
        before = size(door.world)
        assert check(door, *packs)["status"] == "genuine"
        assert size(door.world) == before


def test_a_revoked_key_of_the_gateway_is_followed_by_the_next(quick_door: Door) -> None:
    """Whoever holds a pack is answered, and the check is recorded under the patients' next key."""
    world = quick_door.world
    packs = world.packs(2)
    world.one(world.commission(packs))

    def kid(pack: str) -> bytes:
        check(quick_door, pack)
        index = story_of(world.ledger.database, world.ledger.registry, key_of(pack)).steps[-1].index
        return kid_of(quick_door.get(f"/v1/statements/{index}", key=quick_door.keys["auditor"]).content)

    first = kid(packs[0])
    world.one(world.register(Revocation(kid=first.hex(), reason="compromised", since=world.now)))

    assert kid(packs[1]) != first


def test_a_check_that_cannot_be_signed_is_answered(quick_door: Door) -> None:
    """Whoever holds a pack is told of it, whatever is wrong with the gateway; and somebody is told of that."""
    world = quick_door.world
    packs = world.packs(1)
    world.one(world.commission(packs))
    quick_door.app.state.service.gateway.patients = must_fail

    assert check(quick_door, *packs)["status"] == "genuine"

    assert [line["what"] for line in quick_door.journal if line["event"] == "alarm"] == ["gateway-keys-used-up"]


def must_fail() -> None:
    """Stand where the gateway would."""
    raise Misuse("gateway-keys-used-up")


def test_the_public_is_rated(tmp_path: Any, sqlite_url: str) -> None:
    """Who asks too often gets a page that says so, with its time to come again."""
    with Door(tmp_path / "home", sqlite_url, public_rate_per_second=1) as door:
        answers = [door.get("/check", accept_language="zh") for _ in range(6)]
        assert [each.status_code for each in answers] == [200] * 5 + [429]
        assert answers[-1].headers["retry-after"] == "1"
        assert "请求过于频繁" in text_of(answers[-1])


def test_a_gs1_link_with_what_the_label_says(quick_door: Door) -> None:
    """Batch and expiry in the link are compared; a serial with a slash in it is one serial."""
    world = quick_door.world
    gtin, serial = "09521234543213", "SN%2F1"
    pack = f"https://id.gs1.org/01/{gtin}/21/{serial}"
    world.one(world.commission([pack]))

    sound = show(quick_door, f"/01/{gtin}/10/B1/21/{serial}?17=281231")
    assert "The batch in the code" not in sound
    assert "not known" not in sound
    other = show(quick_door, f"/01/{gtin}/10/B2/21/{serial}?17=270101&linkType=gs1:pip")
    assert "The batch in the code is not the one" in other
    assert "The expiry date in the code is not the one" in other
    assert "This pack is not known" in show(quick_door, f"/01/{gtin}/21/SN")


@pytest.mark.parametrize(
    "path",
    [
        "/01/09521234543213/21/", "/01/09521234543210/21/SN1", "/01/x", "/01/", "/dtc/8770984", "/dtc/%3Cscript%3E",
        "/dtc/８７７０９８４００００００１５５３８", "/dtc/%FF",
        "/check?code=%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_what_is_no_code_gets_a_page_with_advice(quick_door: Door, path: str) -> None:
    """What was typed comes back at most escaped, to ask the same in the other language."""
    answer = quick_door.get(path)
    assert answer.status_code == 422, answer.text
    assert "<script" not in answer.text
    assert "This is not a pack's code" in text_of(answer).replace("&#39;", "'")


def test_a_serial_that_would_be_markup_is_text(quick_door: Door) -> None:
    """GS1 allows quotes, brackets' neighbours and ampersands in serials: the page shows them, and means nothing."""
    pack = "https://id.gs1.org/01/09521234543213/21/%22onload%3Dx%26%3C%3E"
    quick_door.world.one(quick_door.world.commission([pack]))
    answer = quick_door.get("/01/09521234543213/21/%22onload=x&%3C%3E")
    assert answer.status_code == 200
    assert "01/09521234543213/21/%22onload%3Dx%26%3C%3E" in answer.text
    assert '"onload' not in answer.text


def test_the_page_needs_nothing_from_elsewhere(quick_door: Door) -> None:
    """No script, no address of others; the header allows its one style sheet and its form; languages by a link."""
    answer = quick_door.get("/check?lang=zh&code=")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "<script" not in answer.text
    assert not re.findall(r"(?:src|href|action)=\"(?:https?:)?//", answer.text)
    assert '<html lang="zh-CN">' in answer.text
    assert 'href="?lang=en"' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert '<html lang="en">' in quick_door.get("/check", accept_language="fr, en;q=0.5, zh;q=0.4").text


def test_languages_keep_what_was_asked(quick_door: Door) -> None:
    """The other language's link leads to the same pack."""
    page = quick_door.get(f"/check?code={PRODUCT}0000000000001").text
    assert f'href="?code={PRODUCT}0000000000001&amp;lang=zh"' in page
