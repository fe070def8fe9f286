"""What the station's commands share: options, output for people or as JSON, and how an error becomes an exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledger.errors import LedgerError, Misuse
from ledger.texts import PROBLEMS
from scanner.cli.exits import Exit, exit_of
from scanner.words import LANGUAGES, Language, language_of, say

__all__ = ["DEFAULT_STATION", "Home", "Json", "Lang", "Screen", "command"]

Home = Annotated[
    Path, typer.Option("--station", envvar="PACKLEDGER_STATION", help="Folder of the station: key, outbox, settings.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]
Lang = Annotated[
    str | None, typer.Option("--lang", help="Language of the output, en or zh; by default the environment's.")
]

DEFAULT_STATION: Final = Path("station.home")
_PIPED_COLUMNS: Final = 140


class Screen:
    """One command's output: tables and sentences on standard output or JSON lines, problems on standard error."""

    def __init__(self, language: Language, *, as_json: bool) -> None:
        self.language = language
        self.as_json = as_json
        self._out = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_COLUMNS)
        self._error = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, word: str) -> str:
        """Return a word in this command's language."""
        return say(word, self.language)

    def document(self, value: Any) -> None:
        """Print one JSON document on one line for machines; nothing when people read."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False, separators=(",", ":")), flush=True)

    def line(self, text: str, style: str = "") -> None:
        """Print a sentence for people; nothing when machines listen."""
        if not self.as_json:
            self._out.print(escape(text), style=style or None)

    def note(self, text: str) -> None:
        """Print a remark on standard error."""
        self._error.print(escape(text))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table for people; columns are words."""
        if self.as_json:
            return
        table = Table(header_style="bold", show_edge=False)
        for column in columns:
            table.add_column(self.say(column), overflow="fold")
        for row in rows:
            table.add_row(*map(escape, row))
        self._out.print(table)

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print names and values, one a line; names are words."""
        if self.as_json:
            return
        table = Table(show_header=False, show_edge=False, box=None, padding=(0, 2, 0, 0))
        table.add_column(overflow="fold")
        table.add_column(overflow="fold")
        for name, value in rows:
            table.add_row(self.say(name), escape(value))
        self._out.print(table)

    def told(self, code: str) -> tuple[str, str]:
        """Return (what is wrong, what to do) of a problem in this language."""
        text = PROBLEMS[code]
        return (text.zh, text.do_zh) if self.language == "zh" else (text.en, text.do_en)

    def problem(self, error: LedgerError) -> None:
        """Print an error on standard error."""
        title, advice = self.told(error.code)
        if self.as_json:
            value = {"message_type": "error", "code": error.code, "title": title, "detail": error.detail, "do": advice}
            self._error.print(json.dumps(value, ensure_ascii=False), markup=False, soft_wrap=True)
            return
        self._error.print(f"[bold red]{escape(error.code)}[/] {escape(title)}")
        if error.detail:
            self._error.print(f"  {escape(error.detail)}")
        self._error.print(f"  → {escape(advice)}")


@contextmanager
def command(lang: str | None, *, as_json: bool) -> Iterator[Screen]:
    """Run a command's body; an error of the tree is shown, and decides the exit code."""
    wanted = lang or os.environ.get("PACKLEDGER_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    screen = Screen(language_of(wanted), as_json=as_json)
    try:
        if lang is not None and lang.lower()[:2] not in LANGUAGES:
            raise Misuse("usage-wrong", "--lang is en or zh")
        yield screen
    except LedgerError as error:
        screen.problem(error)
        raise typer.Exit(int(exit_of(error))) from None
    except OSError as error:
        screen.problem(LedgerError("file-failed", f"{error.filename or ''}: {error.strerror}"))
        raise typer.Exit(int(Exit.RUNTIME)) from None
