"""What the last run found, kept beside the lake: so that the next run computes only what changed.

    state.json     up to where facts were known, and which rule, in which version, with which parameters, ran
    RULE.parquet   the rule's rows, by month where it counts by month

Derived like the lake: it can be dropped. Pseudonyms stand in it; it is written anew when somebody is erased.
New files have new names and the state is replaced last, in one step, so that a crash leaves the earlier run whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ledger.limits import RULE_STATE_BYTES_MAX
from ledger.reconcile.rules.header import Value
from ledger.reconcile.rules.hit import Hit
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.scope import Since

__all__ = ["Results", "State", "fingerprint", "read_state"]

_STATE_FILE: Final = "state.json"
_SCHEMA: Final = pa.schema(
    [
        ("subject", pa.string()), ("month", pa.int64()), ("time", pa.int64()), ("score", pa.int64()),
        ("cents", pa.int64()), ("evidence", pa.list_(pa.int64())), ("persons", pa.list_(pa.string())),
        ("institutions", pa.list_(pa.int64())), ("numbers", pa.binary()),
    ]
)  # fmt: skip


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An earlier run.

    Attributes:
        lake: the manifest of the lake that it read, as bytes.
        since: up to where that lake went.
        rules: of each rule that ran without a fault: what it was (`fingerprint`), and the file of its rows.
    """

    lake: bytes
    since: Since
    rules: dict[str, tuple[str, str]]


def fingerprint(rule: Rule, values: dict[str, Value]) -> str:
    """Return a name for a rule's version with these parameters: with another, nothing of an earlier run is used."""
    return sha256(rule.version.encode() + msgspec.json.encode(values, order="sorted")).hexdigest()


def read_state(folder: Path) -> State | None:
    """Read the state of the last run; None when there is none that can be read."""
    try:
        with (folder / _STATE_FILE).open("rb") as file:
            return msgspec.json.decode(file.read(RULE_STATE_BYTES_MAX), type=State)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


class Results:
    """Rows of runs, in a folder that nobody else uses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.before = read_state(folder)
        self._written: dict[str, tuple[str, str]] = {}

    def rows(self, rule: Rule, print_: str) -> list[Hit] | None:
        """Return a rule's rows of the last run; None when it did not run, or was another."""
        known = None if self.before is None else self.before.rules.get(rule.id)
        if known is None or known[0] != print_:
            return None
        try:
            table = pq.read_table(self._folder / known[1])
        except (FileNotFoundError, pa.ArrowInvalid):
            return None
        return [
            Hit(
                rule=rule.id, version=rule.version, subject=row["subject"], month=row["month"], time=row["time"],
                score=row["score"], cents=row["cents"], evidence=tuple(row["evidence"]),
                persons=tuple(row["persons"]), institutions=tuple(row["institutions"]),
                numbers=msgspec.json.decode(row["numbers"]),
            )
            for row in table.to_pylist()
        ]  # fmt: skip

    def write(self, rule: Rule, print_: str, hits: Iterable[Hit]) -> None:
        """Write a rule's rows; they count once `finish` was called."""
        self._folder.mkdir(parents=True, exist_ok=True)
        rows = [
            {name: getattr(hit, name) for name in _SCHEMA.names if name != "numbers"}
            | {"numbers": msgspec.json.encode(hit.numbers)}
            for hit in hits
        ]
        new = self._folder / f".{rule.id}.new"
        pq.write_table(pa.Table.from_pylist(rows, schema=_SCHEMA), new)
        name = f"{rule.id}.{sha256(new.read_bytes()).hexdigest()[:16]}.parquet"
        _settle(new, self._folder / name)
        self._written[rule.id] = print_, name

    def finish(self, lake: bytes, since: Since) -> None:
        """Let what was written count, and remove what no longer does."""
        self._folder.mkdir(parents=True, exist_ok=True)
        new = self._folder / ".state.new"
        new.write_bytes(msgspec.json.encode(State(lake, since, self._written)))
        _settle(new, self._folder / _STATE_FILE)
        kept = {name for _, name in self._written.values()}
        for path in self._folder.glob("*.parquet"):
            if path.name not in kept:
                path.unlink()


def _settle(new: Path, path: Path) -> None:
    with new.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(new, path)
