"""One paper of each kind, and a confidential part, as the format pages show them."""

from __future__ import annotations

from ledger.papers.confidential import Confidential, Person
from ledger.papers.contents import (
    Action,
    Content,
    Invoice,
    InvoiceLine,
    Look,
    Opening,
    Prescription,
    PrescriptionLine,
    Publication,
    Recall,
    Seizure,
    SeizureFault,
    Settlement,
    SettlementLine,
)

PACK = "urn:nmpa:dtc:87709840000000015538"
OTHER_PACK = "urn:nmpa:dtc:87709840000000015539"
PARTY = "https://id.example.org/party/"
DIGEST = "sha-256:" + "ab" * 32

SETTLEMENT = Settlement(
    id="urn:uuid:00000000-0000-4000-8000-000000000001",
    time="2026-11-22T04:37:00Z",
    institution=PARTY + "31",
    site="https://id.example.org/site/31-2",
    payment="insured",
    currency="CNY",
    amount="52.30",
    fund="41.84",
    lines=[
        SettlementLine(product="8770984", packs=2, amount="39.80", codes=[PACK, OTHER_PACK]),
        SettlementLine(product="8123456", packs=1, amount="12.50", split=True),
    ],
    prescription="urn:uuid:00000000-0000-4000-8000-000000000002",
    confidential=DIGEST,
)
PRESCRIPTION = Prescription(
    id="urn:uuid:00000000-0000-4000-8000-000000000002",
    time="2026-11-22T03:10:00Z",
    institution=PARTY + "30",
    medium="electronic",
    department="心内科",
    lines=[PrescriptionLine(product="8770984", packs=2, days=28)],
    confidential=DIGEST,
)
INVOICE = Invoice(
    id="urn:uuid:00000000-0000-4000-8000-000000000003",
    time="2026-11-02T09:00:00Z",
    number="INV-0003",
    seller=PARTY + "20",
    buyer=PARTY + "31",
    currency="CNY",
    amount="3000.00",
    tax="345.13",
    lines=[InvoiceLine(product="8770984", batch="LOT7", packs=200, amount="3000.00")],
)
SEIZURE = Seizure(
    id="urn:uuid:00000000-0000-4000-8000-000000000004",
    time="2026-12-01T22:15:00Z",
    case="CASE-2026-17",
    place="Warehouse 4",
    codes=[PACK],
    unreadable=120,
    kilograms="14.250",
    list_digest=DIGEST,
    faults=[SeizureFault(line=2, fault="code-check-digit", text="(01)06901234000008(21)A1")],
)
RECALL = Recall(
    id="urn:uuid:00000000-0000-4000-8000-000000000005",
    time="2026-12-05T01:00:00Z",
    product="8770984",
    batches=["LOT7", "LOT8"],
    level=2,
    reason="Dissolution below specification",
)
ACTION = Action(
    id="urn:uuid:00000000-0000-4000-8000-000000000006",
    time="2026-12-06T02:00:00Z",
    case="urn:uuid:00000000-0000-4000-8000-000000000006",
    do=Opening(
        title="One card in eight health centres",
        findings=["0123456789abcdef0123456789abcdef"],
        seizures=["urn:uuid:00000000-0000-4000-8000-000000000004"],
    ),
)
PUBLICATION = Publication(
    id="urn:uuid:00000000-0000-4000-8000-000000000007",
    time="2026-12-07T02:00:00Z",
    rule="dispensed-twice",
    version=DIGEST,
    parameters={"gap_minutes": 15},
)
LOOK = Look(
    id="urn:uuid:00000000-0000-4000-8000-00000000000a",
    time="2026-12-08T02:00:00Z",
    what="name",
    person="000102030405060708090a0b0c0d0e0f",
    case="urn:uuid:00000000-0000-4000-8000-000000000006",
    reason="the card was used in eight counties",
    ask="urn:uuid:00000000-0000-4000-8000-000000000009",
)
PAPERS: dict[str, Content] = {
    "settlement": SETTLEMENT,
    "prescription": PRESCRIPTION,
    "invoice": INVOICE,
    "seizure": SEIZURE,
    "recall": RECALL,
    "action": ACTION,
    "rule": PUBLICATION,
    "look": LOOK,
}

SALT = bytes(range(16))
CONFIDENTIAL = Confidential(
    patient=Person(id_type="insurance_card", id_number="TEST-CARD-1"),
    prescriber="TEST-DOCTOR-1",
    prescription="RX-TEST-1",
    settlement="SETL-TEST-1",
    pickup=Person(id_type="other", id_number="TEST-CARD-2"),
    household="TEST-HOUSEHOLD-1",
    residence="999901002",
)
