"""Witnesses, and logs that ask them, which send a byte now and then: nobody is held for longer than a deadline."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ledger.cosign import Cosigner, load_policy
from ledger.home import read_cosigned
from ledger.web import Web
from ledger.witness import service
from tests.kit import World
from tests.watch.machine import drip, machine
from tests.watch.offices import Office, write_policy


def test_an_office_that_drips_delays_nobody(world: World, offices: list[Office]) -> None:
    """What two of three vouch for is kept while the third still sends a byte now and then; he is left in time."""
    with machine(drip) as url:
        offices[0].url = url
        write_policy(world, offices)
        with Web(seconds=4, wait=lambda _: None, attempts=1) as web, ThreadPoolExecutor(1) as threads:
            asking = Cosigner(world.settings, world.ledger.database, world.trust, load_policy(world.settings), web)
            began = time.monotonic()
            round_ = threads.submit(asking.round)
            while read_cosigned(world.settings) is None and not round_.done():
                time.sleep(0.01)
            assert not round_.done()
            done = round_.result()
            assert time.monotonic() - began < 8
    assert done.met
    assert [each.problem and each.problem.code for each in done.asked] == ["remote-unavailable", None, None]


@pytest.mark.parametrize("sent", [b"POST ", b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 9000\r\n\r\n"])
def test_a_log_that_drips_is_left(sent: bytes, offices: list[Office], monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then, in the line or in the body: one deadline for the request, and its thread is free."""
    monkeypatch.setattr(service, "WITNESS_REQUEST_SECONDS_MAX", 1)
    with called(offices[0]) as log:
        log.sendall(sent)
        began = time.monotonic()
        with suppress(OSError):
            while not ended(log) and time.monotonic() - began < 5:
                log.sendall(b"a")
    assert 0.9 < time.monotonic() - began < 4


def test_further_requests_have_their_own_time(offices: list[Office], monkeypatch: pytest.MonkeyPatch) -> None:
    """On one connection, each request has the whole time; idle for longer, it ends."""
    monkeypatch.setattr(service, "WITNESS_REQUEST_SECONDS_MAX", 1)
    with called(offices[0]) as log:
        for _ in range(3):
            time.sleep(0.6)
            log.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert b" 404 " in answered(log)
        log.settimeout(5)
        assert log.recv(1) == b""


def test_who_waits_gets_a_turn(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All threads are taken by those who ask again and again: each is sent away after its answer, and others come."""
    monkeypatch.setattr(service, "WITNESS_CONNECTIONS_MAX", 1)
    office = Office(tmp_path / "small", 7, [world.trust.vkey])
    with called(office) as greedy:
        greedy.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert b"Connection: close" in answered(greedy)
        assert office.ask(b"", "GET")[0] == 405
    office.close()


@contextmanager
def called(office: Office) -> Iterator[socket.socket]:
    """A connection to an office."""
    host, _, port = office.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        yield connection


def answered(connection: socket.socket) -> bytes:
    """Read one answer."""
    with connection.makefile("rb") as file:
        lines = list(iter(file.readline, b"\r\n"))
        length = next(line.split()[1] for line in lines if line.startswith(b"Content-Length"))
        return b"".join([*lines, file.read(int(length))])


def ended(connection: socket.socket) -> bool:
    """Wait a tenth of a second; say whether the other side ended it."""
    connection.settimeout(0.1)
    try:
        return connection.recv(65_536) == b""
    except TimeoutError:
        return False
