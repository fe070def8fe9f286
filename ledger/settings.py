"""Settings: one source, the environment or a file.

A setting `database_url` is read from the environment as `PACKLEDGER_DATABASE_URL`, else from the file
`packledger.toml` in the ledger's home, else it has its default. The home itself comes from `--home` or
`PACKLEDGER_HOME`. Names that nobody knows are refused, so that a typo does not pass for a default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec

from ledger.durable import read_kept
from ledger.errors import FormatError, Misuse
from ledger.limits import (
    DECIMAL_DIGITS_MAX,
    RULES_MEMORY_MIB_MIN,
    RULES_THREADS_MAX,
    SERVE_PROCESSES_MAX,
    SETTINGS_FILE_BYTES_MAX,
)

__all__ = ["HOME_VARIABLE", "SETTINGS_FILE", "Settings", "load_settings"]

SETTINGS_FILE: Final = "packledger.toml"
HOME_VARIABLE: Final = "PACKLEDGER_HOME"
_PREFIX: Final = "PACKLEDGER_"
_NOT_SETTINGS: Final = (HOME_VARIABLE, "PACKLEDGER_LANGUAGE", "PACKLEDGER_STATION")
_NOT_OURS: Final = ("PACKLEDGER_TEST_", "PACKLEDGER_BENCH_")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one ledger lives.

    Attributes:
        home: folder of the ledger: keys, the checkpoint kept outside the database, the settings file.
            Danger: two ledgers that run from copies of one home sign two histories in one name.
        database_url: `sqlite:///FILE` or `postgresql://USER@HOST/NAME`; by default a file in the home.
            Danger: it may hold a password; whoever can write there can destroy, though not forge.
        door_database_url: the same PostgreSQL, as a role that owns nothing (`packledger door-role`): offices are read
            for through it, row by row as its policies say; empty for one fence instead of two.
            Danger: it may hold a password; left empty, one forgotten question in the program shows others' cases.
        signing_key_file: the ledger's private key (PKCS #8, PEM); readable by its owner only.
            Danger: whoever has it can sign another history; without it, this one cannot go on.
        master_key_file: the key that wraps persons' data keys (32 bytes, hex); readable by its owner only.
            Danger: with it and the database, all personal data can be read; without it, none, and nothing recorded.
        gateway_key_file: the gateway makes its keys of it, for parties that do not sign (32 bytes, hex); owner only.
            Danger: whoever has it can sign events in those parties' names; then change it, and revoke the keys.
        checkpoint_file: the last signed tree head, kept outside the database; best on another disk.
            Danger: restored together with the database, it cannot tell that the log went back in time.
        witness_policy_file: whose cosignatures `cosign` asks for, and how many are enough (C2SP tlog-policy).
            Danger: witnesses that the ledger's operator runs witness nothing.
        cosigned_file: the newest tree head that enough witnesses cosigned.
            Danger: none; it can be asked for again, and nobody believes it for standing there.
        lake_folder: where the lake is that offices ask through the HTTP interface.
            Danger: none for the ledger; what is asked is as old as that lake.
        national_names_file: whom the numbers in national forms stand for: JSON, URIs of parties and sites by number.
            Danger: a number that leads to the wrong party sends packs there, in the sender's name.
        rules_memory_mib: how much memory the rules may take, in MiB, before they use temporary files.
            Danger: more than the machine has, and the system stops the program in the middle of a run.
        rules_threads: on how many processors the rules run; 0 is all of them.
            Danger: none is left for recording while the rules run.
        host: the address at which `packledger serve` listens; by default this machine alone can reach it.
            Danger: it speaks plain HTTP; before the world stands something that speaks TLS.
        port: the TCP port at which it listens.
            Danger: below 1024 it must be started by root, and then runs as root.
        serve_processes: how many processes answer requests; they take turns at writing.
            Danger: each holds some two hundred MiB, and more than there are processors only wait for each other.
        shutdown_seconds: how long a server that was told to end waits for requests that it has begun.
            Danger: what takes longer is cut off; its sender hands the same in again.
        trusted_proxies: addresses or networks, with commas, of proxies whose word counts on who is calling; empty for
            none.
            Danger: whoever calls from such an address can pretend any other, and pass the rate limits.
        rate_per_second: how many requests one API key or token may make a second of one server, in all its processes.
            Danger: too low turns stations away at rush hour; they hand in later what they keep meanwhile.
        public_rate_per_second: how many one address may make a second without a key, likewise.
            Danger: a whole hospital may stand behind one address.
        webhook_private_hosts: hosts, with commas, to which answers may be sent by http and in a private network.
            Danger: whoever may subscribe can make this machine send requests there.
        checks_recorded_per_second: how many checks by patients one server enters in the log a second; 0 for none.
            Danger: each is a kilobyte for ever, and anybody may check; beyond it, checks are answered all the same.
        oidc_issuer: whose sign-on tokens (OpenID Connect) are believed, as their `iss` says; empty for nobody's.
            Danger: that service can name anybody a member of any registered party.
        oidc_audience: what their `aud` must say, so that tokens meant for others do not count here.
            Danger: shared with another program, its tokens open this door too.
        oidc_keys: the service's public keys: an `https://` address of a JWK set (`http://` for this machine alone), or
            a file in the home.
            Danger: whoever can change what stands there can sign tokens.
        trace_endpoint: where traces of requests are sent (OTLP over HTTP, the extra `trace`), such as
            `http://127.0.0.1:4318/v1/traces`; empty for nowhere.
            Danger: whoever reads there learns which doors are asked and when; no code, and nobody's name.
    """

    home: Path
    database_url: str
    door_database_url: str
    signing_key_file: Path
    master_key_file: Path
    gateway_key_file: Path
    checkpoint_file: Path
    witness_policy_file: Path
    cosigned_file: Path
    lake_folder: Path
    national_names_file: Path
    rules_memory_mib: int
    rules_threads: int
    host: str
    port: int
    serve_processes: int
    shutdown_seconds: int
    trusted_proxies: str
    rate_per_second: int
    public_rate_per_second: int
    webhook_private_hosts: str
    checks_recorded_per_second: int
    oidc_issuer: str
    oidc_audience: str
    oidc_keys: str
    trace_endpoint: str


