"""Auditors follow the log over HTTP, and take proofs away; what is not theirs to see does not exist."""

from __future__ import annotations

import base64
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import cbor2
import httpx
import pytest
from pymerkle import InmemoryTree

from ledger.codes import key_of
from ledger.home import write_cosigned
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.cosignature import cosign, unsafe_no_witnesses
from ledger.log.merkle import leaf_hash, verify_consistency, verify_inclusion
from ledger.log.note import add_signatures
from ledger.log.proof import parse_proof, verify_proof
from ledger.log.receipt import parse_receipt, verify_receipt
from ledger.log.statement import parse_statement
from ledger.log.tiles import parse_bundle
from ledger.opening import Trust
from ledger.verify import verify_pedigree
from tests.api.kit import Door, problem
from tests.kit import ORIGIN
from tests.log.attacks import private_key

Fetch = Callable[[str], bytes]


def fetched(answer: httpx.Response) -> bytes:
    """Return the bytes of a good answer."""
    assert answer.status_code == 200, answer.text
    return answer.content


def head(door: Door) -> Checkpoint:
    """Return the newest signed head."""
    return open_checkpoint(fetched(door.get("/checkpoint")), ORIGIN, door.world.trust.vkey)


def follow(door: Door, size: int) -> tuple[list[bytes], dict[tuple[int, int], bytes]]:
    """Download the log as a monitor does; return its entries, and its tiles by (level, number)."""

    def parts(count: int) -> list[str]:
        full, rest = divmod(count, 256)
        return [f"{number:03d}" for number in range(full)] + ([f"{full:03d}.p/{rest}"] if rest else [])

    entries, tiles = [], {}
    for part in parts(size):
        entries += parse_bundle(fetched(door.get(f"/tile/entries/{part}", key=door.keys["auditor"])))
    for level in range(2):
        for number, part in enumerate(parts(size >> 8 * level)):
            tiles[level, number] = fetched(door.get(f"/tile/{level}/{part}"))
    return entries, tiles


def test_a_monitor_follows_the_log(door: Door) -> None:
    """Everything downloaded, hashed anew by other people's code, gives the signed root; tiles agree with entries."""
    world = door.world
    world.record(*(world.commission(world.packs(1)) for _ in range(300)))
    signed = head(door)

    entries, tiles = follow(door, signed.size)

    assert len(entries) == signed.size > 256
    theirs = InmemoryTree(algorithm="sha256")
    for entry in entries:
        theirs.append_entry(entry)
    assert theirs.get_root() == signed.root
    leaves = b"".join(map(leaf_hash, entries))
    assert tiles[0, 0] + tiles[0, 1] == leaves
    assert len(tiles[1, 0]) == 32
    assert all(parse_statement(entry) for entry in entries)
    again = door.get("/tile/0/000")
    assert again.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert again.headers["content-type"] == "application/octet-stream"
    assert fetched(door.get("/tile/0/000.p/7")) == leaves[: 7 * 32]


def test_witnessed_heads_are_shown(door: Door) -> None:
    """Once witnesses cosign, followers see the newest head that they saw; the log grows on, and extends it."""
    world = door.world
    world.record(*(world.commission(world.packs(1)) for _ in range(3)))
    note = fetched(door.get("/checkpoint"))
    witness = private_key(7)
    cosigned = add_signatures(note, [cosign(note, "witness.example/1", witness, world.now)])
    size = head(door).size
    write_cosigned(world.ledger.settings, size, cosigned)

    world.record(*(world.commission(world.packs(1)) for _ in range(3)))

    assert fetched(door.get("/checkpoint")) == cosigned
    assert head(door).size == size
    proof = door.get(f"/v1/proofs/consistency?since={size}").json()
    assert proof["size"] > size


@pytest.mark.parametrize(
    "path",
    [
        "0/001", "0/000.p/255", "1/000", "0/0", "0/00", "0/x000/000", "8/000", "0/000.p/0", "0/000.p/256", "00/000",
        "0", "entries/999", "0/000/", "%30/000.p/", "0/000.p/1.p/1", "-1/000", "０/000", "0/x" + "9" * 40,
    ],
)  # fmt: skip
def test_tiles_that_are_not_there(quick_door: Door, path: str) -> None:
    """Beyond the signed head, or written otherwise than C2SP does."""
    problem(quick_door.get(f"/tile/{path}", key=quick_door.keys["auditor"]), 404, "tile-unknown")


