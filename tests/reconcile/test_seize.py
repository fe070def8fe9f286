"""From a list of codes to a case: recorded, traced, opened; every line kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

import ledger.seize
from ledger.bundle.verify import verify_bundle
from ledger.casework import Desk
from ledger.errors import Misuse
from ledger.papers.contents import Seizure
from ledger.papers.paper import parse_paper
from ledger.reconcile.seizure.listing import read_list
from ledger.seize import Place, Seized, seize
from ledger.store.log import get_entries
from tests.kit import patient
from tests.reconcile.bureau import Bureau

PLACE = Place(file_number="2026-17", place="Warehouse 4", title="The warehouse", unreadable=7, grams=14_250)


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    """Return a bureau."""
    with Bureau(tmp_path) as bureau:
        yield bureau


def seized(bureau: Bureau, text: str, by: Desk | None = None) -> Seized:
    """Seize the packs of a list."""
    listed = read_list(io.BytesIO(text.encode()))
    with bureau.lake() as lake:
        return seize(
            by or bureau.police, lake.engine, lake.size, listed, PLACE, bureau.world.clock, bureau.world.chance
        )


def papers_of(bureau: Bureau, done: Seized) -> list[Seizure]:
    """Return the seizure papers, as the log has them."""
    with bureau.world.ledger.database.read() as connection:
        bodies = [body for *_, body in get_entries(connection, done.indexes)]
    found = [parse_paper("seizure", body).content for body in bodies]
    assert all(isinstance(each, Seizure) for each in found)
    return found  # type: ignore[return-value]


def test_a_list_becomes_a_case_with_everything_in_it(bureau: Bureau) -> None:
    """Packs seized, traced to cards, the findings about them in the case, the whole verified, the bundle too."""
    packs = bureau.stock(4)
    bureau.sell_twice(packs[:1], "P-1")
    bureau.sell(packs[1:2], "P-2")
    bureau.look()
    text = "\n".join([packs[0], packs[1], packs[2], "87709849999999999999", packs[1], "12345"])
    done = seized(bureau, text)
    assert (done.tracing.total.packs, done.tracing.traced.packs) == (4, 2)
    assert done.tracing.untraced == {"never-recorded": 1, "never-dispensed": 1}
    assert {row.name for row in done.tracing.by_person} == {
        bureau.world.pseudonym(person).hex() for person in map(patient, ("P-1", "P-2"))
    }
    case = done.acted.case
    assert (case.title, case.seizures) == ("The warehouse", tuple(done.papers))
    assert list(case.findings) == bureau.about(packs[0])
    assert bureau.world.state(packs[0]) == "seized"
    assert bureau.world.audit().fault is None
    path, _ = bureau.export(done.acted.number)
    report = verify_bundle(path, bureau.world.trust.vkey)
    assert (report.seized, report.traced) == (4, 2)


def test_every_line_stands_in_the_papers(bureau: Bureau) -> None:
    """Codes once each; the faulty lines with their place, fault and text; the digest of the list; weight once."""
    packs = bureau.stock(2)
    text = f"{packs[0]}\n{packs[0]}\n１２３\nno code\n"
    (paper,) = papers_of(bureau, seized(bureau, text))
    assert paper.codes == [packs[0]]
    assert [(each.line, each.fault, each.text) for each in paper.faults or ()] == [
        (2, "doubled", packs[0]), (3, "scanner-full-width", None), (4, "code-unknown-form", "no code"),
    ]  # fmt: skip
    assert paper.list_digest == f"sha-256:{sha256(text.encode()).hexdigest()}"
    assert (paper.unreadable, paper.kilograms, paper.case) == (7, "14.250", "2026-17")


def test_a_long_list_makes_several_papers(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """None has more codes than a paper may; what is said once is said in the first; each pack is seized once."""
    monkeypatch.setattr(ledger.seize, "CODES_PER_EVENT_MAX", 3)
    packs = bureau.stock(8)
    papers = papers_of(bureau, seized(bureau, "\n".join(packs)))
    assert [len(each.codes or []) for each in papers] == [3, 3, 2]
    assert [each.kilograms for each in papers] == ["14.250", None, None]
    assert {bureau.world.state(pack) for pack in packs} == {"seized"}


def test_a_list_of_long_lines_fits_its_papers(bureau: Bureau) -> None:
    """Eight thousand lines that are no codes are more than one paper's bytes, though not more than its lines."""
    lines = [f"{number:04d} {'x' * 115}" for number in range(8_000)]
    papers = papers_of(bureau, seized(bureau, "\n".join([*bureau.stock(1), *lines])))
    assert len(papers) > 2
    assert [each.line for paper in papers for each in paper.faults or ()] == list(range(2, 8_002))


def test_a_list_without_a_readable_code_is_a_case_too(bureau: Bureau) -> None:
    """Everything was scratched away: that is what there is."""
    done = seized(bureau, "x\ny\n")
    assert (done.tracing.total.packs, len(done.papers)) == (0, 1)
    assert papers_of(bureau, done)[0].codes is None


def test_only_who_may_seize_does(bureau: Bureau) -> None:
    """The insurer may open cases, and seizes nothing: nothing is recorded."""
    packs = bureau.stock(1)
    with pytest.raises(Misuse, match="seizure-not-authorised"):
        seized(bureau, packs[0], by=bureau.insurer)
    assert bureau.world.state(packs[0]) == "active"


def test_tracing_does_not_wait_for_the_lake_to_know_the_seizure(bureau: Bureau) -> None:
    """And afterwards the same packs are traced the same."""
    packs = bureau.stock(2)
    bureau.sell(packs[:1])
    before = seized(bureau, "\n".join(packs))
    again = seized(bureau, "\n".join(packs))
    assert before.tracing.untraced == again.tracing.untraced == {"never-dispensed": 1}
    assert [row.name for row in again.tracing.by_institution] == [str(_party(bureau))]


def _party(bureau: Bureau) -> int:
    with bureau.world.ledger.database.read() as connection:
        return bureau.world.ledger.registry.place(connection, bureau.world.pharmacy.party)[0]
