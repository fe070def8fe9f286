"""Tokens of a sign-on service: verified by its keys, for a registered party, in time; else nobody's."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from api.tokens import PARTY_CLAIM, ROLES_CLAIM
from ledger.errors import Misuse
from tests.api.kit import Door, problem

ISSUER = "https://login.example/"
KEY = ec.derive_private_key(0x1234567, ec.SECP256R1())
OTHER = ec.derive_private_key(0x7654321, ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65_537, 2_048)


def jwk(key: Any, kid: str) -> dict[str, Any]:
    """Return a public key as a JWK."""
    algorithm: Any = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}


@pytest.fixture
def door(tmp_path: Path, sqlite_url: str) -> Iterator[Door]:
    """Return a door that believes a sign-on service, whose keys lie in a file."""
    door = Door(tmp_path / "home", sqlite_url, oidc_issuer=ISSUER)
    keys = {"keys": [jwk(KEY, "k1"), jwk(RSA_KEY, "k2")]}
    (door.settings.home / door.settings.oidc_keys).write_text(json.dumps(keys))
    with door:
        yield door


def token(door: Door, key: Any = KEY, algorithm: str = "ES256", kid: str | None = "k1", **changes: Any) -> str:
    """Return a token of the pharmacy; `changes` replace claims, None takes them away."""
    now = door.world.now
    claims: dict[str, Any] = {
        "iss": ISSUER, "aud": "packledger", "sub": "zhang.wei@pharmacy.example", "exp": now + 600, "nbf": now,
        PARTY_CLAIM: door.world.pharmacy.party, ROLES_CLAIM: ["dispenser", "operator"],
    } | changes  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid} if kid else {})


def test_a_token_opens_the_door(door: Door) -> None:
    """As its party, in those of its roles that the party has; and the journal does not say who it was."""
    codes = {"codes": ["87709840000000015538"]}
    for shown in (token(door), token(door, RSA_KEY, "RS256", "k2")):
        assert door.post("/v1/verdicts", codes, key=shown).status_code == 200
        problem(door.get("/metrics", key=shown), 403, "access-denied")  # no operator, whatever the token says
    assert "zhang" not in str(door.journal)
    names = {line["caller"] for line in door.journal if line["event"] == "request"}
    assert all(name.startswith("token-") for name in names)
    assert len(names) == 1
    assert door.get("/healthz", key=door.keys["pharmacy"]).status_code == 200


def test_tokens_that_do_not_count(door: Door) -> None:
    """Another key, algorithm, issuer, audience, time; a party or roles that are none; parts that are missing."""
    now = door.world.now
    secret = jwk(KEY, "k1")["x"]  # a symmetric key that everybody knows
    head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1"}').rstrip(b"=").decode()
    unsigned = f"{head}.{token(door).split('.')[1]}."
    wrong = {
        "another key": token(door, OTHER),
        "another kid": token(door, kid="k9"),
        "no kid": token(door, kid=None),
        "mixed up": token(door, RSA_KEY, "RS256", "k1"),
        "symmetric": token(door, secret, "HS256"),
        "unsigned": unsigned,
        "another issuer": token(door, iss="https://evil.example/"),
        "another audience": token(door, aud="payroll"),
        "no audience": token(door, aud=None),
        "no end": token(door, exp=None),
        "ended": token(door, exp=now),
        "not yet": token(door, nbf=now + 3_600),
        "no number": token(door, nbf="soon"),
        "nobody": token(door, sub=None),
        "no party": token(door, **{PARTY_CLAIM: None}),
        "unknown party": token(door, **{PARTY_CLAIM: "https://nobody.example/"}),
        "no list": token(door, **{ROLES_CLAIM: "dispenser"}),
        "cut": token(door)[:-2],
        "no token": "a.b.c",
        "nothing": ".",
    }
    for name, shown in wrong.items():
        answer = door.get("/healthz", key=shown)
        assert answer.status_code == 401, (name, answer.text)
        problem(answer, 401, "access-unknown")
    answer = door.post("/v1/verdicts", {"codes": ["1"]}, key=token(door, **{ROLES_CLAIM: [1, None, "insurer"]}))
    problem(answer, 403, "access-denied")


def test_keys_that_are_none_stop_the_start(tmp_path: Path, sqlite_url: str) -> None:
    """A server that could believe nobody does not begin."""
    door = Door(tmp_path / "home", sqlite_url, oidc_issuer=ISSUER)
    with pytest.raises(Misuse) as caught, door:
        pass
    assert caught.value.code == "settings-malformed"


def test_without_a_service_no_token_counts(quick_door: Door) -> None:
    """The settings name none: a token is an API key of the wrong form."""
    problem(quick_door.get("/healthz", key=token(quick_door)), 401, "access-unknown")
