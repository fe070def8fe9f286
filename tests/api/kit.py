"""A ledger with its door open: a world as in `tests.kit`, and an application over the same ledger, in this process.

    with Door(tmp_path / "home", database_url) as door:
        answer = door.post("/v1/statements", door.lines(submission), key=door.keys["pharmacy"])

Requests run on an event loop that the door keeps; `at_once` sends several at the same moment.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from api.app import create_app
from api.journal import Journal
from api.tracing import Tracing, open_tracing
from ledger.access import give_api_key
from ledger.identity.registration import Station
from ledger.office.officers import Officers
from ledger.reconcile.findings.finding import Finding
from ledger.reconcile.findings.update import row_of
from ledger.reconcile.lake import update_lake
from ledger.settings import Settings
from ledger.store.findings import FindingRun, add_run, insert_events, insert_findings, keep_rule_text, last_run
from ledger.submission import Submission, UploadLine, print_line
from tests.kit import Desk, World, chance, desk

__all__ = ["JSON", "LINES", "ROLES", "Door", "problem"]

JSON = "application/json"
LINES = "application/jsonl"
ROLES = {
    "maker": "manufacturer", "distributor": "distributor", "pharmacy": "dispenser", "rival": "dispenser",
    "insurer": "insurer", "police": "police", "regulator": "medicine", "commerce": "commerce", "tax": "tax",
    "auditor": "auditor", "operator": "operator",
}  # fmt: skip
"""As which each party of the world asks."""
_BESIDE_THE_TRADE = ("commerce", "tax", "auditor", "operator")
_DAY = 86_400


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Require that an answer is this problem, in full form, and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["code"] == code, document
    assert document["type"] == f"urn:packledger:problem:{code}"
    assert document["status"] == status
    assert document["title"]
    assert document["advice"]
    return document


class Door:
    """An application over a world's ledger, which opens that ledger a second time as another process would.

    Attributes:
        world: the ledger and its trade.
        keys: an API key of each party, by name; of `commerce`, `tax`, `auditor` and `operator` too.
        journal: the lines written so far, taken apart.
        tracing: opens what requests are traced with.
    """

    def __init__(self, home: Path, database_url: str, **settings: Any) -> None:
        self.world = World(home, database_url)
        self.journal: list[dict[str, Any]] = []
        changes = {"rate_per_second": 10_000, "public_rate_per_second": 10_000} | settings
        self.settings = msgspec.structs.replace(self.world.settings, **changes)
        self.keys: dict[str, str] = {}
        self.tracing: Callable[[Settings, Journal], AbstractContextManager[Tracing | None]] = open_tracing
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()

    def __enter__(self) -> Self:
        self.world.__enter__()
        for name in _BESIDE_THE_TRADE:
            self.world.record(*map(self.world.register, self.world.enrolment(desk(name), ROLES[name])))
        for name, role in ROLES.items():
            self.keys[name] = self.give_key(desk(name), role)
        try:
            self.open()
        except BaseException:
            self._runner.close()
            self.world.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self._runner.close()
        self.world.__exit__(kind, error, trace)

    def give_key(self, holder: Desk, *roles: str, days: int = 30, actions: Sequence[str] = ()) -> str:
        """Return a fresh API key of a party."""
        now = self.world.now
        return give_api_key(
            self.world.ledger.database, holder.party, roles=roles, actions=actions, label=holder.name, now=now,
            expires=now + days * _DAY, random=chance(f"key of {holder.name} {roles} {actions} {days}"),
        )  # fmt: skip

    def officer(self, office: str, number: int = 1, role: str = "") -> str:
        """Return the API key of an officer, who acts as the `number`-th desk of an office, in its role."""
        of = desk(office)
        station = f"{of.party}desk/{number}"
        self.world.record(self.world.register(Station(uri=station, site=of.site)))
        officers: Officers = self.app.state.service.officers
        return officers.appoint(station, [role or ROLES[office]], f"desk {number}", self.world.now + 30 * _DAY).api_key

    def find(self, *findings: Finding) -> list[str]:
        """Let these findings be found, and return their ids."""
        database = self.world.ledger.database
        with database.write() as connection:
            if last_run(connection) is None:
                add_run(connection, FindingRun(1, self.world.now, 2, bytes(32)))
            for each in findings:
                keep_rule_text(connection, sha256(each.seen.rule.encode()).digest(), each.seen.rule, b"")
            insert_findings(database, connection, [row_of(each) for each in findings])
            events = [(bytes.fromhex(each.id), 1, "opened", "") for each in findings]
            insert_events(database, connection, events)
        return [each.id for each in findings]

    def update_lake(self) -> None:
        """Bring the lake up to date."""
        ledger = self.world.ledger
        update_lake(ledger.database, ledger.trust, ledger.vault, self.settings.lake_folder)

    # -- the application's life

    def open(self) -> None:
        """Start the application."""
        written = self._write_to(self.journal)
        self.app = create_app(self.settings, self.world.clock, chance("door"), written, self.tracing)
        self._runner.run(self._open())

    async def _open(self) -> None:
        await self._stack.enter_async_context(self.app.router.lifespan_context(self.app))
        transport = httpx.ASGITransport(self.app)
        self.client = await self._stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://ledger.example")
        )

    def close(self) -> None:
        """End the application in good order."""
        self._runner.run(self._stack.aclose())

    @staticmethod
    def _write_to(lines: list[dict[str, Any]]) -> Callable[..., Journal]:
        return lambda clock, metrics: Journal(clock, metrics, lambda line: lines.append(json.loads(line)))

    # -- asking

    def run(self, work: Awaitable[Any]) -> Any:
        """Run a coroutine on the door's event loop."""

        async def done() -> Any:
            return await work

        return self._runner.run(done())

    def request(
        self, method: str, path: str, content: Any = None, *, key: str | None = None, media: str | None = None,
        **headers: str,
    ) -> Awaitable[httpx.Response]:  # fmt: skip
        """Return a request that is not sent yet, for `at_once`."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            given["Authorization"] = f"Bearer {key}"
        if content is not None:
            given["Content-Type"] = media or JSON
        if isinstance(content, dict | list):
            content = json.dumps(content)
        return self.client.request(method, path, content=content, headers=given)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask for something."""
        answer: httpx.Response = self.run(self.request("GET", path, **options))
        return answer

    def post(self, path: str, content: Any, **options: Any) -> httpx.Response:
        """Send something."""
        answer: httpx.Response = self.run(self.request("POST", path, content, **options))
        return answer

    def at_once(self, *requests: Awaitable[httpx.Response]) -> list[httpx.Response]:
        """Send several requests at the same moment."""

        async def all_of_them() -> list[httpx.Response]:
            return list(await asyncio.gather(*requests))

        return self._runner.run(all_of_them())

    # -- what is sent

    @staticmethod
    def lines(*submissions: Submission) -> bytes:
        """Return submissions as an upload file."""
        return b"".join(print_line(UploadLine(each)) for each in submissions)

    def submit(self, *submissions: Submission, key: str | None = None, **headers: str) -> list[dict[str, Any]]:
        """Hand submissions in, as the pharmacy unless said otherwise, and return their outcomes."""
        answer = self.post(
            "/v1/statements", self.lines(*submissions), key=key or self.keys["pharmacy"], media=LINES, **headers
        )
        assert answer.status_code == 200, answer.text
        outcomes: list[dict[str, Any]] = answer.json()["outcomes"]
        return outcomes
