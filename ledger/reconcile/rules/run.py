"""Run rules: each by itself, so that one that fails stops no other."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from ledger.errors import LedgerError, Misuse, Unavailable
from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.lake import Lake, changes_between, parse_manifest, print_manifest
from ledger.reconcile.rings import rings_of
from ledger.reconcile.rules.bound import asked
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.engine import Engine, Facts
from ledger.reconcile.rules.header import Value
from ledger.reconcile.rules.hit import NO_ROWS, Hit, hits_in, rows_of
from ledger.reconcile.rules.memory import Memory, views_read
from ledger.reconcile.rules.results import Results, fingerprint
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.scope import Changed
from ledger.reconcile.rules.views import query_of

__all__ = ["Outcome", "joined", "run_over", "run_rule", "run_rules", "run_since"]

_PSEUDONYM: Final = re.compile(r"[0-9a-f]{32}")


class Outcome(msgspec.Struct, frozen=True, dict=True):
    """What became of one rule in a run.

    Attributes:
        rows: what it found (`hit.rows_of`); empty when there is a problem.
        problem: why it could not be run; what was found earlier then neither stands nor falls.
        seconds: of the engine and of typing.
        anew: whether everything was computed, not only what changed.
    """

    rule: Rule
    rows: pa.Table
    problem: LedgerError | None
    seconds: float
    anew: bool

    @cached_property
    def hits(self) -> list[Hit]:
        """One hit a subject, in order of subject."""
        return joined(self.rule, sorted(hits_in(self.rule, self.rows), key=lambda hit: hit.subject))

    @property
    def cents(self) -> int:
        """The money in all of them."""
        if self.rule.header.grain == "network":  # links overlap, rings do not
            return sum(hit.cents for hit in self.hits)
        return int(pc.sum(self.rows.column("cents")).as_py() or 0)


def run_rules(
    engine: Engine,
    rules: Sequence[Rule],
    given: Mapping[str, Mapping[str, object]],
    *,
    results: Results | None = None,
    memory: Memory | None = None,
    seconds: int = RULE_SECONDS_MAX,
    timer: Callable[[], float] = time.perf_counter,
) -> Iterator[Outcome]:
    """Run rules, one after the other; a rule that fails stops no other.

    Args:
        given: parameters that are not to have their defaults, by rule.
        results: where an earlier run's rows are, and this one's go; its `finish` is left to the caller.
        memory: what changed since that run, and what is remembered; None to ask each rule as it is written.
        seconds: how long one rule may take.
    """
    engine.expect(rule.query for rule in rules)
    for rule in rules:
        start = timer()
        values = rule.values(given.get(rule.id, {}))
        print_ = fingerprint(rule, values)
        changed = None if memory is None or rule.header.scope == "all" else memory.changed
        before = None if results is None or changed is None else results.rows(rule, print_)
        tables: list[str] = []
        ask = partial(_ask, engine, memory, rule, values, before is not None, seconds, tables)
        try:
            if changed is None or before is None:
                rows = _answered(rule, ask)
            elif changed.touches(rule):
                rows = pa.concat_tables([changed.stands(rule, before), _answered(rule, ask)])
            else:
                rows = before
        except LedgerError as problem:
            yield Outcome(rule, NO_ROWS, problem, timer() - start, before is None)
            continue
        if results is not None:
            results.write(rule, print_, rows)
        if memory is not None:
            memory.remember(tables)
        yield Outcome(rule, rows, None, timer() - start, before is None)


def _ask(
    engine: Engine, memory: Memory | None, rule: Rule, values: dict[str, Value], narrowed: bool, seconds: int,
    tables: list[str],
) -> pa.Table:
    """Return the rows of a rule.

    Args:
        narrowed: only those of the keys that changed.
        tables: gets the names of those that are remembered of it.
    """  # fmt: skip
    if memory is None:
        return engine.ask(asked(rule, values), seconds)
    views = memory.changed.views(rule) if memory.changed is not None and narrowed else {}
    query, names = memory.asked(rule, values, views)
    tables += names
    return memory.engine.ask(query, seconds)


def run_over(
    open_engine: Callable[[Facts], Engine],
    lake: Lake,
    rules: Sequence[Rule],
    given: Mapping[str, Mapping[str, object]],
    folder: Path,
    *,
    anew: bool = False,
    seconds: int = RULE_SECONDS_MAX,
) -> Iterator[Outcome]:
    """Run rules over a lake, on top of the last run over it; what they found is remembered for the next.

    Args:
        open_engine: makes an engine over facts; it is closed in the end.
        folder: of results; nobody else's.
        anew: compute everything.
    """
    manifest, size = print_manifest(lake.manifest), lake.manifest.size
    yield from run_since(open_engine, lake.facts(), manifest, size, rules, given, folder, anew=anew, seconds=seconds)


def run_since(
    open_engine: Callable[[Facts], Engine],
    facts: Facts,
    manifest: bytes,
    size: int,
    rules: Sequence[Rule],
    given: Mapping[str, Mapping[str, object]],
    folder: Path,
    *,
    anew: bool = False,
    seconds: int = RULE_SECONDS_MAX,
    timer: Callable[[], float] = time.perf_counter,
) -> Iterator[Outcome]:
    """Do what `run_over` does, over facts that need not lie in a lake.

    Args:
        manifest: of the lake, or nothing: then the facts are those of the last run and newer ones.
        size: how many statements the facts are from.
    """
    results = Results(folder)
    known = None if anew or _is_useless(results, manifest) else results.view_files()
    engine = open_engine({**facts, **(known or {})})
    try:
        memory = None
        # A cluster does not see the files of this machine, where tables are remembered.
        if isinstance(engine, DuckEngine):
            before, changed = results.before, None
            if before is not None and known is not None and not _has_new_prices(engine, before.size):
                changed = Changed(engine, before.size)
            memory = Memory(engine, results, changed, rules)
            if changed is None:
                engine.expect(exp.select("*").from_(name) for name in views_read(rules))
        yield from run_rules(engine, rules, given, results=results, memory=memory, seconds=seconds, timer=timer)
        if memory is not None:
            memory.remember_views()
        results.finish(manifest, size)
    finally:
        engine.close()


def _is_useless(results: Results, manifest: bytes) -> bool:
    """Say whether the last run tells nothing about this one.

    There is none, it read another lake, or somebody was erased since.
    """
    before = results.before
    if before is None or bool(before.lake) != bool(manifest):
        return True
    if not manifest:
        return False
    changes = changes_between(parse_manifest(before.lake), parse_manifest(manifest))
    return changes.everything or bool(changes.rewritten)


def _has_new_prices(engine: Engine, size: int) -> bool:
    """Say whether a product was registered anew: what its packs are worth changes, whatever happened to them."""
    return bool(
        _first(
            engine,
            f"SELECT count(*) AS value FROM product WHERE number >= {size}"  # noqa: S608  a number
            f" AND id IN (SELECT id FROM product WHERE number < {size})",
        )
    )


def _first(engine: Engine, text: str) -> int:
    return int(engine.ask(query_of(text), RULE_SECONDS_MAX).column("value")[0].as_py() or 0)


def joined(rule: Rule, rows: Sequence[Hit]) -> list[Hit]:
    """Make rings of a rule's links, where it tells of those.

    Args:
        rows: in order of subject.
    """
    return rings_of(rows) if rule.header.grain == "network" else list(rows)


def run_rule(
    engine: Engine, rule: Rule, given: Mapping[str, object], *, seconds: int = RULE_SECONDS_MAX
) -> list[Hit]:
    """Return a rule's rows, in order of subject.

    Args:
        given: parameters that are not to have their defaults.

    Raises:
        Misuse: `rule-parameter`; `rule-failed`, `rule-too-long` and `rule-column` with file, line and cause.
        Unavailable: `rule-needs-memory`, with the same.
    """
    return hits_in(rule, _answered(rule, partial(engine.ask, asked(rule, rule.values(given)), seconds)))


def _answered(rule: Rule, ask: Callable[[], pa.Table]) -> pa.Table:
    """Ask an engine for a rule's rows; type them."""
    try:
        table = ask()
    except LedgerError as error:
        if error.code == "rule-too-long":
            raise Misuse("rule-too-long", f"{rule.file}:{rule.line}: {error.detail}") from None
        if error.code == "rule-needs-memory":
            raise Unavailable("rule-needs-memory", f"{rule.file}:{rule.line}: {error.detail}") from None
        raise Misuse("rule-failed", f"{rule.file}:{_line(rule, error.detail)}: {_told(error.detail)}") from None
    return rows_of(rule, table)


def _line(rule: Rule, cause: str) -> int:
    """Return the line where the word that the engine quotes first stands, else where the SELECT begins."""
    for word in re.findall(r"[\"'`](\w+)[\"'`]", cause):
        if found := re.search(rf"\b{word}\b", rule.text):
            return rule.line + rule.text.count("\n", 0, found.start())
    return rule.line


def _told(cause: str) -> str:
    return _PSEUDONYM.sub("…", cause)[:300]
