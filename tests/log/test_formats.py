"""The log's format pages show what the code writes today."""

from __future__ import annotations

import re

import pytest

from ledger.log.cosignature import Quorum
from ledger.log.merkle import leaf_hash
from ledger.log.note import parse_vkey
from ledger.log.proof import parse_proof, verify_proof
from ledger.log.receipt import parse_receipt, verify_receipt
from ledger.log.statement import parse_statement, verify_statement
from tests.docs.blocks import PAGES, rewritten, shown
from tests.log.examples import EXAMPLES, LOG, STATION, annotated


def hex_of(example: str) -> bytes:
    """Return the bytes of an annotated example."""
    return bytes.fromhex("".join(re.findall(r"^[0-9a-f]+", example, re.MULTILINE)))


@pytest.mark.parametrize("page", EXAMPLES)
def test_examples_are_what_the_code_writes(page: str) -> None:
    """Each page shows all of its examples, byte for byte as they are made now."""
    assert shown(page) == {name: make() for name, make in EXAMPLES[page].items()}


def test_the_printed_bytes_verify() -> None:
    """What a reader copies from the pages is a statement, its receipt and its proof file, and they hold."""
    statement = hex_of(shown("statement.md")["statement"])
    assert verify_statement(parse_statement(statement), STATION.public)
    receipt = parse_receipt(hex_of(shown("receipt.md")["receipt"]))
    verify_receipt(receipt, leaf_hash(statement), LOG.public)
    log, witness = map(parse_vkey, shown("checkpoint.md")["vkeys"].split("\n"))
    proof = parse_proof((shown("tlog-proof.md")["tlog-proof"] + "\n").encode())
    head = verify_proof(proof, leaf_hash(statement), log.name, log, Quorum(1, (witness,)))
    assert (head.checkpoint.size, proof.index) == (5, 2)


def test_a_stale_example_is_found() -> None:
    """A page with one digit changed differs from what is made, and making it anew repairs it."""
    good = (PAGES / "tree.md").read_text("utf-8")
    stale = good.replace("leaf 0    ", "leaf 0    f", 1)
    assert stale != good
    assert rewritten(stale, EXAMPLES["tree.md"]) == good
    with pytest.raises(ValueError, match="the items cover 1 of 2 bytes"):
        annotated(b"ab", [(1, "a")])
