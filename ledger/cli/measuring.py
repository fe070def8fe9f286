"""The command that measures: bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ledger import bench as benchmarks
from ledger.bench import detect as detection
from ledger.cli.context import DEFAULT_HOME, Command, Json, Language, command
from ledger.errors import Misuse

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("bench")(bench)


def bench(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="one-pack, shipment, growth, trace, verify, lake, rules, seize, http: all when left out;"
            " or detect, alone."
        ),
    ] = None,
    scale: Annotated[str, typer.Option("--scale", help="full, or small for a quick look.")] = "full",
    database_url: Annotated[
        str | None,
        typer.Option(
            "--database-url",
            envvar="PACKLEDGER_BENCH_POSTGRES_URL",
            help="A PostgreSQL server that may make databases, to measure beside SQLite.",
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option("--seeds", min=1, help="For detect: how many countries, with crimes and without.")
    ] = None,
    packs: Annotated[int | None, typer.Option("--packs", min=400, help="For detect: packs of each country.")] = None,
    months: Annotated[int | None, typer.Option("--months", min=1, help="For detect: months of each country.")] = None,
    folder: Annotated[
        Path, typer.Option("--folder", help="For detect: where countries and results are kept, to go on there.")
    ] = Path(".detect"),
    write: Annotated[Path | None, typer.Option("--write", help="Write the table to this page.")] = None,
    lang: Language = None,
    json: Json = False,
) -> None:
    """Measure this machine: each figure beside the physical limit of the same run, and their ratio.

    The full scale takes about an hour; nothing else should run meanwhile.

    `bench detect` measures the rules instead: synthetic countries are recorded, and what the rules find in them is
    held against what was done. Two countries at a time; an interrupted run goes on where it was.
    """
    with command(DEFAULT_HOME, lang, as_json=json) as run:
        if scale not in ("full", "small"):
            raise Misuse("usage-wrong", "--scale is full or small")
        if names and "detect" in names:
            if names != ["detect"]:
                raise Misuse("usage-wrong", "detect is measured alone")
            size = _size(detection.FULL if scale == "full" else detection.SMALL, seeds, packs, months)
            _detect(run, size, folder, write)
            return
        databases = {"sqlite": ""} | ({} if database_url is None else {"postgresql": database_url})
        with run.screen.working() as tell:
            rows = benchmarks.run(
                names or [],
                scale=benchmarks.FULL if scale == "full" else benchmarks.SMALL,
                databases=databases,
                write=write,
                progress=tell,
            )
        for row in rows:
            run.screen.document(msgspec.to_builtins(row))
        columns = ("benchmark", "database", "figure", "value", "unit", "ratio", "goal")
        run.screen.table(columns, [_measured(row) for row in rows])


def _measured(row: benchmarks.Row) -> tuple[str, ...]:
    goal = "" if row.goal is None else f"{'≥' if row.at_least else '≤'} {row.goal:g} {'✓' if row.reached else '✗'}"
    ratio = "" if row.ratio is None else f"{row.ratio.median:.2f}"
    return (row.benchmark, row.database, row.figure, f"{row.value.median:,.4g}", row.unit, ratio, goal)


def _size(size: detection.Size, seeds: int | None, packs: int | None, months: int | None) -> detection.Size:
    """Return the size, with what was asked for otherwise."""
    rare = None if seeds is None else min(seeds, size.rare_seeds)
    given = {"seeds": seeds, "honest_seeds": seeds, "rare_seeds": rare, "packs": packs, "months": months}
    changed = {name: value for name, value in given.items() if value is not None}
    return msgspec.structs.replace(size, name=f"{size.name}, changed", **changed) if changed else size


def _detect(run: Command, size: detection.Size, folder: Path, write: Path | None) -> None:
    with run.screen.working() as tell:
        found = detection.detect(size, folder, progress=tell)
    if write is not None:
        detection.write_page(found, size, write)
    figures = detection.figures(found)
    for figure in figures:
        run.screen.document(
            {"figure": figure.name, "value": figure.number, "goal": figure.goal, "reached": figure.reached}
        )
    run.screen.table(("figure", "value", "goal"), [_figure(figure) for figure in figures])


def _figure(figure: detection.Figure) -> tuple[str, ...]:
    percent = figure.unit == "percent"

    def shown(number: float | None) -> str:
        return "" if number is None else f"{100 * number:.3g} %" if percent else f"{number:g}"

    goal = "" if figure.goal is None else f"{'≥' if figure.at_least else '≤'} {shown(figure.goal)}"
    mark = {None: "", True: " ✓", False: " ✗"}[figure.reached]
    return figure.name, shown(figure.number), goal + mark
