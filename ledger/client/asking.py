"""One request to a ledger, and what is answered: a value of the type that was asked for, or a problem.

A request has a bound in bytes and in time, follows no redirection, and tells a failure from an answer: a failure
leaves everything to be tried again.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Generic, NamedTuple, Self, TypeVar

import msgspec

from ledger.client.answers import Problem
from ledger.errors import Denied, FormatError, Misuse, Unavailable
from ledger.limits import CLIENT_ANSWER_BYTES_MAX, CLIENT_REQUEST_SECONDS_MAX
from ledger.texts import PROBLEMS
from ledger.web import Web, require_url

__all__ = ["Answer", "Asker"]

T = TypeVar("T")
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_DENIED: Final = frozenset({401, 403})
_JSON: Final = "application/json"


class Answer(NamedTuple, Generic[T]):
    """An answer, and the type of its value.

    Attributes:
        status: of HTTP.
        content: as it came.
        date: the server's clock, seconds since the epoch; None when it does not tell.
        location, next_page: addresses that lead further, as they came; "" for none.
        model: what the content is, when all went well; bytes for itself.
    """

    status: int
    content: bytes
    date: int | None
    location: str
    next_page: str
    model: type[T]

    def value(self) -> T:
        """Return what was asked for.

        Raises:
            Denied, Misuse: the problem that was answered instead, with its code.
            Unavailable: `ledger-answer-malformed`; `ledger-unreachable` for a problem that is not known here.
        """
        if self.status // 100 != 2:
            raise _refusal(self)
        if self.model is bytes:
            return self.content  # type: ignore[return-value]
        return _decode(self, self.model)

    def problem(self) -> str:
        """Return the code of the problem that this answer tells, or ""."""
        told = _problem(self)
        return told.code if told else ""


class Asker:
    """Asks one ledger.

    Args:
        url: its address.
        api_key: sent with every request; "" for none.
        seconds: within which an answer must have arrived as a whole.

    Raises:
        Misuse: `url-malformed`.
    """

    def __init__(self, url: str, api_key: str = "", *, seconds: float = CLIENT_REQUEST_SECONDS_MAX) -> None:
        require_url(url)
        self._url = url.rstrip("/")
        self._web = Web({"Authorization": f"Bearer {api_key}"} if api_key else {}, seconds=seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._web.close()

    def _get(self, path: str, model: type[T]) -> Answer[T]:
        return self._ask("GET", path, model, None, {})

    def _post(self, path: str, model: type[T], value: object) -> Answer[T]:
        return self._ask("POST", path, model, msgspec.json.encode(value), {"Content-Type": _JSON})

    def _ask(
        self, method: str, path: str, model: type[T], content: bytes | None, headers: dict[str, str]
    ) -> Answer[T]:
        """Return what is answered, unless that leaves everything to be tried again.

        Raises:
            Unavailable: `ledger-unreachable`.
        """
        try:
            got = self._web.ask(method, self._url + path, content, CLIENT_ANSWER_BYTES_MAX, headers)
        except (Unavailable, FormatError) as error:
            raise Unavailable("ledger-unreachable", error.detail) from None
        answer = Answer(
            got.status, got.content, _date(got.headers.get("date", "")), got.headers.get("location", ""),
            _next_page(got.headers.get("link", "")), model,
        )  # fmt: skip
        if answer.status in _AGAIN:
            raise Unavailable("ledger-unreachable", f"status {answer.status} {answer.problem()}".strip())
        return answer


def _problem(answer: Answer[Any]) -> Problem | None:
    try:
        return None if answer.status // 100 == 2 else _decode(answer, Problem)
    except Unavailable:
        return None


def _refusal(answer: Answer[Any]) -> Denied | Misuse | Unavailable:
    told = _problem(answer)
    if told is None or told.code not in PROBLEMS:
        return Unavailable("ledger-unreachable", f"status {answer.status} {told.code if told else ''}".strip())
    return Denied(told.code, told.detail) if answer.status in _DENIED else Misuse(told.code, told.detail)


def _decode(answer: Answer[Any], model: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=model)
    except (ValueError, RecursionError):
        raise Unavailable("ledger-answer-malformed", f"status {answer.status}") from None


def _date(text: str) -> int | None:
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError):
        return None


def _next_page(link: str) -> str:
    """Return where a `Link` leads that is the next page (RFC 8288), "" for none; of more than one, the first."""
    place, _, parameters = link.partition(">")
    return place[1:] if place.startswith("<") and 'rel="next"' in parameters else ""
