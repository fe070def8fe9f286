"""What officers ask and are told of persons, as JSON. Who a person is stands in one answer alone, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from api.office_wire import Names, PartyTold, Rows
from api.reading import Decimal
from api.station_wire import WireAnswer
from ledger.limits import NUMBER_MAX
from ledger.office.persons import Looked, Told
from ledger.office.rows import Rows as FactRows
from ledger.office.views import VIEWS
from ledger.papers.contents import NoteText, Pseudonym, Uri

__all__ = [
    "ActsTold", "LooksQuery", "LooksTold", "NameTold", "NameWanted", "PersonWanted", "acts_told", "looks_told",
    "name_told",
]  # fmt: skip

Number = Annotated[int, Meta(ge=1, le=NUMBER_MAX)]
_PAGE = 50


class PersonWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose acts, for which case of the officer's office, and why."""

    person: Pseudonym
    case: Number
    reason: NoteText


class NameWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which name: `ask` is the id of the action that asked for it (`do.act` is `ask-name`)."""

    case: Number
    ask: Uri
    reason: NoteText


class LooksQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which looks; `after` goes on behind the one at this log index."""

    after: Decimal | None = None
    limit: Rows = _PAGE


class ActsTold(WireAnswer, frozen=True, kw_only=True):
    """What was done on a person's card.

    Attributes:
        look: log index of the statement that says who was shown this.
        size: of the log whose lake was asked.
        columns: what each member of a row is.
        rows: in order of time.
        more: there are more than one answer holds.
    """

    person: str
    look: int
    size: int
    columns: Mapping[str, str]
    rows: list[dict[str, Any]]
    more: bool = False


class NameTold(WireAnswer, frozen=True, kw_only=True):
    """Who a person is: a kind of document, and its number; `look` is the log index of who was told."""

    look: int
    id_type: str
    id_number: str

    def __repr__(self) -> str:
        return "NameTold(…)"


class LookTold(WireAnswer, frozen=True, kw_only=True):
    """A look at personal data: who looked at what of whom, when, for which case, and why."""

    index: int
    time: str
    office: PartyTold
    officer: str
    what: str
    person: str
    case: str
    reason: str


class LooksTold(WireAnswer, frozen=True, kw_only=True):
    """Some looks, the newest first; `next` is what to ask for as `after`, left out at the end."""

    looks: list[LookTold]
    next: str = ""


def acts_told(person: str, rows: FactRows, look: int) -> ActsTold:
    """Return what was done on a card, as JSON has it."""
    return ActsTold(
        person=person, look=look, size=rows.size, columns=VIEWS["person.acts"].columns, rows=rows.table.to_pylist(),
        more=rows.following is not None,
    )  # fmt: skip


def name_told(told: Told) -> NameTold:
    """Return who a person is."""
    return NameTold(look=told.entry, id_type=told.person.id_type, id_number=told.person.id_number)


def looks_told(names: Names, looks: Sequence[Looked], following: int | None) -> LooksTold:
    """Return some looks."""
    more = "" if following is None else str(following)
    return LooksTold(looks=[_look_told(names, each) for each in looks], next=more)


def _look_told(names: Names, looked: Looked) -> LookTold:
    look = looked.look
    return LookTold(
        index=looked.entry, time=look.time, office=names.party(looked.office), officer=names.station(looked.station),
        what=look.what, person=look.person, case=look.case, reason=look.reason,
    )  # fmt: skip
