"""A ledger that shows its log over HTTP, honestly or not: real tiles of a real store, and lies on top.

    with Site(shown(world)) as site:
        site.lies["/tile/0/000"] = lambda reply: reply._replace(content=flip(reply.content))
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self

from ledger.home import read_checkpoint
from ledger.log.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from ledger.log.keys import PrivateKey
from ledger.log.merkle import HASH_BYTES, leaf_hash
from ledger.log.note import parse_note
from ledger.log.tiles import parse_tile_path, print_bundle, width_at
from ledger.log.tree import Tree
from ledger.store.log import scan_entries, tile_reader
from tests.kit import World

__all__ = ["Made", "Reply", "Show", "Site", "shown"]


class Reply(NamedTuple):
    """What is answered: `seconds` between two bytes; `length` is what the header says, when it lies."""

    content: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None
    seconds: float = 0.0


Show = Callable[[str], Reply | None]
"""Returns what stands at a path, None when nothing does."""

Lie = Callable[[Reply], Reply | None]


def shown(world: World, size: int | None = None) -> Show:
    """Return the real log of a world, as it stands now, or as it stood at an earlier size."""
    note = read_checkpoint(world.settings)
    assert note is not None
    head = parse_checkpoint(parse_note(note).text)
    database = world.ledger.database
    if size is not None:
        with database.read() as connection:
            tree = Tree.load(size, tile_reader(connection))
        head = Checkpoint(head.origin, size, tree.root())
        note = sign_checkpoint(head, world.signing_key)

    def show(path: str) -> Reply | None:
        if path == "/checkpoint":
            return Reply(note)
        named = parse_tile_path(path.removeprefix("/"))
        if named.width > width_at(head.size, named.level or 0, named.number):
            return None
        with database.read() as connection:
            if named.level is not None:
                hashes = tile_reader(connection)(named.level, named.number)
                return Reply(hashes[: named.width * HASH_BYTES])
            first = named.number * 256
            rows = scan_entries(database, connection, first, first + named.width)
            return Reply(print_bundle([bytes(row[4]) for row in rows]))

    return show


class Made:
    """A log made of these entries, without a ledger: for sizes that no test records, and for forks."""

    def __init__(self, origin: str, key: PrivateKey, entries: list[bytes]) -> None:
        self.origin, self.key, self.entries = origin, key, entries
        self._tiles: dict[tuple[int, int], bytes] = {}
        tree = Tree()
        known: dict[bytes, bytes] = {}
        tree.extend(known.get(entry) or known.setdefault(entry, leaf_hash(entry)) for entry in entries)
        self._tiles = {(tile.level, tile.number): tile.hashes for tile in tree.take_tiles()}
        self.note = sign_checkpoint(Checkpoint(origin, tree.size, tree.root()), key)

    def __call__(self, path: str) -> Reply | None:
        if path == "/checkpoint":
            return Reply(self.note)
        named = parse_tile_path(path.removeprefix("/"))
        if named.width > width_at(len(self.entries), named.level or 0, named.number):
            return None
        if named.level is not None:
            return Reply(self._tiles[named.level, named.number][: named.width * HASH_BYTES])
        return Reply(print_bundle(self.entries[named.number * 256 :][: named.width]))


class Site:
    """Serves what is shown, while the block runs.

    Attributes:
        show: what is served; may be replaced at any time.
        lies: what becomes of the reply at a path.
        asked: every path that was asked for, in order.
    """

    def __init__(self, show: Show) -> None:
        self.show = show
        self.lies: dict[str, Lie] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append(self.path)
                reply = site.reply(self.path)
                self.send_response(reply.status)
                length = len(reply.content) if reply.length is None else reply.length
                self.send_header("Content-Length", str(length))
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.end_headers()
                if not reply.seconds:
                    self.wfile.write(reply.content)
                for byte in reply.content if reply.seconds else b"":
                    self.wfile.write(bytes((byte,)))
                    self.wfile.flush()
                    time.sleep(reply.seconds)
                self.close_connection = length != len(reply.content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Whoever hangs up is not our concern."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def reply(self, path: str) -> Reply:
        """Return the true reply at a path, or the lie."""
        try:
            true = self.show(path) or Reply(b"", 404)
        except Exception as error:  # a path that is none; whatever it is, the client sees a status
            return Reply(str(error).encode(), 400)
        return self.lies.get(path, lambda reply: reply)(true) or Reply(b"", 404)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
