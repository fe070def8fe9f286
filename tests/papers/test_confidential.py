"""The confidential part has one spelling, is salted, and never shows what it holds."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.errors import FormatError
from ledger.limits import CONFIDENTIAL_BYTES_MAX
from ledger.papers.confidential import Confidential, Person, make_confidential, parse_confidential
from tests.papers.examples import CONFIDENTIAL, SALT

DOUBLED = "confidential-not-canonical"
ONLY_PATIENT = Confidential(patient=CONFIDENTIAL.patient)


def written(**members: Any) -> bytes:
    """Return the canonical bytes with these members set; None takes one away."""
    value = json.loads(make_confidential(CONFIDENTIAL, SALT)) | members
    return canonical.dumps({name: item for name, item in value.items() if item is not None})


def must_refuse(data: bytes, code: str) -> FormatError:
    """Fail unless reading is refused with this code; return the error."""
    with pytest.raises(FormatError) as caught:
        parse_confidential(data)
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize("fields", [CONFIDENTIAL, ONLY_PATIENT])
def test_it_is_read_as_it_was_written(fields: Confidential) -> None:
    """All of it, or the patient alone; the bytes are RFC 8785."""
    data = make_confidential(fields, SALT)
    assert parse_confidential(data) == fields
    assert canonical.dumps(canonical.loads(data)) == data
    assert json.loads(data)["salt"] == SALT.hex()


def test_the_salt_changes_the_digest() -> None:
    """The same person twice gives two digests, so that nobody can look for a number by its digest."""
    first = make_confidential(ONLY_PATIENT, SALT)
    second = make_confidential(ONLY_PATIENT, SALT[::-1])
    assert canonical.digest(first) != canonical.digest(second)
    assert parse_confidential(first) == parse_confidential(second)


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_a_salt_has_sixteen_bytes(length: int) -> None:
    """Neither fewer nor more, in neither direction."""
    with pytest.raises(FormatError, match="confidential-salt"):
        make_confidential(ONLY_PATIENT, bytes(length))
    must_refuse(written(salt="0" * 2 * length), "confidential-member")


@pytest.mark.parametrize(
    "members",
    [
        {"patient": None}, {"patient": "TEST"}, {"patient": {}}, {"patient": {"id_type": "other"}},
        {"patient": {"id_type": "ID", "id_number": "T1"}},
        {"patient": {"id_type": "other", "id_number": ""}},
        {"patient": {"id_type": "other", "id_number": "T 1"}},
        {"patient": {"id_type": "other", "id_number": "T1\n"}},
        {"patient": {"id_type": "other", "id_number": "１"}},
        {"patient": {"id_type": "other", "id_number": 1}},
        {"patient": {"id_type": "other", "id_number": "T1", "name": "x"}},
        {"patient": {"id_type": "other", "id_number": "1" * 201}}, {"salt": None}, {"salt": "A" * 32},
        {"salt": "0" * 31 + "\n"}, {"salt": 0}, {"salt": "٠" * 32}, {"prescriber": ""},
        {"prescriber": " x"}, {"prescription": 7}, {"settlement": "x" * 201}, {"pickup": "x"},
        {"phone": "x"}, {"type": "x"},
    ],
)  # fmt: skip
def test_a_wrong_member_is_refused(members: dict[str, Any]) -> None:
    """Missing, unknown, mistyped, or in other digits."""
    must_refuse(written(**members), "confidential-member")


@pytest.mark.parametrize(
    ("respell", "code"),
    [
        (lambda data: data + b" ", "confidential-not-canonical"),
        (lambda data: data.replace(b":", b" :", 1), "confidential-not-canonical"),
        (lambda data: data.replace(b'"salt"', b'"salt":"%b","salt"' % (b"0" * 32)), DOUBLED),
        (lambda data: data.replace(b"TEST", b"\\u0054EST", 1), "confidential-not-canonical"),
        (lambda data: data.replace(b"TEST-DOCTOR-1", "e\u0301".encode()), "confidential-not-canonical"),
        (lambda data: data[:-1], "json-malformed"),
        (lambda data: b"", "json-malformed"),
        (lambda data: b"[]", "confidential-member"),
        (lambda data: data + b" " * CONFIDENTIAL_BYTES_MAX, "confidential-too-large"),
    ],
)
def test_another_spelling_is_refused(respell: Any, code: str) -> None:
    """One part has one digest."""
    data = make_confidential(CONFIDENTIAL, SALT)
    assert respell(data) != data
    must_refuse(respell(data), code)


def test_nothing_shows_a_value() -> None:
    """Not the printed forms, and not the errors, whatever stands in the wrong place."""
    for shown in (repr(CONFIDENTIAL), str(CONFIDENTIAL.patient), f"{CONFIDENTIAL}", repr([CONFIDENTIAL])):
        assert "TEST" not in shown
    for members in ({"patient": {"id_type": "TEST", "id_number": "T"}}, {"TEST": 1}, {"salt": "TEST"}):
        error = must_refuse(written(**members), "confidential-member")
        assert "TEST" not in str(error)
    chained = must_refuse(b'{"patient":TEST}', "json-malformed")
    assert "TEST" not in str(chained)


numbers = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)


@given(numbers, st.none() | st.text(max_size=12), st.binary(min_size=16, max_size=16))
def test_every_part_prints_back_the_same(number: str, doctor: str | None, salt: bytes) -> None:
    """For any number, any text, any salt."""
    fields = Confidential(patient=Person(id_type="passport", id_number=number), prescriber=doctor)
    with contextlib.suppress(FormatError):
        data = make_confidential(fields, salt)
        assert parse_confidential(data) == fields
        assert canonical.dumps(canonical.loads(data)) == data


@given(st.integers(0, 400), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_another_digest(at: int, bit: int) -> None:
    """Damage never reads as the same bytes."""
    data = make_confidential(CONFIDENTIAL, SALT)
    at %= len(data)
    damaged = data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]
    assert canonical.digest(damaged) != canonical.digest(data)
    with contextlib.suppress(FormatError):
        fields = parse_confidential(damaged)
        again = make_confidential(fields, bytes.fromhex(msgspec.json.decode(damaged)["salt"]))
        assert again == damaged
