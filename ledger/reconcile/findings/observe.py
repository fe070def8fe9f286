"""From rules over a lake to what they see: hits put together, one for each subject, and said in words.

    1. each rule by itself; one that fails is told, and stops no other
    2. links of a network rule are joined into rings
    3. hits of several months about one subject are one: it grows
    4. parties and products in a sentence go by their names
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from ledger.errors import LedgerError
from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.findings.finding import Seen, Sentence, finding_id
from ledger.reconcile.findings.update import RuleRun
from ledger.reconcile.rings import rings_of
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.hit import Hit
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.run import run_rule
from ledger.reconcile.rules.views import query_of

__all__ = ["Names", "Observed", "names_in", "observe", "seen_of"]

_PARTY, _PRODUCT = "party", "product"
_NOTHING = "–"


class Names(msgspec.Struct, frozen=True):
    """(English, Chinese) names of parties by number and of products by id."""

    parties: dict[int, tuple[str, str]]
    products: dict[str, tuple[str, str]]


class Observed(msgspec.Struct, frozen=True):
    """What rules saw, and the problems of those that failed, by rule."""

    rules: list[RuleRun]
    problems: dict[str, LedgerError]


def names_in(engine: DuckEngine) -> Names:
    """Return the names that the lake knows."""

    def read(table: str, key: str) -> dict[object, tuple[str, str]]:
        rows = engine.ask(query_of(f"SELECT {key}, name_en, name_zh FROM {table}"), RULE_SECONDS_MAX).to_pylist()  # noqa: S608  our own names
        return {row[key]: (row["name_en"], row["name_zh"]) for row in rows}

    return Names(read("party", "number"), read("product", "id"))  # type: ignore[arg-type]  # as the columns are


def observe(
    engine: DuckEngine,
    rules: Sequence[tuple[Rule, Path]],
    given: Mapping[str, Mapping[str, object]],
    progress: Callable[[str], None] = lambda rule: None,
) -> Observed:
    """Run rules over a lake.

    Args:
        engine: over the lake.
        rules: with their files.
        given: parameters by rule.
        progress: called with each rule's name before it runs.
    """
    names = names_in(engine)
    observed = Observed([], {})
    for rule, path in rules:
        progress(rule.id)
        try:
            # 1.
            hits = run_rule(engine, rule, given.get(rule.id, {}))
        except LedgerError as error:
            observed.problems[rule.id] = error
            continue
        # 2.
        found = rings_of(hits) if rule.header.grain == "network" else hits
        observed.rules.append(RuleRun(rule.id, rule.version, path.read_bytes(), seen_of(rule, found, names)))
    return observed


def seen_of(rule: Rule, hits: Iterable[Hit], names: Names) -> list[Seen]:
    """Return what a rule saw, one for each subject, in order of subject."""
    ordered = sorted(hits, key=lambda hit: (hit.subject, hit.month or 0))
    return [_seen(rule, list(group), names) for _, group in groupby(ordered, key=lambda hit: hit.subject)]


def _seen(rule: Rule, hits: Sequence[Hit], names: Names) -> Seen:
    # 3. The month that says most speaks for all of them.
    first = max(hits, key=lambda hit: (hit.score, hit.cents, -(hit.month or 0)))
    header = rule.header
    return Seen(
        id=finding_id(rule.id, first.subject), rule=rule.id, version=rule.version, grain=header.grain,
        severity=header.severity, subject=first.subject, time=min(hit.time for hit in hits), score=first.score,
        cents=sum(hit.cents for hit in hits),
        evidence=tuple(sorted({index for hit in hits for index in hit.evidence})),
        persons=tuple(sorted({person for hit in hits for person in hit.persons})),
        institutions=tuple(sorted({number for hit in hits for number in hit.institutions})),
        numbers=dict(first.numbers),
        sentence=Sentence(
            header.sentence.en.format_map(_words(first, names, 0)),
            header.sentence.zh.format_map(_words(first, names, 1)),
        ),
    )  # fmt: skip


def _words(hit: Hit, names: Names, language: int) -> dict[str, str]:
    """Return what a sentence says for each column; 0 is English, 1 Chinese."""
    columns: dict[str, object] = {"subject": hit.subject, "score": hit.score, "cents": hit.cents, "time": hit.time}
    return {name: _word(name, value, names, language) for name, value in (columns | dict(hit.numbers)).items()}


def _word(name: str, value: object, names: Names, language: int) -> str:
    # 4.
    kind = name.rpartition("_")[2]
    known = None
    if kind == _PARTY and isinstance(value, int):
        known = names.parties.get(value)
    elif kind == _PRODUCT and isinstance(value, str):
        known = names.products.get(value)
    if known is not None:
        return known[language]
    return _NOTHING if value is None else str(value)
