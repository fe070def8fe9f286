"""Whatever is sent is read or refused, in bounded time and memory; nothing else happens."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.custody.epcis.capture import Captured, read_capture
from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.epcis.output import capture_document
from ledger.errors import FormatError
from ledger.limits import EXTENSION_NAMESPACES_MAX, EXTENSION_VALUES_MAX, URI_CHARACTERS_MAX, XML_NODES_MAX
from tests.custody.epcis.samples import DOCUMENTS, document, media_type, must_fault, must_refuse, observed

HEAD = (
    '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" '
    'creationDate="2026-11-22T12:40:00Z"><EPCISBody><EventList><ObjectEvent>'
)
TAIL = "</ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>"


def read_or_refuse(data: bytes, kind: str) -> Captured | None:
    """Read a document; whatever was read goes out and comes in again as it was.

    Only the address of a context that is not EPCIS's own is lost in XML.
    """
    try:
        read = read_capture(data, kind)
    except FormatError:
        return None
    events = [each.event for each in read.events if each.event is not None]
    for syntax, sent_as in (("xml", "application/xml"), ("json", "application/json")):
        again = read_capture(capture_document(events, 0, syntax), sent_as)  # type: ignore[arg-type]
        assert [each.event.members for each in again.events if each.event] == [each.members for each in events]
        assert syntax == "xml" or [each.event for each in again.events] == events
    return read


@given(
    st.sampled_from(sorted(path.name for path in DOCUMENTS.iterdir())),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4),
)
@settings(max_examples=400, deadline=None)
def test_damaged_documents(name: str, damages: list[tuple[float, int, bytes]]) -> None:
    """Bytes changed, cut out and put in: a fault, or another document that is carried as well."""
    data = (DOCUMENTS / name).read_bytes()
    for where, cut, put in damages:
        at = int(where * len(data))
        data = data[:at] + put + data[at + cut :]
    read_or_refuse(data, media_type(name))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBER_NAMES = st.sampled_from([
    "type", "eventTime", "eventTimeZoneOffset", "epcList", "action", "bizStep", "readPoint", "bizLocation", "ilmd",
    "bizTransactionList", "sourceList", "quantityList", "sensorElementList", "persistentDisposition", "@context",
    "errorDeclaration", "certificationInfo", "eventID", "recordTime", "ext:a", "disposition", "destinationList",
])  # fmt: skip


@given(st.dictionaries(MEMBER_NAMES, JSON_VALUES, max_size=4))
@settings(max_examples=400, deadline=None)
def test_members_of_any_shape(members: dict[str, object]) -> None:
    """Nothing that JSON can say in the place of a member makes the reader fail."""
    read_or_refuse(document(observed(**members)), "application/json")


ATTACKS = {
    "a text cut into pieces by comments": HEAD + "<action>" + "a<!---->" * 200_000 + "</action>" + TAIL,
    "a namespace for each element": HEAD + "".join(f'<a{n}:b xmlns:a{n}="urn:{n}:"/>' for n in range(40_000)) + TAIL,
    "a namespace for nothing": HEAD + "<a " + " ".join(f'xmlns:a{n}="urn:{n}:"' for n in range(40_000)) + "/>" + TAIL,
    "an extension a hundred thousand times": HEAD + "<x:a xmlns:x='urn:x:'>1</x:a>" * 100_000 + TAIL,
    "an address of a megabyte": HEAD + "<parentID>https://id.gs1.org/" + "/a" * 500_000 + "</parentID>" + TAIL,
    "a urn of a megabyte": HEAD + "<epcList><epc>urn:epc:id:sgtin:9521234." + "0" * 10**6 + "</epc></epcList>" + TAIL,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_work_that_grows_no_faster_than_the_document(attack: str) -> None:
    """Each is at fault, after less processor time than a quadratic step would take."""
    data = ATTACKS[attack].encode()
    before = time.process_time()
    (read,) = read_capture(data, "application/xml").events
    assert time.process_time() - before < 5
    assert read.fault is not None
    assert len(str(read.fault)) < 300


def test_more_than_any_document_has() -> None:
    """Elements, attributes, values of extensions, namespaces, names without end."""
    must_refuse((HEAD + "<a/>" * XML_NODES_MAX + TAIL).encode(), "epcis-xml", "application/xml", 1)
    attributes = " ".join(f'a{number}=""' for number in range(XML_NODES_MAX))
    must_refuse(f"{HEAD}<a {attributes}/>{TAIL}".encode(), "epcis-xml", "application/xml", 1)
    must_fault(observed(**{"ext:a": ["1"] * EXTENSION_VALUES_MAX}), "epcis-extension", "ext:a")
    must_fault(observed(**{"ext:" + "a" * URI_CHARACTERS_MAX: "1"}), "epcis-name", "ext:" + "a" * 60)
    spaces = "".join(f'<a:b xmlns:a="urn:{number}:"/>' for number in range(EXTENSION_NAMESPACES_MAX + 1))
    (read,) = read_capture((HEAD + spaces + TAIL).encode(), "application/xml").events
    assert read.fault is not None
    assert read.fault.code == "epcis-name"


def test_numbers_that_are_bombs() -> None:
    """An exponent of a billion is refused without being written out."""
    data = document(observed(**{"ext:a": 7}))
    for number in (b"1E999999999", b"1E-999999999", b"1" + b"0" * 40, b"0." + b"1" * 40):
        (read,) = read_capture(data.replace(b'"ext:a": 7', b'"ext:a": ' + number), "application/json").events
        assert read.fault is not None
        assert read.fault.code == "epcis-value"
    with pytest.raises(CaptureFault) as caught:
        read_capture(json.dumps({"type": "EPCISDocument", "schemaVersion": "2.0" * 10**6}).encode(), "application/json")
    assert len(str(caught.value)) < 300