def test_entries_are_for_those_who_may(quick_door: Door) -> None:
    """Hashes are everybody's; the statements are not, by whichever door."""
    size = head(quick_door).size
    paths = [f"/tile/entries/000.p/{size}", "/v1/statements/0", "/tile//entries/000.p/1", "/tile/entries%2F000.p/1"]
    for path in paths:
        assert quick_door.get(path).status_code in (401, 404), path
        assert quick_door.get(path, key=quick_door.keys["pharmacy"]).status_code in (403, 404), path
    assert fetched(quick_door.get(paths[0], key=quick_door.keys["auditor"]))
    assert fetched(quick_door.get(f"/tile/0/000.p/{size}"))


def test_proofs_hold(door: Door) -> None:
    """Inclusion by index and by leaf hash, in old and new trees; consistency between any two sizes; a proof file."""
    world = door.world
    world.record(*(world.commission(world.packs(1)) for _ in range(9)))
    old = head(door)
    world.record(*(world.commission(world.packs(1)) for _ in range(9)))
    new = head(door)
    entries, _ = follow(door, new.size)
    for name, index, size in ((str(old.size - 1), old.size - 1, old.size), (leaf_hash(entries[3]).hex(), 3, new.size)):
        query = f"?size={size}" if size == old.size else ""
        proof = door.get(f"/v1/proofs/inclusion/{name}{query}").json()
        path = [base64.b64decode(each) for each in proof["path"]]
        root = {old.size: old.root, new.size: new.root}[size]
        verify_inclusion(leaf_hash(entries[index]), proof["index"], proof["size"], path, root)
        assert base64.b64decode(proof["root"]) == root
    proof = door.get(f"/v1/proofs/consistency?since={old.size}").json()
    path = [base64.b64decode(each) for each in proof["path"]]
    verify_consistency(old.size, old.root, proof["size"], base64.b64decode(proof["root"]), path)
    assert (proof["since"], proof["size"]) == (old.size, new.size)
    file = parse_proof(fetched(door.get(f"/v1/proofs/files/{new.size - 1}")))
    verify_proof(file, leaf_hash(entries[-1]), ORIGIN, world.trust.vkey, unsafe_no_witnesses())


def test_proofs_that_cannot_be_given(quick_door: Door) -> None:
    """Entries that are not there, sizes beyond the head, from nothing, names that are none."""
    size = head(quick_door).size
    for name in (str(size), "9" * 18, "0" * 64, "-1", "01", "x", "f" * 63, "F" * 64):
        for door in ("/v1/proofs/inclusion/", "/v1/proofs/files/"):
            problem(quick_door.get(door + name), 404, "entry-unknown")
        problem(quick_door.get("/v1/statements/" + name, key=quick_door.keys["auditor"]), 404, "entry-unknown")
    problem(quick_door.get(f"/v1/proofs/inclusion/3?size={size + 1}"), 400, "proof-impossible")
    problem(quick_door.get("/v1/proofs/inclusion/3?size=3"), 400, "proof-impossible")
    problem(quick_door.get("/v1/proofs/consistency?since=0"), 400, "proof-impossible")
    problem(quick_door.get(f"/v1/proofs/consistency?since=3&to={size + 1}"), 400, "proof-impossible")
    problem(quick_door.get("/v1/proofs/consistency"), 422, "request-invalid")
    problem(quick_door.get("/v1/proofs/consistency?since=1.5"), 422, "request-invalid")


