"""Lakes in tests: made from a `World`, read back as plain rows, compared byte by byte, with segments of a few rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ledger import canonical
from ledger.identity.vault import Vault
from ledger.papers.confidential import Confidential, Person, make_confidential
from ledger.papers.contents import Invoice, InvoiceLine, Prescription, PrescriptionLine
from ledger.reconcile.lake import LakeUpdate, manifest, open_lake, parquet, segment, update_lake
from ledger.submission import Submission
from tests.kit import PRODUCT, World, case_uri

__all__ = [
    "bytes_of", "family", "filled", "holds", "make_lake", "prescribe", "rows_of", "sell", "shrink", "vault_of",
]  # fmt: skip


def shrink(monkeypatch: pytest.MonkeyPatch, largest: int = 64, smallest: int = 8, row_group: int = 16) -> None:
    """Make segments and row groups so small that a short story fills many."""
    monkeypatch.setattr(manifest, "LAKE_SEGMENT_STATEMENTS_MAX", largest)
    monkeypatch.setattr(manifest, "LAKE_SEGMENT_STATEMENTS_MIN", smallest)
    monkeypatch.setattr(parquet, "LAKE_ROW_GROUP_ROWS_MAX", row_group)
    monkeypatch.setattr(segment, "_WAITING_ROWS_MAX", row_group // 2)


def vault_of(world: World) -> Vault:
    """Return the vault of a world, open or closed."""
    return Vault(bytes.fromhex(world.settings.master_key_file.read_text()))


def make_lake(world: World, folder: Path, *, persons: bool = True) -> LakeUpdate:
    """Bring a lake up to where the world stands."""
    vault = vault_of(world) if persons else None
    return update_lake(world.ledger.database, world.trust, vault, folder)


def rows_of(folder: Path, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Return a table's rows, in order: these columns, or all."""
    found: list[tuple[Any, ...]] = []
    for path in open_lake(folder).files(table):
        read = pq.read_table(path, columns=list(columns) or None)
        found += [tuple(row.values()) for row in read.to_pylist()]
    return found


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return every file of a lake, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def holds(folder: Path, words: list[bytes]) -> list[str]:
    """Name the files in which one of these words stands: as it is, in hexadecimal, or as text of a column."""
    texts = {word.hex() for word in words}
    spelt = [*words, *(text.encode() for text in texts)]
    found = [name for name, data in bytes_of(folder).items() if any(each in data for each in spelt)]
    for path in folder.rglob("*.parquet"):
        table = pq.read_table(path)  # compressed, a word hides from whoever looks at the bytes alone
        if any(texts & set(map(str, column.to_pylist())) for column in table.columns):
            found.append(path.relative_to(folder).as_posix())
    return sorted(set(found))


def family(number: str, pickup: str | None = None) -> Confidential:
    """Return the personal fields of a made-up patient who lives somewhere."""
    return Confidential(
        patient=Person(id_type="insurance_card", id_number=number),
        prescriber="D-77",
        pickup=None if pickup is None else Person(id_type="identity_card", id_number=pickup),
        household="H-5",
        residence="610802003",
    )


def prescribe(world: World, packs: int, person: Confidential) -> Submission:
    """Return an electronic prescription by the pharmacy, of two lines."""
    part = make_confidential(person, world.chance(16))
    lines = [
        PrescriptionLine(product=PRODUCT, packs=packs, days=14),
        PrescriptionLine(product=PRODUCT, packs=1, days=7),
    ]
    content = Prescription(
        id=world.fresh_id(), time=world.stamp(), institution=world.pharmacy.party, medium="electronic", lines=lines,
        department="cardiology", confidential=f"sha-256:{canonical.digest(part).hex()}",
    )  # fmt: skip
    return world.paper(world.pharmacy, content, part)


def sell(world: World, packs: int) -> Submission:
    """Return an invoice from the maker to the pharmacy."""
    line = InvoiceLine(product=PRODUCT, packs=packs, amount=f"{20 * packs}.50", batch="B1")
    content = Invoice(
        id=world.fresh_id(), time=world.stamp(), number="F-1", seller=world.maker.party, buyer=world.pharmacy.party,
        currency="CNY", amount=line.amount, tax="1.00", lines=[line],
    )  # fmt: skip
    return world.paper(world.maker, content)


def filled(world: World, rounds: int = 4, first: int = 0) -> None:
    """Let some trade happen: each round ten packs, three persons, a case, papers, and a shipment taken back."""
    for number in range(first, first + rounds):
        packs = world.packs(10)
        case = case_uri(number)
        world.record(world.commission(packs), world.pack_into(case, packs[:4]))
        shipped = world.fresh_id()
        world.record(world.ship([case, *packs[4:]], event_id=shipped), sell(world, 10))
        if number % 2:
            world.record(world.declare_wrong(
                "shipping", shipped, [case, *packs[4:]], by=world.maker, destination=world.pharmacy.party,
            ))  # fmt: skip
        world.record(world.receive([case, *packs[4:]]), world.unpack(case))
        world.wait(3_600)
        persons = [family(f"P-{(number + each) % 5}", f"C-{each}" if each else None) for each in range(3)]
        world.record(*(prescribe(world, 2, each) for each in persons))
        world.record(*(
            world.dispense(packs[3 * at : 3 * at + 2], insured=True, person=each) for at, each in enumerate(persons)
        ))  # fmt: skip
        world.record(*(
            world.settle(packs[3 * at : 3 * at + 2], person=each) for at, each in enumerate(persons)
        ))  # fmt: skip
        world.wait(86_400)

