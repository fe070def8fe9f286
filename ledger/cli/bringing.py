"""Command that brings national forms in: import."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from ledger import clock
from ledger.cli.context import DEFAULT_HOME, SHOWN_MAX, Command, Home, Json, Language, command
from ledger.durable import read_whole
from ledger.errors import Misuse
from ledger.gateway import Gateway
from ledger.home import load_gateway_secret
from ledger.importing import ImportedLine, draw_lines, import_lines, load_names, sender_of
from ledger.limits import UPLOAD_REQUEST_BYTES_MAX
from ledger.opening import open_ledger
from ledger.record import Recorder
from ledger.store.access import roles_of_party

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("import")(import_)


def import_(
    form: Annotated[str, typer.Argument(help="bills (of the platform) or sales (3505 and 3506).")],
    files: Annotated[list[Path], typer.Argument(help="Files in JSON: an object, a list, or one object on each line.")],
    party: Annotated[str, typer.Option("--party", help="URI of the party whose files they are.")],
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Import bills of the traceability platform, or uploads to the medical insurance, as events of a party.

    The gateway signs them. Every line stands alone and gets its answer, with what in it was not used. Importing a file
    again changes nothing: each line gets its first answer. The forms: docs/formats/bill.md, docs/formats/sale.md.
    """
    with command(home, lang, as_json=json) as run, open_ledger(run.settings) as ledger:
        if form not in ("bills", "sales"):
            raise Misuse("usage-wrong", "the form is bills or sales")
        with ledger.database.read() as connection:
            found = roles_of_party(connection, party)
        if found is None:
            raise Misuse("party-unknown", party)
        secret, names = load_gateway_secret(run.settings, clock.random_bytes), load_names(run.settings)
        with Recorder(ledger, clock.now, clock.random_bytes) as recorder:
            gateway = Gateway(ledger, secret, lambda each: recorder.record([each])[0], clock.now)
            sender = sender_of(gateway, party, names)
            told = [
                line
                for file in files
                for line in import_lines(
                    gateway, found[0], draw_lines(form, read_whole(file, UPLOAD_REQUEST_BYTES_MAX), sender),  # type: ignore[arg-type]
                    recorder.record,
                )
            ]  # fmt: skip
        _show(run, told)


def _show(run: Command, told: list[ImportedLine]) -> None:
    rows = []
    for line in told:
        outcome = line.outcome
        if outcome.problem is not None:
            run.refuse(line.line, outcome.problem)
        else:
            run.screen.document({
                "line": line.line, "status": outcome.status, "index": outcome.index, "verdict": outcome.verdict.word,
                "anomalies": outcome.anomalies, "leftOut": line.left_out,
                "faults": [{"place": each.place, "fault": each.fault, "text": each.text} for each in line.faults],
            })  # fmt: skip
        rows += [(str(line.line), each.fault, f"{each.place} {each.text}".strip()) for each in line.faults]
    screen = run.screen
    statuses, verdicts = Counter(line.outcome.status for line in told), Counter(
        line.outcome.verdict.word for line in told if line.outcome.problem is None
    )
    screen.facts([(status, str(count)) for status, count in [*statuses.items(), *verdicts.items()]])
    if rows:
        screen.table(("line", "problem", "detail"), rows[:SHOWN_MAX])
    run.show_refusals()
