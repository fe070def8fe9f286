"""What the programs of this house have in common at a terminal: how they show things, and how they end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Final, NoReturn, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledger.errors import LedgerError, Misuse
from ledger.texts import PROBLEMS

__all__ = ["LANGUAGES", "OPTIONS", "Screen", "ended", "language_from", "shown"]

LANGUAGES: Final = ("en", "zh")
OPTIONS: Final[dict[str, Any]] = {
    "no_args_is_help": True,
    "pretty_exceptions_enable": False,
    "add_completion": False,
    "rich_markup_mode": None,
    "context_settings": {"help_option_names": ["-h", "--help"], "max_content_width": 100},
}
"""How each program's command line is made."""

_LANGUAGE_VARIABLE: Final = "PACKLEDGER_LANGUAGE"
_PIPED_COLUMNS: Final = 140
# The class of every error in how a command was called; typer exports only its children.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__base__)


def language_from(choice: str | None) -> str:
    """Return the language to speak, `en` or `zh`: the choice, else the environment's, else English.

    Raises:
        Misuse: `usage-wrong` for a choice that is no language of ours.
    """
    if choice is not None and choice.lower()[:2] not in LANGUAGES:
        raise Misuse("usage-wrong", "--lang is en or zh")
    wanted = choice or os.environ.get(_LANGUAGE_VARIABLE) or os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return "zh" if wanted.lower().startswith("zh") else "en"


class Screen:
    """What one command shows, in one language: to people tables and sentences, to machines JSON, a document a line.

    Problems and remarks go to standard error, so that what is on standard output can be piped.

    Args:
        language: `en` or `zh`.
        as_json: documents instead of tables.
        words: says a word in a language.
    """

    def __init__(self, language: str, words: Callable[[str, str], str], *, as_json: bool) -> None:
        self.language = language
        self.as_json = as_json
        self._words = words
        self._out = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_COLUMNS)
        self._error = Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, word: str) -> str:
        """Return a word in this command's language."""
        return self._words(word, self.language)

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

    def advice(self, code: str) -> tuple[str, str]:
        """Return (what is wrong, what to do) of a problem's code in this language."""
        text = PROBLEMS.get(code)
        if text is None:
            return code, ""
        return (text.zh, text.do_zh) if self.language == "zh" else (text.en, text.do_en)

    def problem(self, error: LedgerError) -> None:
        """Print an error: what is wrong, where, and what to do."""
        title, advice = self.advice(error.code)
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


@contextmanager
def shown(screen: Screen, exit_of: Callable[[LedgerError], IntEnum]) -> Iterator[None]:
    """Run a command's body; an error of the tree, and one of a file, is shown, and decides the exit code.

    Raises:
        typer.Exit: with what `exit_of` says of the error.
    """
    try:
        yield
    except LedgerError as error:
        problem = error
    except OSError as error:
        problem = LedgerError("file-failed", f"{error.filename or ''}: {error.strerror}")
    else:
        return
    screen.problem(problem)
    raise typer.Exit(int(exit_of(problem)))


def ended(line: typer.Typer, *, usage: int, runtime: int, cancelled: int) -> NoReturn:
    """Run a command line and end the process; every way out is one of its exit codes.

    Args:
        line: the program.
        usage: the exit code of a command that was called wrongly.
        runtime: of one whose output nobody reads any more.
        cancelled: of one that its user interrupted.
    """
    try:
        code = line(standalone_mode=False)
    except _UsageError as error:
        error.show()
        code = usage
    except (typer.Abort, KeyboardInterrupt):
        print("cancelled", file=sys.stderr)
        code = cancelled
    except BrokenPipeError:
        code = runtime
    sys.exit(int(code or 0))
