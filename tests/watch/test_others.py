"""A monitor and a verifier that others wrote (tlog-scales) follow our log as it is served, and believe our witness."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Self

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from tlog_scales.backend import HttpBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint, InclusionProofInvalid

from ledger.access import give_api_key
from ledger.home import read_cosigned
from tests.api.serving import Server, serving
from tests.kit import World, desk
from tests.watch.offices import Office, cosigner, write_policy


class Seen:
    """What the monitor of others knows: the last head that it believed."""

    def __init__(self, url: str, vkey: str, key: str) -> None:
        self.backend = HttpBackend(url)
        self.backend.session.headers["Authorization"] = f"Bearer {key}"  # entries are for auditors
        self.reader = TilesReader(self.backend)
        self.vkey = Vkey.from_string(vkey)
        self.last: Checkpoint | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_given: object) -> None:
        self.backend.session.close()

    def follow(self) -> int:
        """Read the newest head and every entry below it, as their monitor does; return the size.

        Raises:
            Exception: whatever their program says when something does not hold.
        """
        head = self.reader.get_checkpoint()
        head.verify(self.vkey)
        if self.reader.calculate_root_hash() != head.root_hash:
            raise ValueError("the tiles lead to another root")
        if self.last is not None:
            proof = self.reader.get_consistency_proof(self.last.size, head.size)
            proof.check(self.last.root_hash, head.root_hash)
        for index in range(self.last.size if self.last else 0, head.size):
            entry = self.reader.get_entry(index)
            self.reader.get_inclusion_proof(index, head.size).check(leaf_hash(entry), head.root_hash)
        self.last = head
        return int(head.size)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A ledger of more than one tile."""
    with World(tmp_path / "home", f"sqlite:///{tmp_path / 'ledger.sqlite'}") as world:
        world.record(*(world.inspect(world.packs(1)) for _ in range(250)))
        yield world


def test_they_follow_our_log(world: World, tmp_path: Path) -> None:
    """Head, tiles and entries as they are served, then the same again after it has grown; and each lie is found."""
    vkey, auditor = world.trust.verifier_key, desk("auditor")
    world.record(*map(world.register, world.enrolment(auditor, "auditor")))
    key = give_api_key(
        world.ledger.database, auditor.party, roles=["auditor"], label="monitor", now=int(time.time()), expires=2**35,
        random=os.urandom,
    )  # fmt: skip
    with serving(world, tmp_path) as server, Seen(server.url, vkey, key) as seen:
        size = seen.follow()
        assert size > 256
        with httpx.Client() as client:
            assert server.submit(world.inspect(world.packs(1)), client)["status"] == "recorded"
        assert seen.follow() == size + 2
        for path, change, fault in (
            ("/tile/0/000", lambda content: content[:-1] + bytes([content[-1] ^ 1]), InclusionProofInvalid),
            ("/tile/1/000.p/1", lambda content: content[:-1] + bytes([content[-1] ^ 1]), ValueError),
            ("/tile/entries/000", lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:],
             InclusionProofInvalid),
            ("/checkpoint", lambda content: re.sub(rb"\n([0-9]+)\n", rb"\n1\g<1>\n", content, count=1),
             InvalidSignature),
        ):  # fmt: skip
            with between(server, path, change) as url, Seen(url, vkey, key) as lied_to, pytest.raises(fault):
                lied_to.follow()
        with between(server, "/nothing", bytes) as url, Seen(url, vkey, key) as told:
            assert told.follow() == size + 2


@contextmanager
def between(server: Server, path: str, change: object) -> Iterator[str]:
    """Stand between a reader and the ledger, and change what is answered under this path."""

    class Liar(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = httpx.get(server.url + self.path, headers={"Authorization": self.headers["Authorization"]})
            content = change(answer.content) if self.path == path else answer.content  # type: ignore[operator]
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_given: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Liar) as listening:
        thread = Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}"
        finally:
            listening.shutdown()
            thread.join()


def test_they_believe_our_witnesses(world: World, tmp_path: Path) -> None:
    """Cosignatures that our witnesses made are what their verifier takes for them; another witness's are not."""
    offices = [Office(tmp_path / f"office{number}", number, [world.trust.vkey]) for number in range(2)]
    try:
        write_policy(world, offices)
        with cosigner(world) as collecting:
            collecting.round()
        note = read_cosigned(world.settings)
        assert note is not None
        head = Checkpoint.from_text(note.decode())
        keys = [Vkey.from_string(str(office.vkey)) for office in offices]
        stranger = Vkey(keys[0].name, keys[0].key_id, keys[0].sig_type, keys[1].pubkey)
        assert VkeySet(stranger).verify(head.signatures, head) == set()
        valid = VkeySet(*keys).verify(head.signatures, head)
        assert {vkey.name for vkey, _ in valid} == {key.name for key in keys}
    finally:
        for office in offices:
            office.close()
