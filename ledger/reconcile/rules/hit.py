"""A hit: what a rule found about one subject. Typed here, whatever engine returned it.

A run may find tens of thousands, of which a later step looks at few: they stay rows of a table, checked column by
column (`rows_of`), until somebody asks for them one by one (`hits_in`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledger.errors import LedgerError, Misuse
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.sentence import Number

__all__ = ["NO_ROWS", "Hit", "hits_in", "rows_of"]

_WHOLE: Final = pa.int64()
_LISTS: Final = {"evidence": _WHOLE, "persons": pa.string(), "institutions": _WHOLE}
_COLUMNS: Final = {
    "subject": pa.string(), "time": _WHOLE, "score": _WHOLE, "cents": _WHOLE,
    **{name: pa.list_(kind) for name, kind in _LISTS.items()},
}  # fmt: skip
_SCORES: Final = pa.array(range(101), _WHOLE)
NO_ROWS: Final = pa.schema(_COLUMNS).empty_table()
"""What a rule that could not be run found."""


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


def rows_of(rule: Rule, table: pa.Table) -> pa.Table:
    """Type the rows that an engine returned: columns as a hit has them, lists without doubles and ascending.

    In order of subject. What the rule's sentence says is one column, `numbers`, with a field for each.

    Raises:
        Misuse: `rule-column` for a column of a wrong type, a row without a subject, time or evidence, a score out
            of bounds, a number too large, or two rows for one subject.
    """
    columns = {field.name: _typed(rule, field, table.column(field.name).combine_chunks()) for field in table.schema}
    for name in ("subject", "time", "score", "cents"):
        if columns[name].null_count:
            raise _wrong(rule, f"a row without {name}")
    if not pc.all(pc.greater(pc.list_value_length(columns["evidence"]), 0), min_count=0).as_py():
        raise _wrong(rule, "a row without evidence")
    if not pc.all(pc.is_in(columns["score"], value_set=_SCORES), min_count=0).as_py():
        raise _wrong(rule, "a score is 0 to 100")
    numbers = [columns[name] for name in rule.numbers]
    together = pa.StructArray.from_arrays(numbers, rule.numbers) if numbers else pa.nulls(table.num_rows)
    rows = pa.table({name: columns[name] for name in _COLUMNS} | {"numbers": together})
    if pc.count_distinct(columns["subject"]).as_py() < rows.num_rows:
        raise _wrong(rule, "two rows for one subject")
    return rows.sort_by("subject")


def hits_in(rule: Rule, rows: pa.Table) -> list[Hit]:
    """Return rows (`rows_of`) as hits, in their order."""
    columns = {name: rows.column(name).combine_chunks() for name in rows.column_names}
    told = [columns[name].to_pylist() for name in ("subject", "time", "score", "cents")]
    told += [_tuples(columns[name]) for name in _LISTS]
    numbers = [columns["numbers"].field(name).to_pylist() for name in rule.numbers]
    said = (dict(zip(rule.numbers, row, strict=True)) for row in zip(*numbers, strict=True))
    return [
        Hit(
            rule=rule.id, version=rule.version, subject=subject, time=time, score=score, cents=cents,
            evidence=evidence, persons=persons, institutions=institutions, numbers=spoken,
        )
        for subject, time, score, cents, evidence, persons, institutions, spoken in zip(
            *told, said if rule.numbers else ({} for _ in range(rows.num_rows)), strict=True
        )
    ]  # fmt: skip


def _tuples(lists: pa.ListArray) -> list[tuple[Any, ...]]:
    values, offsets = lists.values.to_pylist(), lists.offsets.to_pylist()
    return [tuple(values[start:end]) for start, end in pairwise(offsets)]


def _typed(rule: Rule, field: pa.Field, column: pa.Array) -> pa.Array:
    kind = field.type
    if field.name in _LISTS:
        wanted = _LISTS[field.name]
        if pa.types.is_list(kind) and (_is_whole if wanted == _WHOLE else _is_text)(kind.value_type):
            return _ascending(column.cast(pa.list_(wanted)))
    elif _is_text(kind) and not pa.types.is_null(kind):
        return column.cast(pa.string())
    elif _is_whole(kind):
        try:
            return column.cast(pa.string() if field.name == "subject" else _WHOLE)
        except pa.ArrowInvalid:
            raise _wrong(rule, f"{field.name} has more than 64 bits") from None
    raise _wrong(rule, f"{field.name} is {kind}; only whole numbers and texts leave a rule")


def _ascending(lists: pa.ListArray) -> pa.ListArray:
    """Return each list without nulls and doubles, ascending; an empty one for null."""
    pairs = pa.table({"row": pc.list_parent_indices(lists), "value": pc.list_flatten(lists)})
    pairs = pairs.filter(pc.is_valid(pairs.column("value"))).sort_by([("row", "ascending"), ("value", "ascending")])
    rows, values = (column.combine_chunks() for column in pairs.columns)
    if len(values) > 1:
        again = pc.and_(pc.equal(rows[1:], rows[:-1]), pc.equal(values[1:], values[:-1]))
        once = pa.concat_arrays([pa.array([True]), pc.invert(again)])
        rows, values = rows.filter(once), values.filter(once)
    lengths = np.bincount(rows.to_numpy(), minlength=len(lists))
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _is_whole(kind: pa.DataType) -> bool:
    decimal = pa.types.is_decimal(kind) and kind.scale == 0
    return bool(decimal or pa.types.is_integer(kind) or pa.types.is_null(kind))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _wrong(rule: Rule, cause: str) -> LedgerError:
    return Misuse("rule-column", f"{rule.file}:{rule.line}: {cause}")
