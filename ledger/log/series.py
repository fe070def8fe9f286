"""Statements in series: read as `parse_statement` reads them, and faster, once their form is known.

The statements of one kind from parties with names of one length have all their items in the same places. A form
is the fixed bytes between them. Bytes that agree with it in all of these would be walked over in the same way,
so that only what the items themselves may hold is left to be tested; everything else is for `parse_statement`.

One by one that is three times as fast. Many of one form are a matrix of bytes, a row a statement, and are tested
and taken apart column by column (`read_alike`): twenty times.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ledger.errors import FormatError
from ledger.log.cbor import INTEGER, TEXT, head
from ledger.log.merkle import HASH_BYTES
from ledger.log.statement import CONTEXT, NO_AAD_AND_DIGEST, Statement, parse_statement

__all__ = ["StatementColumns", "StatementReader", "cut"]

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


class StatementColumns(NamedTuple):
    """Statements of one form, taken apart; what they have in common is that of the first.

    Attributes:
        first: the first of them.
        kids, issuers: of each.
        subjects, digests: of all, side by side.
        issued: the earliest and the latest of the claimed times.
        signed: of each, the signature and after it the bytes that it covers, as libsodium takes them.
    """

    first: Statement
    kids: list[bytes]
    issuers: list[bytes]
    subjects: bytes
    digests: bytes
    issued: tuple[int, int]
    signed: list[bytes]


class StatementReader:
    """Reads statements, and remembers their forms. Threads may share one."""

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

    def read_alike(self, statements: Sequence[bytes]) -> StatementColumns | None:
        """Return what `read` returns for each of these, in columns; None unless all are sound and of one form."""
        data = statements[0]
        try:
            first = self.read(data)
        except FormatError:
            return None
        form = self._forms.get(data[:5] + data[42:47])
        if form is None or {*map(len, statements)} != {form.layout.size}:
            return None
        matrix = np.frombuffer(b"".join(statements), np.uint8).reshape(len(statements), -1)
        parts = _columns(matrix, form)
        kids, issuers, subjects, issued_at, digests, signatures = parts[1::2]
        times = issued_at.copy().view(">u4")
        issued = (int(times.min()), int(times.max()))
        if (
            any((part != _row(fixed)).any() for part, fixed in zip(parts[::2], form.between, strict=True))
            or any(((part < 0x20) | (part > 0x7E)).any() for part in (issuers, subjects))  # ASCII that prints
            or issued[0] < _UINT32_LEAST
        ):
            return None
        rows = len(matrix)
        signed = np.concatenate(
            (
                signatures, _repeated(CONTEXT, rows), matrix[:, 2:-_TAIL_BYTES],  # the head is that of the statement
                _repeated(NO_AAD_AND_DIGEST, rows), digests,
            ),
            axis=1,
        )  # fmt: skip
        return StatementColumns(
            first, _rows(kids), _rows(issuers), subjects.tobytes(), digests.tobytes(), issued, _rows(signed)
        )


_Matrix = npt.NDArray[np.uint8]


def _columns(matrix: _Matrix, form: _Form) -> list[_Matrix]:
    """Return the parts of the layout: what stands between items and the items, in turn."""
    widths = [len(value) if isinstance(value, bytes) else 4 for value in form.layout.unpack(bytes(form.layout.size))]
    ends = np.cumsum(widths).tolist()
    return [matrix[:, end - width : end] for end, width in zip(ends, widths, strict=True)]


def _row(data: bytes) -> _Matrix:
    return np.frombuffer(data, np.uint8)


def _repeated(data: bytes, rows: int) -> _Matrix:
    return np.broadcast_to(_row(data), (rows, len(data)))


def _rows(matrix: _Matrix) -> list[bytes]:
    return cut(matrix.tobytes(), matrix.shape[1])


def cut(data: bytes, width: int = HASH_BYTES) -> list[bytes]:
    """Return bytes that stand side by side one by one: what slicing returns, in a quarter of the time."""
    values: list[bytes] = np.frombuffer(data, f"V{width}").tolist()
    return values


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
