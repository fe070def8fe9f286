"""The chain: how one pack's history hangs together, and how the ledger seals it.

    link       one step of one pack's chain
    page       up to 256 links of one seal, packed for storage
    seal       the ledger's own statement over a batch of statements and their links
    pedigree   one pack's whole chain with proofs, in one file

Pure: no database, no clock, no network.
"""
