"""Master data in the header of a document: places with their attributes and the places inside them.

    {"epcisMasterData": {"vocabularyList": [{"type": "urn:epcglobal:epcis:vtype:BusinessLocation",
      "vocabularyElementList": [{"id": "urn:epc:id:sgln:…", "attributes": [{"id": "cbvmda:city", "attribute": "…"}],
                                 "children": ["urn:epc:id:sgln:…"]}]}]}}

It is kept as it was said, JSON or XML; what `WD_bizLocation` needs of it is who lies inside whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ledger.custody.epcis.faults import CaptureFault
from ledger.custody.epcis.identifiers import canonical_urn

__all__ = ["MasterData", "children_of", "read_vocabularies"]

MasterData = dict[str, Any]
"""The member `epcisMasterData`: `{"vocabularyList": […]}`, or nothing."""


def read_vocabularies(header: Any) -> MasterData:
    """Return the master data of a document's header.

    Raises:
        CaptureFault: `epcis-document` for a header that is none.
    """
    if type(header) is not dict:
        raise CaptureFault("epcis-document", "not an object", path="epcisHeader")
    data = header.get("epcisMasterData", {})
    if type(data) is not dict or (data and type(data.get("vocabularyList")) is not list):
        raise CaptureFault("epcis-document", "no vocabularyList", path="epcisHeader.epcisMasterData")
    for _ in _elements(data):
        pass
    return data


def children_of(data: MasterData) -> Mapping[str, frozenset[str]]:
    """Return the places that lie directly inside each place, as identifiers in their one spelling."""
    return {
        canonical_urn(element["id"]): frozenset(map(canonical_urn, element.get("children", [])))
        for element in _elements(data)
        if element.get("children")
    }


def _elements(data: MasterData) -> Iterator[dict[str, Any]]:
    path = "epcisHeader.epcisMasterData.vocabularyList"
    for number, vocabulary in enumerate(data.get("vocabularyList", [])):
        elements = vocabulary.get("vocabularyElementList", []) if type(vocabulary) is dict else None
        if type(elements) is not list:
            raise CaptureFault("epcis-document", "not a vocabulary", path=f"{path}[{number}]")
        for element in elements:
            if type(element) is not dict or type(element.get("id")) is not str:
                raise CaptureFault("epcis-document", "an element without id", path=f"{path}[{number}]")
            children = element.get("children", [])
            if type(children) is not list or any(type(each) is not str for each in children):
                raise CaptureFault("epcis-document", "children that are no ids", path=f"{path}[{number}]")
            yield element
