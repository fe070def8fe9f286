"""What the station's commands share: options, output for people or as JSON, and how an error becomes an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape

from ledger import terminal
from ledger.terminal import language_at_hand, language_from, shown
from scanner.cli.exits import exit_of
from scanner.words import say

__all__ = ["DEFAULT_STATION", "Home", "Json", "Lang", "Screen", "command"]

Home = Annotated[
    Path, typer.Option("--station", envvar="PACKLEDGER_STATION", help="Folder of the station: key, outbox, settings.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]
Lang = Annotated[
    str | None, typer.Option("--lang", help="Language of the output, en or zh; by default the environment's.")
]

DEFAULT_STATION: Final = Path("station.home")


class Screen(terminal.Screen):
    """One command's output: what all programs show, and a bell."""

    def bell(self) -> None:
        """Ring the terminal's bell."""
        if not self.as_json:
            self._out.bell()

    def note(self, text: str) -> None:
        """Print a remark on standard error."""
        self._error.print(escape(text))


@contextmanager
def command(lang: str | None, *, as_json: bool) -> Iterator[Screen]:
    """Run a command's body; an error of the tree is shown, and decides the exit code."""
    screen = Screen(language_at_hand(), say, as_json=as_json)
    with shown(screen, exit_of):
        screen.language = language_from(lang)
        yield screen
