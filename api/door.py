"""Doors: each is one route, as data; all are gone through in the same way.

    1. who asks, and may they do this
    2. not too often
    3. the body, within its bounds, and the query, both strictly into typed values
    4. one verb
    5. its answer, in bytes

Whatever goes wrong on the way is a problem document. Nothing here is FastAPI's but the path: its own handling of
requests takes longer than ours with all that they ask for (`docs/decisions/0024-doors-are-data.md`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.language import Language, language_of
from api.problems import ProblemForm, respond
from api.reading import JSON, Takes, convert_query, read_body
from api.service import Service
from api.tracing import PROBLEM
from ledger.errors import Denied, LedgerError, Misuse, Unavailable
from ledger.identity.access import PUBLIC, Action, Caller, require_allowed

__all__ = ["Asked", "Door", "Doors", "Query", "Verb"]

T = TypeVar("T")
Q = TypeVar("Q")
_encode = msgspec.json.Encoder().encode
_LINE: Final = re.compile(r"\n\s*")


class Asked(NamedTuple, Generic[T]):
    """What a verb is given.

    Attributes:
        service: the open ledger and all else that lives as long as the process.
        caller: who asks.
        given: the typed body, or the typed query of a door without a body.
        path: the values in the path.
        language: to answer in.
        headers: of the request, by names in lower case.
        address: from where it was asked; empty when that is not known. It is personal: for rates alone.
        target: the path as it was sent, with its escapes.
    """

    service: Service
    caller: Caller
    given: T
    path: Mapping[str, str]
    language: Language
    headers: Mapping[str, str]
    address: str
    target: str


Verb = Callable[[Asked[T]], Awaitable[msgspec.Struct | Response]]


class Query(NamedTuple, Generic[Q]):
    """The query of a door: its type, an example, and how it is read when not strictly into that type."""

    model: type[Any]
    example: Mapping[str, str]
    read: Callable[[Request], Q] | None = None


class Gives(NamedTuple):
    """What a door answers: a type of ours in JSON, or bytes of a media type ("" for none), with an example.

    Attributes:
        status: when all went well.
        also: media types in which the same is given as a file, when asked.
    """

    model: type[msgspec.Struct] | None
    media: str
    example: Any
    status: int = 200
    also: tuple[str, ...] = ()


def _anything(_headers: Mapping[str, str]) -> None:
    """Ask nothing of a request's headers."""


class Door(NamedTuple):
    """One route.

    Attributes:
        audience: the file it is in.
        method, path: as FastAPI knows them.
        action: what a caller must be allowed.
        verb: answers.
        takes: the body, if there is one; `query` the query, if there is one. Never both.
        gives: the answer.
        problems: codes of what may go wrong beside what may at every door.
        form: of problem documents.
        require: what its headers must say, or it raises.
    """

    audience: str
    method: str
    path: str
    action: Action
    verb: Verb[Any]
    takes: Takes[Any] | None
    query: Query[Any] | None
    gives: Gives
    problems: tuple[str, ...]
    form: ProblemForm
    require: Callable[[Mapping[str, str]], None] = _anything

    @property
    def methods(self) -> set[str]:
        """What it answers: whoever serves GET serves HEAD (RFC 9110 §9.1); the frame keeps its body back."""
        return {"GET", "HEAD"} if self.method == "GET" else {self.method}

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return _LINE.sub(" ", (self.verb.__doc__ or "").partition("\n\n")[0]).removesuffix(".")

    @property
    def description(self) -> str:
        """What else there is to know."""
        paragraphs = (self.verb.__doc__ or "").partition("\n\n")[2].strip().split("\n\n")
        return "\n\n".join(_LINE.sub(" ", each.strip()) for each in paragraphs)

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        language = language_of(request.headers.get("accept-language"))
        try:
            return await self._answer(request, language)
        except LedgerError as error:
            problem = error
        except Exception as error:
            service: Service = request.app.state.service
            service.journal.fault(self.path, error)
            problem = Unavailable("server-fault")
        request.scope[PROBLEM] = problem.code
        return respond(problem, language, self.form)

    async def _answer(self, request: Request, language: Language) -> Response:
        service: Service = request.app.state.service
        # 1.
        address = request.client.host if request.client else ""
        try:
            caller = await service.callers.caller_of(request.headers.get("authorization"))
            request.scope["packledger.caller"] = caller.name
            require_allowed(caller, self.action)
        except Denied:
            service.rates.take(PUBLIC, address)  # trying keys is counted as well
            raise
        # 2.
        service.rates.take(caller, address)
        # 3.
        self.require(request.headers)
        if any("\0" in value for value in request.path_params.values()):
            raise Misuse("route-unknown", "a path with a zero character")  # names nothing, and no database takes it
        given, size = None, 0
        if self.takes is not None:
            given, size = await read_body(request, self.takes, service.held)
        elif self.query is not None:
            read = self.query.read
            given = convert_query(request, self.query.model) if read is None else read(request)
        # 4.
        try:
            target = request.scope["raw_path"].decode("ascii", "replace")
            asked = Asked(service, caller, given, request.path_params, language, request.headers, address, target)
            answer = await self.verb(asked)
        finally:
            service.held.give_back(size)
        # 5.
        if isinstance(answer, Response):
            return answer
        headers = {"Content-Language": language}
        return Response(_encode(answer), self.gives.status, headers=headers, media_type=JSON)


