"""Offices that run witnesses, and the ledger's keeper who asks them."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.cosign import Cosigner, load_policy
from ledger.home import read_checkpoint
from ledger.log.note import VerifierKey
from ledger.web import Web
from ledger.witness.service import WitnessServer
from ledger.witness.state import Witness
from tests.kit import World
from tests.log.attacks import private_key

__all__ = ["TIME", "Office", "cosigner", "grow", "head", "write_policy"]

TIME = 1_800_000_000


class Office:
    """An office that runs a witness.

    Attributes:
        url, vkey: what it tells the ledger's keeper.
        folder: its state.
        answers: the statuses that it gave.
    """

    def __init__(self, folder: Path, number: int, logs: list[VerifierKey]) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.answers: list[int] = []
        self.witness = Witness(f"office.example/{number}", private_key(100 + number), logs, folder, lambda: TIME)
        self.vkey = self.witness.vkey
        self.server = WitnessServer(self.witness, ("127.0.0.1", 0), lambda each: self.answers.append(each.status))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Close the office."""
        self.server.shutdown()
        self.server.server_close()

    def ask(self, body: bytes, method: str = "POST", path: str = "/add-checkpoint") -> tuple[int, str, bytes]:
        """Send bytes; return status, media type and content."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        connection.request(method, path, body)
        answer = connection.getresponse()
        found = answer.status, answer.headers["Content-Type"], answer.read()
        connection.close()
        return found


def write_policy(world: World, offices: list[Office], quorum: str = "2") -> None:
    """Write the ledger's policy file."""
    lines = [f"witness W{n} {each.vkey} {each.url}/" for n, each in enumerate(offices)]
    names = " ".join(f"W{n}" for n in range(len(offices)))
    world.settings.witness_policy_file.write_text("\n".join([*lines, f"group all {quorum} {names}", "quorum all", ""]))


@contextmanager
def cosigner(world: World) -> Iterator[Cosigner]:
    """The ledger's side, which does not wait long."""
    with Web(seconds=20, wait=lambda _: None) as web:
        yield Cosigner(world.settings, world.ledger.database, world.trust, load_policy(world.settings), web)


def grow(world: World, count: int = 3) -> None:
    """Record something."""
    world.record(*(world.commission(world.packs(1)) for _ in range(count)))


def head(world: World) -> bytes:
    """Return the ledger's newest checkpoint."""
    note = read_checkpoint(world.settings)
    assert note is not None
    return note
