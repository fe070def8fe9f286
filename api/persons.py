"""For regulators: persons, under their pseudonyms; their names, when two officers agree; and who looked at whom."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from api.door import Asked, Doors, Query
from api.office_wire import Names
from api.person_wire import (
    ActsTold,
    LooksQuery,
    LooksTold,
    NameTold,
    NameWanted,
    PersonWanted,
    acts_told,
    looks_told,
    name_told,
)
from api.problems import RECORDING
from api.reading import json_of
from ledger.limits import LIST_ROWS_MAX
from ledger.office.persons import acts_of, looks_at, name_of
from ledger.office.rows import Rows

__all__ = ["doors"]

doors: Final = Doors("persons", "For regulators: persons under their pseudonyms, their names, and who looked at whom.")

_PERSON: Final = "0123456789abcdef0123456789abcdef"
_ASK: Final = "urn:uuid:00000000-0000-4000-8000-000000000009"
_WHY: Final = "her card was used in eight counties"
_PROBLEMS: Final = (
    "case-unknown", "case-elsewhere", "case-closed", "person-unknown", "officer-unknown", "lake-missing",
    "lake-outdated", "lake-unreachable", "query-too-long", *RECORDING,
)  # fmt: skip


def _of_lake(asked: Asked[Any], view: str, person: str) -> Rows:
    from ledger.office.facts import ask  # noqa: PLC0415  not before an office asks: see there

    settings = asked.service.ledger.settings
    values: dict[str, Any] = {"person": person, "language": asked.language}
    return ask(
        settings.lake_folder, view, values, after=None, count=LIST_ROWS_MAX, memory_mib=settings.rules_memory_mib
    )


@doors.post(
    "/v1/persons/acts", action="persons.read",
    takes=json_of(PersonWanted, {"person": _PERSON, "case": 12, "reason": _WHY}), gives=ActsTold,
    example={
        "person": _PERSON, "look": 70_012, "size": 70_000, "columns": {"act": "…"}, "rows": [{"act": "dispensing"}],
    },
    problems=("person-erased", *_PROBLEMS),
)  # fmt: skip
async def show_acts(asked: Asked[PersonWanted]) -> ActsTold:
    """Show what was dispensed, prescribed and settled on a person's card, under the pseudonym.

    That the officer looked is recorded in the log before it is shown, and is seen by the insurer.
    """
    given, service = asked.given, asked.service

    def work() -> ActsTold:
        desk = service.officers.desk(asked.caller)
        rows, look = acts_of(
            service.fence, asked.caller, desk, given.case, given.person, given.reason, partial(_of_lake, asked),
            service.random, service.clock(),
        )  # fmt: skip
        return acts_told(given.person, rows, look)

    return await service.in_office(work)


@doors.post(
    "/v1/persons/names", action="names.read",
    takes=json_of(NameWanted, {"case": 12, "ask": _ASK, "reason": _WHY}), gives=NameTold,
    example={"look": 70_012, "idType": "insurance_card", "idNumber": "…"},
    problems=("name-not-allowed", "person-erased", *_PROBLEMS),
)  # fmt: skip
async def tell_name(asked: Asked[NameWanted]) -> NameTold:
    """Tell who a person is, to the officer who asked for it in a case, once another officer allowed it.

    Both are actions in the case: `ask-name`, within a week `allow-name` by another officer of the office that has it.
    From then on the name is told for a day, and each time it is recorded in the log before it is told.
    """
    given, service = asked.given, asked.service

    def work() -> NameTold:
        desk = service.officers.desk(asked.caller)
        return name_told(name_of(
            service.fence, asked.caller, desk, given.case, given.ask, given.reason, partial(_of_lake, asked),
            service.ledger, service.random, service.clock(),
        ))  # fmt: skip

    return await service.in_office(work)


@doors.get(
    "/v1/looks", action="looks.read", query=Query(LooksQuery, {"limit": "50"}), gives=LooksTold,
    example={
        "looks": [
            {
                "index": 70_012, "time": "2026-11-26T08:00:00Z",
                "office": {"uri": "https://police.example/", "name": "Police"},
                "officer": "https://police.example/desk/1", "what": "name", "person": _PERSON, "case": "urn:uuid:…",
                "reason": _WHY,
            }
        ]
    },
    problems=("store-unavailable",),
)  # fmt: skip
async def list_looks(asked: Asked[LooksQuery]) -> LooksTold:
    """List who looked at whose personal data, the newest first.

    The insurer, whose the persons are, sees every look; another office those of its own officers.
    """
    given, service = asked.given, asked.service
    before = None if given.after is None else int(given.after)

    def work() -> LooksTold:
        with service.fence.read(asked.caller) as connection:
            looks, following = looks_at(connection, asked.caller, before=before, count=given.limit)
            names = Names(connection, service.ledger.registry, asked.language, asked.caller)
            return looks_told(names, looks, following)

    return await service.in_thread(work)
