"""A ledger behind a real socket, a line to it that can be cut, and a station that enrols over it.

    with Place(tmp_path) as place:
        station = place.enrol("one")                # a Counter with a courier's Client
        station.scan(pack, "receive")
        station.sync()

Time is the place's: it stands still but for `place.wait`. The line passes bytes on, unless `line.cut` says when to
stop: before the request reached the ledger, or before the answer came back.
"""

from __future__ import annotations

import json
import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn

from api.app import create_app
from api.journal import Journal
from ledger.client import Client
from ledger.enrolment import give_code
from ledger.log.keys import EDDSA, PrivateKey
from scanner.acts import MODES, Basket
from scanner.counter import Counter, Scan
from scanner.enrol import enrol
from scanner.home import Home
from scanner.outbox import Outbox
from scanner.overview import Overview, look
from scanner.sync import Report, synchronise
from tests.kit import World, chance

__all__ = ["Line", "Place", "Post"]


class Line:
    """A line between a station and its ledger: every connection is passed on, until it is cut.

    Attributes:
        port: where stations connect.
        answers_lost: this many answers are thrown away, each with its connection.
        down: new connections are refused, and those that there are end.
    """

    def __init__(self, target: int) -> None:
        self.answers_lost = 0
        self.down = False
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End it."""
        self._ended = self.down = True
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.down:
                near.close()
                continue
            threading.Thread(target=self._pass_on, args=(near,), daemon=True).start()

    def _pass_on(self, near: socket.socket) -> None:
        far = socket.create_connection(("127.0.0.1", self._target))
        with suppress(OSError), near, far, selectors.DefaultSelector() as both:  # either end may be killed
            both.register(near, selectors.EVENT_READ, far)
            both.register(far, selectors.EVENT_READ, near)
            while not self.down:
                for key, _ in both.select(0.05):
                    data = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                    if key.fileobj is far and data and self.answers_lost:
                        self.answers_lost -= 1
                        return
                    if not data:
                        return
                    key.data.sendall(data)


class Place:
    """A ledger that serves, with everybody of `tests.kit` enrolled, at the machine's own time.

    Attributes:
        world: the ledger and its trade.
        line: between the station and it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World(folder / "ledger", f"sqlite:///{folder / 'ledger.sqlite'}")
        self.world.now = int(time.time())
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self.world)
        journal = lambda clock, metrics: Journal(clock, metrics, lambda line: None)  # noqa: E731
        app = create_app(self.world.settings, self.world.clock, chance("place"), journal)
        listener = socket.create_server(("127.0.0.1", 0))
        options = uvicorn.Config(app, log_level="error", lifespan="on", access_log=False, ws="none")
        server = uvicorn.Server(options)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        self.line = Line(listener.getsockname()[1])

        def end() -> None:
            self.line.close()
            server.should_exit = True
            thread.join(30)
            listener.close()

        self._stack.callback(end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Address of the ledger, over the line."""
        return f"http://127.0.0.1:{self.line.port}"

    def code_for(self, name: str) -> str:
        """Register a further station of the pharmacy, and return a one-time code for it."""
        world = self.world
        key = PrivateKey.from_seed(EDDSA, sha256(name.encode()).digest())
        desk = world.pharmacy._replace(station=f"{world.pharmacy.site}/{name}", key=key)
        world.record(world.register(world.enrolment(desk, "dispenser")[2]))
        return give_code(
            world.ledger.database, desk.station, now=world.now, expires=world.now + 86_400, random=chance(name)
        )

    def enrol(self, name: str = "one", **changes: Any) -> Post:
        """Enrol a station of the pharmacy, and open it."""
        home = Home(self.folder / f"station-{name}")
        client = Client(self.url)
        given = {"vkey": self.world.trust.verifier_key, "site": "", "offset": "+08:00", "machine": ""} | changes
        try:
            enrol(home, client, self.url, self.code_for(name), random=chance(f"key {name}"), **given)
        finally:
            client.close()
        post = Post(home, self.world.clock)
        self._stack.callback(post.close)
        return post

    def stock(self, count: int) -> list[str]:
        """Make packs, and ship them to the pharmacy; return their URIs."""
        packs = self.world.packs(count)
        self.world.record(self.world.commission(packs), self.world.ship(packs))
        return packs

    def chain(self, codes: list[str]) -> list[str]:
        """Return the packs of the single-pack events in the log, in the log's order, as far as they are among these."""
        database = self.world.ledger.database
        with database.read() as connection:
            rows = connection.exec_driver_sql("SELECT body FROM entry ORDER BY log_index").fetchall()
        found = [json.loads(row[0]).get("epcList", []) for row in rows if row[0].startswith(b'{"@context"')]
        return [named[0] for named in found if len(named) == 1 and named[0] in set(codes)]


class Post:
    """A station at work, driven step by step."""

    def __init__(self, home: Home, clock: Callable[[], int]) -> None:
        self.home = home
        self.station = home.station("")
        key = home.key()
        assert key is not None
        self.outbox = Outbox(home.outbox)
        self.client = Client(self.station.ledger, self.station.api_key, seconds=5)
        self.counter = Counter(self.station, key, self.outbox, clock, chance(f"ids {home.folder}"))
        self.clock = clock

    def close(self) -> None:
        """End."""
        self.client.close()
        self.outbox.close()

    def scan(self, text: str, mode: str = "receive", **basket: str) -> Scan:
        """Scan something."""
        return self.counter.scan(text, MODES[mode], Basket(**basket), "keyboard")

    def sync(self) -> Report:
        """Sync once."""
        return synchronise(self.home, self.station, self.outbox, self.client, self.clock)

    def look(self) -> Overview:
        """Return how it stands."""
        return look(self.counter)
