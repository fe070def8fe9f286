"""Codes to symbols: which modules are dark.

| code | `code-128` | `data-matrix` | `qr` |
|---|---|---|---|
| national | the 20 digits | the 20 digits | the 20 digits |
| GTIN and serial | GS1-128 | GS1 Data Matrix, square | GS1 Digital Link |
| SSCC | GS1-128 | GS1 Data Matrix, square | GS1 Digital Link |
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import qrcode
import zxingcpp

from ledger.codes import Code, bracketed
from scanner.decoders import Symbology

__all__ = ["SYMBOLOGIES", "Symbol", "link_of", "make_symbol"]

SYMBOLOGIES: Final[tuple[Symbology, ...]] = ("code-128", "data-matrix", "qr")

Modules = npt.NDArray[np.bool_]

# ISO/IEC 15417 §4.3, 16022 §7.3, 18004 §9.1: the empty margin, in modules. Data Matrix asks for one; two cost nothing.
_QUIET: Final[dict[Symbology, int]] = {"code-128": 10, "data-matrix": 2, "qr": 4}
_GS1_FORMATS: Final[dict[str, Any]] = {
    "code-128": zxingcpp.BarcodeFormat.Code128, "data-matrix": zxingcpp.BarcodeFormat.DataMatrix,
}  # fmt: skip
# What the writer must have made. It passes over options that it does not know, and would then write another kind:
# a rectangular Data Matrix is `]d8`, which GS1 does not admit.
_IDENTIFIERS: Final = {
    ("code-128", True): "]C1", ("code-128", False): "]C0", ("data-matrix", True): "]d2", ("data-matrix", False): "]d1",
}  # fmt: skip


class Symbol(NamedTuple):
    """A symbol as a grid.

    Attributes:
        symbology: what it is.
        code: what it says.
        modules: True is dark; one row for Code 128.
        quiet: the empty margin on each side, in modules.
    """

    symbology: Symbology
    code: Code
    modules: Modules
    quiet: int


def make_symbol(code: Code, symbology: Symbology) -> Symbol:
    """Return the symbol of this kind that says `code`.

    Raises:
        CodeFault: `code-element` when a value cannot stand in a symbol.
    """
    modules = _qr(code) if symbology == "qr" else _by_zxing(code, symbology)
    return Symbol(symbology, code, modules, _QUIET[symbology])


def link_of(code: Code) -> str:
    """Return a code as a GS1 Digital Link with batch and expiry, or a national code as it is."""
    if code.scheme == "national":
        return code.key
    batch = f"10={quote(code.batch, safe='')}" if code.batch else ""
    expiry = f"17={code.expiry % 1_000_000:06}" if code.expiry else ""
    query = "&".join(filter(None, (batch, expiry)))
    return f"{code.uri}?{query}" if query else code.uri


def _by_zxing(code: Code, symbology: Symbology) -> Modules:
    gs1 = code.scheme != "national"
    content = bracketed(code) if gs1 else code.key
    options: dict[str, Any] = {"force_square": True} if symbology == "data-matrix" else {}
    barcode = zxingcpp.create_barcode(content, _GS1_FORMATS[symbology], gs1=gs1, **options)
    assert barcode.symbology_identifier == _IDENTIFIERS[symbology, gs1], barcode.symbology_identifier
    pixels = np.array(barcode.to_image(scale=1, add_quiet_zones=False))
    dark: Modules = pixels == 0
    return dark[:1] if symbology == "code-128" else dark


def _qr(code: Code) -> Modules:
    maker = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    maker.add_data(link_of(code))
    maker.make(fit=True)
    return np.array(maker.get_matrix(), dtype=np.bool_)
