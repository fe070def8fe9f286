"""Settings: one source, the environment or a file.

A setting `database_url` is read from the environment as `PACKLEDGER_DATABASE_URL`, else from the file
`packledger.toml` in the ledger's home, else it has its default. The home itself comes from `--home` or
`PACKLEDGER_HOME`. Names that nobody knows are refused, so that a typo does not pass for a default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from ledger.errors import Misuse
from ledger.limits import DECIMAL_DIGITS_MAX

__all__ = ["HOME_VARIABLE", "SETTINGS_FILE", "Settings", "load_settings"]

SETTINGS_FILE: Final = "packledger.toml"
HOME_VARIABLE: Final = "PACKLEDGER_HOME"
_PREFIX: Final = "PACKLEDGER_"
_NOT_SETTINGS: Final = (HOME_VARIABLE, "PACKLEDGER_LANGUAGE")
_NOT_OURS: Final = ("PACKLEDGER_TEST_", "PACKLEDGER_BENCH_")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one ledger lives.

    Attributes:
        home: folder of the ledger: keys, the checkpoint kept outside the database, the settings file.
            Danger: two ledgers that run from copies of one home sign two histories in one name.
        database_url: `sqlite:///FILE` or `postgresql://USER@HOST/NAME`; by default a file in the home.
            Danger: it may hold a password; whoever can write there can destroy, though not forge.
        signing_key_file: the ledger's private key (PKCS #8, PEM); readable by its owner only.
            Danger: whoever has it can sign another history; without it, this one cannot go on.
        master_key_file: the key that wraps persons' data keys (32 bytes, hex); readable by its owner only.
            Danger: with it and the database, all personal data can be read; without it, none, and nothing recorded.
        checkpoint_file: the last signed tree head, kept outside the database; best on another disk.
            Danger: restored together with the database, it cannot tell that the log went back in time.
        witness_policy_file: whose cosignatures `cosign` asks for, and how many are enough (C2SP tlog-policy).
            Danger: witnesses that the ledger's operator runs witness nothing.
        cosigned_file: the newest tree head that enough witnesses cosigned.
            Danger: none; it can be asked for again, and nobody believes it for standing there.
        rules_memory_mib: how much memory the rules may take, in MiB, before they use temporary files.
            Danger: more than the machine has, and the system stops the program in the middle of a run.
        rules_threads: on how many processors the rules run; 0 is all of them.
            Danger: none is left for recording while the rules run.
    """

    home: Path
    database_url: str
    signing_key_file: Path
    master_key_file: Path
    checkpoint_file: Path
    witness_policy_file: Path
    cosigned_file: Path
    rules_memory_mib: int
    rules_threads: int


def load_settings(home: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of the ledger in `home`.

    Raises:
        Misuse: `settings-malformed` for a file that is not TOML, an unknown name or a value of wrong type.
    """
    home = home.absolute()
    given: dict[str, object] = {
        "database_url": f"sqlite:///{home / 'ledger.db'}",
        "signing_key_file": "ledger.key",
        "master_key_file": "master.key",
        "checkpoint_file": "checkpoint",
        "witness_policy_file": "witnesses",
        "cosigned_file": "checkpoint.cosigned",
        "rules_memory_mib": "4096",
        "rules_threads": "0",
    }
    try:
        written = tomllib.loads((home / SETTINGS_FILE).read_text("utf-8"))
    except FileNotFoundError:
        written = {}
    except (OSError, ValueError) as error:
        raise Misuse("settings-malformed", f"{SETTINGS_FILE}: {error}") from None
    for name, value in environment.items():
        if name.startswith(_PREFIX) and name not in _NOT_SETTINGS and not name.startswith(_NOT_OURS):
            written[name.removeprefix(_PREFIX).lower()] = value
    unknown = sorted(written.keys() - given.keys())
    if unknown:
        raise Misuse("settings-malformed", f"no setting is called {unknown[0]}")
    if not all(isinstance(value, str) for value in written.values()):
        raise Misuse("settings-malformed", "every setting is a text")
    given |= written
    return Settings(
        home=home,
        database_url=str(given["database_url"]),
        signing_key_file=home / str(given["signing_key_file"]),
        master_key_file=home / str(given["master_key_file"]),
        checkpoint_file=home / str(given["checkpoint_file"]),
        witness_policy_file=home / str(given["witness_policy_file"]),
        cosigned_file=home / str(given["cosigned_file"]),
        rules_memory_mib=_number("rules_memory_mib", str(given["rules_memory_mib"])),
        rules_threads=_number("rules_threads", str(given["rules_threads"])),
    )


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= DECIMAL_DIGITS_MAX):
        raise Misuse("settings-malformed", f"{name} is a whole number, written as a text")
    return int(text)
