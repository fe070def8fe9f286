"""Statements in series are read as one by one: the same values, and the same refusals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.log.keys import EDDSA, ES256
from ledger.log.series import StatementReader
from ledger.log.statement import Statement, parse_statement, sign_statement, signed_bytes
from tests.log.attacks import flipped, private_key

KEYS = [private_key(1, EDDSA), private_key(2, EDDSA), private_key(3, ES256)]
NAMES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40)
TIMES = st.one_of(st.integers(0, 300), st.integers(65_000, 66_000), st.integers(0, 253_402_300_799))


def made(key: int, issuer: str, subject: str, issued_at: int, kind: str, media_type: str) -> bytes:
    """Return a statement with these claims."""
    return sign_statement(
        KEYS[key], issuer=issuer, subject=subject, issued_at=issued_at, kind=kind, media_type=media_type,
        digest=bytes(32),
    )  # fmt: skip


STATEMENTS = st.builds(
    made, st.integers(0, 2), st.sampled_from(["https://a.example/1", "https://b.example/2", "https://c.example/party/31"]),
    st.one_of(st.sampled_from([f"urn:uuid:{number:036}" for number in range(3)]), NAMES), TIMES,
    st.sampled_from(["shipping", "dispensing", "accepting", "receiving"]),
    st.sampled_from(["application/ld+json", "application/vnd.x+json"]),
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Return a statement, or one with a few bytes changed, put in, or taken away."""
    data = bytearray(draw(STATEMENTS))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data) - 1))
        data[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(data)


def outcome(read: object, data: bytes) -> Statement | tuple[str, str]:
    """Return the statement, or why there is none."""
    try:
        return read(data)  # type: ignore[operator,no-any-return]
    except FormatError as error:
        return error.code, error.detail


@given(st.lists(damaged(), min_size=1, max_size=12))
def test_it_reads_what_the_parser_reads(series: list[bytes]) -> None:
    """Whatever it has read before, sound or not, the next is read as if it were the first."""
    reader = StatementReader()
    for data in [*series, *series]:
        assert outcome(reader.read, data) == outcome(parse_statement, data)


def test_each_bit_counts() -> None:
    """One bit of a statement whose form is known is changed, at every place."""
    data = made(0, "https://a.example/party/17", "urn:uuid:00000000-0000-4000-8000-000000000001", 1_795_322_220,
                "dispensing", "application/ld+json")  # fmt: skip
    reader = StatementReader()
    assert reader.read(data) == reader.read(data) == parse_statement(data)
    for changed in flipped(data):
        assert outcome(reader.read, changed) == outcome(parse_statement, changed)
        reader.read(data)  # a changed one may have been sound, and of the same length


def test_a_time_in_more_bytes_than_it_needs_is_refused() -> None:
    """RFC 8949 §4.2.1 asks for the shortest head, in a known form too."""
    data = made(0, "https://a.example/", "urn:uuid:1", 1_795_322_220, "shipping", "application/ld+json")
    reader = StatementReader()
    reader.read(data)
    early = data.replace((1_795_322_220).to_bytes(4, "big"), (65_535).to_bytes(4, "big"))
    assert outcome(reader.read, early) == outcome(parse_statement, early)
    assert outcome(reader.read, early)[0] == "statement-malformed"  # type: ignore[index]


def test_forms_are_bounded_and_used() -> None:
    """A form serves all statements that are made like it, and forms do not pile up."""
    reader = StatementReader()
    for number in range(50):
        reader.read(made(0, "https://a.example/", f"urn:uuid:{number:036}", 1_795_322_220 + number, "shipping", "a/b"))
    assert len(reader._forms) == 1


def agrees_with_each(reader: StatementReader, series: list[bytes]) -> bool:
    """Tell whether these are read in columns; if so, the columns must be what the parser reads of each."""
    columns = reader.read_alike(series)
    if columns is None:
        return False
    each = [parse_statement(data) for data in series]
    assert columns.first == each[0]
    assert {(one.alg, one.kind, one.media_type) for one in each} == {
        (columns.first.alg, columns.first.kind, columns.first.media_type)
    }
    assert columns.kids == [one.kid for one in each]
    assert columns.issuers == [one.issuer.encode() for one in each]
    assert columns.subjects == "".join(one.subject for one in each).encode()
    assert columns.digests == b"".join(one.digest for one in each)
    assert columns.issued == (min(one.issued_at for one in each), max(one.issued_at for one in each))
    assert columns.signed == [one.signature + signed_bytes(one) for one in each]
    return True


@given(st.lists(damaged(), min_size=1, max_size=12))
def test_columns_are_what_the_parser_reads(series: list[bytes]) -> None:
    """Statements of all sorts are read in columns only if each is sound, and then as one by one."""
    agrees_with_each(StatementReader(), series)


@given(st.sampled_from([0, 1]), st.lists(st.tuples(st.integers(0, 99), st.integers(65_536, 2**32 - 1)), min_size=1))
def test_statements_alike_are_read_in_columns(key: int, told: list[tuple[int, int]]) -> None:
    """What differs in values alone is never left to be read one by one."""
    assert agrees_with_each(StatementReader(), [
        made(key, f"https://{number % 7}.example/", f"urn:uuid:{number:036}", time, "shipping", "a/b")
        for number, time in told
    ])  # fmt: skip


def test_each_bit_of_one_among_many_counts() -> None:
    """One bit of one of several statements is changed: columns agree with the parser, or there are none."""
    series = [
        made(0, f"https://{number}.example/party/17", f"urn:uuid:{number:036}", 1_795_322_220 + number, "receiving",
             "application/ld+json")
        for number in range(4)
    ]  # fmt: skip
    reader = StatementReader()
    assert agrees_with_each(reader, series)
    outcomes = set()
    for changed in flipped(series[2]):
        outcomes.add(agrees_with_each(reader, [*series[:2], changed, series[3]]))
        outcomes.add(agrees_with_each(reader, [changed, *series[:2]]))
    assert outcomes == {True, False}  # a value may be another one, and what is fixed may not
