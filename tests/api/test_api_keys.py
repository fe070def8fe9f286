"""API keys from the command line: given for a party's own roles, shown once, ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ledger.access import caller_of
from ledger.cli.line import app
from ledger.identity.credential import code_digest, make_api_key, make_code, read_api_key
from ledger.store.access import find_api_keys
from tests.kit import World, chance


@pytest.fixture
def world(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a world whose ledger the command line works on."""
    monkeypatch.setenv("PACKLEDGER_DATABASE_URL", database_url)
    with World(tmp_path / "home", database_url) as world:
        yield world


def command(world: World, *arguments: str) -> Result:
    """Run a command on a world's ledger."""
    return CliRunner().invoke(app(), [*arguments, "--home", str(world.settings.home), "--json"])


def test_a_key_is_given_listed_and_ended(world: World) -> None:
    """What is shown opens the door, what is kept does not; a revoked key is nobody's."""
    party = world.pharmacy.party
    made = command(world, "api-key", "add", party, "--role", "dispenser", "--label", "till 3")
    assert made.exit_code == 0, made.output
    secret = json.loads(made.stdout)["apiKey"]
    taken = read_api_key(secret)
    assert taken is not None

    listed = command(world, "api-key", "list")
    row = json.loads(listed.stdout)
    assert (row["id"], row["party"], row["roles"], row["label"]) == (taken.id, party, ["dispenser"], "till 3")
    assert secret not in listed.stdout
    with world.ledger.database.read() as connection:
        whose = find_api_keys(connection, [taken.id])[taken.id]
    assert taken.is_kept_as(whose.key.digest)
    assert secret.encode() not in whose.key.digest
    caller = caller_of(whose, whose.key.made)
    assert caller is not None
    assert (caller.roles, caller.name) == ({"dispenser"}, taken.id)
    assert caller_of(whose, whose.key.expires) is None

    assert command(world, "api-key", "revoke", taken.id).exit_code == 0
    with world.ledger.database.read() as connection:
        whose = find_api_keys(connection, [taken.id])[taken.id]
    assert whose.key.revoked is not None
    assert caller_of(whose, whose.key.revoked) is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["https://nobody.example/", "--role", "dispenser", "--label", "x"], "party-unknown"),
        (["https://pharmacy.example/", "--role", "operator", "--label", "x"], "role-not-held"),
        (["https://pharmacy.example/", "--role", "dispenser", "--label", "x" * 201], "label-too-long"),
        (
            ["https://pharmacy.example/", "--role", "dispenser", "--action", "metrics.read", "--label", "x"],
            "action-unknown",
        ),
        (["https://pharmacy.example/", "--role", "dispenser", "--action", "fly", "--label", "x"], "action-unknown"),
    ],
)
def test_keys_that_are_not_given(world: World, arguments: list[str], code: str) -> None:
    """Not to strangers, not for roles that the party lacks, not beyond what a role grants."""
    done = command(world, "api-key", "add", *arguments)
    assert done.exit_code == 1
    assert json.loads(done.stderr)["code"] == code


def test_an_unknown_key_cannot_be_ended(world: World) -> None:
    """The command says so."""
    done = command(world, "api-key", "revoke", "0" * 16)
    assert json.loads(done.stderr)["code"] == "api-key-unknown"


def test_secrets_have_their_forms() -> None:
    """An API key reads back, and nothing else does; a code is the same however it is typed."""
    secret = make_api_key(chance("k"))
    taken = read_api_key(secret)
    assert taken is not None
    assert secret.startswith(f"plk_{taken.id}_")
    for wrong in ("", secret[:-1], secret + "0", secret.upper(), f" {secret}", secret + "\n"):
        assert read_api_key(wrong) is None
    code = make_code(chance("c"))
    assert len(code) == 29
    assert code_digest(code) == code_digest(f" {code.lower().replace('-', '')}\n")
    assert code_digest(code) != code_digest(code[:-1])
