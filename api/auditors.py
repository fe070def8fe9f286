"""For auditors, monitors, courts and clients of SCITT: the log as their tools follow it, proofs to take away."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from api.auditor_wire import (
    BYTES,
    CBOR,
    COSE,
    TEXT,
    ConsistencyQuery,
    InclusionQuery,
    PedigreeQuery,
    ProofTold,
    entry_named,
    proof_told,
    tile_named,
)
from api.door import Asked, Doors, Query
from api.problems import RECORDING
from api.reading import JSON, Takes
from ledger.chain.pedigree import print_pedigree
from ledger.codes import read
from ledger.envelope import open_envelope
from ledger.errors import Misuse
from ledger.limits import ENVELOPE_BYTES_MAX
from ledger.submission import Submission

__all__ = ["doors"]

doors: Final = Doors("auditors", "For auditors, monitors and courts: the log, and proofs to take away.")

_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_FOR_EVER_TO_ONE: Final = {"Cache-Control": "private, max-age=31536000, immutable"}
_PATH: Final = {"path": ["q0X3N0…", "9ZmUdk…"], "root": "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="}


@doors.get(
    "/checkpoint", action="log.read", gives=TEXT,
    example="ledger.example/2026\n70012\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— ledger.example/2026 HEi3…\n",
    problems=("store-unavailable",),
)  # fmt: skip
async def read_checkpoint(asked: Asked[Any]) -> Response:
    """Return the newest signed head of the log (C2SP tlog-checkpoint).

    Where the ledger asks witnesses, it is the newest that enough of them cosigned (C2SP tlog-cosignature).
    """
    return Response(await asked.service.in_thread(asked.service.publication.checkpoint), media_type=TEXT)


@doors.get(
    "/tile/entries/{rest:path}", action="entries.read", gives=BYTES, example="(each statement after its length)",
    problems=("tile-unknown", "store-unavailable"),
)  # fmt: skip
async def read_entries(asked: Asked[Any]) -> Response:
    """Return a bundle of up to 256 statements (C2SP tlog-tiles), `<N>` or `<N>.p/<W>`."""
    path = tile_named(f"entries/{asked.path['rest']}")
    found = await asked.service.in_thread(partial(asked.service.publication.tile, path))
    return Response(found, headers=_FOR_EVER_TO_ONE, media_type=BYTES)


@doors.get(
    "/tile/{rest:path}", action="log.read", gives=BYTES, example="(32 bytes a hash)",
    problems=("tile-unknown", "store-unavailable"),
)  # fmt: skip
async def read_tile(asked: Asked[Any]) -> Response:
    """Return a tile of up to 256 hashes (C2SP tlog-tiles), `<L>/<N>` or `<L>/<N>.p/<W>`."""
    path = tile_named(asked.path["rest"])
    if path.level is None:
        raise Misuse("tile-unknown", "bundles of entries have a door of their own")
    found = await asked.service.in_thread(partial(asked.service.publication.tile, path))
    return Response(found, headers=_FOR_EVER, media_type=BYTES)


@doors.get(
    "/v1/proofs/inclusion/{entry}", action="log.read", query=Query(InclusionQuery, {"size": "70012"}), gives=ProofTold,
    example={"index": 12, "size": 70_012, **_PATH}, problems=("entry-unknown", "proof-impossible", "store-unavailable"),
)  # fmt: skip
async def prove_inclusion(asked: Asked[InclusionQuery]) -> ProofTold:
    """Prove that an entry, named by its index or its leaf hash in hex, is in the tree.

    In that of the newest signed head, or of an older size. RFC 9162 §2.1.3 says how it is verified.
    """
    entry, size = entry_named(asked.path["entry"]), asked.given.size
    work = partial(asked.service.publication.inclusion, entry, None if size is None else int(size))
    return proof_told(await asked.service.in_thread(work))


@doors.get(
    "/v1/proofs/consistency", action="log.read", query=Query(ConsistencyQuery, {"since": "70012"}), gives=ProofTold,
    example={"since": 70_012, "size": 70_100, **_PATH}, problems=("proof-impossible", "store-unavailable"),
)  # fmt: skip
async def prove_consistency(asked: Asked[ConsistencyQuery]) -> ProofTold:
    """Prove that the tree of one size extends that of another. RFC 9162 §2.1.4 says how it is verified."""
    since, to = int(asked.given.since), asked.given.to
    work = partial(asked.service.publication.consistency, since, None if to is None else int(to))
    return proof_told(await asked.service.in_thread(work))


@doors.get(
    "/v1/proofs/files/{entry}", action="log.read", gives=TEXT,
    example="c2sp.org/tlog-proof@v1\nindex 12\nq0X3N0…\n\nledger.example/2026\n…",
    problems=("entry-unknown", "store-unavailable"),
)  # fmt: skip
async def read_proof_file(asked: Asked[Any]) -> Response:
    """Return an entry's proof with the checkpoint, as one file (C2SP tlog-proof)."""
    work = partial(asked.service.publication.proof_file, entry_named(asked.path["entry"]))
    return Response(await asked.service.in_thread(work), media_type=TEXT)


