"""Whatever is sent, no door fails: each answer is a success or a problem, and nothing is half done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import AUDIENCES
from api.door import Door as Route
from ledger.identity.access import GRANTS
from ledger.store.log import log_size
from ledger.submission import UploadLine, print_line
from ledger.texts import PROBLEMS
from tests.api.kit import JSON, LINES, Door

ROUTES = [door for audience in AUDIENCES for door in audience.doors]
SENDING = [door for door in ROUTES if door.takes is not None]
OBJECTS = [door for door in SENDING if door.takes is not None and isinstance(door.takes.example, dict)]
ASKING = [door for door in ROUTES if door.takes is None]
ENOUGH = settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just("x" * 3_000)
    | st.sampled_from(["urn:nmpa:dtc:87709840000000015538", "87709840000000015538", "\u0000", "８", "-1", "1e9"])
)  # fmt: skip
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Return one door for all that is thrown at it."""
    folder = tmp_path_factory.mktemp("bad")
    with Door(folder / "home", f"sqlite:///{folder / 'ledger.sqlite'}") as door:
        door.keys |= {"officer": door.officer("police"), "recaller": door.officer("regulator")}
        door.post("/v1/cases", {"title": "thrown at"}, key=door.keys["officer"])
        door.post("/v1/queries", {"name": "one", "query": {"of": "flows"}}, key=door.keys["officer"])
        door.update_lake()
        yield door


AS = {
    "pharmacy": "dispenser", "officer": "police", "recaller": "medicine", "auditor": "auditor", "operator": "operator",
}  # fmt: skip


def who_may(route: Route) -> str:
    """Name somebody who may ask at a door: what is refused for who asks says nothing of what was sent."""
    return next(name for name, role in AS.items() if route.action in GRANTS[role])  # type: ignore[index]