_DEFAULTS: Final = {
    "door_database_url": "",
    "signing_key_file": "ledger.key",
    "master_key_file": "master.key",
    "gateway_key_file": "gateway.key",
    "checkpoint_file": "checkpoint",
    "witness_policy_file": "witnesses",
    "cosigned_file": "checkpoint.cosigned",
    "lake_folder": "lake",
    "national_names_file": "national-names.json",
    "rules_memory_mib": "4096",
    "rules_threads": "0",
    "host": "127.0.0.1",
    "port": "8080",
    "serve_processes": "1",
    "shutdown_seconds": "30",
    "trusted_proxies": "",
    "rate_per_second": "200",
    "public_rate_per_second": "20",
    "webhook_private_hosts": "",
    "checks_recorded_per_second": "20",
    "oidc_issuer": "",
    "oidc_audience": "packledger",
    "oidc_keys": "oidc-keys.json",
    "trace_endpoint": "",
}
_FILES: Final = (
    "signing_key_file", "master_key_file", "gateway_key_file", "checkpoint_file", "witness_policy_file",
    "cosigned_file", "lake_folder", "national_names_file",
)  # fmt: skip
_ANY: Final = 10**DECIMAL_DIGITS_MAX - 1
_RANGES: Final = {
    "rules_memory_mib": (RULES_MEMORY_MIB_MIN, _ANY),
    "rules_threads": (0, RULES_THREADS_MAX),
    "port": (1, 65_535),
    "serve_processes": (1, SERVE_PROCESSES_MAX),
}


def load_settings(home: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of the ledger in `home`.

    Raises:
        Misuse: `settings-malformed` for a file that is not TOML, an unknown name, a wrong value.
    """
    home = home.absolute()
    given = {"database_url": f"sqlite:///{home / 'ledger.db'}", **_DEFAULTS}
    try:
        written = tomllib.loads((read_kept(home / SETTINGS_FILE, SETTINGS_FILE_BYTES_MAX) or b"").decode())
    except FormatError as error:
        raise Misuse("settings-malformed", error.detail) from None
    except (OSError, ValueError, RecursionError) as error:
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
    values: dict[str, Any] = {"home": home, **given}
    values |= {name: home / given[name] for name in _FILES}
    numbers = [name for name, kind in get_type_hints(Settings).items() if kind is int]
    values |= {name: _number(name, given[name]) for name in numbers}
    _require_networks("trusted_proxies", given["trusted_proxies"])
    return Settings(**values)


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= DECIMAL_DIGITS_MAX):
        raise Misuse("settings-malformed", f"{name} is a whole number, written as a text")
    least, most = _RANGES.get(name, (0, _ANY))
    if not least <= int(text) <= most:
        raise Misuse("settings-malformed", f"{name} is at least {least}" + (f", at most {most}" if most < _ANY else ""))
    return int(text)


def _require_networks(name: str, text: str) -> None:
    """Refuse a name where an address should stand: nobody would be trusted, and all callers would share one rate."""
    for each in filter(None, map(str.strip, text.split(","))):
        try:
            ip_network(each)
        except ValueError:
            raise Misuse("settings-malformed", f"{name}: {each} is neither an address nor a network") from None
