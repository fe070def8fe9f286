"""Events in series are read as one by one: the same values, and the same refusals."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.custody.event import Event, make_event, parse_event
from ledger.custody.series import EventReader
from ledger.errors import CodeFault, FormatError

ID = "urn:uuid:00000000-0000-4000-8000-{:012}"
CODE = "urn:nmpa:dtc:8770984{:09}0000"
SGTIN = "https://id.gs1.org/01/06901234000009/21/AB12"
# What a member of an event may be replaced by: right in its place, right in another, wrong in all.
VALUES = [
    "", "x", "urn:x", "urn:packledger:site:17", "https://a.example/site/2", "urn:" + "x" * 252, "urn:" + "x" * 253,
    "urn:a b", "urn:é", 'urn:a"b', "urn:a\\b", "urn:a\n", CODE.format(5), CODE.format(6) + "1", SGTIN, SGTIN + "%",
    "https://id.gs1.org/01/06901234000008/21/AB12", "https://id.gs1.org/00/106141412345678908",
    "2026-11-22T04:37:00Z", "2026-11-22T12:37:00.5+08:00", "2026-11-22T24:00:00Z", "2026-02-30T00:00:00Z",
    "2026-11-22T23:59:60Z", "1969-12-31T23:59:59Z", "1970-01-01T07:00:00+08:00", "2026-11-22T04:37Z",
    "sha-256:" + "0a" * 32, "sha-256:" + "0A" * 32, "+08:00", "insured", "ADD", "DELETE", "OBSERVE", "dispensing",
    "shipping", "receiving", "dispensed", "returned", "possessing_party", "owning_party", "pl:seizing",
    0, 1.5, True, None, [], ["urn:a:b"], {"id": "urn:a:b"}, {},
]  # fmt: skip


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let threads take turns as often as Python can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def like(number: int, kind: str = "dispensing", **members: Any) -> dict[str, Any]:
    """Return the JSON of an event as one system writes them."""
    told: dict[str, Any] = {"site": f"https://a.example/site/{number % 3}"} | members
    body = make_event(kind, event_id=ID.format(number), event_time=1_795_322_220 + number, **(
        {"codes": [CODE.format(number)]} | told))  # fmt: skip
    value: dict[str, Any] = json.loads(body)
    value["readPoint"] = {"id": f"https://a.example/site/1/254/{number % 4}"}
    value["bizTransactionList"] = [
        {"type": "inv", "bizTransaction": f"https://a.example/253/{number}"},
        {"type": "prodorder", "bizTransaction": f"urn:packledger:prescription:{number}"},
    ]
    if number % 2:
        value["recordTime"] = f"2026-11-22T04:37:{number % 60:02}.25Z"
    return value


KINDS: list[dict[str, Any]] = [
    {}, {"settlement": "insured", "confidential": bytes(range(32))}, {"partial": True}, {"site": None},
    {"kind": "shipping", "source": "https://a.example/", "destination": "https://b.example/"},
    {"kind": "receiving", "codes": [SGTIN]}, {"kind": "inspecting", "declared_at": 1_795_330_000},
    {"kind": "commissioning", "batch": "B7", "expiry": 20_290_531}, {"kind": "packing", "parent": CODE.format(999)},
    {"kind": "dispensing", "codes": [CODE.format(1), CODE.format(2)]}, {"kind": "other"},
]  # fmt: skip


def printed(value: Any, tight: bool = True) -> bytes:
    """Return JSON as UTF-8, with or without spaces."""
    separators = (",", ":") if tight else (", ", ": ")
    return json.dumps(value, ensure_ascii=False, separators=separators).encode("utf-8", "surrogatepass")


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return (holder, key) of everything in a JSON value."""
    found: list[tuple[Any, Any]] = []
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        found.append((value, key))
        if isinstance(item, dict | list):
            found += places(item)
    return found


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Return an event's body; often one that differs from others in a value, sometimes one with damaged bytes."""
    value = like(draw(st.integers(1, 300)), **draw(st.sampled_from(KINDS)))
    for _ in range(draw(st.integers(0, 2))):
        holder, key = draw(st.sampled_from(places(value)))
        holder[key] = draw(st.sampled_from(VALUES))
        if not places(value):
            break
    body = bytearray(printed(value, tight=draw(st.integers(0, 9)) > 0))
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(body) - 1))
        body[at : at + draw(st.integers(0, 2))] = draw(st.one_of(st.binary(max_size=2), st.sampled_from(
            [b'"', b"\\", b"\\u0041", b"\\u00000\\u0000", b",", b" ", b'"type":"ObjectEvent",'])))  # fmt: skip
    return bytes(body)


