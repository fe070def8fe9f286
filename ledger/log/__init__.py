"""The transparency log: Merkle tree, tiles, notes, checkpoints, statements, receipts and witnesses.

It knows bytes, never medicine, and could be a library of its own.
"""
