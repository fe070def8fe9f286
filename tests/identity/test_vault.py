"""Personal data: who can read what, and what erasure leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Misuse, NotVerified
from ledger.identity.vault import Vault
from tests.kit import chance

LEAF = bytes(range(32))


@pytest.fixture
def vault() -> Vault:
    """Return a vault with a fixed master key."""
    return Vault(bytes(32))


def test_a_part_opens_under_its_persons_key(vault: Vault) -> None:
    """What is sealed for a person is read again with the person's key."""
    person = vault.pseudonym("insurance_card", "P-0001")
    wrapped = vault.new_person(person, chance("keys"))
    sealed = vault.seal(vault.data_key(person, wrapped), b"secret", LEAF, chance("nonces"))

    assert b"secret" not in sealed
    assert vault.open(vault.data_key(person, wrapped), sealed, LEAF) == b"secret"


def test_a_part_belongs_to_its_statement(vault: Vault) -> None:
    """A sealed part moved to another statement does not open."""
    person = vault.pseudonym("insurance_card", "P-0001")
    key = vault.data_key(person, vault.new_person(person, chance("keys")))
    sealed = vault.seal(key, b"secret", LEAF, chance("nonces"))

    with pytest.raises(NotVerified) as caught:
        vault.open(key, sealed, bytes(32))
    assert caught.value.code == "confidential-altered"


@given(st.integers(0, 8 * 66 - 1))
def test_any_flipped_bit_of_a_sealed_part_is_seen(bit: int) -> None:
    """Not one bit of a sealed part can be changed unseen."""
    vault = Vault(bytes(32))
    person = vault.pseudonym("passport", "P-0002")
    key = vault.data_key(person, vault.new_person(person, chance("keys")))
    sealed = bytearray(vault.seal(key, b"s" * 38, LEAF, chance("nonces")))
    sealed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(NotVerified):
        vault.open(key, bytes(sealed), LEAF)


def test_a_wrapped_key_is_its_persons_alone(vault: Vault) -> None:
    """One person's wrapped key in another person's row does not unwrap, nor under another master key."""
    one, other = vault.pseudonym("passport", "P-0001"), vault.pseudonym("passport", "P-0002")
    wrapped = vault.new_person(one, chance("keys"))

    for holder, person in ((vault, other), (Vault(bytes(31) + b"\1"), one)):
        with pytest.raises(NotVerified) as caught:
            holder.data_key(person, wrapped)
        assert caught.value.code == "person-key-altered"


def test_too_short_ciphertexts_are_refused(vault: Vault) -> None:
    """Truncated rows are an altered row, not a crash."""
    for length in range(28):
        with pytest.raises(NotVerified):
            vault.data_key(bytes(16), bytes(length))


def test_pseudonyms(vault: Vault) -> None:
    """The same document gives the same pseudonym; type and number cannot trade characters."""
    assert vault.pseudonym("passport", "1") == vault.pseudonym("passport", "1")
    assert vault.pseudonym("a", "bc") != vault.pseudonym("ab", "c")
    assert Vault(bytes(31) + b"\1").pseudonym("passport", "1") != vault.pseudonym("passport", "1")
    assert len(vault.pseudonym("passport", "1")) == 16


def test_a_vault_does_not_print_its_keys() -> None:
    """Neither repr nor str of a vault shows a byte of a key."""
    assert repr(Vault(b"\x41" * 32)) == "Vault()"


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_master_key_has_32_bytes(length: int) -> None:
    """A key of another length is refused."""
    with pytest.raises(Misuse) as caught:
        Vault(bytes(length))
    assert caught.value.code == "master-key-malformed"
