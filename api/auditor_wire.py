"""What auditors ask and are told, and what a path's entry or tile means."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from api.reading import Decimal
from ledger.errors import FormatError, Misuse
from ledger.limits import SCAN_CHARACTERS_MAX
from ledger.log.spelling import print_base64
from ledger.log.tiles import TilePath, parse_tile_path
from ledger.publication import EntryName, TreePath

__all__ = [
    "BYTES", "CBOR", "COSE", "TEXT", "ConsistencyQuery", "InclusionQuery", "PedigreeQuery", "ProofTold", "entry_named",
    "proof_told", "tile_named",
]  # fmt: skip

TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"
COSE: Final = "application/cose"
CBOR: Final = "application/cbor"
_LEAF: Final = re.compile(r"[0-9a-f]{64}")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,17}")


class InclusionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which tree: of the newest signed head, or an older, smaller one."""

    size: Decimal | None = None


class ConsistencyQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which size to which; without `to`, to that of the newest signed head."""

    since: Decimal
    to: Decimal | None = None


class PedigreeQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pack, as scanned or typed, and whether the bodies are shown."""

    code: Annotated[str, Meta(max_length=SCAN_CHARACTERS_MAX)]
    bodies: Literal["shown", "withheld"] = "withheld"


class ProofTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A path in the tree.

    Attributes:
        index: of the leaf; left out between two sizes.
        since: the smaller size; left out for a leaf.
        size: of the tree.
        path: hashes in base64, as RFC 9162 orders them.
        root: of the tree, in base64.
    """

    index: int | None = None
    since: int | None = None
    size: int
    path: list[str]
    root: str


def entry_named(text: str) -> EntryName:
    """Return which entry a path names.

    Raises:
        Misuse: `entry-unknown`.
    """
    if _LEAF.fullmatch(text):
        return bytes.fromhex(text)
    if _INDEX.fullmatch(text):
        return int(text)
    raise Misuse("entry-unknown", "an entry is named by its index, or by its leaf hash in hex")


def tile_named(rest: str) -> TilePath:
    """Return which tile a path below `/tile/` names.

    Raises:
        Misuse: `tile-unknown`.
    """
    try:
        return parse_tile_path(f"tile/{rest}")
    except FormatError as error:
        raise Misuse("tile-unknown", error.detail) from None


def proof_told(found: TreePath) -> ProofTold:
    """Return a path in the tree, as JSON has it."""
    return ProofTold(
        index=found.index, since=found.since, size=found.size, path=[print_base64(each) for each in found.path],
        root=print_base64(found.root),
    )  # fmt: skip
