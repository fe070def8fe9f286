"""The examples on the pages of what the ledger makes, from the small ledger of `tests.docs.scene`.

A page holds an example as a fenced block after a line `<!-- example: name -->`; the whole pedigree is a file.
`python -m tests.docs.examples` writes all of them anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from ledger.chain.claim import Claim, decode_claim
from ledger.chain.link import SALT_BYTES, link_bytes, link_hash, salts_of
from ledger.chain.page import encode_page
from ledger.chain.pedigree import print_pedigree
from ledger.codes import uri_of
from ledger.content import claim_of, parse_content
from ledger.enrol import print_registrations
from ledger.identity.credential import code_digest
from ledger.identity.registration import Erasure, Key, Registration, Revocation, make_registration
from ledger.log.keys import EDDSA, PrivateKey
from ledger.log.merkle import leaf_hash
from ledger.log.possession import possession_bytes
from ledger.log.spelling import print_base64
from ledger.submission import UploadLine, print_line
from tests.docs.blocks import PAGES, write_anew
from tests.docs.scene import PACKS, scene
from tests.kit import ORIGIN
from tests.log.examples import annotated

PEDIGREE_FILE = PAGES / "example.pedigree.json"

ENROLMENT_CODE = "K3MZQ-7YHCA-PB2WV-ND5LT-RJ6GX"

_CUT = 48


def example_link() -> tuple[bytes, bytes]:
    """Return the bytes of the first pack's newest link, and what they hash to."""
    made = scene()
    link = made.links[-1].link
    salt = salts_of(made.entry.salt, len(PACKS))[:SALT_BYTES]
    data = link_bytes(salt, link.seq, link.prev, made.entry.leaf, uri_of(link.code))
    return data, link_hash(data)


def _link() -> str:
    data, _ = example_link()
    return annotated(data, [
        (16, "salt"),
        (4, "seq: two links came before"),
        (32, "hash of the previous link"),
        (32, "leaf hash of the statement"),
        (len(data) - 84, PACKS[0]),
    ])  # fmt: skip


def _link_hash() -> str:
    return example_link()[1].hex()


def _salts() -> str:
    salt = scene().entry.salt
    run = salts_of(salt, len(PACKS))
    rows = [f"statement salt  {salt.hex()}"]
    for number, code in enumerate(PACKS):
        rows.append(f"salt of link {number}  {run[SALT_BYTES * number :][:SALT_BYTES].hex()}  {code}")
    return "\n".join(rows)


def page_items() -> list[tuple[int, str]]:
    """Return the columns of the example page: how many bytes, and what they say."""
    page = scene().page
    meanings = {
        "codes": "0 codes", "entries": "1 entries", "seqs": "2 seqs", "prevs": "3 prevs",
        "prev_seals": "4 prev_seals", "prev_positions": "5 prev_positions", "befores": "6 befores",
        "afters": "7 afters", "custodies": "8 custodies", "anomalies": "9 anomalies",
    }  # fmt: skip
    sizes = [(len(msgspec.msgpack.encode(getattr(page, name))), text) for name, text in meanings.items()]
    return [(1, "an array of ten columns"), *sizes]


def _page() -> str:
    return annotated(encode_page(scene().page), page_items())


def _page_leaf() -> str:
    return f"pagesRoot  {leaf_hash(encode_page(scene().page)).hex()}"


def claim_items() -> list[tuple[int, str]]:
    """Return the fields of the example claim: how many bytes, and what they say."""
    claim = decode_claim(_claim_bytes())
    sizes = {name: len(msgspec.msgpack.encode(getattr(claim, name))) for name in Claim.__struct_fields__}
    meanings = {"time": "0 time", "site": "1 site", "insured": "2 insured", "corrects": "3 corrects"}
    return [(1, "an array of four"), *((sizes[name], text) for name, text in meanings.items())]


def _claim_bytes() -> bytes:
    entry = scene().entry
    return claim_of(parse_content(entry.statement, entry.body))


def _claim() -> str:
    return annotated(_claim_bytes(), claim_items())


def _seal() -> str:
    return scene().seal.body.decode()


