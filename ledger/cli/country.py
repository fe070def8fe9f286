"""The command that makes a synthetic country: simulate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from ledger.cli.context import DEFAULT_HOME, Json, Language, command
from ledger.cli.files import fresh_folder
from ledger.enrol import print_registrations
from ledger.errors import Misuse
from ledger.nation import MONTH_DAYS, THIRTY_TONS_PACKS, build, print_truth
from ledger.submission import print_line

__all__ = ["START", "Months", "Packs", "Seed", "add_to"]

START: Final = 1_767_571_200
"""2026-01-05T00:00:00Z, a Monday: simulated trade begins there unless told otherwise."""

_LINES_PER_TELLING: Final = 1_000

Packs = Annotated[int, typer.Option("--packs", min=400, max=100_000_000, help="How many packs are made.")]
Months = Annotated[int, typer.Option("--months", min=1, max=24, help="How many months of trade.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same country, byte for byte.")]
Crimes = Annotated[
    str,
    typer.Option(
        "--crimes", help="all that the country has room for, none, or kinds of crime separated by commas."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("simulate")(simulate)


def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; it must not exist.")],
    packs: Packs = 2_000,
    months: Months = 3,
    seed: Seed = 1,
    crimes: Crimes = "all",
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="thirty-tons: the case behind the project, on top of it all.")
    ] = None,
    scale: Annotated[
        float,
        typer.Option("--scale", min=0.001, max=1.0, help="Of the scenario; 1 is 750,000 seized packs."),
    ] = 0.01,
    processes: Annotated[
        int, typer.Option("--processes", min=0, max=64, help="Sign on so many processes more; the bytes are the same.")
    ] = 0,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Make a synthetic country: honest trade with its noise, and crimes.

    Writes registrations.json (for `enrol`), uploads.jsonl (for `record --unsafe-clock-from-file`) and
    truth.json (which crimes happened, with which packs, persons and money); with the scenario also
    seizure.txt (the list of what the police found in the warehouse, one scan a line).
    """
    with command(DEFAULT_HOME, lang, as_json=json) as run:
        with fresh_folder(out):
            nation = build(packs, months, seed, START, _kinds(crimes), thirty_tons=_seized(scenario, scale))
            (out / "registrations.json").write_bytes(print_registrations(nation.registrations()))
            lines, days = 0, months * MONTH_DAYS
            with (out / "uploads.jsonl").open("wb") as file, run.screen.progress("simulating", days) as progress:
                for line in nation.uploads(processes):
                    file.write(print_line(line))
                    lines += 1
                    if lines % _LINES_PER_TELLING == 0:
                        progress(min(days, nation.day(line)), days)
            (out / "truth.json").write_bytes(print_truth(nation.truth()))
            if scenario is not None:
                (out / "seizure.txt").write_text("".join(f"{line}\n" for line in nation.seizure_list()), "utf-8")
        run.screen.document({"out": str(out), "submissions": lines})
        run.screen.facts([("written", str(out)), ("statements", str(lines))])


def _kinds(crimes: str) -> str | list[str]:
    return crimes if crimes in ("all", "none") else crimes.split(",")


def _seized(scenario: str | None, scale: float) -> int:
    """Return how many packs the police find in the end."""
    if scenario is None:
        return 0
    if scenario != "thirty-tons":
        raise Misuse("usage-wrong", "--scenario is thirty-tons")
    return int(scale * THIRTY_TONS_PACKS)
