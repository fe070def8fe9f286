"""Settings: one source, no surprises."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ledger.errors import Misuse, Unavailable
from ledger.home import (
    load_gateway_secret,
    load_master_key,
    load_signing_key,
    read_checkpoint,
    read_cosigned,
    write_checkpoint,
)
from ledger.importing import load_names
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
    "text",
    [
        "database_urls = 'x'", "home = '/'", "database_url = 5", "database_url", "\x00", "[database_url]\na = 1",
        "port = " + 9_999 * "[",
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, text: str) -> None:
    """Typos, wrong types, and what is no TOML are refused."""
    (tmp_path / SETTINGS_FILE).write_text(text)
    with pytest.raises(Misuse) as caught:
        load_settings(tmp_path, {})
    assert caught.value.code == "settings-malformed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"), ("PORT", "65536"), ("PORT", "８０８０"), ("SERVE_PROCESSES", "0"), ("SERVE_PROCESSES", "257"),
        ("RULES_THREADS", "257"), ("RULES_MEMORY_MIB", "0"), ("SHUTDOWN_SECONDS", "-1"), ("RATE_PER_SECOND", "nan"),
        ("TRUSTED_PROXIES", "proxy.example"), ("TRUSTED_PROXIES", "10.0.0.1 ::1"), ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ],
)  # fmt: skip
def test_a_value_that_no_machine_bears_or_nobody_means_is_refused(tmp_path: Path, name: str, value: str) -> None:
    """Each is told by its name before anything starts: a million processes, no memory, a proxy that is no address."""
    with pytest.raises(Misuse) as caught:
        load_settings(tmp_path, {f"PACKLEDGER_{name}": value})
    assert caught.value.code == "settings-malformed"
    assert name.lower() in caught.value.detail


def test_proxies_are_addresses_and_networks(tmp_path: Path) -> None:
    """As many as there are, with blanks between them or not."""
    text = "10.0.0.1, 192.168.0.0/16,::1"
    assert load_settings(tmp_path, {"PACKLEDGER_TRUSTED_PROXIES": text}).trusted_proxies == text


@pytest.mark.parametrize("kind", ["device", "pipe", "folder", "nowhere"])
def test_only_a_file_stands_in_a_files_place(tmp_path: Path, kind: str) -> None:
    """A device never ends, nobody may ever write to a pipe: settings, secrets, checkpoint, numbers are told at once.

    A link that leads nowhere, such as to a disk that is not there, is no file that was never made.
    """
    odd = tmp_path / "odd"
    _make_odd(odd, kind)
    (tmp_path / SETTINGS_FILE).symlink_to(odd)
    with pytest.raises(Misuse, match="settings-malformed"):
        load_settings(tmp_path, {})
    (tmp_path / SETTINGS_FILE).unlink()
    files = ("SIGNING_KEY", "MASTER_KEY", "GATEWAY_KEY", "CHECKPOINT", "COSIGNED", "NATIONAL_NAMES")
    settings = load_settings(tmp_path, {f"PACKLEDGER_{name}_FILE": str(odd) for name in files})
    for read in (load_signing_key, load_master_key, lambda of: load_gateway_secret(of, bytes)):
        with pytest.raises(Misuse, match="secret-missing"):
            read(settings)
    for keep in (read_checkpoint, read_cosigned):
        with pytest.raises(Unavailable, match="home-unreadable"):
            keep(settings)
    with pytest.raises(Unavailable, match="home-unreadable"):
        write_checkpoint(settings, 1, b"a\n1\n")
    with pytest.raises(Misuse, match="settings-malformed"):
        load_names(settings)


def _make_odd(path: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "no such file")
