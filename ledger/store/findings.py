"""Findings on disk: one row each, the runs that made them, their history, the texts of the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select, tuple_

from ledger.store import tables
from ledger.store.database import Database, Row

__all__ = [
    "FindingRow", "FindingRun", "add_run", "all_findings", "count_open", "delete_findings", "events_of",
    "finding_runs", "findings_between", "findings_by_id", "findings_page", "insert_events", "insert_findings",
    "keep_rule_text", "last_run", "open_findings", "replace_findings", "rule_text", "rules_that_ran",
]  # fmt: skip

_finding = tables.finding.c
_event = tables.finding_event.c
_run = tables.finding_run.c
_rule = tables.finding_rule.c
_IDS_A_QUERY = 500


class FindingRow(NamedTuple):
    """A row of `finding`: all but `data` is there to select and to sort by."""

    id: bytes
    rule: str
    is_open: int
    severity: int
    score: int
    cents: int
    first_run: int
    run: int
    grain: str
    data: bytes


class FindingRun(NamedTuple):
    """One run of the rules: when, and over which tree (size and root) the lake stood that it read."""

    number: int
    at: int
    tree_size: int
    root: bytes


def last_run(connection: Connection) -> FindingRun | None:
    """Return the newest run."""
    row = connection.execute(select(tables.finding_run).order_by(_run.number.desc()).limit(1)).one_or_none()
    return None if row is None else _as_run(row)


def finding_runs(connection: Connection) -> dict[int, FindingRun]:
    """Return all runs by number."""
    return {row.number: _as_run(row) for row in connection.execute(select(tables.finding_run))}


def _as_run(row: Any) -> FindingRun:
    return FindingRun(row.number, row.at, row.tree_size, bytes(row.root))


def add_run(connection: Connection, run: FindingRun) -> None:
    """Keep a run; the same number again is written anew."""
    connection.execute(tables.finding_run.delete().where(_run.number == run.number))
    connection.execute(tables.finding_run.insert(), run._asdict())


def keep_rule_text(connection: Connection, version: bytes, rule: str, text: bytes) -> None:
    """Keep the text of a rule that ran, once, as it has this digest."""
    values = {"version": version, "rule": rule, "text": text}
    kept = connection.execute(select(tables.finding_rule).where(_rule.version == version)).one_or_none()
    if kept is None:
        connection.execute(tables.finding_rule.insert(), values)
    elif (kept.rule, bytes(kept.text)) != (rule, text):
        connection.execute(tables.finding_rule.update().where(_rule.version == version).values(values))


def rule_text(connection: Connection, version: bytes) -> tuple[str, bytes] | None:
    """Return (rule, text) of a version that ran."""
    row = connection.execute(select(_rule.rule, _rule.text).where(_rule.version == version)).one_or_none()
    return None if row is None else (row.rule, bytes(row.text))


def all_findings(connection: Connection) -> Iterator[FindingRow]:
    """Iterate over all findings by id."""
    return _rows(connection, select(tables.finding).order_by(_finding.id))


def open_findings(connection: Connection) -> Iterator[FindingRow]:
    """Iterate over the open findings: the gravest first, then the surest, then the dearest."""
    query = select(tables.finding).where(_finding.is_open == 1)
    order = (_finding.severity.desc(), _finding.score.desc(), _finding.cents.desc(), _finding.id)
    return _rows(connection, query.order_by(*order))


def findings_page(
    connection: Connection, grains: Collection[str], *, rule: str, severity: int | None, after: bytes, count: int
) -> list[FindingRow]:
    """Return some open findings about such subjects, in the order of `open_findings`.

    Args:
        grains: what they may be about.
        rule, severity: only those of this rule, of this severity; empty and None for all.
        after: the id of the last one that was seen; empty to begin. One that is gone begins anew.
        count: how many at most.
    """
    place = (_finding.severity, _finding.score, _finding.cents)
    query = select(tables.finding).where(_finding.is_open == 1, _finding.grain.in_(sorted(grains)))
    if rule:
        query = query.where(_finding.rule == rule)
    if severity is not None:
        query = query.where(_finding.severity == severity)
    last = connection.execute(select(*place).where(_finding.id == after)).one_or_none() if after else None
    if last is not None:
        here = tuple_(*place)
        query = query.where((here < tuple(last)) | ((here == tuple(last)) & (_finding.id > after)))
    order = (*(column.desc() for column in place), _finding.id)
    return list(_rows(connection, query.order_by(*order).limit(count)))


def findings_by_id(connection: Connection, ids: Sequence[bytes]) -> Iterator[FindingRow]:
    """Iterate over those of these findings that exist, in the order given."""
    for start in range(0, len(ids), _IDS_A_QUERY):
        some = ids[start : start + _IDS_A_QUERY]
        found = {row.id: row for row in _rows(connection, select(tables.finding).where(_finding.id.in_(some)))}
        yield from (found[each] for each in some if each in found)


def findings_between(connection: Connection, first: bytes, last: bytes, count: int) -> list[FindingRow]:
    """Return some findings whose ids lie there, both bounds among them; open ones first."""
    query = select(tables.finding).where(_finding.id.between(first, last))
    return list(_rows(connection, query.order_by(_finding.is_open.desc(), _finding.id).limit(count)))


def _rows(connection: Connection, query: Any) -> Iterator[FindingRow]:
    for id_, *between, data in connection.execute(query):  # columns stand as in the row
        yield FindingRow._make((bytes(id_), *between, bytes(data)))


def insert_findings(database: Database, connection: Connection, rows: Sequence[FindingRow]) -> None:
    """Add findings that are new."""
    database.dialect.insert(connection, tables.finding, rows)


def replace_findings(connection: Connection, rows: Iterable[FindingRow]) -> None:
    """Give findings that exist their new form."""
    values = [{f"new_{name}": value for name, value in row._asdict().items()} for row in rows]
    if values:
        changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in FindingRow._fields if name != "id"}
        statement = tables.finding.update().where(_finding.id == bindparam("new_id")).values(changed)
        connection.execute(statement, values)


def delete_findings(connection: Connection, ids: Sequence[bytes]) -> None:
    """Take away rows whose key belongs to no finding."""
    for start in range(0, len(ids), _IDS_A_QUERY):
        connection.execute(tables.finding.delete().where(_finding.id.in_(ids[start : start + _IDS_A_QUERY])))


def insert_events(database: Database, connection: Connection, rows: Sequence[Row]) -> None:
    """Append to the history: rows of (id, run, what, reason)."""
    database.dialect.insert(connection, tables.finding_event, rows)


def events_of(connection: Connection, finding: bytes) -> list[tuple[int, str, str]]:
    """Return (run, what, reason) of a finding, oldest first."""
    query = select(_event.run, _event.what, _event.reason).where(_event.id == finding).order_by(_event.run)
    return [(run, what, reason) for run, what, reason in connection.execute(query)]


def rules_that_ran(connection: Connection) -> list[str]:
    """Return the names of all rules of which a version ran, ascending."""
    return list(connection.execute(select(_rule.rule).distinct().order_by(_rule.rule)).scalars())


def count_open(connection: Connection) -> int:
    """Return how many findings are open."""
    query = select(func.count()).select_from(tables.finding).where(_finding.is_open == 1)
    return int(connection.execute(query).scalar_one())
