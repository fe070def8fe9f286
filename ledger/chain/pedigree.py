"""Pedigrees: one pack's whole chain with proofs, in one file that needs no ledger to be believed.

Canonical JSON (docs/formats/pedigree.md), file name `….pedigree.json`:

    format         "packledger-pedigree/1"
    code           the pack's URI
    links          one object a statement, seq 0 first: {statement, body, salt}; body is null when withheld
    last           the last link's place among the links of its seal: {position, links, path}
    seal           {statement, body, receipt}: the seal, and the COSE receipt that it is in the log
    registrations  whoever signed: {statement, body, index, path} of party, site, station, key, revocation
    checkpoint     the signed head that receipt and paths lead to

Statements and receipts are base64, hashes and salts hex, bodies the exact text.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from ledger import canonical
from ledger.errors import FormatError
from ledger.limits import CHAIN_LINKS_MAX, PROOF_HASHES_MAX

__all__ = [
    "PEDIGREE_FORMAT", "LastLink", "Pedigree", "PedigreeLink", "PedigreeSeal", "ProvenRegistration",
    "hashes_of", "parse_pedigree", "print_pedigree",
]  # fmt: skip

PEDIGREE_FORMAT: Final = "packledger-pedigree/1"

_Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Salt = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
_Path = Annotated[list[_Hash], Meta(max_length=PROOF_HASHES_MAX)]
_Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class PedigreeLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step: the statement, its body unless withheld, and the salt of this pack's link."""

    statement: str
    body: str | None
    salt: _Salt


class LastLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the last link lies: at `position` among the `links` of its seal, proven by `path`."""

    position: _Count
    links: _Count
    path: _Path


class PedigreeSeal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The seal over the last link, and the receipt that it is in the log."""

    statement: str
    body: str
    receipt: str


class ProvenRegistration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A registration, and the proof that it is in the log."""

    statement: str
    body: str
    index: _Count
    path: _Path


class Pedigree(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One pack's whole chain; see the module's docstring."""

    format: Literal["packledger-pedigree/1"] = PEDIGREE_FORMAT
    code: str
    links: Annotated[list[PedigreeLink], Meta(min_length=1, max_length=CHAIN_LINKS_MAX)]
    last: LastLink
    seal: PedigreeSeal
    registrations: list[ProvenRegistration]
    checkpoint: str


_decoder = msgspec.json.Decoder(Pedigree)


def print_pedigree(pedigree: Pedigree) -> bytes:
    """Return the file."""
    return canonical.dumps(msgspec.to_builtins(pedigree))


def parse_pedigree(data: bytes) -> Pedigree:
    """Read the file; nothing in it is believed yet.

    Raises:
        FormatError: `pedigree-malformed` for a missing, unknown or misspelt field, or another spelling of JSON.
    """
    try:
        pedigree = _decoder.decode(data)  # ends at the first value that is none of ours, however much of it comes
    except msgspec.ValidationError as error:
        raise FormatError("pedigree-malformed", str(error)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        canonical.loads(data)  # says what is wrong
        raise FormatError("pedigree-malformed", "no JSON") from None
    if print_pedigree(pedigree) != data:
        raise FormatError("pedigree-malformed", "not in canonical form")
    return pedigree


def hashes_of(path: list[str]) -> list[bytes]:
    """Return the hashes of a path."""
    return [bytes.fromhex(each) for each in path]

