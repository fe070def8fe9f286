"""The pages show what the code makes, and what they say about the bytes can be followed by hand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256, shake_256
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from ledger.chain.page import LinkPage, decode_page
from ledger.chain.pedigree import (
    LastLink,
    Pedigree,
    PedigreeLink,
    PedigreeSeal,
    ProvenRegistration,
    print_pedigree,
)
from ledger.chain.seal import Seal, parse_seal
from ledger.cli.exits import Exit
from ledger.codes import key_of
from ledger.enrol import read_registrations
from ledger.errors import NotVerified
from ledger.export import Exporter
from ledger.identity.registration import REGISTRATIONS, Role, kind_of
from ledger.log.note import parse_vkey
from ledger.submission import parse_line
from ledger.verify import verify_pedigree
from tests.docs.blocks import PAGES, rewritten, shown
from tests.docs.examples import EXAMPLES, PEDIGREE_FILE, pedigree_file
from tests.docs.scene import PACKS
from tests.kit import World

ROOT = PAGES.parents[1]


def hex_of(example: str) -> bytes:
    """Return the bytes of an annotated example."""
    return bytes.fromhex("".join(re.findall(r"^[0-9a-f]+", example, re.MULTILINE)))


def text_of(page: str) -> str:
    """Return a page of the formats."""
    return (PAGES / page).read_text("utf-8")


@pytest.mark.parametrize("page", EXAMPLES)
def test_examples_are_what_the_code_makes(page: str) -> None:
    """Each page shows all of its examples, as they are made now."""
    assert shown(page) == {name: make() for name, make in EXAMPLES[page].items()}


def test_the_pedigree_file_is_what_the_program_writes() -> None:
    """Byte for byte."""
    assert PEDIGREE_FILE.read_bytes() == pedigree_file()


def test_a_stale_example_is_found() -> None:
    """A page with one digit changed differs from what is made, and making it anew repairs it."""
    good = text_of("link.md")
    stale = good.replace("00000002  ", "00000003  ", 1)
    assert stale != good
    assert rewritten(stale, EXAMPLES["link.md"]) == good


def test_the_link_can_be_made_by_hand() -> None:
    """The printed bytes have the layout of the table, hash to the printed hash, and lie under the printed seal."""
    data, salts = hex_of(shown("link.md")["link"]), shown("link.md")["salts"]
    secret, *rows = re.findall(r"([0-9a-f]{32,})", salts)
    run = shake_256(bytes.fromhex(secret)).digest(16 * len(PACKS))
    assert [run[:16].hex(), run[16:].hex()] == rows
    assert (data[:16], int.from_bytes(data[16:20], "big"), data[84:].decode()) == (run[:16], 2, PACKS[0])
    statement = parse_line(shown("submission.md")["submission"].encode()).submission.statement
    assert data[52:84] == sha256(b"\0" + statement).digest()
    own = sha256(b"\0" + data).digest()
    assert shown("link.md")["link-hash"] == own.hex()
    (neighbour,) = json.loads(PEDIGREE_FILE.read_bytes())["last"]["path"]
    seal = parse_seal(shown("seal.md")["seal"].encode())
    assert sha256(b"\1" + own + bytes.fromhex(neighbour)).hexdigest() == seal.links_root


def test_the_page_can_be_read_by_hand() -> None:
    """The printed bytes are a page, of the printed hash, under the printed seal; its columns are those listed."""
    data = hex_of(shown("link-page.md")["link-page"])
    assert decode_page(data).codes == [code.rpartition(":")[2] for code in PACKS]
    assert shown("link-page.md")["page-leaf"].endswith(sha256(b"\0" + data).hexdigest())
    assert parse_seal(shown("seal.md")["seal"].encode()).pages_root == sha256(b"\0" + data).hexdigest()
    columns = re.findall(r"^\| (\d) `(\w+)`", text_of("link-page.md"), re.MULTILINE)
    assert columns == [(str(number), name) for number, name in enumerate(LinkPage.__struct_fields__)]


def members(page: str) -> set[str]:
    """Return what stands in the first column of a page's tables."""
    firsts = re.findall(r"^\| (`[^|]*`) \|", text_of(page), re.MULTILINE)
    return {name for first in firsts for name in re.findall(r"`([\w-]+)`", first)}


def fields(*kinds: Any) -> set[str]:
    """Return how the members of these kinds are spelt in JSON."""
    return {field.encode_name for kind in kinds for field in msgspec.structs.fields(kind)}