@doors.get(
    "/v1/statements/{entry}", action="entries.read", gives=COSE, example="(a COSE_Sign1)",
    problems=("entry-unknown", "store-unavailable"),
)  # fmt: skip
async def read_statement(asked: Asked[Any]) -> Response:
    """Return the statement that is an entry, named by its index or its leaf hash in hex."""
    work = partial(asked.service.publication.statement, entry_named(asked.path["entry"]))
    return Response(await asked.service.in_thread(work), headers=_FOR_EVER_TO_ONE, media_type=COSE)


@doors.get(
    "/v1/pedigrees", action="pedigrees.read", query=Query(PedigreeQuery, {"code": "87709840000000015538"}),
    gives=JSON, example={"code": "urn:nmpa:dtc:87709840000000015538", "links": ["…"]},
    problems=("pack-unknown", "access-denied", "code-unknown-form", "store-unavailable"),
)  # fmt: skip
async def read_pedigree(asked: Asked[PedigreeQuery]) -> Response:
    """Return a pack's whole chain with its proofs, in one file (docs/formats/pedigree.md).

    It is verified without the ledger: `packledger verify FILE --key VKEY`.
    A party gets those of packs that it holds or that are under way to it, without the bodies, which name other packs;
    a pack that one may not see is answered as an unknown one.
    """
    given, key = asked.given, read(asked.given.code).key
    work = partial(
        asked.service.publication.pedigree, asked.caller, key, withhold_bodies=given.bodies == "withheld"
    )
    return Response(print_pedigree(await asked.service.in_thread(work)), media_type=JSON)


_ENVELOPE: Final = Takes((COSE,), ENVELOPE_BYTES_MAX, lambda data, _media: open_envelope(data), None, "(a COSE_Sign1)")


@doors.post(
    "/entries", action="statements.submit", takes=_ENVELOPE, gives=COSE, example="(a COSE receipt)", status=201,
    problems=("envelope-malformed", "statement-malformed", "body-mismatch", *RECORDING),
    form="concise",
)  # fmt: skip
async def register_statement(asked: Asked[Submission]) -> Response:
    """Register a signed statement, with its body beside it; the answer is its receipt (SCITT, SCRAPI "Register").

    The body, and the confidential part if there is one, stand in the unprotected header, as `body` and `confidential`
    (docs/formats/submission.md). The same again is answered with a receipt of the same entry; the verdict is at
    `/v1/statements` alone.
    """
    (receipted,) = await asked.service.recording.record([asked.given])
    asked.service.count([receipted.outcome])
    problem, receipt = receipted.outcome.problem, receipted.receipt
    if problem is not None or receipt is None:
        assert problem is not None
        raise problem
    return Response(receipt, 201, {"Location": f"/entries/{receipted.outcome.index}"}, COSE)


@doors.get(
    "/entries/{entry}", action="log.read", gives=COSE, example="(a COSE receipt)",
    problems=("entry-unknown", "store-unavailable"), form="concise",
)  # fmt: skip
async def resolve_receipt(asked: Asked[Any]) -> Response:
    """Return the receipt of an entry, named by its index or its leaf hash in hex (SCITT, SCRAPI "Resolve Receipt").

    A fresh one, under the newest signed head.
    """
    work = partial(asked.service.publication.receipt, entry_named(asked.path["entry"]))
    index, receipt = await asked.service.in_thread(work)
    return Response(receipt, headers={"Location": f"/entries/{index}"}, media_type=COSE)


@doors.get(
    "/.well-known/scitt-keys", action="log.read", gives=CBOR, example="(a COSE key set)", form="concise"
)
async def read_keys(asked: Asked[Any]) -> Response:
    """Return the keys that sign receipts, as a COSE key set (SCITT, SCRAPI "Transparency Service Keys")."""
    key = asked.service.ledger.key.public
    return Response(b"\x81" + key.named_cose_key(), media_type=CBOR)


@doors.get(
    "/.well-known/scitt-keys/{kid}", action="log.read", gives=CBOR, example="(a COSE key)",
    problems=("log-key-unknown",), form="concise",
)  # fmt: skip
async def read_key(asked: Asked[Any]) -> Response:
    """Return the key of this `kid`, in base64url without padding, as a COSE key."""
    key = asked.service.ledger.key.public
    if asked.path["kid"] != urlsafe_b64encode(key.thumbprint()).rstrip(b"=").decode():
        raise Misuse("log-key-unknown")
    return Response(key.named_cose_key(), media_type=CBOR)
