"""The station as a small auditor: every head of the log that it ever saw must be a beginning of the newest one.

Heads come in two ways: with each receipt, whose path leads to a root that the ledger signed, and as checkpoints.
A ledger that forgets what it gave a receipt for, goes back in time, or shows others another log, is caught by the
first head that the newest one does not extend; both are kept, for they are the evidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.client import Answer, Client
from ledger.client.answers import Seen
from ledger.errors import FormatError, LedgerError, NotVerified, Unavailable
from ledger.limits import NOTE_BYTES_MAX
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.merkle import leaf_hash, root_from_path, verify_consistency
from ledger.log.receipt import Receipt, parse_receipt, verify_receipt
from ledger.log.spelling import read_base64
from scanner.home import Station
from scanner.limits import STATION_HEADS_PROVEN_MAX
from scanner.outbox import Outbox

__all__ = ["accept_receipt", "alarm", "follow"]


def accept_receipt(station: Station, outbox: Outbox, statement: bytes, data: bytes, index: int) -> Receipt:
    """Return a receipt of ours, once it is verified; its head is to be proven against later checkpoints.

    Raises:
        FormatError: `receipt-malformed`.
        NotVerified: as `verify_receipt`; `receipt-wrong-place` when it is for another place, or of another log.
    """
    receipt = parse_receipt(data)
    leaf = leaf_hash(statement)
    verify_receipt(receipt, leaf, station.vkey.key)
    if receipt.index != index or receipt.subject != station.origin:
        raise NotVerified("receipt-wrong-place", "for another place, or another log", index=receipt.index)
    root = root_from_path(leaf, receipt.index, receipt.size, receipt.path)
    outbox.execute("INSERT OR IGNORE INTO head (size, root) VALUES (?, ?)", receipt.size, root)
    return receipt


def follow(station: Station, outbox: Outbox, client: Client) -> Checkpoint:
    """Fetch the newest checkpoint, and hold everything seen so far against it.

    1. the newest checkpoint, by the ledger's key; it extends the one that we saw last
    2. it extends the head of every receipt that was not proven yet

    Raises:
        NotVerified: the ledger does not extend what it showed before.
        FormatError: what it sends is no checkpoint.
        Unavailable: the ledger cannot be reached, or will not prove it now; everything stays to be proven.
    """
    # 1.
    last: bytes | None = outbox.fact("checkpoint")
    if last is None:
        note = client.checkpoint().value()
        newest = open_checkpoint(note, station.origin, station.vkey)
    else:
        note, newest = _extension(station, last, client.seen(last.decode()))
    # 2.
    rows = outbox.execute(
        "SELECT size, root FROM head WHERE proven = 0 AND size <= ? ORDER BY size LIMIT ?",
        newest.size, STATION_HEADS_PROVEN_MAX,
    )  # fmt: skip
    for row in rows:
        path = _path(client.consistency(row["size"], newest.size).value().path) if row["size"] < newest.size else []
        verify_consistency(row["size"], row["root"], newest.size, newest.root, path)
        outbox.execute("UPDATE head SET proven = 1 WHERE size = ? AND root = ?", row["size"], row["root"])
    outbox.keep_fact("checkpoint", note)
    return newest


def _extension(station: Station, last: bytes, answer: Answer[Seen]) -> tuple[bytes, Checkpoint]:
    """Return the checkpoint of an answer to `seen`, once it is proven to extend the last one."""
    if answer.problem() == "checkpoint-ahead":
        raise NotVerified("checkpoint-ahead", "the ledger has fewer entries than it had")
    if answer.problem() == "checkpoint-forked":
        raise NotVerified("checkpoint-forked", "the ledger says so itself")
    told = answer.value()
    if len(told.checkpoint) > NOTE_BYTES_MAX:
        raise Unavailable("ledger-answer-malformed", "no checkpoint")
    old = open_checkpoint(last, station.origin, station.vkey)
    new = open_checkpoint(told.checkpoint.encode(), station.origin, station.vkey)
    if new.size < old.size:
        raise NotVerified("checkpoint-ahead", f"size {new.size} after size {old.size}")
    verify_consistency(old.size, old.root, new.size, new.root, _path(told.consistency))
    return told.checkpoint.encode(), new


def _path(texts: Sequence[str]) -> list[bytes]:
    try:
        return [read_base64(each) for each in texts]
    except ValueError:
        raise Unavailable("ledger-answer-malformed", "a proof that is not base64") from None


def alarm(outbox: Outbox, error: LedgerError, evidence: bytes, now: int) -> None:
    """Keep that the ledger was caught; the same evidence counts once."""
    assert isinstance(error, NotVerified | FormatError)
    outbox.execute(
        "INSERT OR IGNORE INTO alarm (time, code, detail, evidence) VALUES (?, ?, ?, ?)",
        now, error.code, error.detail, evidence,
    )  # fmt: skip
