"""What every answer of every door has: safe headers, a bound on what is sent, nothing of the server's insides."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from api.app import AUDIENCES
from api.door import Door as Route
from api.frame import SAFE_HEADERS
from ledger.limits import REQUEST_BYTES_MAX
from tests.api.kit import Door

DOORS = {f"{door.method} {door.path}": door for audience in AUDIENCES for door in audience.doors}
WITH_BODY = {key: door for key, door in DOORS.items() if door.takes is not None}
ALLOWED = {
    "Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age=",
}  # fmt: skip
"""What each answer must say at least, to the browser of whoever opens it by mistake."""


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Return a door for all tests of this file."""
    folder = tmp_path_factory.mktemp("doors")
    with Door(folder / "home", f"sqlite:///{folder / 'ledger.sqlite'}") as door:
        yield door


def path_of(route: Route) -> str:
    """Return a door's path, with nothing in particular where it names a thing."""
    parts = [("1" if part.startswith("{") else part) for part in route.path.split("/")]
    return "/".join(parts)


def require_safe(answer: httpx.Response) -> None:
    """Require safe headers, and no word of what serves."""
    for name, beginning in ALLOWED.items():
        assert answer.headers[name].startswith(beginning), (name, answer.headers)
    assert answer.headers["X-Request-Id"]
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    private = "no-store" in answer.headers["cache-control"] or "immutable" in answer.headers["cache-control"]
    assert private, answer.headers


@pytest.mark.parametrize("key", sorted(DOORS))
def test_every_answer_is_safe(open_door: Door, key: str) -> None:
    """A refusal of who asks, a refusal of what was sent, and whatever it answers to a key that may."""
    route = DOORS[key]
    for who in (None, "plk_wrong", *open_door.keys.values()):
        answer = open_door.run(open_door.request(route.method, path_of(route), b"{}" if route.takes else None, key=who))
        require_safe(answer)
        assert answer.status_code != 500, answer.text
        if answer.status_code in (401, 403):
            assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize("key", sorted(WITH_BODY))
def test_every_body_is_bounded(open_door: Door, key: str) -> None:
    """One byte too many ends the reading, at whatever door; what claims to be larger than it is gains nothing."""
    route = WITH_BODY[key]
    assert route.takes is not None
    bound = route.takes.bytes_max
    may = next(
        key for key in open_door.keys.values()
        if open_door.run(open_door.request("POST", path_of(route), b"", key=key)).status_code not in (401, 403)
    )  # fmt: skip
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    headers = {"Authorization": f"Bearer {may}", "Content-Type": route.takes.media[0]}
    request = open_door.client.request("POST", path_of(route), content=endless(), headers=headers)
    answer = open_door.run(request)
    assert answer.status_code == 413
    if "cbor" not in answer.headers["content-type"]:  # as SCITT's clients are told
        assert answer.json()["code"] == "request-too-large"
    require_safe(answer)
    assert sent <= bound + 2 * 65_536
    assert bound >= REQUEST_BYTES_MAX
    assert open_door.app.state.service.held._bytes == 0


READ = sorted(key for key, door in DOORS.items() if door.method == "GET")
"""Doors that GET opens, and HEAD therefore too."""
OF_ITS_MOMENT = {"x-request-id", "date", "age"}


def said(answer: httpx.Response) -> dict[str, str]:
    """Return the headers of an answer that do not differ from one request to the next."""
    return {name: value for name, value in answer.headers.items() if name not in OF_ITS_MOMENT}


@pytest.mark.parametrize("key", READ)
def test_head_says_what_get_says_and_sends_nothing(open_door: Door, key: str) -> None:
    """RFC 9110 §9.3.2: the same status and headers, whoever asks, and no body; metrics' length alone grows."""
    path = path_of(DOORS[key])
    for who in (None, *open_door.keys.values()):
        got = open_door.run(open_door.request("GET", path, key=who))
        asked = open_door.run(open_door.request("HEAD", path, key=who))
        assert (asked.status_code, asked.content) == (got.status_code, b"")
        assert got.content
        grown = {"content-length"} if path == "/metrics" else set()
        assert {k: v for k, v in said(asked).items() if k not in grown} == {
            k: v for k, v in said(got).items() if k not in grown
        }
        assert "content-length" in asked.headers


def test_head_is_counted_as_what_it_is(open_door: Door) -> None:
    """In the metrics and the journal by its own name at the same door, and against the same rates."""
    counted = open_door.app.state.service.metrics.requests.labels("/healthz", "HEAD", "200")
    before = counted._value.get()
    open_door.run(open_door.request("HEAD", "/healthz"))
    assert counted._value.get() == before + 1
    line = open_door.journal[-1]
    assert (line["door"], line["method"], line["status"]) == ("/healthz", "HEAD", 200)


def test_a_method_that_no_door_has_is_counted_without_its_name(open_door: Door) -> None:
    """Whatever a caller invents, it makes no new row of the metrics and no word in the journal."""
    for method in ("BREW", "PUT", "HEAD"):
        answer = open_door.run(open_door.request(method, "/v1/statements"))
        assert answer.status_code == 405
        line = open_door.journal[-1]
        assert (line["door"], line["method"], line["status"]) == ("/v1/statements", "", 405)


@pytest.mark.parametrize("path", sorted({door.path for door in DOORS.values()}))
def test_who_comes_with_a_wrong_method_hears_all_that_are_allowed(open_door: Door, path: str) -> None:
    """RFC 9110 §10.2.1: of all doors at that path, not of the first one alone."""
    methods = {door.method for door in DOORS.values() if door.path == path}
    methods |= {"HEAD"} if "GET" in methods else set()
    answer = open_door.run(open_door.request("PATCH", "/".join("1" if "{" in p else p for p in path.split("/"))))
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == methods


def test_what_no_door_answers_is_safe_too(open_door: Door) -> None:
    """Unknown addresses, unknown methods."""
    for method, path in (("GET", "/nothing"), ("TRACE", "/healthz"), ("PUT", "/v1/cases"), ("OPTIONS", "/v1/cases")):
        require_safe(open_door.run(open_door.request(method, path)))


def test_a_header_that_is_missing_would_be_found(open_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them by itself."""
    for name in ALLOWED:
        others = {key: SAFE_HEADERS[key] for key in SAFE_HEADERS if key.decode() != name.lower()}
        monkeypatch.setattr("api.frame.SAFE_HEADERS", others)
        with pytest.raises(KeyError):
            require_safe(open_door.get("/healthz"))
