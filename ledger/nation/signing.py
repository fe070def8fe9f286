"""Signing on several processes: what is played here is signed there, and comes back in its order.

Signing costs three times as much as playing, and each deed is signed for itself; so the play stays in one
process, and deeds travel in parcels.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import Final

from ledger.nation.deeds import Deed
from ledger.nation.desk import sign
from ledger.submission import UploadLine

__all__ = ["signed"]

_PARCEL_DEEDS: Final = 500
# Parcels under way for each process: enough that none waits, few enough that memory stays small.
_PARCELS_WAITING: Final = 3


def signed(played: Iterator[tuple[int, Deed]], processes: int) -> Iterator[UploadLine]:
    """Yield the signed submission of each deed, with the time at which the ledger receives it, in order.

    Args:
        processes: how many sign beside this one; 0 signs here.
    """
    if not processes:
        yield from _sign(played)
        return
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"))
    try:
        waiting: deque[Future[list[UploadLine]]] = deque()
        while parcel := list(islice(played, _PARCEL_DEEDS)):
            waiting.append(pool.submit(_sign_parcel, parcel))
            if len(waiting) > processes * _PARCELS_WAITING:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _sign(played: Iterable[tuple[int, Deed]]) -> Iterator[UploadLine]:
    for received, deed in played:
        yield UploadLine(sign(deed), received)


def _sign_parcel(parcel: list[tuple[int, Deed]]) -> list[UploadLine]:
    return list(_sign(parcel))
