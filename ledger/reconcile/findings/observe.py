"""From what rules returned to what they see, said in words.

    1. a rule that failed is told, and neither adds nor closes anything
    2. parties and products in a sentence go by their names
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from ledger.errors import LedgerError
from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.findings.finding import Seen, Sentence, finding_id
from ledger.reconcile.findings.update import RuleRun
from ledger.reconcile.rules.duck import DuckEngine
from ledger.reconcile.rules.hit import Hit
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.run import Outcome
from ledger.reconcile.rules.sentence import NAMED, Number, say
from ledger.reconcile.rules.views import query_of

__all__ = ["Names", "Observed", "names_in", "observe", "seen_of"]

_PARTY, _PRODUCT = NAMED
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


def observe(outcomes: Iterable[Outcome], files: Mapping[str, Path], names: Names) -> Observed:
    """Return what rules saw.

    Args:
        outcomes: of the run.
        files: the rules' files, by name.
        names: of parties and products.
    """
    observed = Observed([], {})
    for outcome in outcomes:
        rule = outcome.rule
        # 1.
        if outcome.problem is not None:
            observed.problems[rule.id] = outcome.problem
            continue
        text = files[rule.id].read_bytes()
        observed.rules.append(RuleRun(rule.id, rule.version, text, seen_of(rule, outcome.hits, names)))
    return observed


def seen_of(rule: Rule, hits: Iterable[Hit], names: Names) -> list[Seen]:
    """Return what a rule saw, one for each subject, in order of subject."""
    return sorted((_seen(rule, hit, names) for hit in hits), key=lambda seen: seen.subject)


def _seen(rule: Rule, hit: Hit, names: Names) -> Seen:
    header = rule.header
    columns: dict[str, Number] = {
        "subject": hit.subject, "score": hit.score, "cents": hit.cents, "time": hit.time, **hit.numbers,
    }  # fmt: skip
    english, chinese = ({name: _word(name, columns[name], names, at) for name in columns} for at in (0, 1))
    return Seen(
        id=finding_id(rule.id, hit.subject), rule=rule.id, version=rule.version, grain=header.grain,
        severity=header.severity, subject=hit.subject, time=hit.time, score=hit.score, cents=hit.cents,
        evidence=hit.evidence, persons=hit.persons, institutions=hit.institutions, numbers=dict(hit.numbers),
        sentence=Sentence(say(header.sentence.en, columns, english), say(header.sentence.zh, columns, chinese)),
    )  # fmt: skip


def _word(name: str, value: Number, names: Names, language: int) -> str:
    """Return a column as it is told; language 0 is English, 1 Chinese."""
    # 2.
    kind = name.rpartition("_")[2]
    known = None
    if kind == _PARTY and isinstance(value, int):
        known = names.parties.get(value)
    elif kind == _PRODUCT and isinstance(value, str):
        known = names.products.get(value)
    if known is not None:
        return known[language]
    return _NOTHING if value is None else str(value)
