"""When a key counts: registered, valid, not retired, not compromised."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ledger.errors import NotVerified, Refusal
from ledger.identity.signer import Revoked, Signer, require_valid
from tests.kit import desk

KEY = desk("maker").key.public
SIGNER = Signer(
    number=10, kid=KEY.thumbprint(), public=KEY, valid_from=1_000, valid_until=2_000, station=9, site=8, party=7,
    party_uri="https://maker.example/", roles=frozenset({"manufacturer"}), revoked=None,
)  # fmt: skip


def retired(since: int) -> Signer:
    """Return the key, retired since then by statement 20."""
    return replace(SIGNER, revoked=Revoked(20, "retired", since))


def compromised(since: int) -> Signer:
    """Return the key, declared compromised since then by statement 20."""
    return replace(SIGNER, revoked=Revoked(20, "compromised", since))


@pytest.mark.parametrize(
    ("signer", "issued_at", "index", "code"),
    [
        (SIGNER, 1_000, 11, None),
        (SIGNER, 2_000, None, None),
        (SIGNER, 1_500, 10, "key-not-yet-registered"),
        (SIGNER, 1_500, 9, "key-not-yet-registered"),
        (SIGNER, 999, 11, "key-outside-validity"),
        (SIGNER, 2_001, None, "key-outside-validity"),
        (retired(1_500), 1_500, None, None),
        (retired(1_500), 1_501, None, "key-retired"),
        (retired(1_500), 1_501, 19, None),
        (retired(1_500), 1_501, 21, "key-retired"),
        (compromised(1_500), 1_400, None, "key-compromised"),
        (compromised(1_500), 1_600, None, "key-compromised"),
        (compromised(1_500), 1_600, 19, None),
        (compromised(1_500), 1_400, 21, "key-compromised"),
    ],
)
def test_when_a_key_counts(signer: Signer, issued_at: int, index: int | None, code: str | None) -> None:
    """Each row is one case of the docstring of `require_valid`."""
    if code is None:
        require_valid(signer, issued_at, index)
        return
    with pytest.raises(Refusal) as caught:
        require_valid(signer, issued_at, index)
    assert caught.value.code == code


def test_the_verifier_raises_its_own_error() -> None:
    """While verifying, the same rule speaks as NotVerified, with the log index."""
    with pytest.raises(NotVerified) as caught:
        require_valid(SIGNER, 1_500, 3, error=NotVerified)
    assert caught.value.index == 3
