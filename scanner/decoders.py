"""The two decoders of pictures, behind one form: which symbols are in a picture, with their bytes.

zxing-cpp reads every symbology we use and leaves the bytes as they are. zbar (by pyzbar) reads all but Data
Matrix; it guesses how text in a QR code is encoded, and writes what it guessed in UTF-8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import zxingcpp

__all__ = ["DECODERS", "Grey", "Seen", "Symbology", "zbar", "zxing"]

Grey: TypeAlias = npt.NDArray[np.uint8]
"""A picture in shades of grey: rows of pixels, 0 is black."""

Symbology = Literal["code-128", "qr", "data-matrix"]


class Seen(NamedTuple):
    """One symbol, as one decoder read it.

    Attributes:
        symbology: what it is.
        data: what it holds, without the first FNC1; later ones are the byte 1D.
        identifier: what a scanner would send before it (ISO/IEC 15424), such as `]d2`; "" when not told.
        box: left, top, right, bottom in pixels.
    """

    symbology: Symbology
    data: bytes
    identifier: str
    box: tuple[int, int, int, int]


_ZXING: Final[Mapping[Any, Symbology]] = {
    zxingcpp.BarcodeFormat.Code128: "code-128",
    zxingcpp.BarcodeFormat.QRCode: "qr",
    zxingcpp.BarcodeFormat.DataMatrix: "data-matrix",
}
_ZXING_FORMATS: Final = zxingcpp.BarcodeFormats(list(_ZXING))
_ZBAR: Final[Mapping[str, Symbology]] = {"CODE128": "code-128", "QRCODE": "qr"}


def zxing(picture: Grey) -> list[Seen]:
    """Return what zxing-cpp reads."""
    # TextMode.Plain: the default puts brackets around GS1 identifiers, and we take the bytes alone anyway.
    found = zxingcpp.read_barcodes(picture, formats=_ZXING_FORMATS, text_mode=zxingcpp.TextMode.Plain)
    seen = []
    for each in found:
        place = each.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        xs, ys = [corner.x for corner in corners], [corner.y for corner in corners]
        box = (min(xs), min(ys), max(xs), max(ys))
        seen.append(Seen(_ZXING[each.symbology], bytes(each.bytes), each.symbology_identifier, box))
    return seen


def _load_zbar() -> Callable[[Grey], list[Seen]] | None:
    """Return the second decoder, or None where its system library is missing."""
    try:
        from pyzbar import pyzbar  # noqa: PLC0415  fails at import without the library
    except ImportError:
        return None
    symbols = [pyzbar.ZBarSymbol.CODE128, pyzbar.ZBarSymbol.QRCODE]

    def read(picture: Grey) -> list[Seen]:
        height, width = picture.shape
        pixels = np.ascontiguousarray(picture).tobytes()
        return [
            Seen(
                _ZBAR[each.type], each.data, "",
                (each.rect.left, each.rect.top, each.rect.left + each.rect.width, each.rect.top + each.rect.height),
            )
            for each in pyzbar.decode((pixels, width, height), symbols=symbols)
        ]  # fmt: skip

    return read


zbar: Final = _load_zbar()

DECODERS: Final[Mapping[str, Callable[[Grey], list[Seen]]]] = MappingProxyType(
    {"zxing": zxing} | ({"zbar": zbar} if zbar is not None else {})
)
"""Those that are here, by name."""
