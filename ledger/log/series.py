"""Statements in series: read as `parse_statement` reads them, three times as fast once their form is known.

The statements of one kind from parties with names of one length have all their items in the same places. A form
is the fixed bytes between them. Bytes that agree with it in all of these would be walked over in the same way,
so that only what the items themselves may hold is left to be tested; everything else is for `parse_statement`.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from ledger.log.cbor import INTEGER, TEXT, head
from ledger.log.statement import Statement, parse_statement

__all__ = ["StatementReader"]

_FORMS_MAX: Final = 1_024  # kinds × lengths of names; each is some hundred bytes
_TAIL_BYTES: Final = 3 + 32 + 2 + 64  # {} and digest, signature
_UINT32: Final = b"\x1a"  # the head of a time in four bytes: from 1970-01-01 18:12:16 to 2106
_UINT32_LEAST: Final = 1 << 16  # RFC 8949 §4.2.1: what is less has a shorter head


class _Form(NamedTuple):
    """Where the items stand, the bytes between them, and what is the same in all statements of this form."""

    layout: Struct
    between: tuple[bytes, ...]
    alg: int
    kind: str
    media_type: str


class StatementReader:
    """Reads statements, and remembers their forms."""

    def __init__(self) -> None:
        self._forms: dict[bytes, _Form] = {}

    def read(self, data: bytes) -> Statement:
        """Return what `parse_statement` returns.

        Raises:
            FormatError: as `parse_statement`.
        """
        key = data[:5] + data[42:47]  # length of the protected header, and of the issuer
        form = self._forms.get(key)
        if form is not None and len(data) == form.layout.size:
            (
                start, kid, a, issuer, b, subject, c, issued_at, d, digest, e, signature
            ) = form.layout.unpack(data)  # fmt: skip
            if (
                (start, a, b, c, d, e) == form.between
                and issued_at >= _UINT32_LEAST
                and (issuer + subject).isascii()
                and (issuer + subject).decode().isprintable()
            ):
                return Statement(
                    form.alg, kid, issuer.decode(), subject.decode(), issued_at, form.kind, form.media_type,
                    digest, signature, data[4:-_TAIL_BYTES],
                )  # fmt: skip
        statement = parse_statement(data)
        form = _form_of(data, statement)
        if form is not None:
            if len(self._forms) >= _FORMS_MAX:
                self._forms.clear()
            self._forms[key] = form
        return statement


def _form_of(data: bytes, statement: Statement) -> _Form | None:
    if not 24 <= len(statement.protected) < 256 or head(INTEGER, statement.issued_at)[:1] != _UINT32:
        return None
    issuer, subject = len(statement.issuer), len(statement.subject)
    issuer_head, subject_head = len(head(TEXT, issuer)), len(head(TEXT, subject))
    before = 4 + 6 + 32 + 3 + issuer_head + issuer + 1 + subject_head + subject + 1 + 1 + 4
    to_digest = len(data) - _TAIL_BYTES - before + 3
    layout = Struct(
        f">10s32s{3 + issuer_head}s{issuer}s{1 + subject_head}s{subject}s2sI{to_digest}s32s2s64s"
    )
    between = layout.unpack(data)[::2]
    return _Form(layout, between, statement.alg, statement.kind, statement.media_type)
