"""A town in which anything happens in any order, and rules that look at it every few days.

    python -m tests.reconcile.town 100        100 towns, all rules in each; tells how much was compared

After each look on top of the last one, what every rule found, the findings that stand and the cases that they make
are compared with those of a whole run over the same lake. What happens is told by the town's number alone.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from ledger.reconcile.cases.grouping import group
from ledger.reconcile.findings.finding import Finding, decode_finding
from ledger.reconcile.findings.observe import Names, seen_of
from ledger.reconcile.findings.update import RuleRun, Run, update_findings
from ledger.reconcile.lake import open_lake
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.rule import Rule, load_rules, published
from ledger.reconcile.rules.run import Outcome, run_over
from ledger.store.findings import all_findings
from ledger.submission import Submission
from tests.kit import Desk, World, patient
from tests.reconcile.lake_kit import make_lake, prescribe, sell

__all__ = ["RULES", "Town"]

RULES, _ = load_rules(published())
DAY: Final = 86_400
LOOKS: Final = 6
THINGS_MAX: Final = 40
ERASED_SHARE: Final = 0.2
PERSONS: Final = 4
ANYTHING: Final = (
    "trade", "trade", "sell", "sell", "sell", "sell_again", "sell_again", "come_back", "late", "ahead", "settle_again",
    "settle_again", "settle_alone", "undo", "void", "void", "void_arrival", "reverse", "reverse", "recall", "seize",
    "write", "bill", "erase", "wait",
)  # fmt: skip
"""What may happen, the more often named the more likely."""

_engine: Final = partial(DuckEngine, memory_mib=512, threads=1)
_NAMES: Final = Names({}, {})


class Sale(NamedTuple):
    """What was handed out, settled or received: the id of the statement, the packs, who did it, to whom."""

    id: str
    packs: list[str]
    by: Desk
    to: str


class Town:
    """A world, its lake, and what is remembered of the last look.

    Attributes:
        looked: how often a rule about packs or persons was run for what changed alone; how many rows were `found`.
        done: how often each thing happened.

    Args:
        number: decides all that happens.
        rules: those that look.
        happens: what may happen, of `ANYTHING`.
    """

    def __init__(
        self, folder: Path, number: int, rules: Sequence[Rule] = RULES, happens: Sequence[str] = ANYTHING
    ) -> None:
        self._folder = folder
        self._happens = happens
        self._random = Random(number)
        self._rules = rules
        self._given: dict[str, dict[str, object]] = {}
        self._shelf: list[str] = []
        self._sales: list[Sale] = []
        self._settled: list[Sale] = []
        self._arrived: list[Sale] = []
        self.looked = self.found = 0
        self.done: Counter[str] = Counter()

    def live(self) -> None:
        """Let things happen, and look, a few times.

        Raises:
            AssertionError: a look found something else than a whole run; says what had happened before it.
        """
        with World(self._folder / "home", f"sqlite:///{self._folder / 'ledger.sqlite'}") as self.world:
            for _ in range(LOOKS):
                happened = [self._something() for _ in range(self._random.randint(1, THINGS_MAX))]
                self._set_parameter()
                self._look(happened)

    # -- what happens

    def _something(self) -> str:
        name = self._random.choice(self._happens)
        getattr(self, f"_{name}")()
        self.world.wait(self._random.randint(60, DAY))
        self.done[name] += 1
        return name

    def _tell(self, *submissions: Submission) -> None:
        for outcome in self.world.record(*submissions):
            assert outcome.status == "recorded", outcome

    def _person(self) -> str:
        return f"P-{self._random.randrange(PERSONS)}"

    def _shop(self) -> Desk:
        return self._random.choice([self.world.pharmacy, self.world.rival])

    def _some(self, sales: list[Sale]) -> list[Sale]:
        return [self._random.choice(sales)] if sales else []

    def _trade(self) -> None:
        """Packs come to a shop; some arrive at another than they were sent to, or are never received."""
        packs, sent_to, shop = self.world.packs(self._random.randint(1, 8)), self._shop(), self._shop()
        self._tell(self.world.commission(packs), self.world.ship(packs, to=sent_to))
        if self._random.random() < 0.8:
            name = self.world.fresh_id()
            self._tell(self.world.receive(packs, by=shop, event_id=name))
            self._arrived.append(Sale(name, packs, shop, ""))
        self._shelf += packs

    def _handed_out(self, packs: list[str], shop: Desk, to: str | None, **members: Any) -> None:
        name = self.world.fresh_id()
        person = None if to is None else patient(to)
        self._tell(self.world.dispense(packs, by=shop, insured=True, person=person, event_id=name, **members))
        self._sales.append(Sale(name, packs, shop, to or ""))

    def _sell(self) -> None:
        """Somebody gets a pack or two, to whom now and then nobody gives a name; mostly it is settled."""
        packs = [self._shelf.pop() for _ in self._shelf[:2]] or self.world.packs(1)
        shop, to = self._shop(), self._random.choice([None, self._person(), self._person()])
        self._handed_out(packs, shop, to)
        if self._random.random() < 0.7:
            self._paid(packs, shop, to)

    def _paid(self, packs: list[str], shop: Desk, to: str | None, **members: Any) -> None:
        paper = self.world.settle(packs, at=shop, person=None if to is None else patient(to), **members)
        self._tell(paper)
        self._settled.append(Sale(f"urn:uuid:00000000-0000-4000-8000-{self.world._events:012d}", packs, shop, to or ""))

    def _sell_again(self) -> None:
        for sale in self._some(self._sales):
            self._handed_out(sale.packs, self._shop(), self._person())

    def _come_back(self) -> None:
        for sale in self._some(self._sales):
            self._tell(self.world.receive(sale.packs, by=self.world.distributor))

    def _late(self) -> None:
        """A counter that was offline tells of a sale some days ago: of a pack on the shelf, or of one sold since."""
        packs = self._random.choice([[self._shelf.pop()] if self._shelf else [], *(one.packs for one in self._sales)])
        if packs:
            days = self._random.randint(1, 9)
            self._handed_out(packs, self._shop(), self._person(), at=self.world.now - days * DAY)

    def _ahead(self) -> None:
        """A counter whose clock is days ahead sells a pack: what is stated before then may change what it means."""
        packs = [self._shelf.pop()] if self._shelf else self.world.packs(1)
        self._handed_out(packs, self._shop(), self._person(), at=self.world.now + self._random.randint(2, 30) * DAY)

    def _settle_again(self) -> None:
        for sale in self._some(self._settled):
            self._paid(sale.packs, self._shop(), self._person())

    def _settle_alone(self) -> None:
        self._paid(self.world.packs(1), self._shop(), self._person())

    def _undo(self) -> None:
        for sale in self._some(self._sales):
            self._tell(self.world.undo_dispense(sale.packs, by=sale.by))

    def _void(self) -> None:
        for sale in self._some(self._sales):
            self._sales.remove(sale)
            self._tell(self.world.declare_wrong("dispensing", sale.id, sale.packs, by=sale.by, settlement="insured"))

    def _void_arrival(self) -> None:
        for arrival in self._some(self._arrived):
            self._arrived.remove(arrival)
            self._tell(self.world.declare_wrong("receiving", arrival.id, arrival.packs, by=arrival.by))

    def _reverse(self) -> None:
        for sale in self._some(self._settled):
            self._settled.remove(sale)
            self._tell(self.world.settle(sale.packs, at=sale.by, reverses=sale.id))

    def _recall(self) -> None:
        self._tell(self.world.recall(self._random.choice(["B1", "B2"])))

    def _seize(self) -> None:
        for sale in self._some(self._sales):
            self._tell(self.world.seize(sale.packs))

    def _write(self) -> None:
        self._tell(prescribe(self.world, self._random.randint(1, 20), patient(self._person())))

    def _bill(self) -> None:
        self._tell(sell(self.world, self._random.randint(1, 40)))

    def _erase(self) -> None:
        """Seldom: after an erasure everything is computed anew."""
        person = patient(self._person())
        if self._random.random() < ERASED_SHARE and any(sale.to == person.patient.id_number for sale in self._sales):
            self.world.one(self.world.erase(person))

    def _wait(self) -> None:
        self.world.wait(self._random.randint(1, 40) * DAY)

    def _set_parameter(self) -> None:
        """Now and then, run a rule with another parameter from here on; or with its own again."""
        if self._random.random() < 0.7:
            return
        rule = self._random.choice(self._rules)
        name, parameter = self._random.choice(list(rule.header.parameters.items()) or [("", None)])
        self._given.pop(rule.id, None)
        if parameter is not None and isinstance(parameter.default, int):
            value = self._random.randint(parameter.at_least, min(parameter.at_most, 2 * parameter.default + 1))
            self._given[rule.id] = {name: value}

    # -- looking

    def _look(self, happened: Sequence[str]) -> None:
        make_lake(self.world, self._folder / "lake")
        lake = open_lake(self._folder / "lake")
        look: Callable[..., list[Outcome]] = lambda *told, **how: list(  # noqa: E731
            run_over(_engine, lake, self._rules, self._given, *told, **how)
        )
        more, whole = look(self._folder / "results"), look(self._folder / "whole", anew=True)
        for after, full in zip(more, whole, strict=True):
            assert (after.problem, full.problem) == (None, None)
            assert after.hits == full.hits, (full.rule.id, happened)
        self.looked += sum(not outcome.anew for outcome in more)
        self.found += sum(len(outcome.hits) for outcome in more)
        seen = [RuleRun(each.rule.id, each.rule.version, b"", seen_of(each.rule, each.hits, _NAMES)) for each in whole]
        stands = [Finding(seen=one, first_run=1, run=1) for rule in seen for one in rule.seen]
        kept = self._taken_in(more, lake.manifest.size)
        assert sorted(each.id for each in kept) == sorted(each.id for each in stands), happened
        assert _cases(kept) == _cases(stands), happened

    def _taken_in(self, outcomes: Sequence[Outcome], size: int) -> list[Finding]:
        """Bring the ledger's findings to what was found; return those that stand."""
        rules = [
            RuleRun(each.rule.id, each.rule.version, each.rule.text.encode(), seen_of(each.rule, each.hits, _NAMES))
            for each in outcomes
        ]
        standing = frozenset(rule.id for rule in self._rules)
        run = Run(at=self.world.now, tree_size=size, root=bytes(32), rules=rules, standing=standing)
        update_findings(self.world.ledger.database, run, lambda gone, since: {})
        with self.world.ledger.database.read() as connection:
            found = [decode_finding(row.data) for row in all_findings(connection)]
        return [finding for finding in found if finding.is_open]


def _cases(findings: Sequence[Finding]) -> list[Any]:
    """Return what would be one case, whatever runs its findings are from."""
    return [
        ([each.seen for each in case.findings], case.severity, case.score, case.cents, case.rules, case.persons)
        for case in group(findings)
    ]


def main() -> None:
    """Let as many towns live as the command line says."""
    looked, found = 0, 0
    done: Counter[str] = Counter()
    for number in range(int(sys.argv[1])):
        with tempfile.TemporaryDirectory() as name:
            town = Town(Path(name), number)
            try:
                town.live()
            except AssertionError:
                print(f"town {number}")
                raise
        looked, found, done = looked + town.looked, found + town.found, done + town.done
    print(f"{looked} runs of rules for what changed alone, {found} rows found, all as in whole runs")
    print(", ".join(f"{name} {times}" for name, times in sorted(done.items())))


if __name__ == "__main__":
    main()
