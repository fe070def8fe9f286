"""The ledger's door to the network: HTTP over the verbs of `ledger`, for each audience its own file.

    stations    submit statements, ask for verdicts, fetch what is needed offline, enrol
    epcis       manufacturers, distributors and hospitals: EPCIS 2.0, documents in and events out
    offices     findings, and cases with all that one does in them
    trade       packs, products, batches, parties, flows; recalls
    persons     what was done on a card, whose it is, who looked
    queries     questions that an office keeps
    auditors    checkpoint, tiles, entries, proofs, receipts, pedigrees
    operations  does it live, is it ready, how does it fare; what it offers

What they stand on, from the socket inward:

    serve       processes, sockets, an orderly end
    app         the application: opens the ledger once, hangs up the doors
    frame       around every request: its id, headers, log line, counters
    door        one route: who asks and may they, read the body within bounds, decode, call one verb, encode
    access      who asks: API keys and tokens
    problems    every error as a problem document (RFC 9457), in the caller's language
    links       where each answer leads, as the description tells it
    tables      rows of the lake, as JSON page by page, or as a file
    batching    requests that arrive together share one look-up, one transaction
    service     the open ledger and all that routes need

A route is three lines: it takes a typed request, calls one verb, wraps the result. JSON is read and written by
msgspec; FastAPI finds the route and describes it. Decision: docs/decisions/0023-an-api-above-the-ledger.md.
"""
