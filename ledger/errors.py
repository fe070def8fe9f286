"""Every error that packledger raises or reports: one tree, one catalogue.

    LedgerError                 has a stable code, a detail, a place, and what to do
    ├── CodeFault               a scanned or typed text is not a code (place: span of characters)
    ├── FormatError             bytes are not what their format says
    ├── Refusal                 a submission is malformed or not authentic; nothing of it was stored
    ├── NotVerified             a proof, a chain or a whole ledger does not hold (place: log index)
    ├── Denied                  who asks is not known, or may not ask this; nothing was told
    ├── Misuse                  the caller asked for something that cannot be done
    └── Unavailable             the world failed: disk full, database gone; try again later

A `code` is for machines and never changes its meaning; `detail` says what was met here, in English;
`ledger.texts` gives each code its title and its advice in Chinese and English.
No message ever carries personal data or key material.
"""

from __future__ import annotations

__all__ = [
    "CodeFault",
    "Denied",
    "FormatError",
    "LedgerError",
    "Misuse",
    "NotVerified",
    "Refusal",
    "Unavailable",
]


class LedgerError(Exception):
    """A problem with a stable code and a place.

    Attributes:
        code: the stable identifier, kebab-case; a key of `ledger.texts.PROBLEMS`.
        detail: what was met, in English, without personal data; may be empty.
        span: for texts, the faulty part as (start, end) in characters.
        index: for the log, the index of the entry at fault.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        span: tuple[int, int] | None = None,
        index: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.span = span
        self.index = index


class CodeFault(LedgerError):
    """A text is not a code, or names one wrongly; `span` marks the part at fault."""


class FormatError(LedgerError):
    """Bytes do not parse under their format, or would not print back the same."""


class Refusal(LedgerError):
    """A submission is refused; nothing of it was stored, and its neighbours are untouched."""


class NotVerified(LedgerError):
    """Evidence does not hold; `index` names the first log entry at fault where there is one."""


class Denied(LedgerError):
    """Who asks is not known, or may not ask this; nothing was told, and nothing was changed."""


class Misuse(LedgerError):
    """The caller asked for something that cannot be done; nothing was changed."""


class Unavailable(LedgerError):
    """The database, the disk or the machine failed; nothing that was acknowledged is lost."""
