"""What all doors have in common: who may, how much, how often, in which language, and how they refuse."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import httpx
import pytest
from starlette.routing import Route

from api.app import AUDIENCES
from api.language import language_of
from api.openapi import problems_of
from api.status import BY_CODE, status_of
from ledger.errors import Unavailable
from ledger.identity.access import ACTIONS, GRANTS, PUBLIC, ROLES, Action, Caller
from ledger.limits import REQUEST_BYTES_MAX
from ledger.texts import PROBLEMS
from tests.api.kit import LINES, Door, problem

DOORS = [door for audience in AUDIENCES for door in audience.doors]


def unnamed(routes: list[object]) -> list[str]:
    """Name the routes that no door with an action of ours stands behind."""
    return [
        str(getattr(route, "path", route))
        for route in routes
        if not isinstance(route, Route)
        or getattr(getattr(route.endpoint, "__self__", None), "action", None) not in ACTIONS
    ]


def test_every_route_names_its_action(quick_door: Door) -> None:
    """No route is served that does not say what a caller must be allowed."""
    assert unnamed(list(quick_door.app.routes)) == []
    assert len(quick_door.app.routes) == len(DOORS)


def test_a_route_without_an_action_is_found(quick_door: Door) -> None:
    """One that somebody adds beside the doors is named."""

    async def back_door() -> str:
        return "come in"

    quick_door.app.add_api_route("/back", back_door)
    quick_door.app.mount("/cellar", quick_door.app)
    assert unnamed(list(quick_door.app.routes)) == ["/back", "/cellar"]


def test_actions_are_told_and_granted() -> None:
    """Each action has a meaning, some role that may, and a door; each role has a row."""
    assert set(ACTIONS) == set(get_args(Action))
    assert set(GRANTS) == set(ROLES)
    assert set().union(*GRANTS.values()) == set(ACTIONS)
    assert {door.action for door in DOORS} == set(ACTIONS)


def test_what_the_public_may_do_everybody_may() -> None:
    """No key takes away what one may do without."""
    for role in ROLES:
        limited = Caller(name="k", roles=frozenset({role}), limited=frozenset({"statements.submit"}))
        assert all(limited.may(action) for action in ACTIONS if PUBLIC.may(action))


def test_keys_that_do_not_count(door: Door) -> None:
    """Wrong secret, no key at all, expired, revoked, another scheme: refused at every door, public ones too."""
    good = door.keys["pharmacy"]
    short = door.give_key(door.world.pharmacy, "dispenser", days=1)
    assert door.get("/healthz", key=good).status_code == 200
    for wrong in (good[:-1] + ("0" if good[-1] != "0" else "1"), "plk_", "plk_" + "0" * 81, "eyJ.e30.x", "a" * 9_000):
        answer = door.get("/healthz", key=wrong)
        problem(answer, 401, "access-unknown")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    problem(door.get("/healthz", authorization="Basic cGs6cGs="), 401, "access-unknown")
    assert door.get("/healthz", key=short).status_code == 200
    door.world.wait(2 * 86_400)
    problem(door.get("/healthz", key=short), 401, "access-unknown")


def test_a_key_is_limited_to_its_actions(quick_door: Door) -> None:
    """A key that may only ask cannot submit, though its role could."""
    key = quick_door.give_key(quick_door.world.pharmacy, "dispenser", actions=["verdicts.ask"])
    code = quick_door.world.packs(1)
    assert quick_door.post("/v1/verdicts", {"codes": code}, key=key).status_code == 200
    answer = quick_door.post("/v1/statements", b"{}", key=key)
    assert "statements.submit" in problem(answer, 403, "access-denied")["detail"]


def test_a_body_is_bounded_while_it_streams(quick_door: Door) -> None:
    """Without a length in the header, the first byte too many ends the reading."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    request = quick_door.client.request(
        "POST", "/v1/verdicts", content=endless(),
        headers={"Authorization": f"Bearer {quick_door.keys['pharmacy']}", "Content-Type": "application/json"},
    )  # fmt: skip
    problem(quick_door.run(request), 413, "request-too-large")
    assert sent <= REQUEST_BYTES_MAX + 2 * 65_536
    assert quick_door.app.state.service.held._bytes == 0


