"""Persons, as an office may see them: what was done on a card, who it is, and who looked.

What was done on a card (`acts_of`):
    1. the case is the caller's office's, and not closed
    2. the acts, from the lake, which may be older than an erasure: what is erased is left out
    3. the look is recorded, as the officer's paper; only then are they shown

Who it is (`name_of`):
    1. the case is the caller's office's; in it this officer asked for the name, another allowed it, and in time
    2. the newest confidential part that is left of the person is opened
    3. the look is recorded; only then is the name told

Who was erased has one answer, `person-erased`, from that moment on: whether the lake knows of it yet, and whatever
it still holds. Who comes again afterwards is known by what came since.

A look that cannot be recorded is not had. Looks are shown to the office whose the persons are (`looks_at`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from ledger.casework import Desk, fresh_id
from ledger.clock import Randomness, iso
from ledger.errors import Denied, Misuse
from ledger.identity.access import Caller
from ledger.identity.sight import may_see_look
from ledger.limits import CLOCK_SKEW_SECONDS_MAX, LOOKS_READ_MAX, NAME_OPEN_SECONDS_MAX
from ledger.log.statement import kid_of
from ledger.office.cases import visible_case
from ledger.office.rows import Rows
from ledger.opening import Ledger
from ledger.papers.case import Ask, Case
from ledger.papers.confidential import Person, read_confidential
from ledger.papers.contents import Look
from ledger.papers.paper import read_content
from ledger.store.cases import looks_before
from ledger.store.database import Connection
from ledger.store.fence import Fence
from ledger.store.log import get_entry
from ledger.store.persons import PersonKey, get_confidential, person_keys
from ledger.store.registry import Registry

__all__ = ["Looked", "Told", "acts_of", "looks_at", "name_of"]

_NEWEST: Final = 2**62

Asked = Callable[[str, str], Rows]
"""Returns the rows of a view of the lake about a pseudonym: the names of both."""


class Told(NamedTuple):
    """Who a person is, and the log index of the look."""

    person: Person
    entry: int


class Looked(NamedTuple):
    """A look: its log index, numbers of the office and the station that looked, and what the paper says."""

    entry: int
    office: int
    station: int
    look: Look


def acts_of(
    fence: Fence, caller: Caller, desk: Desk, number: int, person: str, reason: str, lake: Asked,
    random: Randomness, now: int,
) -> tuple[Rows, int]:  # fmt: skip
    """Return what was done on a person's card, and the log index of the look.

    Raises:
        Misuse: `case-unknown`, `case-closed`, `person-unknown`, `person-erased`; as `office.facts.ask`.
    """
    # 1.
    with fence.read(caller) as connection:
        case = _open_case(connection, caller, number)
    # 2.
    rows = lake("person.acts", person)
    with fence.read(caller, person=person) as connection:
        key = _key(connection, person)
    if key.erased:
        import pyarrow.compute as pc  # noqa: PLC0415  it is there since the lake was asked; a server starts without

        rows = rows._replace(table=rows.table.filter(pc.greater(rows.table["log_index"], key.erased)))
    if not rows.table.num_rows:
        raise Misuse("person-erased" if key.erased else "person-unknown")
    # 3.
    look = Look(id=fresh_id(random), time=iso(now), what="acts", person=person, case=case.uri, reason=reason)
    (index,) = desk.record([look])
    return rows, index


def name_of(
    fence: Fence, caller: Caller, desk: Desk, number: int, ask: str, reason: str, lake: Asked, ledger: Ledger,
    random: Randomness, now: int,
) -> Told:  # fmt: skip
    """Return who a person is, for the officer who asked, once another allowed it.

    Raises:
        Misuse: `case-unknown`, `case-closed`, `person-unknown`, `person-erased`; as `office.facts.ask`.
        Denied: `name-not-allowed`.
    """
    # 1.
    with fence.read(caller) as connection:
        case = _open_case(connection, caller, number)
    asked = case.asks.get(ask)
    if asked is None or asked.officer != caller.station or not _is_open(asked, now):
        raise Denied("name-not-allowed")
    # 2.
    indexes = [row["log_index"] for row in lake("person.parts", asked.person).table.to_pylist()]
    with fence.read(caller, person=asked.person) as connection:
        person = _opened(connection, ledger, asked.person, indexes)
    # 3.
    look = Look(
        id=fresh_id(random), time=iso(now), what="name", person=asked.person, case=case.uri, reason=reason, ask=ask
    )
    (index,) = desk.record([look])
    return Told(person, index)


def _is_open(ask: Ask, now: int) -> bool:
    """Say whether a name may be told now: it was allowed, not longer ago than it is told, nor in time to come."""
    since = ask.until - NAME_OPEN_SECONDS_MAX - CLOCK_SKEW_SECONDS_MAX
    return ask.allowed != 0 and since <= now <= ask.until


def _open_case(connection: Connection, caller: Caller, number: int) -> Case:
    case = visible_case(connection, caller, number)
    if case.office != caller.party:
        raise Misuse("case-elsewhere", "persons are looked at by the office that has the case")
    if case.state == "closed":
        raise Misuse("case-closed", "a closed case needs no more looks")
    return case


def _opened(connection: Connection, ledger: Ledger, person: str, indexes: list[int]) -> Person:
    """Return who a person is, by the newest of these parts that can still be opened."""
    key, pseudonym = _key(connection, person), bytes.fromhex(person)
    if key.wrapped is None:
        raise Misuse("person-erased")
    data_key = ledger.vault.data_key(pseudonym, key.wrapped)
    for index in indexes:
        part = get_confidential(connection, index)
        if index <= key.erased or part is None or part[0] != pseudonym:
            continue
        leaf = bytes(get_entry(connection, index)[2])
        return read_confidential(ledger.vault.open(data_key, part[1], leaf)).patient
    raise Misuse("person-erased" if key.erased else "person-unknown")


def _key(connection: Connection, person: str) -> PersonKey:
    """Return a person's key, as the ledger has it now.

    Raises:
        Misuse: `person-unknown`.
    """
    pseudonym = bytes.fromhex(person)
    key = person_keys(connection, [pseudonym]).get(pseudonym)
    if key is None:
        raise Misuse("person-unknown")
    return key


def looks_at(
    connection: Connection, caller: Caller, *, before: int | None, count: int
) -> tuple[list[Looked], int | None]:
    """Return some looks that the caller may see, the newest first; and before which log index to go on.

    There may be fewer than asked for, and still more to come; None says that there are none.
    """
    registry = Registry()
    seen: list[Looked] = []
    rows = looks_before(connection, _NEWEST if before is None else before, LOOKS_READ_MAX)
    for index, statement, body in rows:
        signer = registry.signer(connection, kid_of(statement))
        _, look = read_content("look", body)
        assert isinstance(look, Look)
        assert signer is not None  # its key was known when it was recorded
        if may_see_look(caller, signer.party):
            seen.append(Looked(index, signer.party, signer.station, look))
            if len(seen) == count:
                return seen, index
    return seen, rows[-1][0] if len(rows) == LOOKS_READ_MAX else None
