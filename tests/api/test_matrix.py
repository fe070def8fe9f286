"""Who may what: every door × every role × one's own thing, another's, one that is not there; each cell asserted.

What the table of grants (`identity.access`) denies is refused before anything is looked at, whatever was asked for.
What it allows answers well for one's own; another's is answered to the letter as what does not exist.
Doors whose path names a thing have a row in THINGS; all others are asked by the examples of their description.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from api.app import AUDIENCES
from api.door import Door as Route
from api.openapi import problems_of
from api.status import status_of_code
from ledger.identity.access import ACTIONS, GRANTS
from ledger.identity.sight import SIGHT
from ledger.papers.paper import OFFICES, PERSON_OFFICES
from tests.api.erp import capture, event, listed
from tests.api.kit import ROLES, Door
from tests.api.test_offices import acting, finding, told
from tests.api.test_persons import NUMBER, asked, scene
from tests.kit import PRODUCT, desk, patient

DOORS = {f"{door.method} {door.path}": door for audience in AUDIENCES for door in audience.doors}
AS = {**ROLES, **{f"{name}-two": role for name, role in ROLES.items() if role in OFFICES}, "public": "public"}
"""Who asks: a party of each role, a second office of each kind, and nobody in particular."""

_OFFICES = frozenset(name for name, role in AS.items() if role in OFFICES)
_TRADERS = frozenset({"maker", "distributor", "pharmacy", "rival"})
_ASKING = frozenset(name for name, role in AS.items() if "events.read" in GRANTS[role])  # type: ignore[index]
_SUBSCRIBING = {
    "dest": "http://127.0.0.1:9/", "signatureToken": "a-secret-of-more-than-22-characters", "stream": True,
}  # fmt: skip
Request = tuple[str, Any]
"""A path with its query, and a body or None."""


class Stage:
    """A door, and what everybody has who may have it: a case, a query, an allowed name."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.person = scene(door)
        self.pack, self.hidden = door.find(finding(1), finding(2, "person"))
        self.keys: dict[str, str | None] = {"public": None}
        self.cases: dict[str, int] = {}
        self.asks: dict[str, str] = {}
        packs = door.world.packs(1)
        made = {name: event(door, desk(name), "inspecting", packs) for name in _TRADERS - {"maker"}}
        made["maker"] = event(door, door.world.maker, "commissioning", packs)
        self.event = str(made["maker"]["eventID"])
        self.captures = {name: capture(door, listed(made[name]), who=name)["captureID"] for name in sorted(made)}
        for name, role in AS.items():
            if name not in ROLES and name != "public":
                door.world.record(*map(door.world.register, door.world.enrolment(desk(name), role)))
            if role in OFFICES:
                self._give_office(name, role)
            elif name != "public":
                self.keys[name] = door.keys[name]
        door.app.state.service.subscriptions._ending.set()  # nothing is sent
        self.subscriptions = {name: self._subscribe(name) for name in sorted(_ASKING)}

    def _subscribe(self, name: str) -> str:
        """Give somebody named queries, one of them to be forgotten, and return the id of a subscription."""
        key = self.keys[name]
        for kept in (f"named-of-{name}", f"old-named-of-{name}"):
            assert self.door.post("/queries", {"name": kept, "query": {}}, key=key).status_code == 201
        answers = [self.door.post(f"/queries/named-of-{name}/subscriptions", _SUBSCRIBING, key=key) for _ in range(2)]
        self.ended = {**getattr(self, "ended", {}), name: answers[1].json()["subscriptionID"]}
        return str(answers[0].json()["subscriptionID"])

    def _give_office(self, name: str, role: str) -> None:
        door = self.door
        key, second = door.officer(name, 1, role), door.officer(name, 2, role)
        self.keys[name] = key
        number = self.cases[name] = told(door.post("/v1/cases", {"title": name}, key=key))["case"]["number"]
        if role in PERSON_OFFICES:
            self.asks[name] = asked(door, key, number, self.person)
            told(acting(door, second, number, "allow-name", ask=self.asks[name]))
        for kept in (f"of-{name}", f"old-of-{name}"):
            told(door.post("/v1/queries", {"name": kept, "query": {"of": "flows"}}, key=key))

    def ask(self, name: str, method: str, request: Request) -> httpx.Response:
        """Ask as somebody."""
        path, body = request
        answer: httpx.Response = self.door.run(self.door.request(method, path, body, key=self.keys[name]))
        return answer


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return a stage for all cells: what one cell does is no other's concern."""
    folder = tmp_path_factory.mktemp("matrix")
    with Door(folder / "home", f"sqlite:///{folder / 'ledger.sqlite'}", webhook_private_hosts="127.0.0.1") as door:
        yield Stage(door)


