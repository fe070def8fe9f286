"""Receipts: one signature a head, verified by us and by another implementation."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
import scitt_cose
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError, NotVerified
from ledger.log.keys import EDDSA, ES256
from ledger.log.merkle import leaf_hash, path_of, root_of
from ledger.log.receipt import SignedRoot, make_receipt, parse_receipt, sign_root, verify_receipt
from tests.log.attacks import cut, flipped, must_refuse, private_key

ENTRIES = [b"entry %d" % number for number in range(23)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]
ORIGIN = "ledger.example/2027"
BOTH = pytest.mark.parametrize("alg", [EDDSA, ES256])


def head(alg: int = EDDSA) -> SignedRoot:
    """Return key 1's signature over the root of all entries."""
    key = private_key(1, alg)
    return sign_root(key, issuer="https://ledger.example", subject=ORIGIN, root=root_of(HASHES))


def receipt(index: int, alg: int = EDDSA) -> bytes:
    """Return the receipt of one entry."""
    return make_receipt(head(alg), len(HASHES), index, path_of(HASHES, index))


@BOTH
def test_one_signature_serves_every_leaf(alg: int) -> None:
    """All receipts of a head hold for their own leaf and for no other; scitt-cose says the same."""
    key = private_key(1, alg).public
    for index in range(len(HASHES)):
        parsed = parse_receipt(receipt(index, alg))
        assert (parsed.size, parsed.index, parsed.subject) == (23, index, ORIGIN)
        assert make_receipt(
            SignedRoot(parsed.protected, parsed.signature), parsed.size, parsed.index, parsed.path
        ) == receipt(index, alg)
        verify_receipt(parsed, HASHES[index], key)
        theirs = scitt_cose.verify_receipt(
            receipt(index, alg), leaf_entry_hex=ENTRIES[index].hex(), log_public_key_pem=key.to_pem()
        )
        assert (theirs.ok, theirs.root, theirs.subject) == (True, root_of(HASHES).hex(), ORIGIN)
        other = HASHES[index - 1]
        error = must_refuse("receipt-wrong", call=lambda p=parsed, o=other: verify_receipt(p, o, key))
        assert error.index == index


def test_it_is_deterministic_cbor() -> None:
    """A general CBOR library in canonical mode writes the same receipt."""
    tagged = cbor2.loads(receipt(5))
    protected, unprotected, payload, _ = tagged.value
    assert cbor2.dumps(tagged, canonical=True) == receipt(5)
    assert cbor2.dumps(cbor2.loads(protected), canonical=True) == protected
    assert payload is None
    (proof,) = unprotected[396][-1]
    assert cbor2.loads(proof) == [23, 5, path_of(HASHES, 5)]
    assert cbor2.loads(protected) == {
        1: -8, 4: private_key(1).public.thumbprint(), 15: {1: "https://ledger.example", 2: ORIGIN}, 395: 1,
    }  # fmt: skip


@BOTH
def test_any_flipped_bit(alg: int) -> None:
    """A receipt with a flipped bit is refused, or differs only in the size or index, which nothing signs."""
    key, whole = private_key(1, alg).public, parse_receipt(receipt(6, alg))
    survivors = 0
    for mutant in flipped(receipt(6, alg)):
        try:
            parsed = parse_receipt(mutant)
            verify_receipt(parsed, HASHES[6], key)
        except (FormatError, NotVerified):
            continue
        survivors += 1
        assert (parsed.protected, parsed.path) == (whole.protected, whole.path)
        assert (parsed.size, parsed.index) != (whole.size, whole.index)
    assert survivors <= 8


def test_the_place_needs_a_checkpoint() -> None:
    """The known limit of RFC 9942: one walk can fit two places, so size and index alone are not proved."""
    last = make_receipt(
        sign_root(private_key(1), issuer="a", subject="b", root=root_of(HASHES[:3])),
        2, 1, path_of(HASHES[:3], 2),
    )  # fmt: skip
    verify_receipt(parse_receipt(last), HASHES[2], private_key(1).public)


def test_cut_anywhere() -> None:
    """A receipt that ends early or goes on is refused."""
    for mutant in cut(receipt(0)):
        must_refuse("receipt-malformed", call=lambda m=mutant: parse_receipt(m))
    must_refuse("receipt-malformed", call=lambda: parse_receipt(bytes(5000)))


