"""Registrations: one spelling, bounded fields, keys that are keys."""

from __future__ import annotations

import json

import msgspec
import pytest

from ledger.errors import FormatError
from ledger.identity.registration import (
    REGISTRATIONS,
    Erasure,
    Key,
    Party,
    Product,
    Registration,
    Revocation,
    Site,
    Station,
    kind_of,
    make_registration,
    parse_registration,
    subject_of,
)
from tests.kit import desk

PUBLIC = desk("maker").key.public
EACH: list[Registration] = [
    Party(uri="https://maker.example/", name_en="Maker", name_zh="药厂", roles=("manufacturer",), region="610800"),
    Site(
        uri="https://maker.example/1", party="https://maker.example/", name_en="Plant", name_zh="一厂",
        region="610800",
    ),
    Station(uri="https://maker.example/1/1", site="https://maker.example/1"),
    Key(
        kid=PUBLIC.thumbprint().hex(), station="https://maker.example/1/1", alg=-8, public=PUBLIC.raw.hex(),
        valid_from=0, valid_until=2**35,
    ),
    Revocation(kid=PUBLIC.thumbprint().hex(), reason="compromised", since=1_795_322_220),
    Product(
        id="8770984", maker="https://maker.example/", name_en="Tablets", name_zh="片剂", price_cents=2_500,
        weight_milligrams=42_000, supply_days=14,
    ),
    Erasure(person="00" * 16, reason="asked for"),
]  # fmt: skip


@pytest.mark.parametrize("registration", EACH, ids=kind_of)
def test_each_kind_reads_back(registration: Registration) -> None:
    """Every kind prints and reads back the same, and names a subject."""
    body = make_registration(registration)

    assert parse_registration(kind_of(registration), body) == registration
    assert subject_of(registration).partition(":")[1]


def test_every_kind_is_here() -> None:
    """The table above leaves no kind out."""
    assert {kind_of(each) for each in EACH} == set(REGISTRATIONS)


@pytest.mark.parametrize("registration", EACH, ids=kind_of)
def test_fields_are_all_required_and_no_others(registration: Registration) -> None:
    """A registration with a field less or a field more is refused."""
    kind, body = kind_of(registration), make_registration(registration)
    fields = json.loads(body)
    less = [{name: value for name, value in fields.items() if name != gone} for gone in fields]
    for wrong in [*less, fields | {"extra": 1}]:
        text = json.dumps(wrong, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        with pytest.raises(FormatError) as caught:
            parse_registration(kind, text.encode())
        assert caught.value.code == "registration-malformed"


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("party", "uri", "no uri"), ("party", "uri", "https://" + "x" * 300), ("party", "roles", []),
        ("party", "roles", ["king"]), ("party", "region", "６１０８００"), ("party", "name_en", ""),
        ("key", "kid", "00" * 32), ("key", "kid", "0" * 63), ("key", "alg", -99), ("key", "valid_from", -1),
        ("product", "id", "١٢٣٤٥٦٧"), ("product", "id", "7123456"), ("product", "weight_milligrams", 0),
        ("product", "price_cents", True), ("site", "location", "geo:91,0"), ("site", "location", "geo:0,-180.5"),
        ("site", "location", "38.29,109.73"), ("site", "location", "geo:1,2;u=3"), ("site", "location", None),
        ("key-revocation", "reason", "lost"), ("erasure", "person", "00"),
    ],
)  # fmt: skip
def test_fields_are_bounded(kind: str, field: str, value: object) -> None:
    """Values out of their bounds are refused, other scripts' digits among them."""
    good = next(each for each in EACH if kind_of(each) == kind)
    fields = json.loads(make_registration(good)) | {field: value}
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    with pytest.raises(FormatError):
        parse_registration(kind, text.encode())


def test_a_site_may_say_where_it_stands() -> None:
    """The location is a member that may be left out, and reads as degrees."""
    site = next(each for each in EACH if isinstance(each, Site))
    placed = msgspec.structs.replace(site, location="geo:38.2904,-109.734")

    assert site.degrees is None
    assert b"location" not in make_registration(site)
    assert parse_registration("site", make_registration(placed)) == placed
    assert placed.degrees == (38.2904, -109.734)


def test_weak_keys_are_refused() -> None:
    """A point of small order is nobody's key."""
    weak = "01" + "00" * 31
    fields = json.loads(make_registration(EACH[3])) | {"public": weak}

    with pytest.raises(FormatError) as caught:
        parse_registration("key", json.dumps(fields, sort_keys=True, separators=(",", ":")).encode())
    assert caught.value.code == "key-weak"


def test_another_spelling_is_refused() -> None:
    """The same JSON with a blank is another body."""
    body = make_registration(EACH[0])

    with pytest.raises(FormatError) as caught:
        parse_registration("party", body.replace(b":", b": ", 1))
    assert caught.value.code == "registration-malformed"