class Thing(NamedTuple):
    """What a door is asked for.

    Attributes:
        own: the request for somebody's own thing.
        unknown: the request for one that is not there; to be answered with `code`.
        code: of the problem that says so.
        foreign: whose things are asked for as another's; nobody's when the thing is everybody's who may ask.
        sees: who is shown it at all, of those who may ask; None for all.
    """

    own: Callable[[Stage, str], Request]
    unknown: Request
    code: str
    foreign: frozenset[str] = frozenset()
    sees: Callable[[str], bool] | None = None


def _case(stage: Stage, name: str) -> Any:
    """Return somebody's case; of who has none, the police's."""
    return stage.cases.get(name, stage.cases["police"])


def _note(text: str) -> dict[str, Any]:
    return {"do": {"act": "note", "text": text}}


def _acts(stage: Stage, number: int) -> dict[str, Any]:
    return {"person": stage.person, "case": number, "reason": "why"}


def _asking(name: str) -> str:
    return name if name in _ASKING else "maker"


def _named(rest: str, code: str, body: Any = None) -> Thing:
    """Return what a door about a named query is asked for."""
    return Thing(
        lambda stage, name: (f"/queries/named-of-{_asking(name)}{rest}", body), (f"/queries/none{rest}", body),
        code, _ASKING,
    )


def _subscription(name: str, ids: dict[str, str]) -> str:
    name = _asking(name)
    return f"/queries/named-of-{name}/subscriptions/{ids[name]}"


