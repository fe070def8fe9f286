"""Statements: what is signed, what is accepted, and that nothing else is."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import cbor2
import pytest
import scitt_cose
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ledger.errors import FormatError
from ledger.log.keys import EDDSA, ES256
from ledger.log.statement import parse_statement, sign_statement, signed_bytes, verify_statement
from tests.log.attacks import cut, flipped, must_refuse, private_key

BODY = b'{"type":"ObjectEvent"}'
CLAIMS: dict[str, Any] = {
    "issuer": "https://id.example.org/party/17",
    "subject": "urn:uuid:00000000-0000-4000-8000-000000000001",
    "issued_at": 1_795_322_220,
    "kind": "dispensing",
    "media_type": "application/ld+json",
    "digest": sha256(BODY).digest(),
}
TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=256)
BOTH = pytest.mark.parametrize("alg", [EDDSA, ES256])


def signed(alg: int = EDDSA, **claims: Any) -> bytes:
    """Return a statement by key 1, with some claims changed."""
    return sign_statement(private_key(1, alg), **{**CLAIMS, **claims})


def rebuilt(change: Any, data: bytes | None = None) -> bytes:
    """Return a statement whose decoded parts went through `change` and were encoded canonically again."""
    protected, unprotected, payload, signature = cbor2.loads(data or signed()).value
    parts = [dict(cbor2.loads(protected)), dict(unprotected), payload, signature]
    change(parts)
    if isinstance(parts[0], dict):
        parts[0] = cbor2.dumps(parts[0], canonical=True)
    return cbor2.dumps(cbor2.CBORTag(18, parts), canonical=True)


@BOTH
@given(
    issuer=TEXTS, subject=TEXTS, kind=TEXTS, media_type=TEXTS,
    issued_at=st.one_of(st.integers(0, 300), st.integers(0, 253_402_300_799)),
    digest=st.binary(min_size=32, max_size=32),
)  # fmt: skip
def test_a_statement_reads_back(alg: int, **claims: Any) -> None:
    """Every claim is read as it was written, by us and by a general CBOR library, which writes the same."""
    key = private_key(3, alg)
    data = sign_statement(key, **claims)
    statement = parse_statement(data)
    assert {name: getattr(statement, name) for name in claims} == claims
    assert verify_statement(statement, key.public)
    assert signed_bytes(statement) == cbor2.dumps(
        ["Signature1", statement.protected, b"", claims["digest"]], canonical=True
    )
    assert rebuilt(lambda parts: None, data) == data
    assert cbor2.loads(statement.protected) == {
        1: alg,
        4: key.public.thumbprint(),
        15: {1: claims["issuer"], 2: claims["subject"], 6: claims["issued_at"], "kind": claims["kind"]},
        258: -16,
        259: claims["media_type"],
    }


@BOTH
def test_scitt_cose_verifies_our_statements(alg: int) -> None:
    """Another SCITT implementation verifies a statement and reads the same claims."""
    key = private_key(1, alg)
    theirs = scitt_cose.parse_signed_statement(signed(alg), public_key_pem=key.public.to_pem())
    assert theirs["signature_verified"] is True
    assert (theirs["issuer"], theirs["subject"]) == (CLAIMS["issuer"], CLAIMS["subject"])
    assert theirs["claims"]["kind"] == "dispensing"
    assert theirs["payload"] == CLAIMS["digest"]


def test_a_statement_without_our_envelope_is_refused() -> None:
    """A sound SCITT statement with another set of headers is not one of ours."""
    theirs = scitt_cose.build_signed_statement(
        BODY, alg="EdDSA", private_key_pem=private_key(1).to_pem(), issuer="a", subject="b", content_type="c"
    )
    must_refuse("statement-malformed", call=lambda: parse_statement(theirs))


@BOTH
def test_any_flipped_bit(alg: int) -> None:
    """With any one bit flipped a statement is malformed or its signature does not hold."""
    key = private_key(1, alg).public
    assert verify_statement(parse_statement(signed(alg)), key)
    for mutant in flipped(signed(alg)):
        try:
            statement = parse_statement(mutant)
        except FormatError:
            continue
        assert not verify_statement(statement, key)


def test_cut_anywhere_or_too_long() -> None:
    """A statement that ends early, goes on, or exceeds 2 KiB is refused."""
    for mutant in cut(signed()):
        must_refuse("statement-malformed", call=lambda m=mutant: parse_statement(m))
    must_refuse("statement-malformed", call=lambda: parse_statement(signed() + bytes(2048)))


def _set(part: int, key: object, value: object) -> Any:
    return lambda parts: parts[part].__setitem__(key, value)


def _claim(key: object, value: object) -> Any:
    return lambda parts: parts[0].__setitem__(15, {**parts[0][15], key: value})


@pytest.mark.parametrize(
    "change",
    [
        _set(1, 1, -8), _set(1, 394, [b"receipt"]),  # unprotected headers
        _set(0, 2, [258]), _set(0, 3, "text/plain"), _set(0, 260, "https://example.org"), _set(0, 99, 1),
        _set(0, 1, -35), _set(0, 1, 5), _set(0, 1, "EdDSA"),
        _set(0, 4, b"short"), _set(0, 4, "text"), _set(0, 4, b"k" * 33),
        _set(0, 258, -43), _set(0, 258, 1), _set(0, 259, 50), _set(0, 259, ""),
        _claim(1, ""), _claim(1, 7), _claim(1, b"bytes"), _claim(1, "x" * 257),
        _claim(1, "caf\u00e9"), _claim(1, "a\nb"),
        _claim(2, "\x7f"), _claim(2, "\u202edrowkcab"), _claim(3, "audience"), _claim(7, b"cti"),
        _claim(6, -1), _claim(6, 1.5), _claim(6, 253_402_300_800), _claim(6, 2**64),
        _claim(6, "1"), _claim(6, None),
        _claim("kind", ""), _claim("kind", 4), _claim("role", "x"), _claim("gateway", "x"),
        lambda parts: parts[0].pop(258), lambda parts: parts[0].pop(4),
        lambda parts: parts[0][15].pop("kind"),
        lambda parts: parts.__setitem__(0, b""), lambda parts: parts.__setitem__(0, b"\xa0"),
        lambda parts: parts.__setitem__(2, None), lambda parts: parts.__setitem__(2, BODY),
        lambda parts: parts.__setitem__(2, "t" * 32), lambda parts: parts.__setitem__(3, b"s" * 63),
        lambda parts: parts.__setitem__(3, None), lambda parts: parts.append(b""), lambda parts: parts.pop(),
    ],
)  # fmt: skip
def test_headers_that_are_not_ours(change: Any) -> None:
    """Any other, missing or additional header, claim, type or length is refused, if canonical."""
    must_refuse("statement-malformed", call=lambda: parse_statement(rebuilt(change)))


def test_other_spellings_of_the_same_values() -> None:
    """Longer heads, other orders, repeated keys, endless items, other tags: one value, one spelling."""
    data = signed()
    protected = cbor2.loads(data).value[0]
    start = data.index(protected)

    def respelled(old: bytes, new: bytes) -> bytes:
        changed = protected.replace(old, new)
        assert changed != protected
        return data[:2] + cbor2.dumps(changed) + data[start + len(protected) :]

    mutants = [
        data[1:],  # no tag
        b"\xd8\x12" + data[1:],  # the tag in two bytes
        b"\xd9\xd9\xf7" + data,  # self-described CBOR
        b"\xd2\x9f" + data[2:] + b"\xff",  # an array without a length
        b"\xd2\x98\x04" + data[2:],  # its length in two bytes
        data[:2] + b"\x59\x00" + data[3:],  # the length of the protected header in three bytes
        respelled(b"\x01\x27", b"\x01\x38\x07"),  # -8 in two bytes
        respelled(b"\x04\x58\x20", b"\x04\x59\x00\x20"),
        respelled(b"\x06\x1a", b"\x06\x1b\0\0\0\0"),  # the time in nine bytes
        respelled(b"\x64kind\x6a", b"\x64kind\x78\x0a"),
        respelled(b"\x64kind", b"\x7f\x64kind\xff"),
        respelled(b"\xa5\x01", b"\xb8\x05\x01"),
        respelled(b"\xa5\x01\x27", b"\xa6\x01\x27\x01\x27"),  # alg twice
        respelled(b"application/ld+json", b"application/ld+json\0"),  # something after the last header
        respelled(b"\x19\x01\x02\x2f\x19\x01\x03", b"\x19\x01\x03\x2f\x19\x01\x02"),
    ]
    for mutant in mutants:
        must_refuse("statement-malformed", call=lambda m=mutant: parse_statement(m))


def test_another_key_is_not_the_author() -> None:
    """A signature by another key, or by the same secret under another algorithm, does not verify."""
    statement = parse_statement(signed())
    for key in (private_key(2), private_key(1, ES256)):
        assert not verify_statement(statement, key.public)
    # The kid names key 2, the signature is key 1's: neither may count as the author.
    mixed = rebuilt(_set(0, 4, private_key(2).public.thumbprint()))
    for key in (private_key(1), private_key(2)):
        assert not verify_statement(parse_statement(mixed), key.public)


def test_an_author_cannot_speak_in_the_name_of_another_key() -> None:
    """A kid that is not the signing key's is refused, though the signature over it holds."""
    unsigned = parse_statement(rebuilt(_set(0, 4, private_key(2).public.thumbprint())))
    forged = structs.replace(unsigned, signature=private_key(1).sign(signed_bytes(unsigned)))
    assert private_key(1).public.verify(forged.signature, signed_bytes(forged))
    for key in (private_key(1), private_key(2)):
        assert not verify_statement(forged, key.public)


@pytest.mark.parametrize(
    "claims",
    [
        {"issuer": ""}, {"issuer": "x" * 257}, {"subject": "\u836f"}, {"subject": "a\tb"}, {"kind": ""},
        {"media_type": "\ud800"}, {"issued_at": -1}, {"issued_at": 253_402_300_800}, {"issued_at": 2**80},
        {"digest": b""}, {"digest": b"x" * 33},
    ],
)  # fmt: skip
def test_nothing_is_signed_that_would_not_be_accepted(claims: dict[str, Any]) -> None:
    """Values that have no place in a statement are the caller's mistake, before anything is given out."""
    must_refuse("log-value-unfit", call=lambda: signed(**claims))


@given(st.binary(max_size=400))
def test_any_bytes_end_in_our_error(data: bytes) -> None:
    """Random bytes, and random bytes inside a valid frame, are refused in our own words."""
    must_refuse("statement-malformed", call=lambda: parse_statement(data))
    must_refuse("statement-malformed", call=lambda: parse_statement(signed()[:50] + data))
