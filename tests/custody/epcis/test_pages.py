"""Pages give each event once, whatever comes in between; tokens lead nowhere but on."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.custody.epcis.faults import QueryFault
from ledger.custody.epcis.query.match import Recorded, matches, order_key
from ledger.custody.epcis.query.page import Page, first_page, page_of, read_token, write_token
from ledger.custody.epcis.query.parameters import Query, parse_query
from ledger.limits import PAGE_TOKEN_CHARACTERS_MAX
from tests.custody.epcis.samples import observed, read_one

SECRET = bytes(range(32))
ACTIONS = [
    [read_one(observed(action=action, eventTime=f"2026-11-22T12:37:{second:02}Z")) for second in range(4)]
    for action in ("ADD", "OBSERVE")
]


def log(choices: list[tuple[int, int]]) -> list[Recorded]:
    """Return a log of events, each with an action and a second; several share one."""
    return [Recorded(ACTIONS[a][s], index, 1_795_000_000 + index // 3) for index, (a, s) in enumerate(choices)]


@dataclass
class Reader:
    """Follows an answer from page to page, as a client does, while the log grows."""

    query: Query
    events: list[Recorded]
    given: list[list[int]]

    def follow(self, more: list[Recorded]) -> None:
        """Take all pages; before each but the first, the log has grown."""
        page: Page | None = first_page(self.query, len(self.events))
        while page is not None:
            got, after = page_of(self.query, page, self.events)
            self.given.append([each.index for each in got])
            page = None
            if after is not None:
                token = write_token(SECRET, self.query, after, b"party 9")
                assert len(token) <= PAGE_TOKEN_CHARACTERS_MAX
                page = read_token(SECRET, msgspec.structs.replace(self.query, token=token), b"party 9")
                assert page == after
            self.events = [*self.events, *more]


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3)), max_size=30),
    st.integers(1, 7),
    st.sampled_from(["eventTime", "recordTime"]),
    st.sampled_from(["ASC", "DESC"]),
    st.none() | st.integers(1, 20),
)
@settings(max_examples=200)
def test_every_event_comes_once_and_in_order(
    choices: list[tuple[int, int]], per_page: int, order: str, direction: str, limit: int | None
) -> None:
    """All that were there at the start, in the order that was asked for, cut by the limit."""
    parameters = [("EQ_action", "ADD"), ("perPage", str(per_page)), ("orderBy", order), ("orderDirection", direction)]
    query = parse_query(parameters + ([("eventCountLimit", str(limit))] if limit else []))
    events = log(choices)
    reader = Reader(query, events, [])
    reader.follow([Recorded(ACTIONS[0][2], len(events) + 7, 0)])
    wanted = sorted((each for each in events if matches(query, each)), key=lambda each: order_key(query, each))
    wanted = wanted[::-1] if direction == "DESC" else wanted
    assert [index for page in reader.given for index in page] == [each.index for each in wanted[:limit]]
    assert all(len(page) == per_page for page in reader.given[:-1])


def test_more_than_was_said_to_be_most() -> None:
    """Exactly so many is not too many: the peers' fault is to refuse the number itself."""
    events = log([(0, 0)] * 5)
    exact, fewer = (parse_query([("maxEventCount", str(most))]) for most in (5, 4))
    got, _ = page_of(exact, first_page(exact, 5), events)
    assert len(got) == 5
    with pytest.raises(QueryFault) as caught:
        page_of(fewer, first_page(fewer, 5), events)
    assert caught.value.code == "query-too-large"


QUERY = parse_query([("EQ_action", "ADD"), ("perPage", "2")])
PAGE = Page((1_795_000_000_123, 7), 9, 3)
TOKEN = write_token(SECRET, QUERY, PAGE, b"party 9")


def must_refuse(token: str, query: Query = QUERY, secret: bytes = SECRET, audience: bytes = b"party 9") -> None:
    """Fail unless this token is refused."""
    with pytest.raises(QueryFault) as caught:
        read_token(secret, msgspec.structs.replace(query, token=token), audience)
    assert caught.value.code == "query-page-token"


def test_the_token_itself_is_read() -> None:
    """So that what is refused below is refused for its fault; the length of a page may change on the way."""
    longer = msgspec.structs.replace(QUERY, token=TOKEN, per_page=20)
    assert read_token(SECRET, longer, b"party 9") == PAGE


def test_every_flipped_bit_is_found() -> None:
    """In the position, in the limits, in the tag; and so is every cut and every addition."""
    data = base64.urlsafe_b64decode(TOKEN + "==")
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        must_refuse(base64.urlsafe_b64encode(changed).rstrip(b"=").decode())
    for length in range(len(TOKEN)):
        must_refuse(TOKEN[:length])
    for more in ("A", "=", "==", "\n", " ", "é"):
        must_refuse(TOKEN + more)
        must_refuse(more + TOKEN)


def test_a_token_of_another_spelling_is_refused() -> None:
    """The last character has bits that mean nothing: only the one spelling that we wrote is read."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for character in alphabet.replace(TOKEN[-1], ""):
        must_refuse(TOKEN[:-1] + character)


def test_a_token_of_another_query_party_or_server_is_refused() -> None:
    """It leads on in one answer, for one reader."""
    must_refuse(TOKEN, parse_query([("EQ_action", "DELETE"), ("perPage", "2")]))
    must_refuse(TOKEN, parse_query([("EQ_action", "ADD"), ("orderBy", "recordTime")]))
    must_refuse(TOKEN, parse_query([("EQ_action", "ADD"), ("orderBy", "eventTime"), ("orderDirection", "ASC")]))
    must_refuse(TOKEN, secret=SECRET[::-1])
    must_refuse(TOKEN, audience=b"party 8")