def test_another_key() -> None:
    """A receipt is refused under another key, also when its kid was changed to name that key."""
    other = private_key(2).public
    must_refuse("receipt-wrong-key", call=lambda: verify_receipt(parse_receipt(receipt(1)), HASHES[1], other))
    renamed = receipt(1).replace(private_key(1).public.thumbprint(), other.thumbprint())
    for key in (private_key(1).public, other):
        must_refuse(
            "receipt-wrong-key", "receipt-wrong",
            call=lambda k=key: verify_receipt(parse_receipt(renamed), HASHES[1], k),
        )  # fmt: skip


def _proof(value: object) -> Any:
    return lambda parts: parts.__setitem__(1, {396: {-1: [cbor2.dumps(value, canonical=True)]}})


def _unprotected(value: object) -> Any:
    return lambda parts: parts.__setitem__(1, value)


@pytest.mark.parametrize(
    "change",
    [
        _unprotected({}), _unprotected({396: {}}), _unprotected({396: {-1: []}}),
        _unprotected({396: {-2: [b""]}}),
        _unprotected({396: {-1: [b""]}}), _unprotected({396: {-1: [7]}}),
        _unprotected({396: {-1: [b"\x83"]}}),
        lambda parts: parts[1][396].__setitem__(-2, [b""]), lambda parts: parts[1].__setitem__(1, -8),
        lambda parts: parts[1][396][-1].append(parts[1][396][-1][0]),
        _proof([5, 5, []]), _proof([0, 0, []]), _proof([-1, 0, []]), _proof([5, 0]),
        _proof([5, 0, [], 0]),
        _proof([5, 0, [b"short"]]), _proof([5, 0, ["t" * 32]]), _proof([5, 0, [b"h" * 32] * 64]),
        _proof([10**18, 0, []]), _proof([2**64 - 1, 0, []]),
        _proof([5.0, 0, []]), _proof([5, 0, [b"h" * 33]]),
        _unprotected({396: {-1: [b"\x83\x05\x00\x80\x00"]}}),  # something after the path
        lambda parts: parts.__setitem__(2, b"r" * 32), lambda parts: parts.__setitem__(3, b"s" * 65),
        lambda parts: parts[0].__setitem__(395, 2), lambda parts: parts[0].pop(395),
        lambda parts: parts[0].__setitem__(1, -35), lambda parts: parts[0].__setitem__(2, [395]),
        lambda parts: parts[0].__setitem__(15, {1: "a"}), lambda parts: parts[0].__setitem__(4, b"k" * 31),
        lambda parts: parts[0].__setitem__(15, {1: "a", 2: "b", 6: 1}),
    ],
)  # fmt: skip
def test_headers_that_are_not_ours(change: Any) -> None:
    """Any other header, proof, type or length is refused, canonical as it may be."""
    protected, unprotected, payload, signature = cbor2.loads(receipt(2)).value
    parts = [dict(cbor2.loads(protected)), {396: {-1: list(unprotected[396][-1])}}, payload, signature]
    change(parts)
    parts[0] = cbor2.dumps(parts[0], canonical=True)
    data = cbor2.dumps(cbor2.CBORTag(18, parts), canonical=True)
    must_refuse("receipt-malformed", call=lambda: parse_receipt(data))


def test_paths_of_the_wrong_length() -> None:
    """A path too short or too long for its place is refused before any signature is looked at."""
    for path in (path_of(HASHES, 4)[:-1], [*path_of(HASHES, 4), HASHES[0]]):
        parsed = parse_receipt(make_receipt(head(), 23, 4, path))
        must_refuse(
            "inclusion-proof-wrong",
            call=lambda p=parsed: verify_receipt(p, HASHES[4], private_key(1).public),
        )


def test_nothing_is_signed_that_would_not_be_accepted() -> None:
    """Texts and roots that a receipt cannot hold are the caller's mistake."""
    good = {"issuer": "a", "subject": "b", "root": HASHES[0]}
    texts = [{"issuer": ""}, {"subject": "x" * 257}, {"issuer": "\u836f"}, {"subject": "\ud800"}]
    for bad in (*texts, {"root": b""}):
        must_refuse("log-value-unfit", call=lambda b=bad: sign_root(private_key(1), **{**good, **b}))


@given(st.binary(max_size=300))
def test_any_bytes_end_in_our_error(data: bytes) -> None:
    """Random bytes, and random bytes after a valid beginning, are refused in our own words."""
    must_refuse("receipt-malformed", call=lambda: parse_receipt(data))
    must_refuse("receipt-malformed", call=lambda: parse_receipt(receipt(3)[:120] + data))
