"""Statements in series are read as one by one: the same values, and the same refusals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.log.keys import EDDSA, ES256
from ledger.log.series import StatementReader
from ledger.log.statement import Statement, parse_statement, sign_statement
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