def _seal_statement() -> str:
    statement = scene().seal.statement
    claims = {
        "issuer": statement.issuer, "subject": statement.subject, "time": statement.issued_at,
        "kind": statement.kind, "media type": statement.media_type, "payload": statement.digest.hex(),
    }  # fmt: skip
    return "\n".join(f"{name:<10}  {value}" for name, value in claims.items())


def _registrations() -> str:
    made = scene()
    (key,) = (each for each in made.registrations if isinstance(each, Key))
    ends: list[Registration] = [
        Revocation(kid=key.kid, reason="retired", since=1_826_858_220),
        Erasure(person=bytes(range(16)).hex(), reason="asked for"),
    ]
    return print_registrations([*made.registrations, *ends]).decode().rstrip("\n")


def _registration_body() -> str:
    return make_registration(scene().registrations[1]).decode()


def _submission() -> str:
    return print_line(UploadLine(scene().dispensing)).decode().rstrip("\n")


def _submission_spread() -> str:
    return json.dumps(_cut(json.loads(_submission())), indent=2, ensure_ascii=False)


def _snapshot() -> str:
    return json.dumps(json.loads(scene().snapshot.body), indent=2, ensure_ascii=False)


def _stock() -> str:
    return json.dumps(json.loads(scene().stock.body), indent=2, ensure_ascii=False)


def possession() -> tuple[PrivateKey, bytes]:
    """Return the key of the example enrolment, and what it signs."""
    key = PrivateKey.from_seed(EDDSA, bytes(range(32)))
    return key, possession_bytes(ORIGIN, code_digest(ENROLMENT_CODE), key.public)


def _possession() -> str:
    return possession()[1].decode().rstrip("\n")


def _enrolment() -> str:
    key, signed = possession()
    proof = print_base64(key.sign(signed))
    value = {"code": ENROLMENT_CODE, "alg": EDDSA, "public": key.public.raw.hex(), "proof": proof}
    return json.dumps(value, indent=2)


def _pedigree() -> str:
    value = json.loads(pedigree_file())
    value["registrations"][1:] = [f"… {len(value['registrations']) - 1} more of this form"]
    return json.dumps(_cut(value), indent=2, ensure_ascii=False)


def _cut(value: Any) -> Any:
    """Shorten long texts: their beginning, and how long they are."""
    if isinstance(value, dict):
        return {name: _cut(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_cut(each) for each in value]
    if isinstance(value, str) and len(value) > _CUT + 24:
        return f"{value[:_CUT]}… ({len(value)} characters)"
    return value


def pedigree_file() -> bytes:
    """Return the whole example pedigree, as the program writes it."""
    return print_pedigree(scene().pedigree)


def _manifest() -> str:
    value = msgspec.to_builtins(scene().lake)
    (segment,) = value["segments"]
    for tables in (segment["tables"], value["registers"]):
        shown, *others = tables
        for each in others:
            del tables[each]
        tables["…"] = f"{len(others)} more of this form, each under its table's name"
        assert shown in tables
    return json.dumps(_cut(value), indent=2, ensure_ascii=False)


def _custody() -> str:
    told = {name: "" if value is None else value for name, value in scene().custody[-1].items()}
    return "\n".join(f"{name:<11}  {value}".rstrip() for name, value in told.items())


def _verifying() -> str:
    return (
        f"packledger verify docs/formats/{PEDIGREE_FILE.name} \\\n"
        f"    --key {scene().verifier_key}"
    )


EXAMPLES: dict[str, dict[str, Callable[[], str]]] = {
    "link.md": {"link": _link, "link-hash": _link_hash, "salts": _salts},
    "link-page.md": {"link-page": _page, "page-leaf": _page_leaf},
    "claim.md": {"claim": _claim},
    "seal.md": {"seal": _seal, "seal-statement": _seal_statement},
    "pedigree.md": {"pedigree": _pedigree, "verifying": _verifying},
    "registration.md": {"registrations": _registrations, "body": _registration_body},
    "lake.md": {"manifest": _manifest, "custody": _custody},
    "snapshot.md": {"snapshot": _snapshot},
    "stock.md": {"stock": _stock},
    "enrolment.md": {"possession": _possession, "enrolment": _enrolment},
    "submission.md": {"submission": _submission, "submission-spread": _submission_spread},
}


if __name__ == "__main__":
    write_anew(EXAMPLES)
    PEDIGREE_FILE.write_bytes(pedigree_file())
