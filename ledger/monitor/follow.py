"""One round of a monitor: from the head that it kept to the newest that the log shows, or what is wrong.

    1. the newest checkpoint is signed by the log, and witnessed if witnesses are asked for
    2. it is not smaller than what was seen before, and no other of the same size
    3. the tiles that are shown lead to it, and to what was seen before: else two heads do not extend each other
    4. every entry since: it parses, and its hash is the one in the tile above it
    5. every finished tile above those is the one that the entries lead to
    6. the tree of all entries has the root that was signed, of every head that was seen
    7. the checkpoint is kept, as this monitor's own

Entries are read once, a bundle at a time, and their hashes go into a tree that holds nothing but its right edge:
memory stays the same however long the log. Whatever fails is raised, with the index of the first entry at fault;
the head that could not be followed is kept beside the memory, as evidence. A head for which the log shows no tiles,
for whatever reason, is kept as well: it binds the log like any other, as soon as there are tiles again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from ledger.errors import FormatError, LedgerError, NotVerified, Unavailable
from ledger.limits import MONITOR_EVIDENCE_FILES_MAX, MONITOR_HEADS_UNPROVEN_MAX, MONITOR_STRIDE_BUNDLES_MAX
from ledger.log.checkpoint import Checkpoint, verify_checkpoint
from ledger.log.cosignature import Quorum, verify_witnessed
from ledger.log.merkle import HASH_BYTES, TILE_WIDTH, leaf_hash, root_of
from ledger.log.note import VerifierKey, parse_note
from ledger.log.statement import parse_statement
from ledger.log.tiles import width_at
from ledger.log.tree import Tile, root_at
from ledger.monitor.memory import Memory, keep_evidence, load_memory, save_memory
from ledger.monitor.remote import RemoteLog

__all__ = ["Followed", "Follower"]

Progress = Callable[[int, int], None]
"""Takes how many entries were read, and how many there are."""

_FIRST: Final = MONITOR_EVIDENCE_FILES_MAX - 1
_CONTRADICTED: Final = frozenset({"log-forked", "log-shrunk"})
_NO_PROGRESS: Final[Progress] = lambda done, of: None  # noqa: E731


class Followed(msgspec.Struct, frozen=True):
    """A round that ended well.

    Attributes:
        checkpoint: the newest head, now the monitor's own.
        entries: how many were read in this round.
        witnesses: how many of the known ones cosigned it.
    """

    checkpoint: Checkpoint
    entries: int
    witnesses: int


class Follower:
    """Follows one log.

    Args:
        log: as it shows itself.
        vkey: the log's key, known from elsewhere; named like its origin.
        state: file of the monitor's memory.
        quorum: witnesses that must have cosigned each checkpoint; None believes the log's own word on that.
    """

    def __init__(self, log: RemoteLog, vkey: VerifierKey, state: Path, quorum: Quorum | None = None) -> None:
        self._log = log
        self._vkey = vkey
        self._state = state
        self._quorum = quorum

    def round(self, progress: Progress = _NO_PROGRESS) -> Followed:
        """Follow the log to its newest head.

        Raises:
            NotVerified: `log-forked`, `log-shrunk`, `tile-wrong`, `tile-missing`, `entry-wrong`, `entry-malformed`,
                `note-…`, `checkpoint-…`, `cosignature-wrong`, `quorum-not-met`: the log is not what it says.
            Unavailable: it does not answer, the monitor's own file failed, or another monitor writes it; the next
                round goes on.
            FormatError: `remote-answer-malformed`, `note-malformed`, `checkpoint-malformed`: no log answers there.
            Misuse: `monitor-state-malformed`.
        """
        memory = load_memory(self._state)
        before = memory.tree.size
        # 1.
        note = self._log.checkpoint()
        newest, witnesses = self._opened(note)
        try:
            self._follow(newest, note, memory, progress)
        except NotVerified as error:
            raise self._with_evidence(error, note) from None
        # 7.
        memory.checkpoint = note
        save_memory(self._state, memory)
        return Followed(newest, newest.size - before, witnesses)

    def _follow(self, newest: Checkpoint, note: bytes, memory: Memory, progress: Progress) -> None:
        # 2. 3.
        seen = [self._kept(each) for each in memory.heads()]
        try:
            self._require_one_history(newest, seen)
        except LedgerError as error:
            known = any((head.size, head.root) == (newest.size, newest.root) for head in seen)
            if error.code not in _CONTRADICTED and not known:
                self._remember(note, memory, error)
            raise
        if memory.seen != note or memory.unproven:
            memory.seen, memory.unproven = note, []
            save_memory(self._state, memory)  # seen is seen: a log that takes it back is found out
        # 4. 5. 6.
        heads = {head.size: head for head in (*seen, newest) if head.size >= memory.tree.size}
        for size in sorted(heads):
            self._read_to(heads[size], newest.size, memory, progress)
            if memory.tree.root() != heads[size].root:
                raise NotVerified("log-forked", f"its entries do not lead to the head of size {size} that it signed")

    def _remember(self, note: bytes, memory: Memory, error: LedgerError) -> None:
        """Keep a signed head that could not be held against the others, so that it cannot be taken back."""
        if len(memory.unproven) == MONITOR_HEADS_UNPROVEN_MAX:
            detail = f"it signed {MONITOR_HEADS_UNPROVEN_MAX} heads one after another, and shows tiles for none"
            raise NotVerified("tile-missing", detail) from None
        memory.unproven.append(note)
        try:
            save_memory(self._state, memory)
        except Unavailable:
            if not isinstance(error, NotVerified):  # a full disk must not drown a cry
                raise

    def _with_evidence(self, error: NotVerified, note: bytes) -> NotVerified:
        """Keep the head that could not be followed; return the cry, which comes first whatever the disk does."""
        try:
            if not keep_evidence(self._state, note):
                return error
            told = f"evidence is full: this head is kept in place of the one before it, and the first {_FIRST} stay"
        except Unavailable as failed:
            told = f"the head is not kept as evidence: {failed.code}, {failed.detail}"
        return NotVerified(error.code, f"{error.detail}; {told}", index=error.index)

    def _opened(self, note: bytes) -> tuple[Checkpoint, int]:
        parsed, origin = parse_note(note), self._vkey.name
        if self._quorum is None:
            return verify_checkpoint(parsed, origin, self._vkey), 0
        witnessed = verify_witnessed(parsed, origin, self._vkey, self._quorum)
        return witnessed.checkpoint, len({each.witness for each in witnessed.cosignatures})

    def _kept(self, note: bytes) -> Checkpoint:
        return verify_checkpoint(parse_note(note), self._vkey.name, self._vkey)

    def _require_one_history(self, newest: Checkpoint, seen: list[Checkpoint]) -> None:
        for head in seen:
            # 2.
            if newest.size < head.size:
                raise NotVerified("log-shrunk", f"it signed a head of {head.size}, and now shows {newest.size}")
            if newest.size == head.size and newest.root != head.root:
                raise NotVerified("log-forked", f"it signed two heads of size {head.size}")
        # 3.
        if root_at(newest.size, self._reader(newest.size)) != newest.root:
            raise NotVerified("tile-wrong", f"its tiles do not lead to the head of size {newest.size} that it signed")
        for head in seen:
            if root_at(head.size, self._reader(newest.size)) != head.root:
                detail = f"the head of size {newest.size} does not extend the one of size {head.size}"
                raise NotVerified("log-forked", detail)

    def _reader(self, size: int) -> Callable[[int, int], bytes]:
        return lambda level, number: self._log.tile(size, level, number)

    def _read_to(self, head: Checkpoint, size: int, memory: Memory, progress: Progress) -> None:
        """Add the entries up to a head, of the log that has `size` entries by now."""
        tree, bundles = memory.tree, 0
        while tree.size < head.size:
            number, skipped = divmod(tree.size, TILE_WIDTH)
            width = width_at(head.size, 0, number)
            # 4.
            tile = self._log.tile(size, 0, number)
            entries = self._log.entries(size, number)[skipped:width]
            try:
                leaves = list(_leaves(entries, tree.size, tile[skipped * HASH_BYTES :]))
            except NotVerified as error:
                if error.code == "entry-wrong":
                    self._require_under_tree(number, tile, size)
                raise
            tree.extend(leaves)
            # 5.
            for finished in tree.take_tiles():
                self._require_tile(finished, size)
            progress(tree.size, size)
            bundles += 1
            if bundles % MONITOR_STRIDE_BUNDLES_MAX == 0:
                save_memory(self._state, memory)

    def _require_under_tree(self, number: int, tile: bytes, size: int) -> None:
        """Tell a wrong tile from a wrong entry: a finished tile leads to its hash in the tile above it."""
        above = self._log.tile(size, 1, number // TILE_WIDTH)
        at = number % TILE_WIDTH * HASH_BYTES
        hashes = [tile[start : start + HASH_BYTES] for start in range(0, len(tile), HASH_BYTES)]
        if len(hashes) == TILE_WIDTH and root_of(hashes) != above[at : at + HASH_BYTES]:
            raise NotVerified("tile-wrong", f"tile 0/{number} is not what the tile above it says")

    def _require_tile(self, ours: Tile, size: int) -> None:
        if ours.level and not self._log.tile(size, ours.level, ours.number).startswith(ours.hashes):
            raise NotVerified("tile-wrong", f"tile {ours.level}/{ours.number} is not what the entries lead to")


def _leaves(entries: list[bytes], first: int, tile: bytes) -> Iterator[bytes]:
    """Yield the leaf hash of each entry, once it is found to be a statement, and the one in the tile."""
    for offset, entry in enumerate(entries):
        index = first + offset
        try:
            parse_statement(entry)
        except FormatError as error:
            raise NotVerified("entry-malformed", f"{error.code}: {error.detail}", index=index) from None
        leaf = leaf_hash(entry)
        if leaf != tile[offset * HASH_BYTES : (offset + 1) * HASH_BYTES]:
            raise NotVerified("entry-wrong", "it is not the entry whose hash is in the tree", index=index)
        yield leaf