def test_scitt_tools_find_receipts_and_keys(door: Door) -> None:
    """A receipt by index and by leaf hash; its key, in the set and by its kid; errors as they expect them."""
    world = door.world
    submission = world.commission(world.packs(1))
    index = world.one(submission).index
    leaf = leaf_hash(submission.statement)
    for name in (str(index), leaf.hex()):
        answer = door.get(f"/entries/{name}")
        receipt = parse_receipt(fetched(answer))
        assert (answer.headers["content-type"], answer.headers["location"]) == ("application/cose", f"/entries/{index}")
        assert receipt.index == index
        verify_receipt(receipt, leaf, world.trust.vkey.key)
    (key,) = cbor2.loads(fetched(door.get("/.well-known/scitt-keys")))
    assert key == {1: 1, 2: receipt.kid, -1: 6, -2: world.trust.vkey.key.raw}
    assert cbor2.dumps(key, canonical=True) == cbor2.dumps(key)
    kid = base64.urlsafe_b64encode(receipt.kid).rstrip(b"=").decode()
    assert cbor2.loads(fetched(door.get(f"/.well-known/scitt-keys/{kid}"))) == key
    for path, status in (("/entries/999999", 404), ("/entries/x", 404), ("/.well-known/scitt-keys/AAAA", 404)):
        answer = door.get(path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/concise-problem-details+cbor"
        assert set(cbor2.loads(answer.content)) == {-1, -2}
    assert door.get("/entries/0", key="plk_wrong").headers["content-type"].endswith("cbor")


def test_a_statement_is_an_entry(quick_door: Door) -> None:
    """By index and by leaf hash, the bytes that were handed in."""
    world = quick_door.world
    submission = world.commission(world.packs(1))
    index = world.one(submission).index
    for name in (str(index), leaf_hash(submission.statement).hex()):
        answer = quick_door.get(f"/v1/statements/{name}", key=quick_door.keys["auditor"])
        assert fetched(answer) == submission.statement
        assert sha256(submission.body).digest() == parse_statement(answer.content).digest


def pedigree(door: Door, code: str, by: str, **query: Any) -> httpx.Response:
    """Ask for a pedigree as a party."""
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return door.get(f"/v1/pedigrees?code={key_of(code)}{more}", key=door.keys[by])


def test_who_sees_a_pedigree(door: Door) -> None:
    """Offices and the maker always, others while the pack is theirs; else it is as unknown as one that never was."""
    world = door.world
    packs, never = world.packs(1), world.packs(1)
    offices = {"auditor", "police", "regulator", "maker"}

    def seen_by() -> set[str]:
        askers = ("auditor", "police", "regulator", "maker", "distributor", "pharmacy", "rival")
        return {name for name in askers if pedigree(door, packs[0], name).status_code == 200}

    world.record(world.commission(packs))
    assert seen_by() == offices
    world.record(world.ship(packs, to=world.distributor))
    assert seen_by() == offices | {"distributor"}
    world.record(world.receive(packs, by=world.distributor), world.ship(packs, by=world.distributor))
    assert seen_by() == offices | {"distributor", "pharmacy"}
    world.record(world.receive(packs), world.dispense(packs))
    assert seen_by() == offices | {"pharmacy"}
    foreign, unknown = (pedigree(door, code, "rival") for code in (*packs, *never))
    told = problem(foreign, 404, "pack-unknown")
    assert told | {"detail": ""} == problem(unknown, 404, "pack-unknown") | {"detail": ""}
    problem(pedigree(door, packs[0], "insurer"), 403, "access-denied")


def test_a_pedigree_verifies_without_the_ledger(door: Door) -> None:
    """With and without bodies; a party is not shown bodies, which name packs that are not its own."""
    world = door.world
    packs = world.packs(3)
    world.record(world.commission(packs), world.ship(packs), world.receive(packs))
    trust: Trust = world.trust
    for by, query in (("auditor", {"bodies": "shown"}), ("auditor", {}), ("pharmacy", {})):
        data = fetched(pedigree(door, packs[0], by, **query))
        report = verify_pedigree(data, trust.vkey)
        assert report.code == packs[0]
        assert (packs[1].encode() in data) is bool(query)
    problem(pedigree(door, packs[0], "pharmacy", bodies="shown"), 403, "access-denied")
    problem(door.get("/v1/pedigrees?code=hello", key=door.keys["auditor"]), 422, "code-unknown-form")
    problem(door.get(f"/v1/pedigrees?code={'1' * 2000}", key=door.keys["auditor"]), 422, "request-invalid")

