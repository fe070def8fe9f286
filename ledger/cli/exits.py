"""Exit codes of the command line: each has a name, and a meaning that never changes."""

from __future__ import annotations

from enum import IntEnum

from ledger.errors import CodeFault, FormatError, LedgerError, Misuse, NotVerified, Refusal, Unavailable

__all__ = ["Exit", "exit_of"]


class Exit(IntEnum):
    """How a command ended."""

    VALID = 0  # done, and nothing is wrong
    USAGE = 1  # the command was called wrongly
    RUNTIME = 2  # the machine, the database or a file failed
    WARNINGS = 3  # done, with something to look at: refused lines, warnings of a verification
    CHAIN_BROKEN = 10  # a row, a body, a link, a page or a seal is not what it was
    SIGNATURE_INVALID = 11  # a signature does not hold
    KEY_UNKNOWN = 12  # a key is unknown, revoked, or out of its validity
    PROOF_FAILED = 13  # an inclusion, a consistency or a tree head does not hold
    ANCHOR_MISSING = 14  # nothing from outside to verify against
    FORMAT_UNKNOWN = 15  # a file or schema of another version, or no such format at all
    INPUT_INCOMPLETE = 16  # the input ends too early or lacks a part
    CANCELLED = 130  # interrupted by the user


_BY_CODE = {
    "anchor-missing": Exit.ANCHOR_MISSING,
    "store-needs-migration": Exit.FORMAT_UNKNOWN,
    "pedigree-malformed": Exit.FORMAT_UNKNOWN,
    "remote-denied": Exit.KEY_UNKNOWN,
    "lake-of-another": Exit.PROOF_FAILED,
    "lake-ahead": Exit.PROOF_FAILED,
    "log-unknown": Exit.KEY_UNKNOWN,
    "witness-ahead": Exit.PROOF_FAILED,
    "witness-denies": Exit.PROOF_FAILED,
    "quorum-not-met": Exit.SIGNATURE_INVALID,
    "cosignature-wrong": Exit.SIGNATURE_INVALID,
    "upload-incomplete": Exit.INPUT_INCOMPLETE,
    "signature-wrong": Exit.SIGNATURE_INVALID,
    "issuer-mismatch": Exit.SIGNATURE_INVALID,
}
_BY_KIND = (
    (Unavailable, Exit.RUNTIME),
    (Misuse, Exit.USAGE),
    (CodeFault, Exit.USAGE),
    (FormatError, Exit.FORMAT_UNKNOWN),
)
_BY_PREFIX = (
    ("note-", Exit.SIGNATURE_INVALID),
    ("key-", Exit.KEY_UNKNOWN),
    ("inclusion-", Exit.PROOF_FAILED),
    ("consistency-", Exit.PROOF_FAILED),
    ("receipt-", Exit.PROOF_FAILED),
    ("checkpoint-", Exit.PROOF_FAILED),
    ("tile-", Exit.PROOF_FAILED),
    ("log-", Exit.PROOF_FAILED),
)


def exit_of(error: LedgerError) -> Exit:
    """Return the exit code that tells this error."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if isinstance(error, NotVerified | Refusal):
        return next((code for prefix, code in _BY_PREFIX if error.code.startswith(prefix)), Exit.CHAIN_BROKEN)
    return next((code for kind, code in _BY_KIND if isinstance(error, kind)), Exit.RUNTIME)
