"""What a command shows: tables and sentences for people on standard output, or JSON for machines.

Progress and errors go to standard error, so that what is on standard output can be piped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ledger.cli.words import LANGUAGES, say
from ledger.clock import iso
from ledger.custody.anomalies import ANOMALIES, Verdict
from ledger.errors import LedgerError
from ledger.texts import PROBLEMS

__all__ = ["Screen"]

_PIPED_COLUMNS: Final = 140


class Screen:
    """One command's output, in one language.

    Args:
        language: `en` or `zh`.
        as_json: documents instead of tables.
    """

    def __init__(self, language: str, *, as_json: bool) -> None:
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

    def line(self, text: str = "", style: str = "") -> None:
        """Print a sentence for people; nothing when machines listen."""
        if not self.as_json:
            self._out.print(escape(text), style=style or None)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
        """Print a table for people; columns are words."""
        if self.as_json:
            return
        table = Table(title=escape(title) or None, title_justify="left", header_style="bold", show_edge=False)
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
        table.add_column(overflow="fold")  # Chinese has no blanks to break a line at, and would be cut off
        for name, value in rows:
            table.add_row(self.say(name), escape(value))
        self._out.print(table)

    def verdict(self, verdict: Verdict) -> str:
        """Return a verdict as a word."""
        return self.say(verdict.word)

    def told(self, anomaly: str) -> str:
        """Return what a person is told about an anomaly."""
        row = ANOMALIES[anomaly]
        return row.zh if self.language == "zh" else row.en

    def name(self, texts: tuple[str, str]) -> str:
        """Return the one of (English, Chinese) that this language has."""
        return texts[LANGUAGES.index(self.language)]

    @staticmethod
    def time(seconds: int) -> str:
        """Return a time, UTC, without its seconds' fraction."""
        return iso(seconds).replace("T", " ").removesuffix("Z")

    @staticmethod
    def time_of(text: str) -> str:
        """Return a time that was written as a paper's, like `time` does."""
        return text.replace("T", " ").removesuffix("Z")

    def problem(self, error: LedgerError) -> None:
        """Print an error: what is wrong, where, and what to do."""
        text = PROBLEMS.get(error.code)
        title = error.code if text is None else (text.zh if self.language == "zh" else text.en)
        advice = "" if text is None else (text.do_zh if self.language == "zh" else text.do_en)
        if self.as_json:
            value = {
                "message_type": "error", "code": error.code, "title": title, "detail": error.detail,
                "do": advice, "index": error.index, "span": error.span,
            }  # fmt: skip
            self._error.print(json.dumps(value, ensure_ascii=False), markup=False, soft_wrap=True)
            return
        self._error.print(f"[bold red]{escape(error.code)}[/] {escape(title)}")
        if error.detail:
            self._error.print(f"  {escape(error.detail)}")
        if error.index is not None and error.index >= 0:
            self._error.print(f"  {escape(self.say('entry'))} {error.index}")
        if advice:
            self._error.print(f"  → {escape(advice)}")

    def advice(self, code: str) -> tuple[str, str]:
        """Return (title, advice) of a problem's code in this language."""
        text = PROBLEMS.get(code)
        if text is None:
            return code, ""
        return (text.zh, text.do_zh) if self.language == "zh" else (text.en, text.do_en)

    @contextmanager
    def progress(self, word: str, total: int | None = None) -> Iterator[Callable[[int, int | None], None]]:
        """Show progress while the block runs; the function given takes (done, total)."""
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        hidden = self.as_json or not self._error.is_terminal
        with Progress(*columns, console=self._error, transient=True, disable=hidden) as progress:
            task = progress.add_task(self.say(word), total=total)
            yield lambda done, of: progress.update(task, completed=done, total=of)


    @contextmanager
    def working(self) -> Iterator[Callable[[str], None]]:
        """Show what is being worked on while the block runs; the function given takes a line."""
        if self.as_json or not self._error.is_terminal:
            yield lambda line: None
            return
        with self._error.status("") as status:
            yield status.update
