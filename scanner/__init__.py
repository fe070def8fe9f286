"""The station: the program at the counter of a pharmacy, a health centre or a warehouse.

    picture ── pictures ──┐
    keystrokes ── care ───┼──> text ── ledger.codes.read ──> Code ── counter ──> event, signed, in the outbox
    serial line ──────────┘                                            │               │
                                              verdict from `knowledge` ┘               └── sync ──> the ledger

It speaks to the ledger over HTTP alone, and is right without it: what it needs to judge offline it keeps,
signed by the ledger; what it recorded it keeps, signed by itself.
"""
