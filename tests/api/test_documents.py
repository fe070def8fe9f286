"""Documents of EPCIS over HTTP: what is right comes out as it went in, what is wrong is refused under EPCIS's name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.custody.epcis.faults import EXCEPTIONS, VALIDATION
from tests.api.documents import Passage, media_of, pass_through
from tests.api.erp import LD
from tests.api.kit import Door
from tests.custody.epcis import test_refusals as wrong
from tests.custody.epcis.samples import DOCUMENTS, changed, document, observed

NAMES = sorted(path.name for path in DOCUMENTS.iterdir())


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Return a door for all tests of this file."""
    folder = tmp_path_factory.mktemp("documents")
    with Door(folder / "home", f"sqlite:///{folder / 'ledger.sqlite'}") as door:
        yield door


@pytest.mark.parametrize("name", NAMES)
def test_each_event_comes_out_by_its_id(open_door: Door, name: str) -> None:
    """As JSON-LD and as XML, the same by value, by our hash, and by the program of the hash's authors."""
    passage = pass_through(open_door, (DOCUMENTS / name).read_bytes(), media_of(name))
    assert passage.refused == ()
    assert passage.changed == ()
    assert passage.same >= 3
    # Their program fails where a transaction has no type; one event of `everything` has such a one.
    assert passage.agreed == passage.same - name.startswith("everything")


def test_what_parts_all_comes_out_by_its_id(open_door: Door) -> None:
    """From an asset, and from papers: a DELETE that names none means all of them."""
    away = {"action": "DELETE", "epcList": None}
    events = [
        observed(type="AssociationEvent", parentID="urn:epc:id:giai:9521234.probe7", **away),
        observed(type="TransactionEvent", bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:1"}], **away),
    ]
    assert pass_through(open_door, document(*events), LD) == Passage(same=2, agreed=2)


def test_each_fault_of_an_event_is_told(open_door: Door) -> None:
    """All that can be wrong with an event in one document: each is told at its number, and what is right is kept."""
    events = [observed(**members) for members, _, _ in wrong.WRONG]
    small = [event for event in events if len(str(event)) < 10_000]
    expected = [code for event, (_, code, _) in zip(events, wrong.WRONG, strict=True) if event in small]
    passage = pass_through(open_door, document(*small, observed(eventTime="2026-11-22T12:37:01+08:00")), LD)
    assert [(number, code) for number, _, code in passage.refused] == list(enumerate(expected))
    assert {kind for _, kind, _ in passage.refused} == {VALIDATION}
    assert passage.same == passage.agreed == 1


@pytest.mark.parametrize(("members", "code"), wrong.DOCUMENTS)
def test_a_document_that_is_none(open_door: Door, members: dict[str, object], code: str) -> None:
    """Is refused as a whole, with the type and the status that EPCIS has for it."""
    data = document(observed(), **members)
    passage = pass_through(open_door, data, LD)
    assert passage == Passage(refused=((None, EXCEPTIONS.get(code, VALIDATION), code),))
    status = 413 if code == "epcis-too-many-events" else 400
    assert open_door.post("/capture", data, key=open_door.keys["maker"], media=LD).status_code == status


@pytest.mark.parametrize(("before", "after", "code", "_start"), [*wrong.XML_ATTACKS, *wrong.XML_FAULTS])
def test_xml_that_is_none(open_door: Door, before: str, after: str, code: str, _start: str) -> None:
    """Attacks and faults of the whole are refused at once; of one event, its neighbours are kept."""
    passage = pass_through(
        open_door, changed("older.xml", lambda text: text.replace(before, after)), "application/xml"
    )
    ((number, kind, told),) = passage.refused
    assert (told, kind) == (code, VALIDATION)
    assert passage.same == (0 if number is None else 2)
    assert passage.changed == ()


def test_a_document_that_is_neither(open_door: Door) -> None:
    """Another media type, or bytes that are not what their type says."""
    for media, status, kind, code in (
        ("text/csv", 415, "UnsupportedMediaTypeException", "media-type-unsupported"),
        (LD, 400, "ValidationException", "json-malformed"),
        ("application/xml", 400, "ValidationException", "epcis-xml"),
    ):
        answer = open_door.post("/capture", b"{", key=open_door.keys["maker"], media=media)
        assert answer.status_code == status
        assert answer.json()["type"] == f"epcisException:{kind}"
        assert answer.json()["code"] == code


def test_a_change_of_meaning_would_be_found(open_door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that tells another time is no longer the same, for us and for them."""
    real = open_door.get

    def lying(path: str, **options: object) -> object:
        answer = real(path, **options)
        answer._content = answer.content.replace(b"2026-11-22T12:38", b"2026-11-22T12:39")
        return answer

    monkeypatch.setattr(open_door, "get", lying)
    passage = pass_through(open_door, document(observed(eventTime="2026-11-22T12:38:00+08:00")), LD)
    assert (passage.same, passage.agreed, len(passage.changed)) == (0, 0, 1)
