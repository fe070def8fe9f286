"""`verify` of a whole ledger: every signature, digest, link, seal, tree hash, checkpoint and derived row.

    1. the database has all tables of a ledger, and names the one that the verifier expects
    2. every row is of its columns' types, stands once, and within the log
    3. every checkpoint is signed; so is the one kept outside; the log is no shorter than any of them
    4. stretches of the log, each on its own, on all processors (`ledger.auditing.stretch`)
    5. the leaves, in order, make the tree: its tiles are those stored, its roots those of the checkpoints,
       and every seal has its checkpoint; one that is newer than all rows may be on its way, and is looked for again
    6. the chains of all packs balance, and end where the packs' rows say
    7. no registration, person or erasure stands in a table that no statement made
    8. every case stands where its actions, folded anew, lead

The first wrong entry is named: of all faults found, the one with the lowest log index; and where a wrong row
makes innocent entries look guilty, the row's own entry (`ledger.auditing.find`). Memory does not grow with the
ledger: stretches are read in small steps, chains are summed (`chain.balance`).
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from itertools import groupby, zip_longest
from operator import attrgetter
from typing import Final

import msgspec

from ledger.auditing.cases import check_cases
from ledger.auditing.crew import CACHE_KIBIBYTES, Assignment, Crew
from ledger.auditing.find import find_break, find_faults, find_link, find_registration
from ledger.auditing.persons import check_persons
from ledger.auditing.ranges import ranges
from ledger.auditing.stretch import Stretch
from ledger.auditing.tables import check_packs, counts_agree
from ledger.chain.balance import Balance
from ledger.errors import FormatError, LedgerError, NotVerified
from ledger.identity.vault import Vault
from ledger.limits import AUDIT_LOOK_SECONDS_MIN, AUDIT_LOOKS_MAX, LOG_SIZE_MAX
from ledger.log.checkpoint import open_checkpoint
from ledger.log.merkle import HASH_BYTES, TILE_WIDTH
from ledger.log.series import cut
from ledger.log.tree import TILE_HEIGHT, Tile, Tree
from ledger.opening import Trust, issuer_of
from ledger.store.database import Connection, Database
from ledger.store.log import (
    checkpoints_in_order,
    log_size,
    read_identity,
    read_tiles,
    tile_widths,
)
from ledger.store.parts import Key, look_at_parts
from ledger.store.sound import UnsoundRow, require_once, require_typed, require_whole_typed, require_within

__all__ = ["AuditReport", "audit"]

_PROCESS_ENTRIES: Final = 8_192  # verified in about the time that another process takes to start


class AuditReport(msgspec.Struct):
    """What `verify` of a ledger found.

    Attributes:
        origin: whose ledger.
        statements, links, packs: how many were checked.
        checkpoints: how many signed heads agree.
        unsigned: statements after the newest signed head: recorded this moment, or before a crash. They are
            sealed, and checked like all others.
        warnings: what proves nothing, but should not be: (code, which index, trigger or rule).
        confidential_checked: whether the master key was there to open confidential parts.
        fault: the first thing wrong (log index, code, detail), or None; the index is -1 for what concerns no entry.
    """

    origin: str
    statements: int = 0
    links: int = 0
    packs: int = 0
    checkpoints: int = 0
    unsigned: int = 0
    confidential_checked: bool = False
    warnings: list[tuple[str, str]] = []
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
    wait: Callable[[float], object] = time.sleep,
) -> AuditReport:
    """Verify a whole ledger.

    Args:
        database_url: where it lies; nothing is written.
        trust: the origin and key that the verifier holds from elsewhere.
        kept_checkpoint: a checkpoint kept outside the database, or None.
        master_key: opens confidential parts; None leaves their content unchecked.
        token_key: 32 fresh random bytes.
        processes: how many to use at most; 0 for one a processor, 1 for this one alone.
        progress: called with (statements done, statements in all).
        wait: how to wait, in seconds, for a checkpoint that is kept outside and not yet in the database.

    Returns:
        The report; its `fault` is the first wrong entry, None when everything holds.

    Raises:
        Unavailable: the database could not be read to its end, or `audit-interrupted`: nothing is known.
    """
    report = AuditReport(trust.origin, confidential_checked=master_key is not None)
    auditor = _Auditor(database_url, trust, kept_checkpoint, master_key, token_key, report)
    try:
        auditor.run(processes or os.cpu_count() or 1, progress, wait)
    except (NotVerified, FormatError) as error:
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
        self.database = Database(database_url, cache_kibibytes=CACHE_KIBIBYTES)
        self._url = database_url
        self._trust = trust
        self._kept = kept_checkpoint
        self._master_key = master_key
        self._token_key = token_key
        self._report = report
        self._balance = Balance(token_key)
        self._tree = Tree()
        self._registered: Counter[str] = Counter()
        self._erased: dict[bytes, int] = {}
        self._heads: dict[int, bytes] = {}
        self._sizes: list[int] = []  # of the heads, ascending
        self._stored: set[int] = set()
        self._newest_stored = 0
        self._packs_agree = True
        self._keyless: list[Key] = []
        self._late: dict[int, bytes] = {}  # roots that are newer than every stored checkpoint, by size
        self._faults: list[NotVerified] = []

    def run(
        self, processes: int, progress: Callable[[int, int], None], wait: Callable[[float], object]
    ) -> None:
        with self._crew(processes) as crew, self.database.read() as connection:
            # 1.
            if read_identity(connection) != (self._trust.origin, self._trust.verifier_key):
                raise NotVerified("ledger-of-another", "the database names another origin or key", index=0)
            size = log_size(connection)
            try:
                self._verify(connection, size, crew, progress)
            except NotVerified as fault:
                self._faults += find_faults(self.database, connection, size, fault)
        # 5. Outside of the transaction, which does not see what is written after it began.
        self._look_again(wait)
        if self._faults:
            raise min(self._faults, key=_place)

    def _crew(self, processes: int) -> Crew:
        with self.database.read() as connection:
            # 1.
            missing, foreign, self._keyless = look_at_parts(self.database, connection)
            size = log_size(connection)
        self._report.warnings += [("part-missing", part) for part in missing]
        self._report.warnings += [("part-foreign", part) for part in foreign]
        self.database.close()  # the crew's processes are made while there is no connection
        assignment = Assignment(
            self._url, issuer_of(self._trust.origin), self._trust.verifier_key, self._master_key, self._token_key
        )
        return Crew(assignment, min(processes, 1 + size // _PROCESS_ENTRIES))

    def _verify(
        self, connection: Connection, size: int, crew: Crew, progress: Callable[[int, int], None]
    ) -> None:
        crew.give(ranges(connection, size))
        # 2. 3. What is noted does not hide what stands before it in the log.
        require_typed(self.database, connection)
        for key in self._keyless:
            require_once(connection, key)
        self._note(lambda: require_within(connection, size))
        self._read_heads(connection)
        newest = self._newest
        self._report.unsigned = max(size - newest, 0)
        shrunk = NotVerified("log-shrunk", f"{size} statements, but {newest} were signed", index=size)
        # 4. 5. and, between the stretches, 6.
        with closing(self._pack_by_pack(connection, size)) as packs:
            for stretch in crew.stretches(packs):
                if newest > size and stretch.fault is not None and stretch.fault[1] == "entry-unsealed":
                    raise shrunk  # the seal is among what was cut off; nothing is wrong with what is left
                self._merge(connection, stretch)
                progress(stretch.end, size)
        if newest > size:
            raise shrunk
        if self._faults:
            return
        self._compare_widths(connection, size)
        # 6.
        if self._balance.total or not self._packs_agree:
            raise find_break(self.database, connection, size)
        # 7.
        vault = None if self._master_key is None else Vault(self._master_key)
        self._note(lambda: check_persons(connection, vault, self._erased))
        if not counts_agree(connection, self._registered):
            unsigned = NotVerified("registration-unsigned", "the rows are not as many as the statements", index=size)
            self._faults += find_registration(connection, size) or [unsigned]
        # 8.
        self._faults += check_cases(self.database, connection, self._registered["action"])

    def _pack_by_pack(self, connection: Connection, size: int) -> Generator[None, None, None]:
        """Take in the ends of all chains: from this connection, which began when the log had its size."""
        try:
            for count, agree in check_packs(connection, self._balance):
                self._report.packs += count
                self._packs_agree &= agree
                yield
        except UnsoundRow as fault:
            self._faults += find_faults(self.database, connection, size, fault)

    def _note(self, check: Callable[[], None]) -> None:
        try:
            check()
        except NotVerified as fault:
            self._faults.append(fault)

    def _read_heads(self, connection: Connection) -> None:
        """Open every signed checkpoint: root by size."""
        notes = list(checkpoints_in_order(connection))
        if self._kept is not None:
            notes.append((-1, self._kept))
        vkey = self._trust.vkey
        for stored_size, note in notes:
            try:
                head = open_checkpoint(note, self._trust.origin, vkey)
            except LedgerError as error:
                fault = NotVerified("checkpoint-altered", error.code, index=max(stored_size - 1, 0))
                self._faults.append(fault)
                continue
            known = self._heads.setdefault(head.size, head.root)
            if stored_size not in (-1, head.size) or known != head.root:
                first = min(stored_size, head.size) if stored_size > 0 else head.size
                fault = NotVerified("checkpoint-altered", f"size {head.size}", index=max(first - 1, 0))
                self._faults.append(fault)
            elif stored_size != -1:
                self._stored.add(head.size)
        self._sizes = sorted(self._heads)
        self._newest_stored = max(self._stored, default=0)

    @property
    def _newest(self) -> int:
        return self._sizes[-1] if self._sizes else 0

    def _merge(self, connection: Connection, stretch: Stretch) -> None:
        leaves = cut(stretch.leaves)
        end = stretch.first + len(leaves)
        done = stretch.first
        signed = self._sizes[bisect_right(self._sizes, stretch.first) : bisect_right(self._sizes, end)]
        for size in sorted({*signed, *(seal + 1 for seal in stretch.seals)}):
            self._tree.extend(leaves[done - stretch.first : size - stretch.first])
            done = size
            self._compare_head(size)
        self._tree.extend(leaves[done - stretch.first :])
        self._compare_tiles(connection)
        if stretch.fault is not None:
            index, code, detail = stretch.fault
            fault = NotVerified(code, detail, index=index)
            if code == "links-altered":
                with suppress(UnsoundRow):  # then it stays at the seal
                    require_whole_typed(self.database, connection)
                    fault = find_link(self.database, connection, fault)
            raise fault
        if self._faults and _place(min(self._faults, key=_place)) < stretch.end:
            raise min(self._faults, key=_place)
        self._balance.add(stretch.balance)
        self._registered.update(stretch.registered)
        self._erased |= stretch.erased
        self._report.statements += len(leaves)
        self._report.links += stretch.links

    def _compare_head(self, size: int) -> None:
        if size in self._heads:
            if self._heads[size] != self._tree.root():
                self._faults.append(NotVerified("checkpoint-mismatch", f"size {size}", index=size - 1))
            self._report.checkpoints += 1
        if size not in self._stored and size <= self._newest:
            if size > self._newest_stored:
                self._late[size] = self._tree.root()  # kept outside, and its row is perhaps being written
            else:
                self._faults.append(_missing(size))

    def _look_again(self, wait: Callable[[float], object]) -> None:
        """Look for the checkpoints that were newer than every stored one, until they are there or it takes too long."""
        for attempt in range(AUDIT_LOOKS_MAX):
            if not self._late:
                return
            if attempt:
                wait(AUDIT_LOOK_SECONDS_MIN)
            with self.database.read() as connection:
                for size, note in checkpoints_in_order(connection, self._newest_stored):
                    if size in self._late and self._is_of(note, size):
                        del self._late[size]
        self._faults += map(_missing, self._late)

    def _is_of(self, note: bytes, size: int) -> bool:
        try:
            head = open_checkpoint(note, self._trust.origin, self._trust.vkey)
        except LedgerError:
            return False
        return (head.size, head.root) == (size, self._late[size])

    def _compare_tiles(self, connection: Connection) -> None:
        places: list[int] = []
        for level, of_level in groupby(sorted(self._tree.take_tiles()), key=attrgetter("level")):
            tiles = list(of_level)
            stored = read_tiles(connection, level, tiles[0].number, tiles[-1].number + 1)
            for tile in tiles:
                found = stored.get(tile.number, b"")
                if found.startswith(tile.hashes):
                    continue
                index = _first_wrong(tile, found)
                # A wrong hash on a higher level may only follow from one below it, which says better where.
                if not any(index <= place < index + (1 << TILE_HEIGHT * level) for place in places):
                    places.append(index)
                    detail = f"level {level}, number {tile.number}"
                    self._faults.append(NotVerified("tile-altered", detail, index=index))

    def _compare_widths(self, connection: Connection, size: int) -> None:
        """Require that there are no tiles but those of a tree of this size, and that none is wider."""
        for stored, expected in zip_longest(tile_widths(connection), _expected_widths(size)):
            if stored != expected:
                level, number, _ = min(each for each in (stored, expected) if each is not None)
                index = _covered(level, number) if min(level, number) >= 0 else size
                raise NotVerified("tile-altered", f"level {level}, number {number}", index=index)


def _missing(size: int) -> NotVerified:
    return NotVerified("checkpoint-missing", f"size {size}", index=size - 1)


def _place(fault: NotVerified) -> int:
    return LOG_SIZE_MAX if fault.index is None else fault.index


def _covered(level: int, number: int) -> int:
    """Return the first log index below a tile."""
    return number << TILE_HEIGHT * (level + 1)


def _first_wrong(tile: Tile, stored: bytes) -> int:
    """Return the first log index below the first hash that is not the one stored."""
    at = next(
        at for at in range(0, len(tile.hashes), HASH_BYTES)
        if stored[at : at + HASH_BYTES] != tile.hashes[at : at + HASH_BYTES]
    )  # fmt: skip
    return _covered(tile.level, tile.number) + (at // HASH_BYTES << TILE_HEIGHT * tile.level)


def _expected_widths(size: int) -> Iterator[tuple[int, int, int]]:
    level = 0
    while size:
        for number in range(size // TILE_WIDTH):
            yield level, number, TILE_WIDTH * HASH_BYTES
        if size % TILE_WIDTH:
            yield level, size // TILE_WIDTH, size % TILE_WIDTH * HASH_BYTES
        level, size = level + 1, size // TILE_WIDTH
