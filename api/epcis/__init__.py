"""EPCIS 2.0 over HTTP, for manufacturers, distributors and hospitals: documents in, events out.

    capture    documents in: jobs, and one event at once                      docs/formats/capture.md
    events     events out: queries, lists                                   docs/formats/query.md
    queries    queries with a name, subscriptions to them
    root       the names of the top level; what is not offered
    headers    what EPCIS's headers say and ask
    exceptions EPCIS's own types of problems, and their statuses

JSON that is not a document is written as EPCIS's own description of the interface has it.
"""
