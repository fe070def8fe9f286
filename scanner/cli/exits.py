"""Exit codes of `packledger-station`: those of `packledger`, as far as they can happen here."""

from __future__ import annotations

from enum import IntEnum

from ledger.errors import CodeFault, FormatError, LedgerError, Misuse, NotVerified

__all__ = ["Exit", "exit_of"]


class Exit(IntEnum):
    """How a command ended."""

    VALID = 0  # done, and nothing is wrong
    USAGE = 1  # the command was called wrongly
    RUNTIME = 2  # the machine, a file or the network failed; what was scanned is kept
    WARNINGS = 3  # done, with something to look at: a code not read, an event refused, a clock that is wrong
    PROOF_FAILED = 13  # the ledger forgot or forked, or something that it signed does not hold
    FORMAT_UNKNOWN = 15  # a file is not what it should be
    CANCELLED = 130  # interrupted by the user


_BY_KIND = (
    (NotVerified, Exit.PROOF_FAILED),
    (Misuse, Exit.USAGE),
    (CodeFault, Exit.USAGE),
    (FormatError, Exit.FORMAT_UNKNOWN),
)


def exit_of(error: LedgerError) -> Exit:
    """Return the exit code that tells this error."""
    return next((code for kind, code in _BY_KIND if isinstance(error, kind)), Exit.RUNTIME)
