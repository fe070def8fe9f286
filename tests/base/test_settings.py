"""Settings: one source, no surprises."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import Misuse
from ledger.settings import SETTINGS_FILE, load_settings


def test_defaults_lie_in_the_home(tmp_path: Path) -> None:
    """Without a file and without an environment, everything is in the home."""
    settings = load_settings(tmp_path, {})

    assert settings.database_url == f"sqlite:///{tmp_path / 'ledger.db'}"
    assert settings.signing_key_file == tmp_path / "ledger.key"
    assert settings.master_key_file == tmp_path / "master.key"
    assert settings.checkpoint_file == tmp_path / "checkpoint"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A setting is taken from the environment, else from the file; paths are relative to the home."""
    (tmp_path / SETTINGS_FILE).write_text('database_url = "sqlite:///a"\ncheckpoint_file = "/elsewhere/head"\n')
    settings = load_settings(tmp_path, {"PACKLEDGER_DATABASE_URL": "sqlite:///b", "PATH": "/bin"})

    assert settings.database_url == "sqlite:///b"
    assert settings.checkpoint_file == Path("/elsewhere/head")


def test_variables_that_are_no_settings_are_left_alone(tmp_path: Path) -> None:
    """Home, language, and what tests and benchmarks use are not settings."""
    names = ("PACKLEDGER_HOME", "PACKLEDGER_LANGUAGE", "PACKLEDGER_TEST_DATABASE_URL", "PACKLEDGER_BENCH_POSTGRES_URL")
    load_settings(tmp_path, dict.fromkeys(names, "x"))


@pytest.mark.parametrize("name", ["PACKLEDGER_HOMES", "PACKLEDGER_DATABASE", "PACKLEDGER_", "PACKLEDGER_LANGUAGES"])
def test_a_variable_with_a_typo_is_refused(tmp_path: Path, name: str) -> None:
    """Names that nobody knows do not pass for a default."""
    with pytest.raises(Misuse) as caught:
        load_settings(tmp_path, {name: "x"})
    assert caught.value.code == "settings-malformed"


@pytest.mark.parametrize(
    "text", ["database_urls = 'x'", "home = '/'", "database_url = 5", "database_url", "\x00", "[database_url]\na = 1"]
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, text: str) -> None:
    """Typos, wrong types, and what is no TOML are refused."""
    (tmp_path / SETTINGS_FILE).write_text(text)
    with pytest.raises(Misuse) as caught:
        load_settings(tmp_path, {})
    assert caught.value.code == "settings-malformed"
