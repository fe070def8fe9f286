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
