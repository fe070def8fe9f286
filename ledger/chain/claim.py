"""Claims: of what a statement says, the little that a pack's story needs, beside the body that says it.

The body of a shipment names up to 10,000 packs; to tell the story of one of them, none of the others is wanted.
So each row of the log holds four values of its body once more: derived, and compared with the body by `verify`.
The format is `docs/formats/claim.md`; decision: docs/decisions/0014-claims-beside-the-body.md.

>>> decode_claim(encode_claim(Claim(1_795_322_220, "https://id.example.org/site/31-2", insured=True))).insured
True
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.errors import FormatError

__all__ = ["NO_CLAIM", "Claim", "decode_claim", "encode_claim"]

NO_CLAIM: Final = b""
"""Of a registration, and of the genesis: they are about no pack."""


class Claim(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a story needs of an event, of a paper, or of a seal.

    Attributes:
        time: when it happened, as its author says; of a seal, when the ledger recorded (seconds since the epoch).
        site: the URI of the place that an event names.
        insured: an insurer pays.
        corrects: an error declaration: the author's event with the same id no longer counts.
    """

    time: int
    site: str | None = None
    insured: bool = False
    corrects: bool = False


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Claim).decode


def encode_claim(claim: Claim) -> bytes:
    """Return the stored bytes of a claim: a MessagePack array of its fields."""
    return _encode(claim)


def decode_claim(data: bytes) -> Claim:
    """Read a stored claim.

    Raises:
        FormatError: `claim-malformed`.
    """
    try:
        return _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError("claim-malformed", type(error).__name__) from None
