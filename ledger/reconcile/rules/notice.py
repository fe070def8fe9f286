"""The five checks of the insurer's notice on paper prescriptions (October 2024), and the rules that make them.

Which rule makes which check stands in the rule's own `source`; here is only what the notice calls for.
"""

from __future__ import annotations

import re
from typing import Final

from ledger.reconcile.rules.header import Said
from ledger.reconcile.rules.rule import Rule

__all__ = ["CHECKS", "checks_of"]

CHECKS: Final = (
    Said("The number of paper prescriptions of an institution", "机构纸质处方数量"),
    Said("The dose of a single prescription", "单张处方用量"),
    Said("The same insured person over-prescribed repeatedly", "同一参保人反复超量开药"),
    Said("The paper prescriptions of one institution, against its peers", "单家机构纸质处方与同类机构相比"),
    Said("Prescriptions by physicians of key departments", "重点科室医师处方"),
)
"""What is checked, in the order of the notice."""

_NAMED: Final = re.compile(r"Checks? ([1-5])(?: and ([1-5]))? of the insurer's notice on paper prescriptions")


def checks_of(rule: Rule) -> tuple[int, ...]:
    """Return which checks a rule makes, from 1; none for most rules."""
    named = _NAMED.match(rule.header.source)
    return () if named is None else tuple(int(number) for number in named.groups() if number)
