"""`verify` of a whole ledger: every signature, digest, link, seal, tree hash, checkpoint and derived row.

    1. the database names the ledger that the verifier expects
    2. stretches of the log, each on its own, on all processors (`ledger.audit_range`)
    3. the leaves, in order, make the tree: every tile is the one stored
    4. every checkpoint is signed and is the root of the tree at its size; so is the one kept outside
    5. the chains of all packs balance, and end where the packs' rows say
    6. no registration, person or erasure stands in a table that no statement made

The first wrong entry is named: of all faults found, the one with the lowest log index. Memory does not grow
with the ledger: stretches are read in small steps, chains are summed (`chain.balance`).
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import Final

import msgspec

from ledger.audit_find import find_break
from ledger.audit_range import Stretch, StretchChecker
from ledger.audit_tables import check_counts, check_packs, check_persons
from ledger.chain.balance import Balance
from ledger.errors import LedgerError, NotVerified
from ledger.identity.vault import Vault
from ledger.log.checkpoint import open_checkpoint
from ledger.log.tree import Tree
from ledger.opening import Trust, issuer_of
from ledger.store.database import Connection, Database
from ledger.store.log import (
    checkpoints_in_order,
    count_tiles,
    log_size,
    next_seal,
    read_identity,
    tile_reader,
)

__all__ = ["AuditReport", "audit"]

_STRETCH_ENTRIES: Final = 4_096
_AHEAD: Final = 2  # stretches waiting for each process, so that none idles and results stay few


class AuditReport(msgspec.Struct):
    """What `verify` of a ledger found.

    Attributes:
        origin: whose ledger.
        statements, links, packs: how many were checked.
        checkpoints: how many signed heads agree.
        confidential_checked: whether the master key was there to open confidential parts.
        fault: the first thing wrong (log index, code, detail), or None.
    """

    origin: str
    statements: int = 0
    links: int = 0
    packs: int = 0
    checkpoints: int = 0
    confidential_checked: bool = False
    fault: tuple[int, str, str] | None = None


def audit(
    database_url: str,
    trust: Trust,
    *,
    kept_checkpoint: bytes | None,
    master_key: bytes | None,
    token_key: bytes,
    processes: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> AuditReport:
    """Verify a whole ledger.

    Args:
        database_url: where it lies; nothing is written.
        trust: the origin and key that the verifier holds from elsewhere.
        kept_checkpoint: a checkpoint kept outside the database, or None.
        master_key: opens confidential parts; None leaves their content unchecked.
        token_key: 32 fresh random bytes.
        processes: how many to use; 0 for one a processor.
        progress: called with (statements done, statements in all).

    Returns:
        The report; its `fault` is the first wrong entry, None when everything holds.
    """
    report = AuditReport(trust.origin, confidential_checked=master_key is not None)
    auditor = _Auditor(database_url, trust, kept_checkpoint, master_key, token_key, report)
    try:
        auditor.run(processes or os.cpu_count() or 1, progress)
    except LedgerError as error:
        report.fault = (error.index if error.index is not None else -1, error.code, error.detail)
    finally:
        auditor.database.close()
    return report


class _Auditor:
    def __init__(
        self,
        database_url: str,
        trust: Trust,
        kept_checkpoint: bytes | None,
        master_key: bytes | None,
        token_key: bytes,
        report: AuditReport,
    ) -> None:
        self.database = Database(database_url)
        self._url = database_url
        self._trust = trust
        self._kept = kept_checkpoint
        self._master_key = master_key
        self._token_key = token_key
        self._report = report
        self._balance = Balance(token_key)
        self._tree = Tree()
        self._kinds: Counter[str] = Counter()
        self._erased: set[bytes] = set()

    def run(self, processes: int, progress: Callable[[int, int], None]) -> None:
        with self.database.read() as connection:
            # 1.
            if read_identity(connection) != (self._trust.origin, self._trust.verifier_key):
                raise NotVerified("ledger-of-another", "the database names another origin or key", index=0)
            size = log_size(connection)
            heads = self._heads(connection, size)
            # 2.
            for stretch in self._stretches(connection, size, processes):
                # 3. 4.
                self._merge(connection, stretch, heads)
                progress(stretch.end, size)
            self._finish_tree(connection, size, heads)
            # 5.
            self._report.packs = check_packs(connection, self._balance, lambda packs: progress(size, size))
            if self._balance.total:
                raise find_break(self.database, connection, size)
            # 6.
            check_counts(connection, self._kinds)
            vault = None if self._master_key is None else Vault(self._master_key)
            check_persons(connection, vault, self._erased)

    def _heads(self, connection: Connection, size: int) -> dict[int, bytes]:
        """Return root by size of every signed checkpoint; all are opened, none may be beyond the log."""
        heads: dict[int, bytes] = {}
        notes = list(checkpoints_in_order(connection))
        if self._kept is not None:
            notes.append((-1, self._kept))
        for stored_size, note in notes:
            try:
                head = open_checkpoint(note, self._trust.origin, self._trust.vkey)
            except LedgerError as error:
                raise NotVerified("checkpoint-altered", error.code, index=max(stored_size - 1, 0)) from None
            if stored_size not in (-1, head.size) or heads.setdefault(head.size, head.root) != head.root:
                raise NotVerified("checkpoint-altered", f"size {head.size}", index=max(head.size - 1, 0))
        newest = max(heads, default=0)
        if newest > size:
            raise NotVerified("log-shrunk", f"{size} statements, but {newest} were signed", index=size)
        if newest < size and self._kept is not None:
            raise NotVerified("log-unsigned", f"{size} statements, but only {newest} were signed", index=newest)
        return heads

    def _stretches(self, connection: Connection, size: int, processes: int) -> Iterator[Stretch]:
        """Verify stretches in parallel; yield them in the order of the log."""
        arguments = (self._url, self._trust, self._master_key, self._token_key)
        with ProcessPoolExecutor(
            processes, multiprocessing.get_context("spawn"), initializer=_start, initargs=arguments
        ) as pool:
            waiting: list[Future[Stretch]] = []
            first = 0
            while first < size or waiting:
                while first < size and len(waiting) < _AHEAD * processes:
                    end = next_seal(connection, first + _STRETCH_ENTRIES - 1, size) + 1
                    waiting.append(pool.submit(_work, first, end))
                    first = end
                wait(waiting[:1], return_when=FIRST_COMPLETED)
                yield waiting.pop(0).result()

    def _merge(self, connection: Connection, stretch: Stretch, heads: dict[int, bytes]) -> None:
        leaves = [stretch.leaves[at : at + 32] for at in range(0, len(stretch.leaves), 32)]
        done = 0
        for size in sorted(size for size in heads if stretch.first < size <= stretch.first + len(leaves)):
            self._tree.extend(leaves[done : size - stretch.first])
            done = size - stretch.first
            if self._tree.root() != heads[size]:
                raise _earlier(stretch, NotVerified("checkpoint-mismatch", f"size {size}", index=size - 1))
            self._report.checkpoints += 1
        self._tree.extend(leaves[done:])
        self._compare_tiles(connection, stretch)
        if stretch.fault is not None:
            index, code, detail = stretch.fault
            raise NotVerified(code, detail, index=index)
        self._balance.add(stretch.balance)
        self._kinds.update(stretch.kinds)
        self._erased |= stretch.erased
        self._report.statements += len(leaves)
        self._report.links += stretch.links

    def _compare_tiles(self, connection: Connection, stretch: Stretch) -> None:
        read_tile = tile_reader(connection)
        for tile in self._tree.take_tiles():
            if not read_tile(tile.level, tile.number).startswith(tile.hashes):
                index = tile.number * 256 ** (tile.level + 1)
                fault = NotVerified("tile-altered", f"level {tile.level}, number {tile.number}", index=index)
                raise _earlier(stretch, fault)

    def _finish_tree(self, connection: Connection, size: int, heads: dict[int, bytes]) -> None:
        expected, width = 0, size
        while width:
            expected += -(-width // 256)
            width //= 256
        count, length = count_tiles(connection)
        hashes, width = 0, size
        while width:
            hashes += width
            width //= 256
        if (count, length) != (expected, 32 * hashes):
            raise NotVerified("tile-altered", f"{count} tiles instead of {expected}", index=max(size - 1, 0))


def _earlier(stretch: Stretch, fault: NotVerified) -> NotVerified:
    """Return whichever fault comes first in the log."""
    if stretch.fault is not None and (fault.index is None or stretch.fault[0] <= fault.index):
        index, code, detail = stretch.fault
        return NotVerified(code, detail, index=index)
    return fault


# A worker process keeps its connection and key between stretches.
_worker: tuple[str, Trust, bytes | None, bytes] | None = None


def _start(database_url: str, trust: Trust, master_key: bytes | None, token_key: bytes) -> None:
    global _worker  # noqa: PLW0603  the one state that a worker process has
    _worker = (database_url, trust, master_key, token_key)


def _work(first: int, end: int) -> Stretch:
    assert _worker is not None
    database_url, trust, master_key, token_key = _worker
    database = Database(database_url)
    try:
        with database.read() as connection:
            checker = StretchChecker(
                database, connection, issuer_of(trust.origin), trust.vkey.key,
                None if master_key is None else Vault(master_key), token_key,
            )  # fmt: skip
            return checker.check(first, end)
    except LedgerError as error:
        return Stretch(first, end, fault=(first, error.code, error.detail))
    finally:
        database.close()

