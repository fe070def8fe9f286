"""`answers`: what a query finds, for whoever asks: the simple event query of EPCIS 2.0 (docs/formats/query.md).

    1. the index catches up with the log; a page that is gone on with keeps to the size at which it was begun
    2. the way in: by ids of events, by the chains of the packs that are named, else by an index of times: of the
       asker's own events, of one place, or of everybody's
    3. what no way in serves is refused, not searched for
    4. row after row in order: what columns tell, then the body, as the asker may see it (`Eyes`), then `matches`
    5. a page ends when it is full or has looked at enough; its token goes on after the last row

An event is matched as its asker sees it: what is hidden answers no question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from ledger.chains import Chains
from ledger.codes import product_of
from ledger.codes.code import key_of
from ledger.custody import fields
from ledger.custody.epcis.faults import QueryFault
from ledger.custody.epcis.output import stored_event
from ledger.custody.epcis.query.match import Recorded, matches
from ledger.custody.epcis.query.page import Page, first_page, read_token, write_token
from ledger.custody.epcis.query.parameters import Query
from ledger.custody.epcis.query.patterns import Identifiers
from ledger.custody.epcis.reading import EpcisEvent
from ledger.custody.epcis.reduced import codes_of, reduced
from ledger.custody.state import decode
from ledger.errors import CodeFault
from ledger.events import catch_up
from ledger.identity.access import Caller
from ledger.identity.sight import may_see_pack, sees_every_pack
from ledger.limits import (
    QUERY_BODIES_EXAMINED_MAX,
    QUERY_BYTES_EXAMINED_MAX,
    QUERY_ROWS_EXAMINED_MAX,
    QUERY_WINDOW_SECONDS_MAX,
)
from ledger.store.database import Connection, Database
from ledger.store.events import Seen, Source, events_named, look, look_at, rows_at, values_after
from ledger.store.log import get_entries
from ledger.store.packs import heads_of
from ledger.store.registry import Registry

__all__ = ["Answers", "Eyes", "Found", "Since"]

_BY_CODE: Final = frozenset({"MATCH_epc", "MATCH_parentID", "MATCH_inputEPC", "MATCH_outputEPC", "MATCH_anyEPC"})
_LOOK_FIRST: Final = 256  # rows: most pages need no more
_BODIES_AT_ONCE: Final = 50


class Found(NamedTuple):
    """A page of an answer, and the token of the next one; "" when there is none."""

    events: list[EpcisEvent]
    token: str


class Since(NamedTuple):
    """What came from a place in the log on: events, and where to go on; at once, when there is more."""

    events: list[EpcisEvent]
    position: int
    has_more: bool


class Answers:
    """Answers queries.

    Args:
        database: where the ledger lies; the index of events in it is written.
        secret: at least 16 bytes that the servers of one ledger share; binds page tokens.
    """

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret

    def find(self, caller: Caller, query: Query) -> Found:
        """Return a page of what a query finds for this caller.

        Raises:
            QueryFault: `query-page-token`, `query-too-complex`, `query-too-large`.
            Unavailable: the database failed.
        """
        # 1.
        size = catch_up(self._database)
        audience = f"{caller.party} {sees_every_pack(caller)}".encode()
        page = read_token(self._secret, query, audience) if query.token else first_page(query, size)
        with self._database.read() as connection:
            eyes = Eyes(self._database, connection, caller)
            # 2. 3.
            rows = _way_in(eyes, query, page)
            # 4. 5.
            events, following = _page(eyes, query, page, rows)
        token = "" if following is None else write_token(self._secret, query, following, audience)
        return Found([each.event for each in events], token)

    def since(self, caller: Caller, query: Query, position: int, count: int) -> Since:
        """Return what a query finds from a place in the log on, at most so many events, in the log's order.

        Raises:
            Unavailable: the database failed.
        """
        size = catch_up(self._database)
        party = None if sees_every_pack(caller) else caller.party
        plain = msgspec.structs.replace(query, per_page=count, most=None, limit=None)
        page = Page((position - 1, position - 1), size, None)
        with self._database.read() as connection:
            eyes = Eyes(self._database, connection, caller)
            rows = _walk(connection, Source(party, "", "log", descending=False), plain, page)
            found, following = _page(eyes, plain, page, rows)
        end = size if following is None or following.after is None else following.after[1] + 1
        return Since([each.event for each in found], end, has_more=end < size)

    def names(self, caller: Caller, name: str, after: str, count: int) -> list[str]:
        """Return the next names of a list of EPCIS's top level, in order: words and places, or keys of packs.

        Raises:
            QueryFault: `query-too-complex` for the packs of a party, which no index finds.
            Unavailable: the database failed.
        """
        catch_up(self._database)
        with self._database.read() as connection:
            if name != "epcs":
                return values_after(connection, 0 if sees_every_pack(caller) else caller.party, name, after, count)
            if not sees_every_pack(caller):
                raise QueryFault("query-too-complex", "packs are not listed by holder; ask for one, or for events")
            start = (_key(after) or "") if after else ""
            return [row[0] for row in self._database.dialect.packs_after(connection, start, count)]


class Eyes:
    """What one caller may see of events: the one place that says it.

    A party sees its own events whole, and of others what concerns packs that it may see (`may_see_pack`); investigators
    and auditors see every event whole.
    """

    def __init__(self, database: Database, connection: Connection, caller: Caller) -> None:
        self.database = database
        self.connection = connection
        self.caller = caller
        self._registry = Registry()
        self._known: dict[str, bool] = {}  # by URI

    def see(self, indexes: Sequence[int]) -> Iterator[tuple[int, Recorded | None, int]]:
        """Iterate over (log index, event as it is seen or None, bytes of its body), in the order asked."""
        for start in range(0, len(indexes), _BODIES_AT_ONCE):
            some = indexes[start : start + _BODIES_AT_ONCE]
            rows = rows_at(self.connection, some)
            bodies = {index: body for index, *_, body in get_entries(self.connection, some)}
            for index in some:
                issuer, recorded = rows[index]
                seen = self._seen(stored_event(bodies[index], recorded), issuer)
                yield index, None if seen is None else Recorded(seen, index, recorded), len(bodies[index])

    def _seen(self, event: EpcisEvent, issuer: int) -> EpcisEvent | None:
        caller = self.caller
        if sees_every_pack(caller) or (caller.party and issuer == caller.party):
            return event
        codes = codes_of(event)
        self._learn(codes)
        visible = {code for code in codes if self._known[code]}
        return reduced(event, visible, addressed=self._is_addressed(event)) if visible else None

    def _is_addressed(self, event: EpcisEvent) -> bool:
        destination = fields.party(event.members, "destinationList", "destination")
        return destination is not None and self._registry.place(self.connection, destination)[0] == self.caller.party

    def _learn(self, codes: set[str]) -> None:
        """Find out of each code whether its pack may be seen."""
        fresh = {code: key for code in codes - self._known.keys() if (key := _key(code)) is not None}
        self._known.update(dict.fromkeys(codes - self._known.keys(), False))
        heads = heads_of(self.database, self.connection, sorted(fresh.values()))
        for code, key in fresh.items():
            head, product = heads.get(key), product_of(key)
            if head is not None:
                maker = self._registry.facts(self.connection, product).maker if product else 0
                self._known[code] = may_see_pack(self.caller, decode(head.custody), maker)


def _key(uri: str) -> str | None:
    try:
        return key_of(uri)
    except CodeFault:
        return None


def _way_in(eyes: Eyes, query: Query, page: Page) -> Iterator[tuple[list[Seen], bool]]:
    """Return the rows to look at, in the order of the answer, a few at first and then more.

    Raises:
        QueryFault: `query-too-complex`, `query-too-large`.
    """
    for condition in query.conditions:
        if condition.parameter.startswith("WD_"):
            raise QueryFault("query-too-complex", "which places lie inside is not known", parameter=condition.parameter)
    named = _named(eyes, query, page.until)
    if named is not None:
        return iter([(_in_order(eyes, query, page, named), True)])
    source = Source(eyes.caller.party, "", query.order_by, query.descending)
    if sees_every_pack(eyes.caller):
        place = _only_place(query)
        source = source._replace(party=None, place=place)
        if not place:
            _require_window(query)
    return _walk(eyes.connection, source, query, page)


def _named(eyes: Eyes, query: Query, until: int) -> list[int] | None:
    """Return the statements that a query names, by their ids or their packs; None when it names none."""
    for condition in query.conditions:
        if condition.parameter == "EQ_eventID" and isinstance(condition.values, tuple):
            ids = [each for each in condition.values if isinstance(each, str)]
            return _bounded(events_named(eyes.connection, ids, until, QUERY_ROWS_EXAMINED_MAX + 1))
    for condition in query.conditions:
        if condition.parameter in _BY_CODE and isinstance(condition.values, tuple):
            sets = [each for each in condition.values if isinstance(each, Identifiers)]
            keys = {_key(uri) for each in sets for uri in each.exact}
            if None not in keys and not any(each.beginnings for each in sets):
                return _in_chains(eyes, sorted(key for key in keys if key is not None))
    return None


def _in_chains(eyes: Eyes, keys: Sequence[str]) -> list[int]:
    chains, found = Chains(eyes.connection), set[int]()
    for code, head in heads_of(eyes.database, eyes.connection, keys).items():
        found.update(placed.link.entry for placed in chains.links_of(code, head.seal, head.position))
        _bounded(found)
    return sorted(found)


def _bounded(found: list[int] | set[int]) -> list[int]:
    if len(found) > QUERY_ROWS_EXAMINED_MAX:
        raise QueryFault("query-too-large", f"more than {QUERY_ROWS_EXAMINED_MAX} events to look at")
    return list(found)


def _in_order(eyes: Eyes, query: Query, page: Page, indexes: Sequence[int]) -> list[Seen]:
    rows = look_at(eyes.connection, indexes, query.order_by, page.until, query.conditions)
    rows.sort(reverse=query.descending)
    if page.after is None:
        return rows
    after = page.after
    return [row for row in rows if (row[:2] < after if query.descending else row[:2] > after)]


def _only_place(query: Query) -> str:
    """Return the one business location that a query is about, by the order of its index; "" for none."""
    for condition in query.conditions:
        values = condition.values
        if condition.parameter == "EQ_bizLocation" and isinstance(values, tuple) and query.order_by == "eventTime":
            return str(values[0]) if len(values) == 1 else ""
    return ""


def _require_window(query: Query) -> None:
    """Require of a query for everybody's events that it names a span of time, when it asks for more than time."""
    times = {each.parameter: each.values for each in query.conditions if isinstance(each.values, int)}
    begin, end = times.get(f"GE_{query.order_by}"), times.get(f"LT_{query.order_by}")
    if all(each.parameter.endswith(f"_{query.order_by}") for each in query.conditions):
        return
    if begin is None or end is None or end - begin > QUERY_WINDOW_SECONDS_MAX * 1000:
        days = QUERY_WINDOW_SECONDS_MAX // 86_400
        raise QueryFault(
            "query-too-complex", f"name GE_{query.order_by} and LT_{query.order_by} at most {days} days apart, or packs"
        )


