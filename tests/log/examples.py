"""The examples on the log's format pages, made by the code from fixed keys.

A page holds an example as a fenced block after a line `<!-- example: name -->`.
`python -m tests.log.examples` writes all of them into the pages anew.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from ledger.durable import ROOM_BYTES
from ledger.home import write_checkpoint
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.cosignature import cosign
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.merkle import leaf_hash, node_hash, path_of, root_of
from ledger.log.note import COSIGNATURE, ED25519, VerifierKey, add_signatures
from ledger.log.policy import parse_policy
from ledger.log.proof import ProofFile, print_proof
from ledger.log.receipt import make_receipt, sign_root
from ledger.log.statement import sign_statement
from ledger.log.tree import Tree, prove_consistency
from ledger.log.witness import Extension, print_extension
from ledger.monitor.memory import Memory, print_memory
from ledger.settings import load_settings
from tests.docs.blocks import write_anew

STATION = PrivateKey.from_seed(EDDSA, bytes([1]) * 32)
LOG = PrivateKey.from_seed(EDDSA, bytes([2]) * 32)
WITNESS = PrivateKey.from_seed(EDDSA, bytes([3]) * 32)
ORIGIN = "ledger.example/2027"
WITNESS_NAME = "witness.example"
TIME = 1_795_322_220  # 2026-11-22T04:37:00Z
BODY = b'{"type":"ObjectEvent"}'
STATEMENT = sign_statement(
    STATION,
    issuer="https://party.example/17",
    subject="urn:uuid:00000000-0000-4000-8000-000000000001",
    issued_at=TIME,
    kind="dispensing",
    media_type="application/ld+json",
    digest=sha256(BODY).digest(),
)
INDEX = 2
LEAVES = [leaf_hash(b"entry 0"), leaf_hash(b"entry 1"), leaf_hash(STATEMENT), *map(leaf_hash, (b"3", b"4"))]
ROOT = root_of(LEAVES)
HEAD = sign_checkpoint(Checkpoint(ORIGIN, len(LEAVES), ROOT), LOG)
WITNESSED = add_signatures(HEAD, [cosign(HEAD, WITNESS_NAME, WITNESS, TIME + 60)])
PATH = path_of(LEAVES, INDEX)
RECEIPT = make_receipt(
    sign_root(LOG, issuer="https://ledger.example", subject=ORIGIN, root=ROOT), len(LEAVES), INDEX, PATH
)

_STATEMENT_ITEMS = [
    (2, "18([  COSE_Sign1"),
    (2, "  protected header"),
    (1, "  {"),
    (2, "    1: -8  alg: EdDSA"),
    (35, "    4: thumbprint of the key"),
    (2, "    15: {"),
    (27, "      1: https://party.example/17"),
    (48, "      2: urn:uuid:00000000-0000-4000-8000-000000000001"),
    (6, "      6: 1795322220  2026-11-22T04:37:00Z"),
    (16, '      "kind": dispensing'),
    (4, "    258: -16  the payload is a SHA-256"),
    (23, "    259: application/ld+json"),
    (1, "  {}  unprotected header"),
    (34, "  payload: SHA-256 of the body"),
    (66, "  signature"),
]
_RECEIPT_ITEMS = [
    (2, "18([  COSE_Sign1"),
    (2, "  protected header"),
    (1, "  {"),
    (2, "    1: -8  alg: EdDSA"),
    (35, "    4: thumbprint of the log's key"),
    (2, "    15: {"),
    (24, "      1: https://ledger.example"),
    (21, "      2: ledger.example/2027"),
    (4, "    395: 1  RFC9162_SHA256"),
    (4, "  {396:"),
    (2, "    {-1:"),
    (1, "      ["),
    (2, "        inclusion proof"),
    (1, "        ["),
    (1, "          5  size"),
    (1, "          2  index"),
    (1, "          ["),
    (34, "            sibling of the leaf"),
    (34, "            sibling of its parent"),
    (34, "            the rest of the tree"),
    (1, "  nil  the payload is the root, and detached"),
    (66, "  signature"),
]


def annotated(data: bytes, items: list[tuple[int, str]]) -> str:
    """Return `data` in hex, cut into items, each with what it means."""
    lines, at = [], 0
    for length, meaning in items:
        chunk = data[at : at + length].hex()
        rows = [chunk[start : start + 40] for start in range(0, len(chunk), 40)]
        lines += [f"{rows[0]:<40}  {meaning}".rstrip(), *rows[1:]]
        at += length
    if at != len(data):
        raise ValueError(f"the items cover {at} of {len(data)} bytes")
    return "\n".join(lines)


def _tree() -> str:
    tree = Tree()
    tree.extend(LEAVES)
    (tile,) = tree.take_tiles()
    a, b, c, d, e = LEAVES
    rows = {
        "leaf 0": a, "leaf 1": b, "leaf 2": c, "leaf 3": d, "leaf 4": e, "node 0-1": node_hash(a, b),
        "node 2-3": node_hash(c, d), "node 0-3": root_of(LEAVES[:4]), "root": tree.root(),
    }  # fmt: skip
    lines = [f"{name:<9} {value.hex()}" for name, value in rows.items()]
    for number, value in enumerate(PATH):
        lines.append(f"path of 2 [{number}]        {value.hex()}")
    for number, value in enumerate(prove_consistency(3, 5, lambda level, place: tile.hashes)):
        lines.append(f"from size 3 to 5 [{number}] {value.hex()}")
    return "\n".join(lines)


def _vkeys() -> str:
    log = VerifierKey(ORIGIN, ED25519, LOG.public)
    witness = VerifierKey(WITNESS_NAME, COSIGNATURE, WITNESS.public)
    return f"{log}\n{witness}"


def _proof() -> str:
    return print_proof(ProofFile(INDEX, tuple(PATH), WITNESSED)).decode().rstrip("\n")


def _extension() -> str:
    tree = Tree()
    tree.extend(LEAVES)
    tiles = {(tile.level, tile.number): tile.hashes for tile in tree.take_tiles()}
    proof = prove_consistency(3, len(LEAVES), lambda level, number: tiles.get((level, number), b""))
    return print_extension(Extension(3, tuple(proof), HEAD)).decode().rstrip("\n")


def _policy() -> str:
    lines = [f"log {VerifierKey(ORIGIN, ED25519, LOG.public)}"]
    for number, office in enumerate(("medicine", "insurer", "audit"), 4):
        key = PrivateKey.from_seed(EDDSA, bytes([number]) * 32)
        vkey = VerifierKey(f"{office}.example/witness", COSIGNATURE, key.public)
        lines.append(f"witness {office} {vkey} https://{office}.example/witness/")
    text = "\n".join([*lines, "group offices 2 medicine insurer audit", "quorum offices", ""])
    parse_policy(text.encode())
    return text.rstrip("\n")


def _kept() -> str:
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(Path(folder))
        write_checkpoint(settings, len(LEAVES), HEAD)
        return settings.checkpoint_file.read_bytes()[:ROOM_BYTES].decode().rstrip("\n")


def _memory() -> str:
    tree = Tree()
    tree.extend(LEAVES)
    return print_memory(Memory(tree, HEAD, HEAD)).decode()


EXAMPLES: dict[str, dict[str, Callable[[], str]]] = {
    "statement.md": {"statement": lambda: annotated(STATEMENT, _STATEMENT_ITEMS)},
    "receipt.md": {"receipt": lambda: annotated(RECEIPT, _RECEIPT_ITEMS)},
    "tree.md": {"tree": _tree},
    "checkpoint.md": {"checkpoint": lambda: WITNESSED.decode().rstrip("\n"), "vkeys": _vkeys, "room": _kept},
    "tlog-proof.md": {"tlog-proof": _proof},
    "witness.md": {"extension": _extension, "policy": _policy, "memory": _memory},
}


if __name__ == "__main__":
    write_anew(EXAMPLES)
