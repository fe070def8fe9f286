"""Run rules: each by itself, so that one that fails stops no other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ledger.errors import LedgerError, Misuse
from ledger.limits import RULE_SECONDS_MAX
from ledger.reconcile.rules.bound import asked
from ledger.reconcile.rules.engine import Engine
from ledger.reconcile.rules.hit import Hit, hits_of
from ledger.reconcile.rules.rule import Rule

__all__ = ["run_rule"]

_PSEUDONYM: Final = re.compile(r"[0-9a-f]{32}")


def run_rule(
    engine: Engine,
    rule: Rule,
    given: Mapping[str, object],
    *,
    views: Mapping[str, str] | None = None,
    months: tuple[int, ...] = (),
    seconds: int = RULE_SECONDS_MAX,
) -> list[Hit]:
    """Return a rule's hits, in order of subject.

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
