"""Run rules: each by itself, so that one that fails stops no other."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from ledger.errors import LedgerError, Misuse
from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.lake import Lake, changes_between, parse_manifest, print_manifest
from ledger.reconcile.rings import rings_of
from ledger.reconcile.rules.bound import asked
from ledger.reconcile.rules.engine import Engine, Facts
from ledger.reconcile.rules.hit import NO_ROWS, Hit, hits_in, rows_of
from ledger.reconcile.rules.parts import Parts
from ledger.reconcile.rules.remembered import (
    AGED_SHARE_MAX,
    recall_views,
    remember_all,
    remember_changed,
    remembered_of,
)
from ledger.reconcile.rules.results import Results, fingerprint
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.scope import Changed, Since
from ledger.reconcile.rules.views import query_of

__all__ = ["Outcome", "joined", "run_over", "run_rule", "run_rules", "run_since"]

_Thing = TypeVar("_Thing", bound=Any)
_PSEUDONYM: Final = re.compile(r"[0-9a-f]{32}")


class Outcome(msgspec.Struct, frozen=True, dict=True):
    """What became of one rule in a run.

    Attributes:
        rows: what it found (`hit.rows_of`), by month where it counts by month; empty when there is a problem.
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
        return joined(self.rule, sorted(hits_in(self.rule, self.rows), key=_in_order))

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
    changed: Changed | None = None,
    seconds: int = RULE_SECONDS_MAX,
    timer: Callable[[], float] = time.perf_counter,
) -> Iterator[Outcome]:
    """Run rules, one after the other; a rule that fails stops no other.

    Args:
        given: parameters that are not to have their defaults, by rule.
        results: where an earlier run's rows are, and this one's go; its `finish` is left to the caller.
        changed: what changed since that run; None to compute everything.
        seconds: how long one rule may take.
    """
    engine.expect(rule.query for rule in rules)
    for rule in rules:
        start = timer()
        values = given.get(rule.id, {})
        print_ = fingerprint(rule, rule.values(values))
        before = None if results is None or changed is None else results.rows(rule, print_)
        anew = changed is None or before is None or rule.header.scope == "all"
        parts = None
        if results is not None and engine.local and rule.header.parts:
            parts = Parts(engine, results, changed, rule, rule.values(values), print_)
        try:
            if changed is None or before is None or anew:
                rows = _asked(engine, rule, values, parts=parts, seconds=seconds)
            else:
                rows = _again(engine, rule, values, changed, before, seconds)
        except LedgerError as problem:
            yield Outcome(rule, NO_ROWS, problem, timer() - start, anew)
            continue
        if results is not None:
            results.write(rule, print_, rows)
        if parts is not None:
            parts.remember()
        yield Outcome(rule, rows, None, timer() - start, anew)


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
    views = {} if anew or _is_useless(results, manifest) else results.view_files()
    engine = open_engine({**facts, **views})
    try:
        now = _first(engine, "SELECT recorded AS value FROM as_of")
        values = {rule.id: rule.values(given.get(rule.id, {})) for rule in rules}
        changed = None
        # A cluster does not see the files of this machine, where the views lie.
        again = engine.local and bool(views)
        if results.before is not None and again and not _has_new_prices(engine, results.before.since):
            changed = Changed(engine, results.before.since, rules, values)
            recall_views(engine, results, changed)
        elif engine.local:
            engine.expect(remembered_of(rules).values())
        yield from run_rules(engine, rules, given, results=results, changed=changed, seconds=seconds, timer=timer)
        codes, aged = 0, 0
        if changed is not None:
            codes, aged = remember_changed(engine, results, changed)
        elif engine.local:
            codes, aged = remember_all(engine, results, rules)
        results.finish(manifest, Since(size, now), codes, aged)
    finally:
        engine.close()


