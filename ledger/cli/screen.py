"""What a command of the ledger shows beside what all programs show: verdicts, times, and progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ledger import terminal
from ledger.cli.words import say
from ledger.clock import iso
from ledger.custody.anomalies import ANOMALIES, Verdict
from ledger.terminal import LANGUAGES

__all__ = ["Screen"]

class Screen(terminal.Screen):
    """One command's output, in one language.

    Args:
        language: `en` or `zh`.
        as_json: documents instead of tables.
    """

    def __init__(self, language: str, *, as_json: bool) -> None:
        super().__init__(language, say, as_json=as_json)

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

    @contextmanager
    def progress(
        self, word: str, total: int | None = None, *, ticking: bool = True
    ) -> Iterator[Callable[[int, int | None], None]]:
        """Show progress while the block runs; the function given takes (done, total).

        Not `ticking`: drawn anew only when something is told, so that no thread runs beside the block.
        """
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        hidden = self.as_json or not self._error.is_terminal
        shown = Progress(*columns, console=self._error, transient=True, disable=hidden, auto_refresh=ticking)
        with shown as progress:
            task = progress.add_task(self.say(word), total=total)
            yield lambda done, of: progress.update(task, completed=done, total=of, refresh=not ticking)

    @contextmanager
    def working(self) -> Iterator[Callable[[str], None]]:
        """Show what is being worked on while the block runs; the function given takes a line."""
        if self.as_json or not self._error.is_terminal:
            yield lambda line: None
            return
        with self._error.status("") as status:
            yield status.update
