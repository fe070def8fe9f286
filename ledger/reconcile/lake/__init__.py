"""The lake: what a ledger's statements say, as columns that any engine reads, and anybody can check.

    facts      (beside this folder) the tables and their columns
    manifest   which files, from which log; where segments begin and end
    folder     opening a lake; what changed since another state of it
    update     bringing it up to the newest signed head; crash-safe
    check      is it what its manifest says, signed by the ledger; is it what the log says
    source     which log it was made from
    erased     where persons still stand who were erased since
    segment    the facts of a range of the log, made of:
      batches      the log, seal by seal
      events       a pack and an event about it, a row each
      corrections  which event a correction takes back
      papers       a line of a paper, a row each
      persons      confidential parts in, pseudonyms out
      registered   who was registered by then
      rows         columns of a statement, repeated for its rows
      parquet      the same rows, the same bytes
"""

from __future__ import annotations

from ledger.reconcile.lake.check import LakeReport, check_lake, compare_lake
from ledger.reconcile.lake.folder import Changes, Lake, changes_between, held_lake, open_lake
from ledger.reconcile.lake.manifest import Manifest, parse_manifest, print_manifest
from ledger.reconcile.lake.update import LakeUpdate, update_lake

__all__ = [
    "Changes", "Lake", "LakeReport", "LakeUpdate", "Manifest", "changes_between", "check_lake", "compare_lake",
    "held_lake", "open_lake", "parse_manifest", "print_manifest", "update_lake",
]  # fmt: skip
