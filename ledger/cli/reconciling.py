"""Commands about the lake: lake update, lake verify, lake show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ledger.cli.anchor import anchor_of
from ledger.cli.context import DEFAULT_HOME, Command, Home, Json, LakeFolder, Language, command, lake_of
from ledger.home import load_vault
from ledger.identity.vault import Vault
from ledger.log.note import VerifierKey
from ledger.opening import open_store
from ledger.reconcile.facts import FACTS
from ledger.reconcile.lake import LakeReport, check_lake, compare_lake, open_lake, update_lake
from ledger.settings import Settings

__all__ = ["add_to", "show_lake_report"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    room = typer.Typer(name="lake", help="The ledger's facts as Parquet, for rules and for analysis.")
    room.command("update")(update)
    room.command("verify")(verify)
    room.command("show")(show)
    app.add_typer(room, no_args_is_help=True)


def update(
    lake: LakeFolder = None,
    without_persons: Annotated[
        bool, typer.Option("--without-persons", help="Leave persons out: for an office that may not see them.")
    ] = False,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Bring the lake up to the newest signed head of the ledger; make it when there is none.

    Only what is new is read, and segments in which somebody stands who was erased since. Interrupted, it leaves
    the lake as it was. Persons stand in it as pseudonyms only; without the master key, not at all.
    """
    with command(home, lang, as_json=json) as run, open_store(run.settings) as (database, trust):
        vault = None if without_persons else _vault(run.settings)
        folder = lake_of(home, lake)
        with run.screen.progress("reading") as progress:
            done = update_lake(database, trust, vault, folder, progress=progress)
        before = 0 if done.before is None else done.before.size
        run.screen.document(
            {"lake": str(folder), "size": done.after.size, "before": before, "read": done.written}
        )
        run.screen.facts(
            [("lake", str(folder)), ("statements", str(done.after.size)), ("read-now", str(done.written))]
        )


def _vault(settings: Settings) -> Vault | None:
    return load_vault(settings) if settings.master_key_file.exists() else None


def verify(
    lake: LakeFolder = None,
    vkey: Annotated[
        str | None, typer.Option("--key", help="The ledger's verifier key, known from elsewhere.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Make every file again from the ledger at home, and compare.")
    ] = False,
    home: Home = DEFAULT_HOME,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Check that the lake's files are those of its manifest, and that the ledger signed the head it names.

    That needs no ledger: only the folder and the verifier key (--key). With --compare, it is also checked that
    every row is what the ledger at home says. The first wrong file is named.
    """
    with command(home, lang, as_json=json) as run:
        show_lake_report(run, lake_of(home, lake), anchor_of(run.settings, vkey), compare=compare)


def show_lake_report(run: Command, folder: Path, vkey: VerifierKey, *, compare: bool = False) -> None:
    """Check a lake, and print what was found."""
    with run.screen.progress("verifying") as progress:
        report = check_lake(folder, vkey, progress)
    if compare:
        _compare(run, folder)
        report = msgspec.structs.replace(report, compared=True)
    run.screen.document(msgspec.to_builtins(report))
    run.screen.facts(_facts(report))
    if not compare:
        run.screen.line(run.screen.say("lake-not-compared"))
    run.screen.line(run.screen.say("valid"), "bold green")


def _compare(run: Command, folder: Path) -> None:
    with open_store(run.settings) as (database, trust):
        vault = _vault(run.settings) if open_lake(folder).manifest.persons else None
        with run.screen.progress("reading") as progress:
            compare_lake(database, trust, vault, folder, progress)


def _facts(report: LakeReport) -> list[tuple[str, str]]:
    return [
        ("origin", report.origin), ("statements", str(report.size)), ("files", str(report.files)),
        ("rows", str(report.rows)), ("bytes", str(report.bytes)),
    ]  # fmt: skip


def show(lake: LakeFolder = None, home: Home = DEFAULT_HOME, lang: Language = None, json: Json = False) -> None:
    """Show what the lake holds: tables, rows, bytes, and the log that it was made from. Nothing is checked."""
    with command(home, lang, as_json=json) as run:
        opened = open_lake(lake_of(home, lake))
        manifest = opened.manifest
        held = [(table, opened.rows(table), opened.bytes(table), len(opened.files(table))) for table in FACTS]
        run.screen.document(
            {
                "lake": str(opened.folder), "size": manifest.size, "persons": manifest.persons,
                "writer": manifest.writer, "segments": len(manifest.segments),
                "tables": {table: {"rows": rows, "bytes": size} for table, rows, size, _ in held},
            }
        )  # fmt: skip
        run.screen.facts(
            [
                ("lake", str(opened.folder)), ("statements", str(manifest.size)),
                ("segments", str(len(manifest.segments))),
                ("persons", run.screen.say("as-pseudonyms" if manifest.persons else "left-out")),
            ]
        )  # fmt: skip
        run.screen.table(("table", "rows", "bytes", "files"), [tuple(map(str, row)) for row in held])