class Doors:
    """The doors of one audience, in the order in which its file hangs them.

    Args:
        audience: its name.
        about: what it is for, a sentence.
        form: of its problem documents, unless a door says otherwise.
        require: what the headers of every request must say, or it raises.
    """

    def __init__(
        self,
        audience: str,
        about: str,
        form: ProblemForm = "json",
        require: Callable[[Mapping[str, str]], None] = _anything,
    ) -> None:
        self.audience = audience
        self.about = about
        self.form = form
        self.require = require
        self.doors: list[Door] = []

    def post(
        self,
        path: str,
        *,
        action: Action,
        takes: Takes[T],
        gives: type[msgspec.Struct] | str,
        example: Any,
        problems: tuple[str, ...] = (),
        status: int = 200,
        form: ProblemForm | None = None,
    ) -> Callable[[Verb[T]], Verb[T]]:
        """Hang a door that takes a body; `gives` is a type, or the media type of bytes; `example` is an answer."""
        media, model = (gives, None) if isinstance(gives, str) else (JSON, gives)
        told = Gives(model, media, example, status)
        return self._hang(
            Door(self.audience, "POST", path, action, _nothing, takes, None, told, problems, form or self.form)
        )

    def get(
        self,
        path: str,
        *,
        action: Action,
        query: Query[Q] | None = None,
        gives: type[msgspec.Struct] | str,
        example: Any,
        also: tuple[str, ...] = (),
        problems: tuple[str, ...] = (),
        form: ProblemForm | None = None,
    ) -> Callable[[Verb[Q]], Verb[Q]]:
        """Hang a door that takes at most a query; `gives` is a type, or the media type of bytes."""
        media, model = (gives, None) if isinstance(gives, str) else (JSON, gives)
        told = Gives(model, media, example, also=also)
        return self._hang(
            Door(self.audience, "GET", path, action, _nothing, None, query, told, problems, form or self.form)
        )

    def delete(
        self, path: str, *, action: Action, gives: type[msgspec.Struct], example: Any, problems: tuple[str, ...] = ()
    ) -> Callable[[Verb[Any]], Verb[Any]]:
        """Hang a door that takes something away, named by its path."""
        told = Gives(gives, JSON, example)
        return self._hang(
            Door(self.audience, "DELETE", path, action, _nothing, None, None, told, problems, self.form)
        )

    def other(
        self, method: str, path: str, *, action: Action, problems: tuple[str, ...] = ()
    ) -> Callable[[Verb[Any]], Verb[Any]]:
        """Hang a door that takes nothing and, when all went well, says nothing: 204."""
        told = Gives(None, "", None, 204)
        return self._hang(Door(self.audience, method, path, action, _nothing, None, None, told, problems, self.form))

    def _hang(self, door: Door) -> Callable[[Verb[Any]], Verb[Any]]:
        def hang(verb: Verb[Any]) -> Verb[Any]:
            self.doors.append(door._replace(verb=verb, require=self.require))
            return verb

        return hang


async def _nothing(_asked: Asked[Any]) -> Response:
    """Stand where a verb will."""
    raise NotImplementedError
