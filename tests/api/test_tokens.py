"""Tokens of a sign-on service: verified by its keys, for a registered party, in time; else nobody's."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from api.tokens import PARTY_CLAIM, ROLES_CLAIM, STATION_CLAIM, KeySet
from ledger.errors import Denied, Misuse, Unavailable
from ledger.limits import KEY_SET_BYTES_MAX, KEYS_SECONDS_MAX, KEYS_SECONDS_MIN
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


def test_an_officer_signs_on(door: Door) -> None:
    """A token that names a station of its office acts as that station, once it was appointed; never as another's."""
    police = {PARTY_CLAIM: door.world.police.party, ROLES_CLAIM: ["police"]}
    case = {"title": "x"}
    problem(door.post("/v1/cases", case, key=token(door, **police)), 403, "officer-unknown")
    named = token(door, **police, **{STATION_CLAIM: f"{door.world.police.party}desk/1"})
    problem(door.post("/v1/cases", case, key=named), 401, "access-unknown")
    door.officer("police")
    told = door.post("/v1/cases", case, key=named)
    assert told.status_code == 200
    assert told.json()["case"]["office"]["uri"] == door.world.police.party
    for wrong in (f"{door.world.police.party}desk/1", 7, "", ["x"]):
        foreign = token(door, **{STATION_CLAIM: wrong})
        problem(door.get("/healthz", key=foreign), 401, "access-unknown")
    unappointed = token(door, **police, **{STATION_CLAIM: door.world.police.station})
    problem(door.post("/v1/cases", case, key=unappointed), 403, "officer-unknown")


def test_keys_that_are_none_stop_the_start(tmp_path: Path, sqlite_url: str) -> None:
    """A server that could believe nobody does not begin."""
    door = Door(tmp_path / "home", sqlite_url, oidc_issuer=ISSUER)
    with pytest.raises(Misuse) as caught, door:
        pass
    assert caught.value.code == "settings-malformed"


def test_without_a_service_no_token_counts(quick_door: Door) -> None:
    """The settings name none: a token is an API key of the wrong form."""
    problem(quick_door.get("/healthz", key=token(quick_door)), 401, "access-unknown")


# -- the keys from the service's own address

Answer = Callable[[BaseHTTPRequestHandler], None]


def gives(content: bytes, status: int = 200, **headers: str) -> Answer:
    """Return what answers with this."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


@contextmanager
def sign_on(*answers: Answer) -> Iterator[tuple[str, list[str]]]:
    """Run a sign-on service that gives these answers in turn, the last for ever; yield address and paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answers[min(len(asked), len(answers)) - 1](self)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/keys", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def keys(*kids: str) -> bytes:
    """Return a key set with the same key under these names."""
    return json.dumps({"keys": [jwk(KEY, kid) for kid in kids]}).encode()


class Timer:
    """A clock that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Return its time."""
        return self.now


def test_a_token_counts_by_the_keys_at_an_address(tmp_path: Path, sqlite_url: str) -> None:
    """Fetched once for many tokens; a service that is gone later is not missed until its keys are old."""
    with sign_on(gives(keys("k1"))) as (url, asked):
        door = Door(tmp_path / "home", sqlite_url, oidc_issuer=ISSUER, oidc_keys=url)
        with door:
            for _ in range(3):
                assert door.get("/v1/snapshot?since=0", key=token(door)).status_code == 200
            problem(door.get("/healthz", key=token(door, OTHER)), 401, "access-unknown")
            assert asked == ["/keys"]


def test_keys_are_kept_for_their_time_and_no_longer() -> None:
    """Asked for again when old; for an unknown name sooner, but not for every token that names one."""
    timer = Timer()
    with sign_on(gives(keys("k1")), gives(keys("k1", "k2")), gives(keys("k2"))) as (url, asked):
        known = KeySet(url, timer)
        assert known.find("k1").key_id == "k1"
        for _ in range(100):
            with pytest.raises(Denied):
                known.find("k2")
        assert len(asked) == 1
        timer.now += KEYS_SECONDS_MIN
        assert known.find("k2").key_id == "k2"
        assert len(asked) == 2
        timer.now += KEYS_SECONDS_MAX
        with pytest.raises(Denied):
            known.find("k1")
        assert len(asked) == 3
        for name in (None, "", "k3"):
            with pytest.raises(Denied):
                known.find(name)


@pytest.mark.parametrize("answer", [
    gives(b"", 500), gives(b"{}", 404), gives(b"{"), gives(b"[]"), gives(b"null"), gives(b'{"keys": 7}'),
    gives(b'{"keys": [{"kty": "EC"}]}'), gives(b"\xff"), gives(b"[" * 100_000),
    gives(b" " * (KEY_SET_BYTES_MAX + 1)), gives(b"", 302, Location="/elsewhere"),
    gives(keys("k1"), 200, **{"Content-Encoding": "br"}),
])  # fmt: skip
def test_an_answer_that_is_no_key_set(answer: Answer) -> None:
    """Is told as unavailable, once; a redirection is not followed, and the service is not asked at every token."""
    with sign_on(answer) as (url, asked):
        known = KeySet(url, Timer())
        for _ in range(3):
            with pytest.raises(Unavailable) as caught:
                known.find("k1")
            assert caught.value.code == "token-keys-unavailable"
        assert asked == ["/keys"]


def test_a_service_that_is_gone() -> None:
    """Nobody listens there."""
    with sign_on(gives(keys("k1"))) as (url, _):
        pass
    with pytest.raises(Unavailable) as caught:
        KeySet(url, Timer()).find("k1")
    assert caught.value.code == "token-keys-unavailable"


@pytest.mark.parametrize("url", [
    "http://login.example/keys", "http://127.0.0.1.login.example/", "http://10.0.0.1/keys", "http://user@127.0.0.1/",
    "https://user:secret@login.example/", "http:///keys", "https://", "http://[::2]/", "http://0.0.0.0/",
])  # fmt: skip
def test_addresses_at_which_others_could_answer(url: str) -> None:
    """Plain HTTP is for this machine alone."""
    with pytest.raises(Misuse) as caught:
        KeySet(url)
    assert caught.value.code == "settings-malformed"


@pytest.mark.parametrize("url", ["https://login.example/keys", "http://localhost:9/", "http://[::1]/", "http://127.9.9.9/"])
def test_addresses_at_which_the_service_answers(url: str) -> None:
    """TLS, or this machine."""
    assert KeySet(url)
