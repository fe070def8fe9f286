"""EPCIS 1.2 and 2.0 documents in and out, event hashes, and queries. Pure: no database, no network, no clock.

    capture.py      bytes of a document -> events, each a body or a fault      docs/formats/capture.md
      jsonld.py       JSON-LD documents
      xmltree.py      XML bytes -> tree, safely; xmlread.py: tree -> JSON      docs/formats/xml.md
      reading.py      one event as JSON -> an `EpcisEvent` in its one spelling
    output.py       stored bodies -> JSON-LD documents; xmlwrite.py: -> XML
    eventhash.py    the CBV 2.0 event hash                                     docs/formats/event-hash.md
    query/          the simple event query: parameters, matching, pages        docs/formats/query.md

What events may hold is data: `shape.py` (members), `words.py` (vocabularies), `identifiers.py` (EPC schemes).
`ledger.custody.event` then reads a body for what it means to packs.
"""
