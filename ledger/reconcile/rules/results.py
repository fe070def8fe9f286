"""What the last run found, kept beside the lake: so that the next run computes only what changed.

    state.json     up to where facts were known, and which rule, in which version, with which parameters, ran;
                   and the queries of these rules as they were printed, which takes longer than to ask them
    RULE….parquet  the rule's rows
    base_… delta_… aged_…        see `memory`

Derived like the lake: it can be dropped. Pseudonyms stand in it; it is written anew when somebody is erased.
The name of a file tells its content and the state is replaced last, in one step, so that a crash leaves the
earlier run whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ledger.limits import RULE_STATE_BYTES_MAX
from ledger.reconcile.rules.header import Value
from ledger.reconcile.rules.rule import Rule
from ledger.reconcile.rules.sql import Printed
from ledger.reconcile.rules.views import DERIVED

__all__ = ["VIEWS_DIGEST", "Results", "State", "fingerprint"]

_STATE_FILE: Final = "state.json"
VIEWS_DIGEST: Final = sha256(msgspec.json.encode(DERIVED)).digest()
"""What the views mean."""

_PRINTING: Final = [(Path(__file__).parent / name).read_bytes() for name in ("bound.py", "sql.py")]
_PRINTER: Final = sha256(b"".join([version("sqlglot").encode(), *_PRINTING])).hexdigest()
"""What prints queries: another one may print them otherwise."""


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An earlier run.

    Attributes:
        lake: the manifest of the lake that it read, as bytes.
        size: how many statements that lake was made from.
        rules: of each rule that ran without a fault: what it was (`fingerprint`), and the file of its rows.
        views: files of tables that are remembered, by name; none when they are not.
        meaning: digest of what the views mean; with another, nothing of the run is used.
        printer, printed: queries of these rules as this printed them, by what the rule was.
    """

    lake: bytes
    size: int
    rules: dict[str, tuple[str, str]]
    views: dict[str, str] = {}
    meaning: str = ""
    printer: str = ""
    printed: dict[str, Printed] = {}


def fingerprint(rule: Rule, values: dict[str, Value]) -> str:
    """Return a name for a rule's version with these parameters: with another, nothing of an earlier run is used.

    What the views mean that rules read is part of it.
    """
    return sha256(VIEWS_DIGEST + rule.version.encode() + msgspec.json.encode(values, order="sorted")).hexdigest()


class Results:
    """Rows of runs, in a folder that nobody else uses.

    Attributes:
        before: the last run; None when there is none that can be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.before = _read_state(folder)
        self._rules: dict[str, tuple[str, str]] = {}
        self._views: dict[str, str] = {}
        self._printed: dict[str, Printed] = {}

    def printed(self, print_: str, anew: Callable[[], Printed]) -> Printed:
        """Return the query of a rule, as an earlier run printed it if one did."""
        query = self._printed[print_] = self._printed_before(print_) or anew()
        return query

    def _printed_before(self, print_: str) -> Printed | None:
        if self.before is None or self.before.printer != _PRINTER:
            return None
        return self.before.printed.get(print_)

    def rows(self, rule: Rule, print_: str) -> pa.Table | None:
        """Return a rule's rows of the last run; None when it did not run, or was another."""
        known = None if self.before is None else self.before.rules.get(rule.id)
        if known is None or known[0] != print_:
            return None
        try:
            return pq.read_table(self._folder / known[1])
        except (FileNotFoundError, pa.ArrowInvalid):
            return None

    def view_files(self) -> dict[str, list[str]] | None:
        """Return the files of the tables that are remembered, as an engine takes them; None when one is gone."""
        if self.before is None:
            return None
        paths = {name: self._folder / file for name, file in self.before.views.items()}
        return {name: [str(path)] for name, path in paths.items()} if all(p.exists() for p in paths.values()) else None

    def write(self, rule: Rule, print_: str, rows: pa.Table) -> None:
        """Write a rule's rows; they count once `finish` was called."""
        file, _ = self._settled(rule.id, rows.to_reader(), is_base=False)
        self._rules[rule.id] = print_, file
        if query := self._printed_before(print_):  # also of a rule that was not asked
            self._printed.setdefault(print_, query)

    def remember(self, name: str, rows: pa.RecordBatchReader, *, is_base: bool) -> int:
        """Write the rows of a table, and return how many there are; they count once `finish` was called.

        Args:
            is_base: whether they are read more often than they are written.
        """
        self._views[name], count = self._settled(name, rows, is_base=is_base)
        return count

    def forget(self, name: str) -> None:
        """Let the rows of a table that were written not count."""
        del self._views[name]

    def rows_before(self, name: str) -> int:
        """Return how many rows a table had in the last run."""
        assert self.before is not None
        return int(pq.read_metadata(self._folder / self.before.views[name]).num_rows)

    def remember_again(self, name: str) -> None:
        """Let the rows of a table stand as they were."""
        assert self.before is not None
        self._views[name] = self.before.views[name]

    def remembers(self, name: str) -> bool:
        """Say whether the rows of a table were written, or stand."""
        return name in self._views

    def finish(self, lake: bytes, size: int) -> None:
        """Let what was written count, and remove what no longer does."""
        self._folder.mkdir(parents=True, exist_ok=True)
        new = self._folder / ".state.new"
        state = State(lake, size, self._rules, self._views, VIEWS_DIGEST.hex(), _PRINTER, self._printed)
        new.write_bytes(msgspec.json.encode(state))
        _settle(new, self._folder / _STATE_FILE)
        kept = {name for _, name in self._rules.values()} | set(self._views.values())
        for path in self._folder.glob("*.parquet"):
            if path.name not in kept:
                path.unlink()

    def _settled(self, name: str, rows: pa.RecordBatchReader, *, is_base: bool) -> tuple[str, int]:
        self._folder.mkdir(parents=True, exist_ok=True)
        new, count = self._folder / f".{name}.new", 0
        # LZ4 takes two thirds more on disk than Zstandard, and a fifth less time to write and read.
        with pq.ParquetWriter(new, rows.schema, compression="lz4", use_dictionary=is_base) as writer:
            for batch in rows:
                writer.write_batch(batch)
                count += batch.num_rows
        with new.open("rb") as file:
            digest = sha256()
            while data := file.read(1 << 20):
                digest.update(data)
        path = self._folder / f"{name}.{digest.hexdigest()[:16]}.parquet"
        _settle(new, path)
        return path.name, count


def _read_state(folder: Path) -> State | None:
    try:
        with (folder / _STATE_FILE).open("rb") as file:
            state = msgspec.json.decode(file.read(RULE_STATE_BYTES_MAX), type=State)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    return state if state.meaning == VIEWS_DIGEST.hex() else None


def _settle(new: Path, path: Path) -> None:
    with new.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(new, path)
