"""The server whose disk is full: whoever hands something in hears so and comes again; nobody else notices."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.api.erp import LD
from tests.api.serving import START_SECONDS, operator_key, patient, recorded, serving
from tests.crash.disks import MEANS_FOR_ALL, Means
from tests.crash.trouble import births
from tests.kit import Desk, World


@pytest.mark.parametrize("means", MEANS_FOR_ALL)
def test_a_full_disk_over_sockets(tmp_path: Path, postgres_server: str, means: Means) -> None:
    """Under load: a coded 503 or the first answer again, look-ups as ever; then it goes on by itself.

    Who repeats what is recorded waits as well when the disk filled up between a commit and its head.
    """
    with means(tmp_path / "home", postgres_server) as (world, full):
        (first,), submissions = births(world, 1), births(world, 240)
        shipped = json.loads(world.ship(world.packs(10)).body)
        heard, done = threading.Event(), threading.Semaphore(0)
        with serving(world, tmp_path) as server, ThreadPoolExecutor(4) as threads, httpx.Client(timeout=60) as client:
            before = server.submit(first, client)
            headers = {"Authorization": f"Bearer {server.key}"}
            stations = [
                threads.submit(patient, server, submissions[at::4], "store-full", heard, done) for at in range(4)
            ]
            for _ in range(20):
                assert done.acquire(timeout=60)
            with full():
                assert heard.wait(60)
                told = client.post(f"{server.url}/capture", json=shipped, headers={**headers, "Content-Type": LD})
                assert told.status_code == 202 or (told.status_code, told.json()["code"]) == (503, "store-full")
                assert client.get(f"{server.url}/healthz").status_code == 200
                assert client.get(f"{server.url}/readyz").status_code == 200
            places = [place for each in stations for place in each.result()]
            again = server.submit(first, client)
            assert (again["status"], again["index"]) == ("already-recorded", before["index"])
            if told.status_code == 503:
                told = client.post(f"{server.url}/capture", json=shipped, headers={**headers, "Content-Type": LD})
            until = time.monotonic() + START_SECONDS
            while (job := client.get(server.url + told.headers["location"], headers=headers).json())["running"]:
                assert time.monotonic() < until
                time.sleep(0.1)
            lines = server.lines()
        assert job["success"]
        assert recorded(world, [each for at in range(4) for each in submissions[at::4]]) == places
        assert not [line for line in lines if line["event"] == "alarm"]
        # psycopg warns when statements sent ahead fail behind the one that was heard of.
        assert {line["logger"] for line in lines if line["event"] == "library"} <= {"psycopg"}
        assert world.audit().fault is None


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_journal_without_room(tmp_path: Path, sqlite_url: str, processes: str) -> None:
    """A server whose journal cannot be written starts, records and ends as ever; it counts the lines that it lost."""
    with World(tmp_path / "home", sqlite_url) as world:
        key = operator_key(world, Desk("operator", "https://operator.example/", "", "", world.maker.key))
        with (
            serving(world, tmp_path, Path("/dev/full"), serve_processes=processes) as server,
            httpx.Client(timeout=60) as client,
        ):
            for each in births(world, 20):
                assert server.submit(each, client)["status"] == "recorded"
            counted = client.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {key}"}).text
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(60) in (0, -signal.SIGTERM)
        (lost,) = re.findall(r'packledger_alarms_total\{what="journal-lost"\} (\S+)', counted)
        assert float(lost) > 20
        assert world.audit().fault is None