def _walk(connection: Connection, source: Source, query: Query, page: Page) -> Iterator[tuple[list[Seen], bool]]:
    """Yield the rows of a source from where a page goes on, a few at first, then more, up to what one page looks at.

    With them is said whether they are the last: whoever does not hear so has looked at enough, and goes on later.
    """
    after, left, count = page.after, QUERY_ROWS_EXAMINED_MAX, _LOOK_FIRST
    while left:
        count = min(count, left)
        rows = look(connection, source, after, page.until, query.conditions, count)
        yield rows, len(rows) < count
        if len(rows) < count:
            return
        after, left, count = rows[-1][:2], left - count, 4 * count


def _page(
    eyes: Eyes, query: Query, page: Page, rows: Iterator[tuple[list[Seen], bool]]
) -> tuple[list[Recorded], Page | None]:
    wanted = query.per_page if page.left is None else min(query.per_page, page.left)
    counting = query.most is not None and page.after is None
    most = max(wanted, query.most or 0) if counting else wanted
    found, stopped = _collect(eyes, query, rows, most + 1)
    if counting and query.most is not None and (len(found) > query.most or stopped is not None):
        raise QueryFault("query-too-large", f"more than {query.most} events", parameter="maxEventCount")
    given = found[:wanted]
    left = None if page.left is None else page.left - len(given)
    if left == 0:
        return [each for _, each in given], None
    if len(found) > wanted:
        return [each for _, each in given], Page(given[-1][0], page.until, left)
    return [each for _, each in given], None if stopped is None else Page(stopped, page.until, left)


def _collect(
    eyes: Eyes, query: Query, rows: Iterator[tuple[list[Seen], bool]], wanted: int
) -> tuple[list[tuple[tuple[int, int], Recorded]], tuple[int, int] | None]:
    """Return up to so many events that answer, each with its place; and where it stopped, when it looked at enough."""
    found: list[tuple[tuple[int, int], Recorded]] = []
    bodies, held, last, ended = 0, 0, None, False
    for some, is_last in rows:
        ended = is_last
        places = {row.log_index: row[:2] for row in some if row.fits}
        for index, recorded, size in eyes.see(list(places)):
            bodies, held = bodies + 1, held + size
            if recorded is not None and matches(query, recorded):
                found.append((places[index], recorded))
            if len(found) == wanted:
                return found, None
            if bodies >= QUERY_BODIES_EXAMINED_MAX or held >= QUERY_BYTES_EXAMINED_MAX:
                return found, places[index]
        if some:
            last = some[-1][:2]
    return found, None if ended else last