_HELD = "87709840000000000001"
_GONE = 999_999_999
_ASK = "urn:uuid:00000000-0000-4000-8000-000000000000"
THINGS: dict[str, Thing] = {
    "GET /v1/cases/{number}": Thing(
        lambda stage, name: (f"/v1/cases/{_case(stage, name)}", None), (f"/v1/cases/{_GONE}", None),
        "case-unknown", _OFFICES,
    ),
    "POST /v1/cases/{number}/actions": Thing(
        lambda stage, name: (f"/v1/cases/{_case(stage, name)}/actions", _note(f"by {name}")),
        (f"/v1/cases/{_GONE}/actions", _note("nobody's")), "case-unknown", _OFFICES,
    ),
    "GET /v1/findings/{finding}": Thing(
        lambda stage, name: (f"/v1/findings/{stage.hidden}", None), (f"/v1/findings/{'0' * 32}", None),
        "finding-unknown", sees=lambda role: SIGHT[role].persons,  # type: ignore[index]
    ),
    "GET /v1/queries/{name}": Thing(
        lambda stage, name: (f"/v1/queries/of-{name}", None), ("/v1/queries/none", None), "query-unknown", _OFFICES
    ),
    "DELETE /v1/queries/{name}": Thing(
        lambda stage, name: (f"/v1/queries/old-of-{name}", None), ("/v1/queries/none", None), "query-unknown", _OFFICES
    ),
    "POST /v1/persons/acts": Thing(
        lambda stage, name: ("/v1/persons/acts", _acts(stage, _case(stage, name))),
        ("/v1/persons/acts", {"person": "0" * 32, "case": _GONE, "reason": "why"}), "case-unknown", _OFFICES,
    ),
    "POST /v1/persons/names": Thing(
        lambda stage, name: (
            "/v1/persons/names", {"case": _case(stage, name), "ask": stage.asks.get(name, _ASK), "reason": "why"},
        ),
        ("/v1/persons/names", {"case": _GONE, "ask": _ASK, "reason": "why"}), "case-unknown", _OFFICES,
    ),
    "GET /capture/{id}": Thing(
        lambda stage, name: (f"/capture/{stage.captures.get(name, stage.captures['maker'])}", None),
        ("/capture/none", None), "capture-unknown", _TRADERS,
        sees=lambda role: role in ("manufacturer", "distributor", "dispenser", "holder"),
    ),
    "GET /events/{id:path}": Thing(
        lambda stage, name: (f"/events/{stage.event}", None), ("/events/urn:uuid:none", None), "event-unknown",
        sees=lambda role: role == "manufacturer" or (role != "holder" and SIGHT[role].packs == "all"),  # type: ignore[index]
    ),
    "GET /queries/{name}": _named("", "query-name-unknown"),
    "GET /queries/{name}/events": _named("/events", "query-name-unknown"),
    "GET /queries/{name}/subscriptions": _named("/subscriptions", "query-name-unknown"),
    "POST /queries/{name}/subscriptions": _named("/subscriptions", "query-name-unknown", _SUBSCRIBING),
    "DELETE /queries/{name}": Thing(
        lambda stage, name: (f"/queries/old-named-of-{_asking(name)}", None), ("/queries/none", None),
        "query-name-unknown", _ASKING,
    ),
    "GET /queries/{name}/subscriptions/{id}": Thing(
        lambda stage, name: (_subscription(name, stage.subscriptions), None),
        ("/queries/none/subscriptions/none", None), "subscription-unknown", _ASKING,
    ),
    "DELETE /queries/{name}/subscriptions/{id}": Thing(
        lambda stage, name: (_subscription(name, stage.ended), None),
        ("/queries/none/subscriptions/none", None), "subscription-unknown", _ASKING,
    ),
    "GET /v1/pedigrees": Thing(
        lambda stage, name: (f"/v1/pedigrees?code={_HELD}", None), ("/v1/pedigrees?code=87709849999999999999", None),
        "pack-unknown",
        sees=lambda role: role in ("manufacturer", "holder") or SIGHT[role].packs == "all",
    ),
    "GET /v1/packs": Thing(
        lambda stage, name: (f"/v1/packs?code={_HELD}", None), ("/v1/packs?code=87709849999999999999", None),
        "pack-unknown",
    ),
    "GET /v1/products": Thing(
        lambda stage, name: (f"/v1/products?product={PRODUCT}", None), ("/v1/products?product=8000000", None),
        "product-unknown",
    ),
    "GET /v1/parties": Thing(
        lambda stage, name: ("/v1/parties?party=https://maker.example/", None),
        ("/v1/parties?party=https://nobody.example/", None), "party-unknown",
    ),
    "GET /v1/statements/{entry}": Thing(
        lambda stage, name: ("/v1/statements/2", None), (f"/v1/statements/{_GONE}", None), "entry-unknown"
    ),
    "GET /v1/proofs/inclusion/{entry}": Thing(
        lambda stage, name: ("/v1/proofs/inclusion/2", None), (f"/v1/proofs/inclusion/{_GONE}", None), "entry-unknown"
    ),
    "GET /v1/proofs/files/{entry}": Thing(
        lambda stage, name: ("/v1/proofs/files/2", None), (f"/v1/proofs/files/{_GONE}", None), "entry-unknown"
    ),
    "GET /tile/entries/{rest:path}": Thing(
        lambda stage, name: ("/tile/entries/000.p/1", None), ("/tile/entries/999", None), "tile-unknown"
    ),
    "GET /tile/{rest:path}": Thing(
        lambda stage, name: ("/tile/0/000.p/1", None), ("/tile/0/999", None), "tile-unknown"
    ),
    "GET /entries/{entry}": Thing(lambda stage, name: ("/entries/2", None), (f"/entries/{_GONE}", None), ""),
    "GET /.well-known/scitt-keys/{kid}": Thing(
        lambda stage, name: (f"/.well-known/scitt-keys/{_kid(stage)}", None), ("/.well-known/scitt-keys/none", None), ""
    ),
}  # fmt: skip


def _kid(stage: Stage) -> str:
    thumbprint = stage.door.world.ledger.key.public.thumbprint()
    return urlsafe_b64encode(thumbprint).rstrip(b"=").decode()


def code_of(answer: httpx.Response) -> str:
    """Return the code of a problem; an empty text for an answer that is none, or in the form of SCITT's clients."""
    if "problem+json" not in answer.headers.get("content-type", ""):
        return ""
    return str(answer.json()["code"])


def without(answer: httpx.Response, *names: object) -> str:
    """Return an answer's text without what was asked for."""
    text = answer.text
    for name in sorted(map(str, names), key=len, reverse=True):
        text = text.replace(name, "…")
    return text


def denied(stage: Stage, name: str, route: Route, request: Request) -> bool:
    """Ask, and say whether it was the table of grants that refused."""
    answer = stage.ask(name, route.method, request)
    expected = (401, "access-missing") if name == "public" else (403, "access-denied")
    is_refused = answer.status_code == expected[0]
    if is_refused and route.form == "json":
        is_refused = code_of(answer) == expected[1] and f"{route.action}" in answer.json()["detail"]
    return is_refused


