"""Officers are appointed and the door's role is let in on the command line."""

from __future__ import annotations

import secrets
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from ledger.cli.line import app
from ledger.store.database import Database
from ledger.store.fence import require_fenced
from tests.kit import World


def said(*arguments: str) -> tuple[int, str]:
    """Run a command; return its exit code, and all that it said."""
    done = CliRunner().invoke(app(arguments[0]), [*arguments, "--json"])
    return done.exit_code, done.output


def test_a_role_of_postgresql_is_let_in(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It then reads what the policies show it; one that is not there, or has a name to break out with, is refused."""
    monkeypatch.setenv("PACKLEDGER_DATABASE_URL", postgres_url)
    name = f"door :x %s {secrets.token_hex(4)}"  # a name that must be quoted
    address = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with World(tmp_path / "home", postgres_url), psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE ROLE "{name}" LOGIN'.encode())
        try:
            assert said("door-role", name, "--home", str(tmp_path / "home"))[0] == 0
            own = Database(make_url(postgres_url).set(username=name).render_as_string(hide_password=False))
            require_fenced(own)
            own.close()
            for wrong in ("nobody", "x; DROP TABLE pack", ""):
                code, output = said("door-role", wrong, "--home", str(tmp_path / "home"))
                assert code != 0
                assert "role-unknown" in output
        finally:
            connection.execute(f'DROP OWNED BY "{name}"'.encode())
            connection.execute(f'DROP ROLE "{name}"'.encode())


def test_what_cannot_be_is_told(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second fence on SQLite; an officer of no office, of no station, of another's role."""
    monkeypatch.setenv("PACKLEDGER_DATABASE_URL", sqlite_url)
    home = str(tmp_path / "home")
    with World(tmp_path / "home", sqlite_url) as world:
        for code, arguments in (
            ("fence-open", ["door-role", "door"]),
            ("role-not-held", ["officer", "add", world.pharmacy.station, "--role", "dispenser", "--label", "x"]),
            ("role-not-held", ["officer", "add", world.police.station, "--role", "tax", "--label", "x"]),
            ("station-unknown", ["officer", "add", "https://nobody.example/", "--role", "police", "--label", "x"]),
        ):
            ended, output = said(*arguments, "--home", home)
            assert ended != 0
            assert code in output