def must_be_sound(door: Door, answer: httpx.Response) -> None:
    """Require a success, or a problem of the catalogue; and that no fault was written down."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        if answer.headers["content-type"] in ("application/concise-problem-details+cbor", "text/html; charset=utf-8"):
            return
        problem = answer.json()
        assert problem["code"] in PROBLEMS
        assert problem["status"] == answer.status_code
    assert "Traceback" not in answer.text
    assert not [line for line in door.journal if line.get("what") == "server-fault"]


def size(door: Door) -> int:
    """Return how many statements the log holds."""
    with door.world.ledger.database.read() as connection:
        return log_size(connection)


@st.composite
def altered(draw: st.DrawFn, example: Any) -> Any:
    """Return a body with a member changed, taken away or added."""
    body = dict(example)
    for name in draw(st.lists(st.sampled_from(sorted(body)), max_size=2)):
        if draw(st.booleans()):
            body.pop(name, None)
        else:
            body[name] = draw(values)
    if draw(st.booleans()):
        body[draw(st.text(max_size=8))] = draw(values)
    return body


@pytest.mark.parametrize("route", SENDING, ids=lambda route: route.path)
@ENOUGH
@given(data=st.data())
def test_bodies(door: Door, route: Route, data: st.DataObject) -> None:
    """Any JSON, any bytes, of any type: refused without a trace, or answered."""
    before, takes = size(door), route.takes
    assert takes is not None
    example = takes.example if takes.schema is not None else {"statement": takes.example}
    body = data.draw(
        st.binary(max_size=200)
        | values.map(lambda value: json.dumps(value).encode())
        | altered(example).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
    )
    media = data.draw(st.sampled_from([*takes.media, "text/plain", "application/json; charset=x", ""]))
    language = data.draw(st.sampled_from(["zh", "en", "x;q=9"]))
    path, key = route.path.replace("{number}", "1"), door.keys[who_may(route)]
    answer = door.post(path, body, key=key, media=media or " ", accept_language=language)
    must_be_sound(door, answer)
    # The gateway signs a line of a form, and an event; the others are whole submissions, which chance does not sign.
    may_record = "/imports/" in route.path or route.path == "/events" or who_may(route) != "pharmacy"
    assert size(door) == before or (answer.status_code in (200, 201) and may_record)


@pytest.mark.parametrize("route", OBJECTS, ids=lambda route: route.path)
def test_a_member_that_stands_twice_is_refused(door: Door, route: Route) -> None:
    """The same member with the same value: what one reader takes first, another takes last."""
    assert route.takes is not None
    name, member = next(iter(route.takes.example.items()))
    doubled = f"{{{json.dumps(name)}: {json.dumps(member)}, {json.dumps(route.takes.example)[1:]}"
    path, key = route.path.replace("{number}", "1"), door.keys[who_may(route)]
    before = size(door)
    answer = door.post(path, doubled.encode(), key=key, media=JSON)
    assert answer.status_code in (200, 400), answer.text
    assert "json-ambiguous" in answer.text or answer.json()["detail"] == "a name stands twice"
    assert size(door) == before


@pytest.mark.parametrize("route", ASKING, ids=lambda route: route.path)
@ENOUGH
@given(data=st.data())
def test_paths_and_queries(door: Door, route: Route, data: st.DataObject) -> None:
    """Any name in the path, any query."""
    part = data.draw(st.binary(max_size=40) | st.sampled_from([b"0", b"1", b"000", b"0/000.p/1", b"0" * 64, b"9" * 18]))
    path = route.path.partition("{")[0] + (quote(part) if "{" in route.path else "")
    names = sorted(route.query.example) if route.query is not None else ["x"]
    pairs = data.draw(st.lists(st.tuples(st.sampled_from([*names, "size", "y"]), st.binary(max_size=20)), max_size=3))
    query = "&".join(f"{name}={quote(value)}" for name, value in pairs)
    key = door.keys[data.draw(st.sampled_from(["auditor", "operator", "pharmacy", who_may(route)]))]
    must_be_sound(door, door.get(f"{path}?{query}", key=key))


@ENOUGH
@given(header=st.binary(max_size=60).filter(lambda data: not set(data) & {0, 10, 13}))
def test_headers(door: Door, header: bytes) -> None:
    """Any authorization, any language: known, unknown, or no words at all."""
    for name in ("Authorization", "Accept-Language", "Content-Type"):
        request = httpx.Request("POST", "http://ledger.example/v1/verdicts", headers=[(name.encode(), header)])
        must_be_sound(door, door.run(door.client.send(request)))


@ENOUGH
@given(data=st.data())
def test_submissions_with_a_byte_changed(door: Door, data: st.DataObject) -> None:
    """Each line of an upload, altered anywhere, is refused for itself; its neighbour is a repeat."""
    world = door.world
    event_id = "urn:uuid:00000000-0000-4000-8000-0000000fffff"
    good = world.commission(["urn:nmpa:dtc:87709840000000077777"], event_id=event_id)
    world.one(good)
    before = size(door)
    line = bytearray(print_line(UploadLine(good)))
    at = data.draw(st.integers(0, len(line) - 2))
    line[at] ^= 1 << data.draw(st.integers(0, 7))
    answer = door.post(
        "/v1/statements", bytes(line) + print_line(UploadLine(good)), key=door.keys["maker"], media=LINES
    )
    must_be_sound(door, answer)
    if answer.status_code == 200:
        outcomes = answer.json()["outcomes"]
        assert outcomes[-1]["status"] == "already-recorded"
        assert {each["status"] for each in outcomes[:-1]} == {"refused"}
    assert size(door) == before


def test_the_ledger_is_sound_after_all_that(door: Door) -> None:
    """Everything verifies, and the last request is answered as the first was."""
    assert door.world.audit().fault is None
    assert door.get("/readyz").status_code == 200
    assert door.app.state.service.held._bytes == 0
    assert JSON in door.get("/openapi.json").headers["content-type"]
