"""Walks through the interface: what one answer names is asked for next, as the links of the description say.

    python -m tests.api.walk --requests 20000

Schemathesis goes from answer to answer: a document to its job, a list to its events, a case to its actions, a place
in the log to its proofs. Where only a body that means something leads on, half of the bodies are such.
Each door is gone through by one who may, and by others now and then. What is wrong is what `tests.api.fuzz` has so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import Flaky
from schemathesis.core.transport import Response
from schemathesis.generation.stateful.state_machine import APIStateMachine

from ledger.log.spelling import print_base64
from tests.api.erp import event, listed
from tests.api.fuzz import CHECKS, Fuzzed, opened, send, told
from tests.api.kit import Door

__all__ = ["walk"]

_WHOSE: Final = {
    "partners": "maker", "imports": "pharmacy", "stations": "pharmacy", "offices": "officer", "trade": "officer",
    "persons": "officer", "queries": "officer", "patients": "", "auditors": "auditor", "operations": "operator",
}  # fmt: skip
"""Who goes through the doors of each audience; others try as well, now and then."""
_OTHERS: Final = ("auditor", "maker", "pharmacy", "officer", "regulator", "")
_STEPS: Final = 12
_WALKS_AT_ONCE: Final = 50
_WEBHOOK: Final = {"dest": "https://127.0.0.1/hook", "signatureToken": "a secret of many letters", "stream": True}


def _bodies(door: Door) -> Mapping[str, Callable[[], Any]]:
    """Return what makes a body that means something, for the operations that lead on only then."""
    world = door.world

    def signed(words: Any) -> dict[str, str]:
        return {"statement": print_base64(words.statement), "body": words.body.decode()}

    return {
        "submit_statements": lambda: signed(world.inspect(world.packs(1))),
        "ask_verdicts": lambda: {"codes": world.packs(1)},
        "capture_document": lambda: listed(event(door, world.maker, "commissioning", world.packs(2))),
        "capture_event": lambda: event(door, world.maker, "inspecting", world.packs(1)),
        "name_query": lambda: {"name": world.fresh_id().rpartition("-")[2], "query": {"EQ_bizStep": ["inspecting"]}},
        "subscribe": lambda: _WEBHOOK,
        "open_new_case": lambda: {"title": "A case"},
        "act_in_case": lambda: {"do": {"act": "note", "text": "seen"}},
        "keep_one_query": lambda: {"name": world.fresh_id().rpartition("-")[2], "query": {"of": "flows"}},
        "issue_recall": lambda: {"product": "8770984", "batches": ["B7"], "reason": "a test"},
    }


def walk(door: Door, wanted: int, chance: int = 1) -> Fuzzed:
    """Walk until so many requests were made; what is answered wrongly is told, and ends that walk."""
    fuzzed, bodies = Fuzzed(), _bodies(door)
    base = schemathesis.openapi.from_dict(door.get("/openapi.json").json()).as_state_machine()

    class Walk(base):  # type: ignore[misc, valid-type]
        """One walk at a time."""

        def before_call(self, case: Any) -> None:
            name = case.operation.definition.raw["operationId"]
            if name in bodies and fuzzed.operations[case.operation.label] % 2 == 0:
                case.body, case.media_type = bodies[name](), "application/json"

        def call(self, case: Any, **_given: Any) -> Response:
            number = fuzzed.statuses.total()
            may = _WHOSE[case.operation.definition.raw["tags"][0]]
            answer = send(door, case, may if number % 5 else _OTHERS[number // 5 % len(_OTHERS)])
            fuzzed.operations[case.operation.label] += 1
            fuzzed.statuses[answer.status_code] += 1
            return Response.from_httpx(answer, verify=True)

        def validate_response(self, response: Response, case: Any, *_given: Any, **_named: Any) -> None:
            try:
                case.validate_response(response, checks=CHECKS)
            except (Exception, BaseExceptionGroup) as error:
                fuzzed.wrong.setdefault(case.operation.label, told(error))

    while fuzzed.statuses.total() < wanted:
        _walk_on(Walk, chance, min(_WALKS_AT_ONCE, -(-(wanted - fuzzed.statuses.total()) // _STEPS)))
        chance += 1
    return fuzzed


def _walk_on(walks: type[APIStateMachine], chance: int, count: int) -> None:
    kept = settings(
        max_examples=count, stateful_step_count=_STEPS, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    case = walks.TestCase()  # type: ignore[attr-defined]
    type(case).settings = kept
    seed(chance)(case.runTest.__func__)
    with suppress(Flaky):  # a ledger remembers: what led on once is answered otherwise now, and that walk is over
        case.runTest()


def main(arguments: Sequence[str]) -> int:
    """Walk at length, and tell what was asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as door:
        fuzzed = walk(door, given.requests, given.seed)
        assert door.world.audit().fault is None
    return fuzzed.print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
