"""Rates: buckets fill again, are shared by the processes of a server, and outlive none of its faults."""

from __future__ import annotations

import errno
import os
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import httpx
import pytest

from api.metrics import SHARED_FOLDER_VARIABLE
from api.rates import Buckets, Rates, open_buckets
from ledger.errors import Unavailable
from ledger.identity.access import PUBLIC, Caller
from ledger.limits import RATE_BURST_SECONDS_MAX
from tests.api.serving import serving
from tests.kit import World

SECOND = 1_000_000_000
SHOP = Caller(name="a", roles=frozenset({"dispenser"}))
OTHER = Caller(name="b", roles=frozenset({"dispenser"}))


def granted(rates: Rates, caller: Caller = SHOP, address: str = "", tries: int = 1_000) -> int:
    """Return how many of so many requests are let through."""
    count = 0
    for _ in range(tries):
        with suppress(Unavailable):
            rates.take(caller, address)
            count += 1
    return count


def test_buckets_fill_again() -> None:
    """With time, by the rate, up to the burst; each caller, each address and each count has its own."""
    now = [SECOND]
    buckets = Buckets(os.urandom)
    rates = Rates("requests", buckets, 10, 3, lambda: now[0])
    assert granted(rates) == 50
    assert granted(rates, OTHER) == 50
    assert granted(rates, PUBLIC, "192.0.2.1") == granted(rates, PUBLIC, "192.0.2.2") == 15
    assert granted(Rates("checks", buckets, 10, 3, lambda: now[0])) == 50
    now[0] += SECOND
    assert granted(rates) == 10
    now[0] += 1_000 * SECOND
    assert granted(rates) == 50
    assert granted(Rates("nothing", buckets, 0, 0, lambda: now[0])) == 0


def test_a_clock_that_began_anew_locks_nobody_out(tmp_path: Path) -> None:
    """A file that outlived its machine's start holds moments of another clock: they count for nothing."""
    before = Buckets(os.urandom, tmp_path / "rates")
    assert granted(Rates("requests", before, 10, 1, lambda: 10**15)) == 50
    before.close()
    after = Buckets(os.urandom, tmp_path / "rates")
    assert granted(Rates("requests", after, 10, 1, lambda: SECOND)) == 50
    after.close()


def test_nobody_stands_in_the_file(tmp_path: Path) -> None:
    """Neither an address nor its hash under no key: the same address lies elsewhere in another server's file."""
    files = []
    for name in ("a", "b"):
        buckets = Buckets(os.urandom, tmp_path / name)
        Rates("requests", buckets, 10, 1, lambda: SECOND).take(PUBLIC, "192.0.2.1")
        buckets.close()
        files.append((tmp_path / name).read_bytes()[16:])
    assert b"192.0.2.1" not in files[0]
    assert files[0] != files[1]
    assert sorted(files[0]) == sorted(files[1])


def _greedy(path: str, start: float) -> int:
    rates = Rates("requests", Buckets(os.urandom, Path(path)), 10_000, 1, lambda: SECOND)
    while time.monotonic() < start:
        pass
    return granted(rates, tries=30_000)


def test_the_room_for_buckets_is_taken_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with holes would be made on a full disk as well, and the first request end the process (SIGBUS)."""
    monkeypatch.setenv(SHARED_FOLDER_VARIABLE, str(tmp_path))
    open_buckets(os.urandom).close()
    file = (tmp_path / "rates").stat()
    assert 512 * file.st_blocks >= file.st_size > 0
    (tmp_path / "rates").unlink()

    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(Unavailable, match="server-fault"):
        open_buckets(os.urandom)


def test_processes_share_a_bucket(tmp_path: Path) -> None:
    """At one moment, two processes together are given what the rate allows one caller: not one more, not one less."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        list(processes.map(os.path.exists, ["/"] * 2))  # both are there
        start = time.monotonic() + 1
        counts = list(processes.map(_greedy, [str(tmp_path / "rates")] * 2, [start] * 2))
    assert sum(counts) == 10_000 * RATE_BURST_SECONDS_MAX


@pytest.mark.parametrize("count", ["1", "2"])
def test_more_processes_grant_no_more(tmp_path: Path, sqlite_url: str, count: str) -> None:
    """Whoever comes over many connections, and so to every process, is let through as often as by one process."""
    with (
        World(tmp_path / "home", sqlite_url) as world,
        serving(world, tmp_path, serve_processes=count, rate_per_second="1") as server,
    ):
        headers = {"Authorization": f"Bearer {server.key}"}
        began = time.monotonic()
        answers = [httpx.get(f"{server.url}/healthz", headers=headers, timeout=30).status_code for _ in range(60)]
        seconds = time.monotonic() - began
        asked = [line for line in server.lines() if line["event"] == "request" and line["caller"]]
    assert set(answers) == {200, 429}
    assert RATE_BURST_SECONDS_MAX <= answers.count(200) <= RATE_BURST_SECONDS_MAX + seconds + 1
    assert len({line["process"] for line in asked}) == int(count)
