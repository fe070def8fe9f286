"""What all commands share: their common options, and how an error becomes an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from ledger.cli.exits import Exit, exit_of
from ledger.cli.screen import Screen
from ledger.errors import LedgerError
from ledger.settings import HOME_VARIABLE, Settings, load_settings
from ledger.terminal import language_at_hand, language_from, shown

__all__ = [
    "DEFAULT_HOME", "SHOWN_MAX", "TEACHING", "Command", "Home", "Json", "LakeFolder", "Language", "command", "lake_of",
]  # fmt: skip

TEACHING: Final = """Traceability of medicine packs, with evidence that nobody can quietly change.

\b
A first ledger, in five commands:
    packledger init --origin ledger.example/2026     make a ledger in ./ledger.home
    packledger simulate --out country                a small synthetic country: who trades, and what happened
    packledger enrol country/registrations.json      register its parties, sites, stations, keys, products
    packledger record country/uploads.jsonl --unsafe-clock-from-file
    packledger verify                                check every signature, link, seal and hash

Then `packledger trace CODE --pedigree FILE` tells a pack's story and writes its proofs, and
`packledger verify FILE --key VKEY` checks them on any machine, without the ledger.

Exit codes: 0 valid, 1 usage, 2 runtime, 3 done with warnings, 10 chain broken, 11 signature invalid,
12 key unknown or revoked, 13 proof failed, 14 anchor missing, 15 format unknown, 16 input incomplete,
130 cancelled.
"""

Home = Annotated[
    Path,
    typer.Option("--home", envvar=HOME_VARIABLE, help="Folder of the ledger: settings, keys, last checkpoint."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]
Language = Annotated[
    str | None,
    typer.Option("--lang", help="Language of the output, en or zh; by default the environment's."),
]

LakeFolder = Annotated[
    Path | None, typer.Option("--lake", help="Folder of the lake; by default `lake` in the ledger's home.")
]

DEFAULT_HOME: Final = Path("ledger.home")
SHOWN_MAX: Final = 20


def lake_of(home: Path, lake: Path | None) -> Path:
    """Return the folder of the lake that is meant."""
    return home / "lake" if lake is None else lake


class Command:
    """One command's screen, and its settings when it asks for them."""

    def __init__(self, home: Path, screen: Screen) -> None:
        self._home = home
        self.screen = screen
        self._refused: list[tuple[int, LedgerError]] = []
        self._refusals = 0

    @property
    def settings(self) -> Settings:
        """The ledger's settings, read now."""
        return load_settings(self._home)

    def refuse(self, line: int, problem: LedgerError) -> None:
        """Remember what was refused, for `show_refusals`; machines are told at once."""
        if len(self._refused) < SHOWN_MAX:
            self._refused.append((line, problem))
        self._refusals += 1
        _, advice = self.screen.advice(problem.code)
        self.screen.document(
            {"line": line, "status": "refused", "code": problem.code, "detail": problem.detail, "do": advice}
        )

    def show_refusals(self) -> None:
        """Show what was refused, and why; refusals make the command end with warnings.

        Raises:
            typer.Exit: with the exit code WARNINGS, unless there are none.
        """
        if not self._refused:
            return
        rows = []
        for line, problem in self._refused:
            title, advice = self.screen.advice(problem.code)
            rows.append((str(line), problem.code, f"{title} {problem.detail}".strip(), advice))
        self.screen.table(("line", "problem", "detail", "what-to-do"), rows, self.screen.say("refused-lines"))
        if self._refusals > SHOWN_MAX:
            self.screen.line(f"… {self._refusals - SHOWN_MAX}")
        raise typer.Exit(int(Exit.WARNINGS))


@contextmanager
def command(home: Path, language: str | None, *, as_json: bool) -> Iterator[Command]:
    """Run a command's body; an error of the tree is shown, and decides the exit code."""
    screen = Screen(language_at_hand(), as_json=as_json)
    with shown(screen, exit_of):
        screen.language = language_from(language)
        yield Command(home, screen)
