"""Pages of an answer, and the tokens that lead from one to the next.

A token says after which event to go on (by the answer's order, never by counting), which events were there
when the first page was made, and how many may still come. New events do not shift the pages, and a query that
is followed to its end returns each event once. A token is bound to its query, to whom it was given, and to the
server's secret:

    version(1) ‖ order value(8) ‖ log index(8) ‖ until(8) ‖ left(8) ‖ tag(16), in base64url
    tag = HMAC-SHA-256(secret, "packledger query page 1" ‖ 0 ‖ digest of the query ‖ audience ‖ the fields)[:16]
"""

from __future__ import annotations

import base64
import hmac
import struct
from collections.abc import Iterable
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from ledger.custody.epcis.faults import QueryFault
from ledger.custody.epcis.query.match import Recorded, matches, order_key
from ledger.custody.epcis.query.parameters import Query
from ledger.limits import LOG_SIZE_MAX

__all__ = ["Page", "first_page", "page_of", "read_token", "write_token"]

_VERSION: Final = 1
_FIELDS: Final = struct.Struct(">Bqqqq")
_TAG_BYTES: Final = 16
_LABEL: Final = b"packledger query page 1\0"
_encoder: Final = msgspec.json.Encoder(order="deterministic")


class Page(NamedTuple):
    """Where an answer goes on.

    Attributes:
        after: the last event that was given, as its order key; None at the start.
        until: the size of the log when the first page was made; later events are of the next query.
        left: how many events may still be given; None without a limit.
    """

    after: tuple[int, int] | None
    until: int
    left: int | None


def first_page(query: Query, until: int) -> Page:
    """Return the start of an answer over a log of this size."""
    return Page(None, until, query.limit)


def page_of(query: Query, page: Page, events: Iterable[Recorded]) -> tuple[list[Recorded], Page | None]:
    """Return the events of a page and the page after it; None when there is no more.

    Args:
        query: `resolved`.

    Raises:
        QueryFault: `query-too-large`, before anything is given.
    """
    found = [each for each in events if each.index < page.until and matches(query, each)]
    if query.most is not None and len(found) > query.most:
        raise QueryFault("query-too-large", f"more than {query.most} events", parameter="maxEventCount")
    found.sort(key=lambda each: order_key(query, each), reverse=query.descending)
    after = page.after
    if after is not None:
        found = [each for each in found if _is_later(query, order_key(query, each), after)]
    wanted = query.per_page if page.left is None else min(query.per_page, page.left)
    given = found[:wanted]
    left = None if page.left is None else page.left - len(given)
    if len(found) == len(given) or left == 0:
        return given, None
    return given, Page(order_key(query, given[-1]), page.until, left)


def _is_later(query: Query, key: tuple[int, int], after: tuple[int, int]) -> bool:
    return key < after if query.descending else key > after


def write_token(secret: bytes, query: Query, page: Page, audience: bytes = b"") -> str:
    """Return the token of a page that is not the first.

    Args:
        query: as it was parsed, not `resolved`: master data may change between two pages.
        secret: at least 16 bytes that only the server has.
        audience: who may use it, as bytes.
    """
    assert page.after is not None
    assert len(secret) >= _TAG_BYTES
    value, index = page.after
    written = _FIELDS.pack(_VERSION, value, index, page.until, -1 if page.left is None else page.left)
    return base64.urlsafe_b64encode(written + _tag(secret, query, written, audience)).rstrip(b"=").decode("ascii")


def read_token(secret: bytes, query: Query, audience: bytes = b"") -> Page:
    """Return the page that the query's token leads to.

    Raises:
        QueryFault: `query-page-token` for a token that this server did not write for this query and audience.
    """
    try:
        data = base64.b64decode(query.token + "=" * (-len(query.token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise _refusal() from None
    written, tag = data[: _FIELDS.size], data[_FIELDS.size :]
    if len(written) != _FIELDS.size or not hmac.compare_digest(_tag(secret, query, written, audience), tag):
        raise _refusal()
    version, value, index, until, left = _FIELDS.unpack(written)
    if version != _VERSION or not 0 <= until <= LOG_SIZE_MAX:
        raise _refusal()
    page = Page((value, index), until, None if left < 0 else left)
    if write_token(secret, query, page, audience) != query.token:
        raise _refusal()
    return page


def _tag(secret: bytes, query: Query, written: bytes, audience: bytes) -> bytes:
    """Bind the fields to what is asked; how long a page is may change on the way."""
    asked = _encoder.encode(msgspec.structs.replace(query, token="", per_page=1))
    message = _LABEL + sha256(asked).digest() + sha256(audience).digest() + written
    return hmac.digest(secret, message, "sha256")[:_TAG_BYTES]


def _refusal() -> QueryFault:
    return QueryFault("query-page-token", "not written here for this query", parameter="nextPageToken")
