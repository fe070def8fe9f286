"""A case that went through all that a case can, and its bundle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.papers.contents import Claim, HandOver, Note, Outcome, Publication
from ledger.reconcile.rules.rule import CATALOGUE
from tests.reconcile.bureau import Bureau


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """Return a bureau with one case: packs sold twice, one seized, the rule published, handed over and decided."""
    with Bureau(tmp_path_factory.mktemp("bureau")) as bureau:
        packs = bureau.stock(6)
        bureau.sell_twice(packs[:2])
        bureau.sell(packs[2:4], "P-2")
        text = (CATALOGUE / "dispensed-twice.sql").read_bytes()
        version = f"sha-256:{sha256(text).hexdigest()}"
        bureau.insurer.record(
            [Publication(id="urn:example:rule", time=bureau.world.stamp(), rule="dispensed-twice", version=version)]
        )
        seizure = bureau.world.seize([packs[0], packs[4]])
        bureau.world.one(seizure)
        bureau.look()
        findings = sorted(each.id for each in bureau.findings())
        bureau.insurer.open("Two packs came <b>back</b> & 回流", findings, [json.loads(seizure.body)["id"]])
        bureau.insurer.act(Claim(), 1)
        bureau.insurer.act(HandOver(to=bureau.world.police.party, reason="theft"), 1)
        bureau.police.act(Note(text="</td><script>alert(1)</script>"), 1)
        bureau.police.act(Outcome(result="confirmed"), 1)
        yield bureau


@pytest.fixture(scope="module")
def bundle(bureau: Bureau) -> Path:
    """Return the case's bundle."""
    return bureau.export(1)[0]
