"""Every operation of the description, called by a tool that others wrote, with what the description allows and not.

    python -m tests.api.fuzz --requests 20000

Schemathesis reads the description and sends valid and invalid requests to every operation that it holds, as parties of
several roles and as nobody. Two answers are wrong: a fault of the server, and one that the description does not know:
another status, another media type, another shape.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.kit import Door

__all__ = ["CHECKS", "Fuzzed", "fuzz", "opened", "send", "told"]

def no_fault_of_the_server(context: Any, response: Any, case: Any) -> bool | None:
    """Find faults of the server; that a part of EPCIS is not offered, which it tells as 501, is none."""
    return None if response.status_code == 501 else not_a_server_error(context, response, case)


CHECKS: Final = (
    no_fault_of_the_server, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
)  # fmt: skip
_WHO: Final = ("auditor", "maker", "pharmacy", "operator", "regulator", "")


@schemathesis.serializer("application/cose")
def _cose(_context: Any, value: Any) -> Any:
    """Send what the tool makes up as the bytes that it is no COSE of."""
    return str(value).encode("utf-8", "replace")


class Fuzzed:
    """What was sent: how many requests to each operation, the statuses that answered, and what was wrong with which."""

    def __init__(self) -> None:
        self.operations: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.wrong: dict[str, str] = {}

    def print(self) -> int:
        """Tell all of it, and return how many operations answered wrongly."""
        for name, count in sorted(self.operations.items()):
            print(f"{count:7,}  {name}")
        print(f"{self.operations.total():7,}  requests;", dict(sorted(self.statuses.items())))
        for name, wrong in self.wrong.items():
            print(f"\n{name}\n{wrong}")
        return len(self.wrong)


@contextmanager
def opened(folder: Path) -> Iterator[Door]:
    """Open a door on a ledger with a little trade in it, and registered parties of every role."""
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    with Door(folder / "home", url, webhook_private_hosts="127.0.0.1") as door:
        door.app.state.service.subscriptions._ending.set()  # nothing is sent
        door.keys["officer"] = door.officer("police")
        world = door.world
        packs = world.packs(20)
        world.record(world.commission(packs), world.ship(packs), world.receive(packs))
        world.record(world.dispense(packs[:5]), world.recall("B9"))
        door.update_lake()
        yield door


def fuzz(door: Door, examples: int, chance: int = 1) -> Fuzzed:
    """Call every operation of the description so many times; what is answered wrongly is told, reduced."""
    fuzzed = Fuzzed()
    document = door.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        operation = result.ok()
        strategy = operation.as_strategy()
        broken = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        for number, cases in enumerate((strategy, broken)):
            try:
                _run(door, fuzzed, cases, max(1, examples // 2), chance + number)
            except (Exception, BaseExceptionGroup) as error:  # whatever the tool raises is a finding
                fuzzed.wrong[operation.label] = told(error)
    return fuzzed


def _run(door: Door, fuzzed: Fuzzed, cases: Any, examples: int, chance: int) -> None:
    @seed(chance)
    @settings(
        max_examples=examples, deadline=None, database=None, phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=cases)
    def one(case: Any) -> None:
        who = _WHO[fuzzed.statuses.total() % len(_WHO)]
        response = send(door, case, who)
        fuzzed.operations[case.operation.label] += 1
        fuzzed.statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    with suppress(Unsatisfiable):  # an operation without parameters can be called in one way alone
        one()


def told(error: BaseException) -> str:
    """Return the first failure inside what was raised, in words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


def send(door: Door, case: Any, who: str) -> httpx.Response:
    """Return the door's answer to a case, asked with somebody's key; an empty name is nobody's."""
    asked = requests.Request(**case.as_transport_kwargs(base_url="http://ledger.example")).prepare()
    headers = dict(asked.headers)
    if who:
        headers["Authorization"] = f"Bearer {door.keys[who]}"
    answer: httpx.Response = door.run(
        door.client.request(asked.method, asked.url, content=asked.body, headers=headers)  # type: ignore[arg-type]
    )
    return answer


def main(arguments: Sequence[str]) -> int:
    """Run it at length, and tell what was sent."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given_ = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as door:
        operations = sum(map(len, door.get("/openapi.json").json()["paths"].values()))
        fuzzed = fuzz(door, -(-given_.requests // operations), given_.seed)
        assert door.world.audit().fault is None
    return fuzzed.print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