def outcome(read: Any, body: bytes) -> Event | tuple[str, str]:
    """Return the event, or why there is none."""
    try:
        return read(body)  # type: ignore[no-any-return]
    except (FormatError, CodeFault) as error:
        return error.code, error.detail


@given(st.lists(bodies(), min_size=1, max_size=12))
def test_it_reads_what_the_parser_reads(series: list[bytes]) -> None:
    """Whatever it has read before, sound or not, the next is read as if it were the first."""
    reader = EventReader()
    for body in [*series, *series]:
        assert outcome(reader.read, body) == outcome(parse_event, body)


@pytest.mark.parametrize("members", KINDS, ids=str)
def test_each_value_of_a_known_form_is_tested(members: dict[str, Any]) -> None:
    """One member of an event whose form is known is replaced by anything else."""
    reader = EventReader()
    reader.read(printed(like(1, **members)))
    for at in range(len(places(like(3, **members)))):
        for other in VALUES:
            value = like(3, **members)
            holder, key = places(value)[at]
            holder[key] = other
            body = printed(value)
            assert outcome(reader.read, body) == outcome(parse_event, body), (key, other)


def test_a_form_serves_what_is_written_alike() -> None:
    """The events of one till need one form; those that never repeat do not cost one each."""
    for members in KINDS[:8]:
        reader = EventReader()
        for number in range(1, 100, 2):
            reader.read(printed(like(number, **members)))
        (form,) = reader._forms
        assert form.read(printed(like(501, **members)).decode()) == parse_event(printed(like(501, **members)))
    for number in range(500):
        reader.read(printed(like(number, kind="commissioning", batch=f"B{number}", expiry=20_290_531)))
    assert 1 < len(reader._forms) <= 8


def test_threads_share_a_reader(hasty_threads: None) -> None:
    """Whoever learns a form while others read by theirs takes nothing away from them."""
    series = [printed(like(number, **members)) for number in range(1, 80) for members in KINDS[:8]]
    expected = [outcome(parse_event, body) for body in series]
    reader = EventReader()

    def read(start: int) -> bool:
        turned = series[start:] + series[:start]
        return [outcome(reader.read, body) for body in turned] == expected[start:] + expected[:start]

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(read, range(0, 600, 25)))


def agrees_with_each(reader: EventReader, series: list[bytes]) -> bool:
    """Tell whether these are read in columns; if so, the columns must be what the parser reads of each."""
    columns = reader.read_alike(series)
    if columns is None:
        return False
    each = [parse_event(body) for body in series]
    first = columns.first
    assert first == each[0]
    assert columns.event_ids == "".join(one.event_id for one in each).encode()
    assert columns.times == [one.event_time for one in each]
    assert [[code] for code in columns.codes] == [one.codes for one in each]
    assert columns.sites == [one.site for one in each]
    assert columns.confidentials == [one.confidential for one in each]
    assert {(one.kind, one.parent, one.insured, one.batch, one.expiry) for one in each} == {
        (first.kind, first.parent, first.insured, first.batch, first.expiry)
    }
    return True


@given(st.lists(bodies(), min_size=1, max_size=12))
def test_columns_are_what_the_parser_reads(series: list[bytes]) -> None:
    """Bodies of all sorts are read in columns only if each is sound, and then as one by one."""
    agrees_with_each(EventReader(), series)


@pytest.mark.parametrize("members", KINDS, ids=str)
def test_each_value_of_one_among_many_is_tested(members: dict[str, Any]) -> None:
    """One member of one of several events alike is replaced by anything else, or one of its bytes."""
    series = [printed(like(number, **members)) for number in (101, 103, 105)]
    reader = EventReader()
    alike = agrees_with_each(reader, series)
    assert alike == (len(parse_event(series[0]).codes) == 1 and "parent" not in members)
    for at in range(len(places(like(107, **members)))):
        for other in VALUES:
            value = like(107, **members)
            holder, key = places(value)[at]
            holder[key] = other
            agrees_with_each(reader, [*series, printed(value)])
    last = printed(like(107, **members))
    assert agrees_with_each(reader, [*series, last]) == alike
    for at in range(len(last)):
        for byte in b'"\\ 7Za:\x00\xff':
            agrees_with_each(reader, [*series, last[:at] + bytes([byte]) + last[at + 1 :]])
