"""What a monitor keeps between its rounds: its own last head, and where it is on the way to the newest.

JSON, replaced as a whole:

    {"checkpoint":"<the last head that it verified, as its note>",
     "seen":"<the newest head that the log signed and shows tiles for, as its note>",
     "unproven":["<a head that it signed, and showed no tiles for yet>", …],
     "size":16384,"edge":["<base64>", …]}

`edge` are the hashes of the unfinished tile of each level, of a tree of `size` leaves that the monitor computed
from the entries themselves; so it can go on from there, and never reads an entry twice.

Notes are kept as they came, whatever strangers wrote into them: so this is not the canonical JSON that we sign,
which leaves out texts that are not in Unicode form NFC.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from ledger import canonical
from ledger.durable import locked, replace_file
from ledger.errors import FormatError, Misuse, NotVerified, Unavailable
from ledger.limits import LOG_SIZE_MAX, MONITOR_EVIDENCE_FILES_MAX, MONITOR_STATE_BYTES_MAX
from ledger.log.merkle import HASH_BYTES
from ledger.log.spelling import print_base64, read_base64
from ledger.log.tree import Tree

__all__ = ["Memory", "keep_evidence", "load_memory", "print_memory", "save_memory"]


class Memory(msgspec.Struct):
    """Where a monitor is.

    Attributes:
        tree: what it computed from the entries, so far.
        checkpoint: the last head whose tree it computed; None before the first.
        seen: the newest head that it saw signed, which it may not have reached yet.
        unproven: heads that it saw signed, and could not hold against the others for want of tiles.
        on_disk: what the file held when it was last read or written; None when there was none.
    """

    tree: Tree
    checkpoint: bytes | None = None
    seen: bytes | None = None
    unproven: list[bytes] = []
    on_disk: bytes | None = None

    def heads(self) -> list[bytes]:
        """Return every head that later ones must extend."""
        return [each for each in (self.checkpoint, self.seen, *self.unproven) if each is not None]


class _Written(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    size: int
    edge: list[str]
    checkpoint: str | None = None
    seen: str | None = None
    unproven: list[str] = []


_encoder = msgspec.json.Encoder(order="sorted")


def load_memory(path: Path) -> Memory:
    """Read what was kept; a file that is not there is the memory of a monitor that saw nothing yet.

    Raises:
        Misuse: `monitor-state-malformed`: somebody else wrote it, or not all of it is there.
        Unavailable: `monitor-state-failed`.
    """
    try:
        data = _on_disk(path)
    except OSError as error:
        raise Unavailable("monitor-state-failed", f"{path.name}: {error.strerror}") from None
    if data is None:
        return Memory(Tree())
    try:
        written = msgspec.convert(canonical.loads(data[:MONITOR_STATE_BYTES_MAX]), _Written)
        tree = _tree_of(written)
    except (FormatError, NotVerified, ValueError) as error:
        raise Misuse("monitor-state-malformed", getattr(error, "detail", "") or str(error)) from None
    unproven = [each.encode() for each in written.unproven]
    return Memory(tree, _bytes(written.checkpoint), _bytes(written.seen), unproven, data)


def _on_disk(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MONITOR_STATE_BYTES_MAX + 1)
    except FileNotFoundError:
        return None


def save_memory(path: Path, memory: Memory) -> None:
    """Keep it; on disk when this returns.

    Raises:
        Unavailable: `monitor-state-failed`; what was kept before is still there. `monitor-state-busy` when another
            monitor kept something since this memory was loaded: it may have seen more than this one.
    """
    content = print_memory(memory)
    try:
        with locked(path.parent) as folder:
            if _on_disk(path) != memory.on_disk:
                raise Unavailable("monitor-state-busy", path.name)
            replace_file(path, content, folder)
            memory.on_disk = content
    except OSError as error:
        raise Unavailable("monitor-state-failed", f"{path.name}: {error.strerror}") from None


def print_memory(memory: Memory) -> bytes:
    """Return what the file holds."""
    written = _Written(
        size=memory.tree.size,
        edge=[print_base64(hashes) for hashes in memory.tree.edge()],
        checkpoint=_text(memory.checkpoint),
        seen=_text(memory.seen),
        unproven=[each.decode() for each in memory.unproven],
    )
    return _encoder.encode(written)


def keep_evidence(path: Path, note: bytes) -> bool:
    """Keep the head that could not be followed, in a file beside the memory, which holds what it contradicts.

    What was kept first stays: further heads have files of their own. Of more than fit, the last file has the newest.

    Returns:
        Whether another head was written over.

    Raises:
        Unavailable: `monitor-state-failed`.
    """
    try:
        with locked(path.parent) as folder:
            for number in range(1, MONITOR_EVIDENCE_FILES_MAX + 1):
                evidence = path.with_name(f"{path.name}.evidence" + (f".{number}" if number > 1 else ""))
                kept = _on_disk(evidence)
                if kept == note:
                    return False
                if kept is None:
                    break
            replace_file(evidence, note, folder)
            return kept is not None
    except OSError as error:
        raise Unavailable("monitor-state-failed", f"{evidence.name}: {error.strerror}") from None


def _tree_of(written: _Written) -> Tree:
    edge = [read_base64(text) for text in written.edge]
    if not 0 <= written.size <= LOG_SIZE_MAX or any(len(hashes) % HASH_BYTES for hashes in edge):
        raise ValueError("a size or an edge that no tree has")
    return Tree.load(written.size, lambda level, _: edge[level] if level < len(edge) else b"")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _text(note: bytes | None) -> str | None:
    return None if note is None else note.decode()
