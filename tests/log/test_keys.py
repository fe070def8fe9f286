"""Keys: known vectors, weak and malformed keys, files."""

from __future__ import annotations

from hashlib import sha256

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.log.keys import EDDSA, ES256, PrivateKey, PublicKey
from tests.log.attacks import flipped, must_refuse, private_key

# RFC 8032 §7.1, TEST 1 to 3: secret, public, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd"
        "25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c3"
        "87b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594"
        "a7c15e9716ed28dc027beceea1ec40a",
    ),
]
P = 2**255 - 19
ORDER_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
BOTH = pytest.mark.parametrize("alg", [EDDSA, ES256])


_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    """Keys and signatures are those of RFC 8032."""
    key = PrivateKey.from_seed(EDDSA, bytes.fromhex(secret))
    assert key.public.raw.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert key.public.verify(bytes.fromhex(signature), bytes.fromhex(message))


def test_rfc_6979() -> None:
    """ECDSA signatures are those of RFC 6979 §A.2.5 (P-256, SHA-256, "sample"), with the smaller of s and n - s."""
    key = PrivateKey.from_seed(
        ES256, bytes.fromhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")
    )
    assert key.sign(b"sample").hex() == (
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        f"{_P256_ORDER - 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8:064x}"
    )


def test_twin_signature() -> None:
    """The other signature that anyone can compute from an ECDSA signature, (r, n - s), does not verify."""
    key = PrivateKey.from_seed(ES256, bytes(31) + b"\7")
    signature = key.sign(b"sample")
    twin = signature[:32] + (_P256_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")

    assert key.public.verify(signature, b"sample")
    assert not key.public.verify(twin, b"sample")


def test_rfc_9679() -> None:
    """The thumbprint of the key in RFC 9679 §6 is the one given there."""
    key = PublicKey.load(
        ES256,
        bytes.fromhex(
            "0465eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"
            "1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c"
        ),
    )
    assert key.thumbprint().hex() == "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"


def test_thumbprints_are_over_deterministic_cose_keys() -> None:
    """A general CBOR encoder in canonical mode gives the same bytes under both thumbprints."""
    ed, es = private_key(1).public, private_key(1, ES256).public
    for key, members in (
        (ed, {1: 1, -1: 6, -2: ed.raw}),
        (es, {1: 2, -1: 1, -2: es.raw[1:33], -3: es.raw[33:]}),
    ):
        assert key.thumbprint() == sha256(cbor2.dumps(members, canonical=True)).digest()


@pytest.mark.parametrize(
    "raw",
    [
        (1).to_bytes(32, "little"),  # the identity
        (0).to_bytes(32, "little"),  # order 4
        (P - 1).to_bytes(32, "little"),  # order 2
        bytes.fromhex(ORDER_8),
        (P + 1).to_bytes(32, "little"),  # the identity, spelled again
        P.to_bytes(32, "little"),  # order 4, spelled again
        b"\xff" * 32,
        (1 + (1 << 255)).to_bytes(32, "little"),  # x = 0 with its sign bit set
        (2).to_bytes(32, "little"),  # y that no point has
    ],
)
def test_weak_points_are_no_keys(raw: bytes) -> None:
    """Points of small order, points spelled twice and non-points are refused at the door."""
    must_refuse("key-weak", call=lambda: PublicKey.load(EDDSA, raw))
    must_refuse("key-weak", call=lambda: PublicKey(EDDSA, raw))


def test_malformed_p256_keys() -> None:
    """Compressed points, points off the curve, the point at infinity and other lengths are refused."""
    raw = private_key(1, ES256).public.raw
    off_curve = raw[:64] + bytes([raw[64] ^ 1])
    for bad in (b"", raw[:64], raw + b"\0", b"\x02" + raw[1:33], off_curve, b"\x06" + raw[1:], b"\0" * 65):
        must_refuse("key-malformed", call=lambda b=bad: PublicKey.load(ES256, b))
    for alg in (-35, 0, -9):
        must_refuse("key-malformed", call=lambda a=alg: PublicKey.load(a, raw))
        must_refuse("key-malformed", call=lambda a=alg: PrivateKey.from_seed(a, b"\1" * 32))


def test_seeds_that_are_no_keys() -> None:
    """A seed of another length, and scalars that are 0 or the order of P-256 or more, are refused."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for scalar in (0, order, 2**256 - 1):
        must_refuse("key-malformed", call=lambda s=scalar: PrivateKey.from_seed(ES256, s.to_bytes(32, "big")))
    for alg in (EDDSA, ES256):
        for length in (0, 31, 33, 64):
            must_refuse("key-malformed", call=lambda a=alg, n=length: PrivateKey.from_seed(a, b"\1" * n))


@BOTH
def test_a_signature_holds_for_one_message_and_key(alg: int) -> None:
    """Any bit flipped in signature or message, another key, or a cut signature: it does not hold."""
    key, message = private_key(1, alg), b"head"
    signature = key.sign(message)
    assert key.public.verify(signature, message)
    assert not private_key(2, alg).public.verify(signature, message)
    assert not any(key.public.verify(mutant, message) for mutant in flipped(signature))
    assert not any(key.public.verify(signature, mutant) for mutant in flipped(message))
    for bad in (b"", signature[:-1], signature + b"\0", b"\0" * 64, b"\xff" * 64):
        assert not key.public.verify(bad, message)


def test_ed25519_signatures_are_not_malleable() -> None:
    """S + L verifies under a lax equation; here it does not."""
    key = private_key(1)
    signature = key.sign(b"head")
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little") + order
    assert not key.public.verify(signature[:32] + s.to_bytes(32, "little"), b"head")


@BOTH
@given(data=st.binary(max_size=130))
def test_any_bytes_may_be_asked_about(alg: int, data: bytes) -> None:
    """Verification answers no to any bytes, and loading raises only FormatError."""
    assert not private_key(1, alg).public.verify(data, b"head")
    try:
        key = PublicKey.load(alg, data)
    except FormatError:
        return
    assert key.raw == data


@BOTH
def test_pem_files_read_back(alg: int) -> None:
    """Both halves of a key survive a file, and the files say what they are."""
    key = private_key(7, alg)
    assert key.to_pem().startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert PrivateKey.from_pem(key.to_pem()).to_pem() == key.to_pem()
    assert PrivateKey.from_pem(key.to_pem()).public == key.public
    assert PublicKey.from_pem(key.public.to_pem()) == key.public


def test_other_pem_files_are_refused() -> None:
    """Other kinds of keys, encrypted keys, public for private, and damaged files are refused in our words."""
    edwards, p384 = ed448.Ed448PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1())
    files = [b"", b"nothing", private_key(1).to_pem()[:40], private_key(1).public.to_pem()]
    for other in (edwards, p384, rsa.generate_private_key(65537, 2048)):
        files.append(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        must_refuse("key-malformed", call=lambda p=public: PublicKey.from_pem(p))
    files.append(p384.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    for data in files:
        must_refuse("key-malformed", call=lambda d=data: PrivateKey.from_pem(d))
    must_refuse("key-malformed", call=lambda: PublicKey.from_pem(private_key(1).to_pem()))


@BOTH
def test_a_private_key_does_not_print_itself(alg: int) -> None:
    """Neither repr nor str shows the secret, in any of the forms it is handled in."""
    seed = bytes(range(1, 33))
    key = PrivateKey.from_seed(alg, seed)
    for shown in (repr(key), str(key), f"{key}"):
        assert seed.hex() not in shown
        assert repr(seed)[2:-1] not in shown
