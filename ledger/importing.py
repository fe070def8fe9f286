"""`import`: a file of national forms becomes events of the party that sends it, signed by the gateway.

    1. cut      the document into rows; one that cannot be cut is refused whole
    2. read     each row on its own: the event that it becomes, or its fault
    3. sign     by the gateway, for the party; what was signed before keeps its statement
    4. record   all that were signed; each stands alone
    5. answer   each line: what became of it, and what in it was not used

The same file again gives the same answers: rows become the same bodies, and the ledger knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

import msgspec

from ledger.durable import read_kept
from ledger.errors import CodeFault, FormatError, LedgerError, Misuse, Refusal
from ledger.gateway import Gateway, ToSign
from ledger.limits import IMPORT_NAMES_BYTES_MAX
from ledger.national import Drawn, RowFault, Sender, cut, read_bill, read_sale, sales_in
from ledger.recording.outcome import Outcome
from ledger.settings import Settings
from ledger.submission import Submission

__all__ = ["Form", "ImportedLine", "draw_lines", "import_lines", "load_names", "sender_of"]

Form = Literal["bills", "sales"]
Line = Drawn | LedgerError


class ImportedLine(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one line, counted from 1.

    Attributes:
        outcome: what became of the event that it is.
        faults: what in it was not used.
        left_out: names of personal fields that were not kept.
    """

    line: int
    outcome: Outcome
    faults: tuple[RowFault, ...] = ()
    left_out: tuple[str, ...] = ()


def load_names(settings: Settings) -> Mapping[str, str]:
    """Read whom the forms' numbers stand for: URIs of parties and sites by number; nobody when there is no file.

    Raises:
        Misuse: `settings-malformed` when it is no JSON object of texts.
    """
    path = settings.national_names_file
    try:
        data = read_kept(path, IMPORT_NAMES_BYTES_MAX)
        return msgspec.json.decode(b"{}" if data is None else data, type=dict[str, str])
    except FormatError as error:
        raise Misuse("settings-malformed", error.detail) from None
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise Misuse("settings-malformed", f"{path.name}: {type(error).__name__}") from None


def sender_of(gateway: Gateway, party: str, names: Mapping[str, str]) -> Sender:
    """Return a party as it sends forms over the gateway."""
    return Sender(party, names, lambda data: gateway.salt(f"{party}\0".encode() + data))


def draw_lines(form: Form, data: bytes, sender: Sender) -> list[Line]:
    """Take the first two steps: return the event that each line becomes, or its fault.

    Raises:
        FormatError: `import-malformed`, `import-too-many-lines`: no line can be told from another.
    """
    # 1.
    lines: list[Line] = []
    for row in cut(data):
        # 2.
        if form == "bills":
            lines.append(_read(partial(read_bill, row, sender)))
            continue
        try:
            rows = sales_in(row)
        except FormatError as error:
            lines.append(error)
        else:
            lines += [_read(partial(read_sale, each, sender)) for each in rows]
    return lines


def _read(reading: Callable[[], Drawn]) -> Line:
    try:
        return reading()
    except (FormatError, CodeFault) as error:
        return error


def import_lines(
    gateway: Gateway, party: int, lines: Sequence[Line], record: Callable[[list[Submission]], Sequence[Outcome]]
) -> list[ImportedLine]:
    """Take the other steps.

    Args:
        party: the number of whom the lines are from.
        record: records submissions, in order.

    Raises:
        Unavailable: the database failed; hand the same in again.
    """
    # 3.
    drawn = [line for line in lines if isinstance(line, Drawn)]
    signed = gateway.sign(party, [_to_sign(each) for each in drawn]) if drawn else []
    # 4.
    outcomes = iter(record([each for each in signed if isinstance(each, Submission)]))
    # 5.
    answers = iter(signed)
    told: list[ImportedLine] = []
    for number, line in enumerate(lines, 1):
        if isinstance(line, LedgerError):
            told.append(ImportedLine(line=number, outcome=Outcome(status="refused", problem=line)))
            continue
        answer = next(answers)
        outcome = Outcome(status="refused", problem=answer) if isinstance(answer, Refusal) else next(outcomes)
        told.append(ImportedLine(line=number, outcome=outcome, faults=line.faults, left_out=line.left_out))
    return told


def _to_sign(drawn: Drawn) -> ToSign:
    return ToSign(body=drawn.body, subject=drawn.subject, kind=drawn.kind, confidential=drawn.confidential)


