"""What the five types of events may hold, in the order in which EPCIS 2.0's XML schema asks for it.

A row of MEMBERS says by which reader a member is read (`reading.py`); rows of the five types say what they hold.
"""

from __future__ import annotations

from typing import Final

__all__ = ["EVENTS", "HEAD", "MEMBERS", "METADATA", "NUMBERS", "REPORT", "XML_ITEMS"]

# EPCIS 2.0 §7.4.1: what every event has, before what its type adds.
HEAD: Final = (
    "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration", "certificationInfo",
)  # fmt: skip

MEMBERS: Final = {
    "eventTime": "instant", "recordTime": "instant", "eventTimeZoneOffset": "offset", "eventID": "address",
    "errorDeclaration": "declaration", "certificationInfo": "addresses",
    "epcList": "codes", "childEPCs": "codes", "inputEPCList": "codes", "outputEPCList": "codes",
    "quantityList": "quantities", "childQuantityList": "quantities", "inputQuantityList": "quantities",
    "outputQuantityList": "quantities", "parentID": "code", "transformationID": "identifier",
    "action": "action", "bizStep": "bizStep", "disposition": "disposition",
    "persistentDisposition": "persistent", "readPoint": "place", "bizLocation": "place",
    "bizTransactionList": "transactions", "sourceList": "sources", "destinationList": "destinations",
    "sensorElementList": "sensors", "ilmd": "extensions",
}  # fmt: skip

_WHY: Final = ("bizStep", "disposition", "readPoint", "bizLocation")
_PARTIES: Final = ("sourceList", "destinationList", "sensorElementList", "persistentDisposition")

# EPCIS 2.0 §7.4.2 to §7.4.6, in the order of its XML schema.
EVENTS: Final[dict[str, tuple[str, ...]]] = {
    "ObjectEvent": ("epcList", "action", *_WHY, "bizTransactionList", "quantityList", *_PARTIES, "ilmd"),
    "AggregationEvent": (
        "parentID", "childEPCs", "action", *_WHY, "bizTransactionList", "childQuantityList", *_PARTIES,
    ),
    "TransactionEvent": (
        "bizTransactionList", "parentID", "epcList", "action", *_WHY, "quantityList", *_PARTIES,
    ),
    "TransformationEvent": (
        "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", *_WHY,
        "bizTransactionList", *_PARTIES, "ilmd",
    ),
    "AssociationEvent": (
        "parentID", "childEPCs", "childQuantityList", "action", *_WHY, "bizTransactionList", *_PARTIES,
    ),
}  # fmt: skip

# EPCIS 2.0 §7.3.7: attributes in XML, members in JSON; in the order of the event hash (CBV 2.0 §8.9).
METADATA: Final = {
    "time": "instant", "startTime": "instant", "endTime": "instant", "deviceID": "identifier",
    "deviceMetadata": "address", "rawData": "address", "dataProcessingMethod": "address", "bizRules": "address",
}  # fmt: skip
REPORT: Final = {
    "type": "measurement", "exception": "exception", "deviceID": "identifier", "deviceMetadata": "address",
    "rawData": "address", "dataProcessingMethod": "address", "time": "instant", "microorganism": "address",
    "chemicalSubstance": "address", "value": "number", "component": "component", "stringValue": "text",
    "booleanValue": "boolean", "hexBinaryValue": "hexBinary", "uriValue": "address", "minValue": "number",
    "maxValue": "number", "meanValue": "number", "sDev": "number", "percRank": "number", "percValue": "number",
    "uom": "text", "coordinateReferenceSystem": "address",
}  # fmt: skip
NUMBERS: Final = frozenset(name for name, kind in REPORT.items() if kind == "number") | {"quantity"}

# What an item of a list is called in XML; JSON's items have no name.
XML_ITEMS: Final = {
    "codes": "epc", "quantities": "quantityElement", "transactions": "bizTransaction", "sources": "source",
    "destinations": "destination", "sensors": "sensorElement",
}  # fmt: skip