def test_every_thing_that_a_path_names_has_a_row() -> None:
    """And no row is of a door that is gone; every door names an action that there is.

    A path that asks a question and names nothing of anybody's has no problem that says that it is unknown.
    """
    named = {
        key for key, door in DOORS.items()
        if "{" in door.path and any(code.endswith("-unknown") for code in door.problems)
    }  # fmt: skip
    assert named <= set(THINGS) <= set(DOORS)
    assert {role for role, sight in SIGHT.items() if sight.persons} == PERSON_OFFICES
    assert {door.action for door in DOORS.values()} == set(ACTIONS)


@pytest.mark.parametrize("key", sorted(DOORS))
def test_what_no_row_grants_is_denied(stage: Stage, key: str) -> None:
    """Before anything is looked at: for one's own thing, another's, and one that is not there alike."""
    route = DOORS[key]
    for name, role in AS.items():
        requests = [(_plain(route), route.takes and route.takes.example)]
        if key in THINGS:
            thing = THINGS[key]
            others = "police" if name != "police" else "insurer"
            requests = [thing.own(stage, name), thing.own(stage, others), thing.unknown]
        if route.action not in GRANTS[role]:  # type: ignore[index]
            assert [denied(stage, name, route, each) for each in requests] == [True] * len(requests), (name, key)


@pytest.mark.parametrize("key", sorted(set(DOORS) - set(THINGS)))
def test_what_is_granted_is_answered(stage: Stage, key: str) -> None:
    """By what its description names, and never by a refusal of the table."""
    route = DOORS[key]
    expected = {200, 201, 202, 204, *(int(status_of_code(code)) for code in problems_of(route))}
    for name, role in AS.items():
        if route.action in GRANTS[role]:  # type: ignore[index]
            request = _plain(route), route.takes and route.takes.example
            assert not denied(stage, name, route, request), (name, key)
            answer = stage.ask(name, route.method, request)
            assert answer.status_code in expected, (name, answer.text)
            assert answer.status_code not in {500, 502, 504}, (name, answer.text)


@pytest.mark.parametrize("key", sorted(THINGS))
def test_ones_own_anothers_and_nobodys(stage: Stage, key: str) -> None:
    """One's own answers well; another's, and what one may not see, to the letter as what is not there."""
    route, thing = DOORS[key], THINGS[key]
    for name, role in AS.items():
        if route.action not in GRANTS[role]:  # type: ignore[index]
            continue
        nobodys = stage.ask(name, route.method, thing.unknown)
        assert (nobodys.status_code, code_of(nobodys)) == (404, thing.code), (name, nobodys.text)
        for other in thing.foreign - {name}:
            anothers = stage.ask(name, route.method, thing.own(stage, other))
            assert anothers.status_code == 404, (name, other, anothers.text)
            known = without(anothers, f"case {_case(stage, other)}", _GONE)
            assert known == without(nobodys, f"case {_GONE}", _GONE), (name, other)
            assert anothers.headers.keys() == nobodys.headers.keys()
        own = stage.ask(name, route.method, thing.own(stage, name))
        if thing.sees is None or thing.sees("holder" if name == "pharmacy" else role):
            assert own.status_code in (200, 201, 204), (name, own.text)
        else:
            assert own.status_code == 404, (name, own.text)
            assert without(own, _HELD, stage.hidden) == without(nobodys, "87709849999999999999", "0" * 32)


def test_no_name_left_by_another_way(stage: Stage) -> None:
    """After all that: no answer of any door but the one that tells it holds the number of the card."""
    for key, route in DOORS.items():
        for name, role in AS.items():
            if route.method == "GET" and route.action in GRANTS[role]:  # type: ignore[index]
                request = THINGS[key].own(stage, name) if key in THINGS else (_plain(route), None)
                assert NUMBER not in stage.ask(name, "GET", request).text, (key, name)
    assert NUMBER not in str(stage.door.journal)
    assert stage.door.world.pseudonym(patient(NUMBER)).hex() == stage.person


def _plain(route: Route) -> str:
    """Return a door's address with the query of its example."""
    if route.query is None:
        return route.path
    given = "&".join(f"{name}={value}" for name, value in route.query.example.items())
    return f"{route.path}?{given}"
