"""Offices at work: a world with crimes in it, its lake, what the rules see, cases.

    with Bureau(tmp_path) as bureau:
        bureau.sell_twice(packs)
        bureau.look()                      # lake and findings brought up to date
        case = bureau.police.open("…", bureau.findings())
        bureau.export(case.number)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from ledger.bundle.form import Index
from ledger.bundle.write import Lake, write_bundle
from ledger.casework import Desk
from ledger.codes import key_of
from ledger.reconcile.facts import FACTS
from ledger.reconcile.findings.explain import explain
from ledger.reconcile.findings.finding import Finding, decode_finding
from ledger.reconcile.findings.observe import names_in, observe
from ledger.reconcile.findings.update import Changes, Run, update_findings
from ledger.reconcile.lake import open_lake, update_lake
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.rule import CATALOGUE, load_rule
from ledger.reconcile.rules.run import run_rules
from ledger.store.findings import all_findings
from tests import kit
from tests.kit import World, patient

RULES = ("dispensed-twice", "resold-after-insured-purchase", "settled-twice")
DAY = 86_400


class Bureau:
    """A world, and the offices that look into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World(folder / "home", f"sqlite:///{folder / 'ledger.sqlite'}")
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self.world)
        self.police, self.insurer = self.desk(self.world.police), self.desk(self.world.insurer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def desk(self, of: kit.Desk) -> Desk:
        """Return a station of an office at work."""
        return Desk(self.world.ledger, self.world.recorder, of.key, self.world.clock, self.world.chance)

    # -- trade

    def stock(self, count: int) -> list[str]:
        """Make packs and bring them to the pharmacy."""
        packs = self.world.packs(count)
        for each in (self.world.commission(packs), self.world.ship(packs), self.world.receive(packs)):
            assert self.world.one(each).status == "recorded"
            self.world.wait(700)
        return packs

    def sell(self, packs: Sequence[str], to: str = "P-1") -> None:
        """Hand packs out at the pharmacy, paid by the insurer, each by itself."""
        for pack in packs:
            person = patient(to)
            self.world.one(self.world.dispense([pack], insured=True, person=person))
            self.world.one(self.world.settle([pack], person=person))
            self.world.wait(700)

    def sell_twice(self, packs: Sequence[str], to: str = "P-1") -> None:
        """Hand packs out at the pharmacy, and a week later at its rival."""
        self.sell(packs, to)
        self.world.wait(7 * DAY)
        for pack in packs:
            self.world.one(self.world.dispense([pack], by=self.world.rival))
            self.world.wait(700)

    # -- looking

    @contextmanager
    def lake(self) -> Iterator[Lake]:
        """Bring the lake up to date and open an engine over it."""
        ledger, folder = self.world.ledger, self.folder / "lake"
        update_lake(ledger.database, ledger.trust, ledger.vault, folder)
        lake = open_lake(folder)
        facts = {table: [str(file) for file in lake.files(table)] for table in FACTS}
        engine = DuckEngine(facts, memory_mib=512, threads=1)
        try:
            yield Lake(engine, lake.manifest.size)
        finally:
            engine.close()

    def look(self, *names: str) -> Changes:
        """Bring lake and findings up to date."""
        files = [CATALOGUE / f"{name}.sql" for name in names or RULES]
        with self.lake() as lake:
            rules = [load_rule(file) for file in files]
            outcomes = run_rules(lake.engine, rules, {})
            by_name = {rule.id: file for rule, file in zip(rules, files, strict=True)}
            observed = observe(outcomes, by_name, names_in(lake.engine))
            assert not observed.problems, observed.problems
            run = Run(
                at=self.world.now, tree_size=lake.size, root=bytes(32), rules=observed.rules,
                standing=frozenset(RULES),
            )  # fmt: skip
            return update_findings(
                self.world.ledger.database, run, lambda gone, since: explain(lake.engine, gone, since)
            )

    def findings(self) -> list[Finding]:
        """Return all findings."""
        with self.world.ledger.database.read() as connection:
            return [decode_finding(row.data) for row in all_findings(connection)]

    def about(self, pack: str) -> list[str]:
        """Return the ids of the findings about a pack."""
        return sorted(each.id for each in self.findings() if each.seen.subject == key_of(pack))

    def export(self, number: int, name: str = "case.zip") -> tuple[Path, Index]:
        """Write a case's bundle."""
        path = self.folder / name
        with self.lake() as lake:
            return path, write_bundle(self.world.ledger, number, path, lake)
