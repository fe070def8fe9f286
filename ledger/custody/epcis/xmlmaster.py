"""Master data in the header of an XML document, as the same data are in JSON-LD.

    <Vocabulary type="urn:epcglobal:epcis:vtype:BusinessLocation"><VocabularyElementList>
      <VocabularyElement id="urn:epc:id:sgln:…"><attribute id="urn:epcglobal:cbv:mda:city">…</attribute>
        <children><id>urn:epc:id:sgln:…</id></children></VocabularyElement></VocabularyElementList></Vocabulary>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.custody.epcis.masterdata import MasterData, read_vocabularies
from ledger.custody.epcis.xmlforeign import Prefixes, foreign
from ledger.custody.epcis.xmltree import Element

__all__ = ["master_data"]


def master_data(header: Element | None) -> MasterData:
    """Return the master data of a document's header; none when it has no header.

    Raises:
        CaptureFault: `epcis-document`.
    """
    if header is None:
        return {}
    lists = [found for data in _descend(header, "EPCISMasterData") for found in _descend(data, "VocabularyList")]
    vocabularies = [_vocabulary(each) for found in lists for each in _named(found, "Vocabulary")]
    return read_vocabularies({"epcisMasterData": {"vocabularyList": vocabularies}}) if vocabularies else {}


def _named(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element.children if child.name[:2] == ("", name))


def _descend(element: Element, name: str) -> Iterator[Element]:
    """Find elements of this name, also inside wrappers."""
    yield from _named(element, name)
    for wrapper in _named(element, "extension"):
        yield from _descend(wrapper, name)


def _vocabulary(element: Element) -> dict[str, Any]:
    lists = _named(element, "VocabularyElementList")
    elements = [_vocabulary_element(each) for found in lists for each in _named(found, "VocabularyElement")]
    return {"type": _attribute(element, "type"), "vocabularyElementList": elements}


def _vocabulary_element(element: Element) -> dict[str, Any]:
    prefixes = Prefixes()
    attributes = [
        {"id": _attribute(each, "id"), "attribute": foreign(each, prefixes, without_id=True)}
        for each in _named(element, "attribute")
    ]
    inside = [each.text for found in _named(element, "children") for each in _named(found, "id")]
    read: dict[str, Any] = {"id": _attribute(element, "id")}
    read |= {"attributes": attributes} if attributes else {}
    return read | ({"children": inside} if inside else {})


def _attribute(element: Element, name: str) -> str | None:
    return next((each.value for each in element.attributes if each.name[:2] == ("", name)), None)
