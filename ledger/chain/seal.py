"""Seals: the ledger's word on order and time.

A seal is the last statement of each batch, signed by the ledger's key. Its body is canonical JSON,
media type `application/vnd.packledger.seal+json`:

    {"confidentialRoot":"<hex>","count":3,"first":4,"links":3,"linksRoot":"<hex>","pagesRoot":"<hex>",
     "recordedAt":1795322220,"remarks":[]}

    first, count   the statements sealed: log indexes first … first + count - 1; the seal itself follows
    links          how many links they made
    linksRoot      RFC 6962 tree over the links' bytes (the empty root when there are none)
    pagesRoot      RFC 6962 tree over the stored pages: custody before and after, and the anomalies seen
    confidentialRoot  RFC 6962 tree over the encrypted confidential parts, see `confidential_leaf`: they
                   can be erased (the key goes, the ciphertext stays), but not exchanged
    recordedAt     seconds since the epoch
    remarks        pairs [log index, [names]]: anomalies of a statement as a whole
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ledger import canonical
from ledger.errors import FormatError
from ledger.log.merkle import leaf_hash

__all__ = ["SEAL_KIND", "SEAL_MEDIA_TYPE", "Seal", "confidential_leaf", "make_seal", "parse_seal", "read_seal"]

SEAL_KIND: Final = "seal"
SEAL_MEDIA_TYPE: Final = "application/vnd.packledger.seal+json"

_Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
_Root = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Seal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The body of a seal; see the module's docstring."""

    first: _Count
    count: Annotated[int, Meta(ge=1)]
    links: _Count
    links_root: _Root
    pages_root: _Root
    confidential_root: _Root
    recorded_at: _Count
    remarks: list[tuple[_Count, tuple[str, ...]]]


def confidential_leaf(index: int, person: bytes, sealed: bytes) -> bytes:
    """Return the RFC 6962 leaf hash of an encrypted part: its statement's log index (8 bytes), person, ciphertext.

    `person` is the pseudonym, 16 bytes. The ciphertext begins with a random nonce, so the hash tells nothing.
    """
    return leaf_hash(index.to_bytes(8, "big") + person + sealed)


def make_seal(seal: Seal) -> bytes:
    """Return the canonical body."""
    return canonical.dumps(msgspec.to_builtins(seal))


_decode = msgspec.json.Decoder(Seal).decode


def parse_seal(body: bytes) -> Seal:
    """Read the body of a seal.

    Raises:
        FormatError: `seal-malformed` when a field is wrong or the body is not canonical.
    """
    try:
        seal = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError("seal-malformed", str(error)) from None
    if make_seal(seal) != body:
        raise FormatError("seal-malformed", "not in canonical form")
    return seal


def read_seal(body: bytes) -> Seal:
    """Read the body of a recorded seal, which the ledger itself wrote; its spelling is not tested.

    Raises:
        FormatError: `seal-malformed` when a field is wrong.
    """
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError("seal-malformed", str(error)) from None