def test_media_types_and_malformed_bodies(quick_door: Door) -> None:
    """What is no JSON, of the wrong type, or has a wrong member is told apart, each with its code."""
    key = quick_door.keys["pharmacy"]
    problem(quick_door.post("/v1/verdicts", b"{}", key=key, media="text/plain"), 415, "media-type-unsupported")
    bomb = gzip.compress(bytes(1_000_000))
    answer = quick_door.post("/v1/verdicts", bomb, key=key, content_encoding="gzip")
    assert "Content-Encoding" in problem(answer, 415, "media-type-unsupported")["detail"]
    problem(quick_door.post("/v1/verdicts", b"{", key=key), 400, "request-malformed")
    problem(quick_door.post("/v1/verdicts", b"\xff", key=key), 400, "request-malformed")
    problem(quick_door.post("/v1/verdicts", b"[" * 60_000, key=key), 422, "request-invalid")
    for body in ({}, {"codes": []}, {"codes": ["1"] * 101}, {"codes": ["1"], "who": 1}, {"codes": [1]}, [], b'"x"'):
        problem(quick_door.post("/v1/verdicts", body, key=key), 422, "request-invalid")
    assert quick_door.app.state.service.held._bytes == 0


def test_what_the_framework_refuses_is_a_problem_too(quick_door: Door) -> None:
    """Unknown addresses, with and without a slash too many, and wrong methods."""
    problem(quick_door.get("/nothing"), 404, "route-unknown")
    problem(quick_door.get("/healthz/"), 404, "route-unknown")
    problem(quick_door.get("/%2e%2e/%00"), 404, "route-unknown")
    answer = quick_door.post("/healthz", b"{}")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD"


