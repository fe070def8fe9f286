"""A hit: what a rule found about one subject. Typed here, whatever engine returned it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import msgspec
import pyarrow as pa

from ledger.errors import LedgerError, Misuse
from ledger.reconcile.rules.rule import Rule

__all__ = ["Hit", "Number", "hits_of"]

Number = int | str | None


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a rule.

    Attributes:
        rule: the rule's name.
        version: of the rule's text.
        subject: a pack's code, a person's pseudonym, or a party's number as text.
        time: when the last fact needed was recorded; seconds since the epoch.
        score: how sure, 0 to 100.
        cents: money at stake, hundredths of the currency.
        evidence: log indexes, ascending.
        persons: pseudonyms of who is touched, ascending.
        institutions: numbers of parties that are touched, ascending.
        numbers: what the sentence says, by name.
        month: for a rule that counts by month, the month (like 202603), else None.
    """

    rule: str
    version: str
    subject: str
    time: int
    score: int
    cents: int
    evidence: tuple[int, ...]
    persons: tuple[str, ...]
    institutions: tuple[int, ...]
    numbers: dict[str, Number]
    month: int | None = None


def hits_of(rule: Rule, table: pa.Table) -> list[Hit]:
    """Type the rows that an engine returned, in order of subject and month.

    Raises:
        Misuse: `rule-column` for a column of a wrong type, a row without a subject, time or evidence, a score out
            of bounds, or two rows for one subject.
    """
    _check_types(rule, table)
    rows = zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True)
    names = table.column_names
    found = [_hit(rule, dict(zip(names, row, strict=True))) for row in rows]
    found.sort(key=lambda hit: (hit.subject, hit.month or 0))
    for one, other in pairwise(found):
        if (one.subject, one.month) == (other.subject, other.month):
            raise _wrong(rule, "two rows for one subject")
    return found


def _hit(rule: Rule, row: Mapping[str, Any]) -> Hit:
    for name in ("subject", "time", "score", "cents"):
        if row[name] is None:
            raise _wrong(rule, f"a row without {name}")
    evidence = _ascending(row["evidence"])
    if not evidence:
        raise _wrong(rule, "a row without evidence")
    if not 0 <= row["score"] <= 100:
        raise _wrong(rule, "a score is 0 to 100")
    return Hit(
        rule=rule.id, version=rule.version, subject=row["subject"], time=row["time"], score=row["score"],
        cents=row["cents"], evidence=evidence, persons=_ascending(row["persons"]),
        institutions=_ascending(row["institutions"]), month=row["month"],
        numbers={name: _number(row[name]) for name in rule.numbers},
    )  # fmt: skip


def _ascending(values: Iterable[Any] | None) -> tuple[Any, ...]:
    return tuple(sorted({value for value in values or () if value is not None}))


def _number(value: Any) -> Number:
    return value if value is None or isinstance(value, str) else int(value)


def _check_types(rule: Rule, table: pa.Table) -> None:
    for field in table.schema:
        kind = field.type
        if field.name in ("evidence", "institutions"):
            fine = pa.types.is_list(kind) and _is_whole(kind.value_type)
        elif field.name == "persons":
            fine = pa.types.is_list(kind) and _is_text(kind.value_type)
        else:
            fine = _is_whole(kind) or _is_text(kind)
        if not fine:
            raise _wrong(rule, f"{field.name} is {kind}; only whole numbers and texts leave a rule")


def _is_whole(kind: pa.DataType) -> bool:
    decimal = pa.types.is_decimal(kind) and kind.scale == 0
    return bool(decimal or pa.types.is_integer(kind) or pa.types.is_null(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _wrong(rule: Rule, cause: str) -> LedgerError:
    return Misuse("rule-column", f"{rule.file}:{rule.line}: {cause}")
