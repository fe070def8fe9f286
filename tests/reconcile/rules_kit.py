"""What a rule finds in a story of facts, and the stories that each rule's test tells."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ledger.reconcile.facts import KEPT_WHOLE
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.hit import Hit
from ledger.reconcile.rules.rule import CATALOGUE, load_rule
from ledger.reconcile.rules.run import joined, run_rule
from tests.reconcile.facts_kit import Story

__all__ = ["Cases", "found", "tell_everything", "write_facts"]

Telling = Callable[[Story], str]
"""Lets something happen in a story, and returns its subject."""


class Cases:
    """What a rule shall find, and what it shall not: one small story each, told alone or all in one.

        CASES = Cases("dispensed-twice")

        @CASES.guilty
        def sold_at_two_places(story: Story) -> str: ...

        @CASES.innocent
        def double_beep(story: Story) -> str: ...
    """

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.tellings: dict[str, tuple[Telling, bool]] = {}

    def guilty(self, telling: Telling) -> Telling:
        """Add a case that the rule finds."""
        self.tellings[telling.__name__] = telling, True
        return telling

    def innocent(self, telling: Telling) -> Telling:
        """Add a case that the rule leaves alone."""
        self.tellings[telling.__name__] = telling, False
        return telling

    def tell_all(self, story: Story) -> None:
        """Tell all cases in one story; each has its own places and products."""
        for telling, _ in self.tellings.values():
            story.forget_names()
            telling(story)

    def tell(self, name: str) -> Hit | None:
        """Tell one case; return the hit about its subject. Whatever else is found is a fault."""
        story = Story()
        telling, is_guilty = self.tellings[name]
        subject = telling(story)
        hits = found(self.rule, story)
        assert [hit.subject for hit in hits] == ([subject] if is_guilty else []), hits
        return hits[0] if hits else None


def tell_everything() -> tuple[Story, set[str]]:
    """Tell the cases of every rule in one story; return it, and the rules that have cases."""
    story, rules = Story(), set()
    for path in sorted((Path(__file__).parent / "rules").glob("test_*.py")):
        if "CASES = " not in path.read_text("utf-8"):
            continue
        cases: Cases = importlib.import_module(f"tests.reconcile.rules.{path.stem}").CASES
        cases.tell_all(story)
        rules.add(cases.rule)
    return story, rules


def found(rule: str, story: Story, **parameters: Any) -> list[Hit]:
    """Return what a published rule finds in a story, on the embedded engine."""
    engine = DuckEngine(story.facts(), memory_mib=512, threads=2)
    try:
        asked = load_rule(CATALOGUE / f"{rule}.sql")
        return joined(asked, run_rule(engine, asked, parameters))
    finally:
        engine.close()


def write_facts(story: Story, folder: Path) -> dict[str, list[str]]:
    """Write a story as Parquet, laid out like a lake; return the files by table."""
    files: dict[str, list[str]] = {}
    for name, table in story.facts().items():
        path = folder / f"{name}.parquet" if name in KEPT_WHOLE else folder / name / "0-0.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path)
        files[name] = [str(path)]
    return files
