"""Verifiers: signatures verified beside the recorder, in processes of their own.

Verifying takes longer than all the rest of admission, and threads do not help: each signature would have to
wait for the interpreter again. So a long list goes to other processes, and comes back as a list of answers.
A short list is not worth the journey.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import Final

from ledger.log.keys import PublicKey
from ledger.log.statement import Statement, signed_bytes, verify_statement
from ledger.log.suites import SUITES

__all__ = ["Verifiers"]

_WORTH_SENDING: Final = 64

_Check = tuple[int, bytes, bytes, bytes]
"""Algorithm, raw public key, signature, what was signed."""

Signed = tuple[Statement, PublicKey]
"""A statement, and the key that it names."""


class Verifiers:
    """Tells which statements are signed by the keys that they name.

    Args:
        processes: how many to use beside this one; 0 verifies here.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        # Started when first needed: each process costs some tenths of a second.
        self._pool: ProcessPoolExecutor | None = None

    def begin(self, signed: Sequence[Signed]) -> Callable[[], list[bool]]:
        """Begin to verify; the function returned waits for the answers, in the same order."""
        if not self._processes or len(signed) < _WORTH_SENDING:
            return lambda: _here(signed)
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._processes, multiprocessing.get_context("spawn"))
        checks = [
            (key.alg, key.raw, statement.signature, signed_bytes(statement)) for statement, key in signed
        ]
        share = -(-len(checks) // self._processes)
        try:
            parts = [
                self._pool.submit(_there, checks[start : start + share]) for start in range(0, len(checks), share)
            ]
        except BrokenExecutor:
            return lambda: self._alone(signed)

        def answers() -> list[bool]:
            try:
                found = [answer for part in parts for answer in part.result()]
            except BrokenExecutor:
                return self._alone(signed)
            return [
                answer and statement.alg == key.alg and statement.kid == key.thumbprint()
                for answer, (statement, key) in zip(found, signed, strict=True)
            ]

        return answers

    def _alone(self, signed: Sequence[Signed]) -> list[bool]:
        """Go on without the other processes: they were killed, or could not start."""
        self._processes = 0
        return _here(signed)

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown()


def _here(signed: Sequence[Signed]) -> list[bool]:
    return [verify_statement(statement, key) for statement, key in signed]


def _there(checks: list[_Check]) -> list[bool]:
    return [SUITES[alg].verify(raw, signature, message) for alg, raw, signature, message in checks]