def test_a_fault_of_the_program_is_told_without_its_values(
    quick_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect gives a problem with a request id; where it was stands in the journal, what it met does not."""
    service = quick_door.app.state.service

    async def broken(question: object) -> None:
        raise ZeroDivisionError("P-0001 was the patient")

    monkeypatch.setattr(service.verdicts, "ask", broken)
    answer = quick_door.post("/v1/verdicts", {"codes": ["1"]}, key=quick_door.keys["pharmacy"])
    problem(answer, 500, "server-fault")
    (line,) = [line for line in quick_door.journal if line["event"] == "alarm"]
    assert line["kind"] == "ZeroDivisionError"
    assert "P-0001" not in str(quick_door.journal) + answer.text
    assert service.metrics.alarms.labels("server-fault")._value.get() == 1


def test_answers_carry_safe_headers(quick_door: Door) -> None:
    """Whatever is answered, by a door or by nobody."""
    for answer in (quick_door.get("/healthz"), quick_door.get("/nothing"), quick_door.post("/v1/verdicts", b"")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.headers["x-request-id"]) == 16


def test_the_journal_names_doors_and_keys_only(quick_door: Door) -> None:
    """A line a request, with the id of the key; nothing of the address, the query or the secret."""
    key = quick_door.keys["pharmacy"]
    answer = quick_door.post("/v1/verdicts?code=87709840000000015538", {"codes": ["1"]}, key=key)
    quick_door.get("/no/87709840000000015538?patient=P-0001")
    first, second = [line for line in quick_door.journal if line["event"] == "request"][-2:]
    assert first["id"] == answer.headers["x-request-id"]
    assert (first["door"], first["status"], first["caller"]) == ("/v1/verdicts", 200, key.split("_")[1])
    assert (second["door"], second["status"], second["caller"]) == ("unknown", 404, "")
    written = str(quick_door.journal)
    assert "8770984" not in written
    assert "P-0001" not in written
    assert key.split("_")[2] not in written


def test_problems_speak_the_callers_language(quick_door: Door) -> None:
    """Chinese where it is preferred, else English; the code is the same."""
    told = problem(quick_door.get("/nothing", accept_language="zh-CN,zh;q=0.9,en;q=0.8"), 404, "route-unknown")
    assert told["title"] == PROBLEMS["route-unknown"].zh
    assert quick_door.get("/nothing", accept_language="zh").headers["content-language"] == "zh"
    told = problem(quick_door.get("/nothing", accept_language="de, en;q=0.5, zh;q=0.4"), 404, "route-unknown")
    assert told["title"] == PROBLEMS["route-unknown"].en


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"), ("", "en"), ("*", "en"), ("zh", "zh"), ("ZH-Hans", "zh"), ("en, zh", "en"),
        ("zh, en;q=0.9", "zh"), ("zh;q=0", "en"), ("zh;q=x", "en"), ("zh;q=nan", "en"), ("zh;q=2", "en"),
        (";;,,=", "en"), ("zh," * 9_000, "en"),
    ],
)  # fmt: skip
def test_languages(header: str | None, language: str) -> None:
    """By quality, and never an error."""
    assert language_of(header) == language


def test_who_asks_too_often_is_told_to_come_again(tmp_path: Path, sqlite_url: str) -> None:
    """Each key has its own bucket, each address without one too; trying keys counts as well."""
    with Door(tmp_path / "home", sqlite_url, rate_per_second=2, public_rate_per_second=1) as door:
        answers = [door.get("/healthz", key=door.keys["pharmacy"]) for _ in range(11)]
        assert [each.status_code for each in answers] == [200] * 10 + [429]
        problem(answers[-1], 429, "rate-exceeded")
        assert answers[-1].headers["retry-after"] == "1"
        assert door.get("/healthz", key=door.keys["rival"]).status_code == 200
        tried = [door.get("/healthz", key="plk_wrong").status_code for _ in range(6)]
        assert tried == [401] * 5 + [429]
        assert door.get("/healthz").status_code == 429


def test_each_code_has_one_status() -> None:
    """Codes that doors tell of have a row, a text and a status that is an error's."""
    for door in DOORS:
        for code in problems_of(door):
            assert code in PROBLEMS, code
            assert BY_CODE[code] >= 400
    assert status_of(Unavailable("store-full")) == BY_CODE["store-full"]
    assert set(BY_CODE) <= set(PROBLEMS)


def test_health_readiness_and_metrics(door: Door) -> None:
    """Alive says nothing of the database; ready does; metrics are for the operator."""
    assert door.get("/healthz").text == "alive\n"
    assert door.get("/readyz").json()["status"] == "ready"
    door.submit(door.world.commission(door.world.packs(1)), key=door.keys["maker"])
    text = door.get("/metrics", key=door.keys["operator"]).text
    assert 'packledger_submissions_total{status="recorded"} 1.0' in text
    assert 'packledger_requests_total{door="/v1/statements",method="POST",status="200"} 1.0' in text
    assert "packledger_requests_waiting 1.0" in text


def test_not_ready_when_the_checkpoint_is_gone(quick_door: Door) -> None:
    """Without the checkpoint outside the database nobody can tell that the log did not go back in time."""
    quick_door.settings.checkpoint_file.rename(quick_door.settings.checkpoint_file.with_suffix(".aside"))
    problem(quick_door.get("/readyz"), 503, "log-restored")
    assert quick_door.get("/healthz").status_code == 200


def test_requests_cut_off_leave_nothing_held(quick_door: Door) -> None:
    """A client that goes in the middle of its body: nothing stays held, and nothing is recorded."""
    app, service = quick_door.app, quick_door.app.state.service
    messages = iter([
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ])  # fmt: skip
    sent: list[dict[str, object]] = []
    scope = {
        "type": "http", "method": "POST", "path": "/v1/statements", "query_string": b"", "headers": [
            (b"content-type", LINES.encode()), (b"authorization", f"Bearer {quick_door.keys['maker']}".encode()),
        ], "client": ("192.0.2.1", 1), "server": ("ledger.example", 80), "scheme": "http", "http_version": "1.1",
        "root_path": "", "raw_path": b"/v1/statements",
    }  # fmt: skip

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    quick_door.run(app(scope, receive, send))
    assert sent[0]["status"] == 400
    assert service.held._bytes == 0


def test_too_many_bytes_at_once_are_refused(quick_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """What all requests hold together is bounded: who comes later is asked to come again."""
    monkeypatch.setattr("api.reading.REQUESTS_HELD_BYTES_MAX", 1_000)
    body = {"codes": ["x" * 900]}
    assert quick_door.post("/v1/verdicts", body, key=quick_door.keys["pharmacy"]).status_code == 200
    quick_door.app.state.service.held.take(500)
    problem(quick_door.post("/v1/verdicts", body, key=quick_door.keys["pharmacy"]), 503, "server-busy")


def test_who_goes_does_not_disturb_who_stays(quick_door: Door) -> None:
    """A request that is given up while it waits; the others of its batch are answered, and it is recorded."""
    world, door = quick_door.world, quick_door
    submissions = [world.commission(world.packs(1)) for _ in range(8)]

    async def race() -> list[httpx.Response | BaseException]:
        tasks = [
            asyncio.ensure_future(
                door.request("POST", "/v1/statements", door.lines(each), key=door.keys["maker"], media=LINES)
            )
            for each in submissions
        ]
        await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        tasks[3].cancel()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    answers = door.run(race())
    stayed = [each for at, each in enumerate(answers) if at != 3]
    assert all(each.json()["outcomes"][0]["status"] == "recorded" for each in stayed)
    again = door.submit(*submissions, key=door.keys["maker"])
    assert {each["status"] for each in again} <= {"recorded", "already-recorded"}