def _is_useless(results: Results, manifest: bytes) -> bool:
    """Say whether the last run tells nothing about this one.

    There is none, it read another lake, somebody was erased since, or too much of what is remembered has aged.
    """
    before = results.before
    if before is None or before.aged > before.codes * AGED_SHARE_MAX or bool(before.lake) != bool(manifest):
        return True
    if not manifest:
        return False
    changes = changes_between(parse_manifest(before.lake), parse_manifest(manifest))
    return changes.everything or bool(changes.rewritten)


def _has_new_prices(engine: Engine, since: Since) -> bool:
    """Say whether a product was registered anew: what its packs are worth changes, whatever happened to them."""
    return bool(
        _first(
            engine,
            f"SELECT count(*) AS value FROM product WHERE number >= {since.size}"  # noqa: S608  a number
            f" AND id IN (SELECT id FROM product WHERE number < {since.size})",
        )
    )


def _first(engine: Engine, text: str) -> int:
    return int(engine.ask(query_of(text), RULE_SECONDS_MAX).column("value")[0].as_py() or 0)


def _again(
    engine: Engine, rule: Rule, given: Mapping[str, object], changed: Changed, before: pa.Table, seconds: int
) -> pa.Table:
    """Compute what changed, and put it in the place of what an earlier run found about the same."""
    months = changed.months(rule)
    stands = changed.stands(rule, before)
    if rule.header.scope == "month" and not months:
        return stands
    fresh = _asked(engine, rule, given, views=changed.views(rule), months=months, seconds=seconds)
    return pa.concat_tables([stands, fresh])


def _in_order(hit: Hit) -> tuple[str, int]:
    return hit.subject, hit.month or 0


def joined(rule: Rule, rows: Sequence[Hit]) -> list[Hit]:
    """Make one hit a subject of a rule's rows: its months joined; links joined into rings, where it tells of those.

    Args:
        rows: in order of subject and month.
    """
    return rings_of(rows) if rule.header.grain == "network" else _merged(rows)


def _merged(rows: Sequence[Hit]) -> list[Hit]:
    """Make one hit of a subject's months: the month that says most speaks for all of them."""
    found = []
    for _, group in groupby(rows, key=lambda hit: hit.subject):
        months = list(group)
        best = max(months, key=lambda hit: (hit.score, hit.cents, -(hit.month or 0)))
        if len(months) > 1:
            best = msgspec.structs.replace(
                best,
                time=min(hit.time for hit in months),
                cents=sum(hit.cents for hit in months),
                evidence=_union(hit.evidence for hit in months),
                persons=_union(hit.persons for hit in months),
                institutions=_union(hit.institutions for hit in months),
            )
        found.append(msgspec.structs.replace(best, month=None))
    return found


def _union(parts: Iterable[Iterable[_Thing]]) -> tuple[_Thing, ...]:
    return tuple(sorted({each for part in parts for each in part}))


def run_rule(
    engine: Engine, rule: Rule, given: Mapping[str, object], *, seconds: int = RULE_SECONDS_MAX
) -> list[Hit]:
    """Return a rule's rows, in order of subject and month.

    Args:
        given: parameters that are not to have their defaults.

    Raises:
        Misuse: `rule-parameter`; `rule-failed`, `rule-too-long` and `rule-column` with file, line and cause.
    """
    return hits_in(rule, _asked(engine, rule, given, seconds=seconds))


def _asked(
    engine: Engine,
    rule: Rule,
    given: Mapping[str, object],
    *,
    views: Mapping[str, str] | None = None,
    months: tuple[int, ...] = (),
    parts: Parts | None = None,
    seconds: int,
) -> pa.Table:
    """Return what `run_rule` does, as rows.

    Args:
        views: which views to read instead of those that the rule names; none for all facts.
        months: for a rule of scope `month`, the months to compute; none for all.
        parts: what is remembered of it; None to ask it as it is written.
    """
    query = asked(rule, rule.values(given), views or {}, months)
    query = query if parts is None else parts.in_place(query)
    try:
        table = engine.ask(query, seconds)
    except LedgerError as error:
        if error.code == "rule-too-long":
            raise Misuse("rule-too-long", f"{rule.file}:{rule.line}: {error.detail}") from None
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
