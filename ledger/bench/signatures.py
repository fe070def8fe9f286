"""Raw verification: PyNaCl's `crypto_sign_open` over given signatures, on all processors, and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Self

from nacl.bindings import crypto_sign_open

from ledger.log.keys import PublicKey
from ledger.log.note import parse_note
from ledger.log.statement import Statement, signed_bytes

__all__ = ["RawSignature", "Verifiers", "raw_signature", "raw_signature_of_head"]

RawSignature = tuple[bytes, bytes]
"""A public key, and a signature with the message after it, as libsodium takes them."""


def raw_signature(statement: Statement, public: PublicKey) -> RawSignature:
    """Return what verification of a statement comes down to."""
    return public.raw, statement.signature + signed_bytes(statement)


def raw_signature_of_head(checkpoint: bytes, public: PublicKey) -> RawSignature:
    """Return what verification of a tree head comes down to that the ledger signed, and nobody else yet."""
    note = parse_note(checkpoint)
    (own,) = note.signatures
    return public.raw, own.signature + note.text.encode()


class Verifiers:
    """One process a processor, waiting for signatures."""

    def __init__(self) -> None:
        self._count = os.cpu_count() or 1
        self._pool = ProcessPoolExecutor(self._count, multiprocessing.get_context("spawn"))
        list(self._pool.map(_verify, [[] for _ in range(4 * self._count)]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def seconds(self, signatures: Sequence[RawSignature]) -> float:
        """Return the wall time from the first verification to the last, however they were handed out."""
        shares = [signatures[at :: self._count] for at in range(self._count)]
        spans = list(self._pool.map(_verify, shares))
        return max(end for _, end in spans) - min(start for start, _ in spans)


def _verify(signatures: Sequence[RawSignature]) -> tuple[float, float]:
    start = time.perf_counter()
    for public, signed in signatures:
        crypto_sign_open(signed, public)
    return start, time.perf_counter()