def test_every_member_is_explained_and_no_other() -> None:
    """Seals, pedigrees, registrations and upload lines; and every role of a party."""
    assert members("seal.md") == fields(Seal)
    assert members("pedigree.md") == fields(Pedigree)
    inside = fields(PedigreeLink, LastLink, PedigreeSeal, ProvenRegistration)
    assert {name for name in inside if f"`{name}`" not in text_of("pedigree.md")} == set()
    assert members("registration.md") == fields(*REGISTRATIONS.values()) | set(REGISTRATIONS)
    assert members("submission.md") == {"statement", "body", "confidential", "received"}
    (roles,) = re.findall(r"^\| `roles` .* one or more of (.*) \|$", text_of("registration.md"), re.MULTILINE)
    assert roles.split(", ") == list(get_args(Role))


def test_the_registrations_shown_are_one_of_each_kind() -> None:
    """What stands on the page is a file that `enrol` reads."""
    read = read_registrations(shown("registration.md")["registrations"].encode())
    assert sorted(kind_of(each) for each in read) == sorted(REGISTRATIONS)


def test_the_command_on_the_pedigree_page_verifies_it() -> None:
    """The command, run as it stands there, ends with exit code 0; with another key it does not."""
    _, *arguments = shown("pedigree.md")["verifying"].replace("\\\n", "").split()
    assert run(arguments) == Exit.VALID
    other = shown("checkpoint.md")["vkeys"].splitlines()[0]
    assert run([*arguments[:-1], other]) == Exit.SIGNATURE_INVALID


def run(arguments: list[str]) -> int:
    """Run `packledger` with these arguments; return how it ended."""
    command = [sys.executable, "-m", "ledger.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode


def _swap_links(value: Any) -> None:
    value["links"][0], value["links"][1] = value["links"][1], value["links"][0]


def _forget_first(value: Any) -> None:
    del value["links"][0]


def _forget_last(value: Any) -> None:
    del value["links"][-1]


def _other_pack(value: Any) -> None:
    value["code"] = PACKS[1]


def _other_salt(value: Any) -> None:
    value["links"][1]["salt"] = "0" * 32


def _other_neighbour(value: Any) -> None:
    value["last"]["path"] = ["0" * 64]


@pytest.mark.parametrize(
    "attack",
    [_swap_links, _forget_first, _forget_last, _other_pack, _other_salt, _other_neighbour],
)
def test_what_the_pedigree_page_claims_to_be_proven_is(attack: Callable[[Any], None]) -> None:
    """None can be taken out, put in or moved: the chain no longer ends where the seal says."""
    key = shown("pedigree.md")["verifying"].split()[-1]
    verify_pedigree(pedigree_file(), parse_vkey(key))
    value = json.loads(pedigree_file())
    attack(value)
    data = msgspec.json.encode(value, order="sorted")
    with pytest.raises(NotVerified, match="inclusion-"):
        verify_pedigree(data, parse_vkey(key))


def test_a_withheld_body_is_remarked_upon() -> None:
    """The chain holds without it."""
    key = shown("pedigree.md")["verifying"].split()[-1]
    value = json.loads(pedigree_file())
    value["links"][1]["body"] = None
    report = verify_pedigree(msgspec.json.encode(value, order="sorted"), parse_vkey(key))
    assert [step.warnings for step in report.steps] == [(), ("body-withheld",), ()]


def test_what_the_pedigree_page_says_is_not_proven_is_not(tmp_path: Path) -> None:
    """An older file holds though a later statement exists; a file that leaves a revocation out says nothing of it."""
    with World(tmp_path / "home", f"sqlite:///{tmp_path}/ledger.db") as world:
        exporter = Exporter(world.ledger.database, world.trust, world.ledger.key)
        world.record(world.commission(PACKS[:1]), world.ship(PACKS[:1]))
        older = print_pedigree(exporter.pedigree(key_of(PACKS[0])))
        world.record(world.receive(PACKS[:1]), world.revoke(world.maker, "compromised", since=0))
        newer = print_pedigree(exporter.pedigree(key_of(PACKS[0])))
        assert [len(verify_pedigree(data, world.trust.vkey).steps) for data in (older, newer)] == [2, 3]
        assert "key-compromised-since" in verify_pedigree(newer, world.trust.vkey).warnings
        value = json.loads(newer)
        kept = [each for each in value["registrations"] if "compromised" not in each["body"]]
        assert len(kept) == len(value["registrations"]) - 1
        silent = msgspec.json.encode(value | {"registrations": kept}, order="sorted")
        assert verify_pedigree(silent, world.trust.vkey).warnings == frozenset()
