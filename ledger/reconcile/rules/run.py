"""Run rules: each by itself, so that one that fails stops no other."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from ledger.errors import LedgerError, Misuse
from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.lake import Lake, changes_between, parse_manifest, print_manifest
from ledger.reconcile.rings import rings_of
from ledger.reconcile.rules.bound import asked
from ledger.reconcile.rules.engine import Engine
from ledger.reconcile.rules.hit import Hit, hits_of
from ledger.reconcile.rules.results import Results, fingerprint
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.scope import Changed, Since
from ledger.reconcile.rules.views import query_of

__all__ = ["Outcome", "joined", "run_over", "run_rule", "run_rules"]

_Thing = TypeVar("_Thing", bound=Any)
_PSEUDONYM: Final = re.compile(r"[0-9a-f]{32}")


class Outcome(msgspec.Struct, frozen=True):
    """What became of one rule in a run.

    Attributes:
        hits: one a subject, in order of subject; empty when there is a problem.
        problem: why it could not be run; what was found earlier then neither stands nor falls.
        seconds: of the engine and of typing, wall time.
        anew: whether everything was computed, not only what changed.
    """

    rule: Rule
    hits: list[Hit]
    problem: LedgerError | None
    seconds: float
    anew: bool


def run_rules(
    engine: Engine,
    rules: Sequence[Rule],
    given: Mapping[str, Mapping[str, object]],
    *,
    results: Results | None = None,
    since: Since | None = None,
    seconds: int = RULE_SECONDS_MAX,
    timer: Callable[[], float] = time.perf_counter,
) -> Iterator[Outcome]:
    """Run rules, one after the other; a rule that fails stops no other.

    Args:
        given: parameters that are not to have their defaults, by rule.
        results: where an earlier run's rows are, and this one's go; its `finish` is left to the caller.
        since: up to where that run knew the facts; None to compute everything.
        seconds: how long one rule may take.
    """
    values = {rule.id: rule.values(given.get(rule.id, {})) for rule in rules}
    changed = None if since is None else Changed(engine, since, rules, values)
    for rule in rules:
        start = timer()
        print_ = fingerprint(rule, values[rule.id])
        before = None if results is None or changed is None else results.rows(rule, print_)
        anew = changed is None or before is None or rule.header.scope == "all"
        try:
            if changed is None or before is None or anew:
                rows = run_rule(engine, rule, given.get(rule.id, {}), seconds=seconds)
            else:
                rows = _again(engine, rule, given.get(rule.id, {}), changed, before, seconds)
        except LedgerError as problem:
            yield Outcome(rule, [], problem, timer() - start, anew)
            continue
        if results is not None:
            results.write(rule, print_, rows)
        yield Outcome(rule, joined(rule, rows), None, timer() - start, anew)


def run_over(
    engine: Engine,
    lake: Lake,
    rules: Sequence[Rule],
    given: Mapping[str, Mapping[str, object]],
    folder: Path,
    *,
    anew: bool = False,
    seconds: int = RULE_SECONDS_MAX,
) -> Iterator[Outcome]:
    """Run rules over a lake, on top of the last run over it; what they found is remembered for the next.

    Everything is computed again where the last run is of no use: there is none, it read another lake, somebody
    was erased since, or a product was registered anew (its price may be another).

    Args:
        engine: over the lake's facts.
        folder: of results; nobody else's.
        anew: compute everything.
    """
    results = Results(folder)
    now = engine.ask(query_of("SELECT recorded FROM as_of"), seconds).column("recorded")[0].as_py()
    since = None if anew else _since(engine, lake, results)
    yield from run_rules(engine, rules, given, results=results, since=since, seconds=seconds)
    results.finish(print_manifest(lake.manifest), Since(lake.manifest.size, now or 0))


def _since(engine: Engine, lake: Lake, results: Results) -> Since | None:
    before = results.before
    if before is None:
        return None
    changes = changes_between(parse_manifest(before.lake), lake.manifest)
    if changes.everything or changes.rewritten:
        return None
    again = engine.ask(
        query_of(
            f"SELECT count(*) AS products FROM product WHERE number >= {before.since.size}"  # noqa: S608  a number
            f" AND id IN (SELECT id FROM product WHERE number < {before.since.size})"
        ),
        RULE_SECONDS_MAX,
    )
    return None if again.column("products")[0].as_py() else before.since


def _again(
    engine: Engine, rule: Rule, given: Mapping[str, object], changed: Changed, before: Sequence[Hit], seconds: int
) -> list[Hit]:
    """Compute what changed, and put it in the place of what an earlier run found about the same."""
    months = changed.months(rule)
    fresh: list[Hit] = []
    if months or rule.header.scope != "month":
        fresh = run_rule(engine, rule, given, views=changed.views(rule), months=months, seconds=seconds)
    return sorted([*changed.stands(rule, before), *fresh], key=lambda hit: (hit.subject, hit.month or 0))


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
    engine: Engine,
    rule: Rule,
    given: Mapping[str, object],
    *,
    views: Mapping[str, str] | None = None,
    months: tuple[int, ...] = (),
    seconds: int = RULE_SECONDS_MAX,
) -> list[Hit]:
    """Return a rule's rows, in order of subject and month.

    Args:
        given: parameters that are not to have their defaults.
        views: which views to read instead of those that the rule names; none for all facts.
        months: for a rule of scope `month`, the months to compute; none for all.

    Raises:
        Misuse: `rule-parameter`; `rule-failed`, `rule-too-long` and `rule-column` with file, line and cause.
    """
    query = asked(rule, rule.values(given), views or {}, months)
    try:
        table = engine.ask(query, seconds)
    except LedgerError as error:
        if error.code == "rule-too-long":
            raise Misuse("rule-too-long", f"{rule.file}:{rule.line}: {error.detail}") from None
        raise Misuse("rule-failed", f"{rule.file}:{_line(rule, error.detail)}: {_told(error.detail)}") from None
    return hits_of(rule, table)


def _line(rule: Rule, cause: str) -> int:
    """Return the line where the word that the engine quotes first stands, else where the SELECT begins."""
    for word in re.findall(r"[\"'`](\w+)[\"'`]", cause):
        if found := re.search(rf"\b{word}\b", rule.text):
            return rule.line + rule.text.count("\n", 0, found.start())
    return rule.line


def _told(cause: str) -> str:
    return _PSEUDONYM.sub("…", cause)[:300]
