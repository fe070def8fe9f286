"""The manifest: what a lake holds, from which log, and the digest of every file. `docs/formats/lake.md` shows one.

Canonical JSON in `manifest.json`; whoever has it, and the ledger's key, can tell whether the files beside it are
those that were made from that log.

A log of so many statements is always cut at the same places: into segments of `LAKE_SEGMENT_STATEMENTS_MAX`,
and what is left over into ever smaller ones, each a quarter, down to one that is no longer full:

>>> ranges(262_144 + 65_536 + 5_000)[1:]
[(262144, 327680), (327680, 331776), (331776, 332680)]

So a lake has one shape however often it was updated, and an update writes each statement anew a few times at most.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
import pyarrow as pa
from msgspec import Meta

from ledger import canonical
from ledger.errors import FormatError
from ledger.limits import (
    LAKE_MANIFEST_BYTES_MAX,
    LAKE_SEGMENT_STATEMENTS_MAX,
    LAKE_SEGMENT_STATEMENTS_MIN,
    NOTE_BYTES_MAX,
)
from ledger.reconcile.facts import FACTS, KEPT_WHOLE

__all__ = [
    "FACTS_DIGEST", "LAKE_FORMAT", "SEGMENTED", "WRITER", "LakeFile", "Manifest", "Segment", "parse_manifest",
    "print_manifest", "ranges", "register_path", "segment_path",
]  # fmt: skip

LAKE_FORMAT: Final = "packledger-lake/1"
SEGMENTED: Final = tuple(table for table in FACTS if table not in KEPT_WHOLE)
"""The tables that are written in segments."""

WRITER: Final = f"pyarrow {pa.__version__}"
"""What writes the files: another version may write the same rows as other bytes."""

_SHRINK: Final = 4
_DIGEST_DIGITS: Final = 16  # of a file's digest, in its name

_Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
_Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class LakeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file: how many rows, how many bytes, SHA-256."""

    rows: _Count
    bytes: _Count
    digest: _Digest


class Segment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of the statements first … end-1: one file a table.

    `erased` counts the confidential parts, and the persons who collected for others, that erasures have emptied.
    """

    first: _Count
    end: _Count
    erased: _Count
    tables: dict[str, LakeFile]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a lake holds.

    Attributes:
        facts: digest of the tables' columns and types; another one means other facts.
        writer: the library that wrote the files, with its version.
        persons: whether persons stand in it, as pseudonyms; without them, their columns are empty.
        size: how many statements of the log it was made from.
        checkpoint: the signed head of the log at that size.
        segments: in the order of the log.
        registers: the tables that are kept whole.
    """

    format: Literal["packledger-lake/1"] = LAKE_FORMAT
    facts: _Digest
    writer: Annotated[str, Meta(max_length=80)]
    persons: bool
    size: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    checkpoint: Annotated[str, Meta(max_length=NOTE_BYTES_MAX)]
    segments: list[Segment]
    registers: dict[str, LakeFile]


def _facts_digest() -> str:
    spelt = {table: [[column.name, str(column.type)] for column in schema] for table, schema in FACTS.items()}
    return sha256(canonical.dumps(spelt)).hexdigest()


FACTS_DIGEST: Final = _facts_digest()


def ranges(size: int) -> list[tuple[int, int]]:
    """Return (first, end) of each segment of a log of this size."""
    found = []
    first, step = 0, LAKE_SEGMENT_STATEMENTS_MAX
    while first < size:
        while step > LAKE_SEGMENT_STATEMENTS_MIN and first + step > size:
            step //= _SHRINK
        found.append((first, min(first + step, size)))
        first += step
    return found


def segment_path(table: str, first: int, end: int, digest: str) -> str:
    """Return where a table's file of a segment lies in the lake; its name tells its content, so none is overwritten."""
    return f"{table}/{first}-{end}.{digest[:_DIGEST_DIGITS]}.parquet"


def register_path(table: str, digest: str) -> str:
    """Return where the file of a table that is kept whole lies in the lake."""
    return f"{table}.{digest[:_DIGEST_DIGITS]}.parquet"


def print_manifest(manifest: Manifest) -> bytes:
    """Return the file."""
    return canonical.dumps(msgspec.to_builtins(manifest))


def parse_manifest(data: bytes) -> Manifest:
    """Read the file; nothing in it is believed yet.

    Raises:
        FormatError: `lake-malformed` for a missing, unknown or misspelt field, another spelling of JSON, tables
            that are not all of its format's, or segments that are not those of a log of its size.
    """
    if len(data) > LAKE_MANIFEST_BYTES_MAX:
        raise FormatError("lake-malformed", f"a manifest of more than {LAKE_MANIFEST_BYTES_MAX} bytes")
    try:
        manifest = msgspec.convert(canonical.loads(data), Manifest)
    except msgspec.ValidationError as error:
        raise FormatError("lake-malformed", str(error)) from None
    if print_manifest(manifest) != data:
        raise FormatError("lake-malformed", "not in canonical form")
    if manifest.facts == FACTS_DIGEST:
        _require_shape(manifest)
    return manifest


def _require_shape(manifest: Manifest) -> None:
    if [(each.first, each.end) for each in manifest.segments] != ranges(manifest.size):
        raise FormatError("lake-malformed", "the segments are not those of a log of this size")
    if any(set(each.tables) != set(SEGMENTED) for each in manifest.segments):
        raise FormatError("lake-malformed", "a segment lacks a table, or has one too many")
    if set(manifest.registers) != set(KEPT_WHOLE):
        raise FormatError("lake-malformed", "a register is missing, or there is one too many")
