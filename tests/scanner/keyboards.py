"""Ten keyboard layouts, and a scanner that types on any of them into a computer that is set to any other.

A row is what a key types, plain and shifted; `\0` is a dead key or nothing. A scanner presses the keys by which its
own layout types a character; the computer shows what its layout makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.care.strokes import GS, Stroke

KEYS = (
    "Backquote", *(f"Digit{digit}" for digit in "1234567890"), "Minus", "Equal",
    *(f"Key{letter}" for letter in "QWERTYUIOP"), "BracketLeft", "BracketRight", "Backslash",
    *(f"Key{letter}" for letter in "ASDFGHJKL"), "Semicolon", "Quote",
    "IntlBackslash", *(f"Key{letter}" for letter in "ZXCVBNM"), "Comma", "Period", "Slash",
)  # fmt: skip

LAYOUTS: dict[str, tuple[str, str]] = {
    "us": ("`1234567890-=" "qwertyuiop[]\\" "asdfghjkl;'" "\\zxcvbnm,./",
           "~!@#$%^&*()_+" "QWERTYUIOP{}|" 'ASDFGHJKL:"' "|ZXCVBNM<>?"),
    "uk": ("`1234567890-=" "qwertyuiop[]#" "asdfghjkl;'" "\\zxcvbnm,./",
           '¬!"£$%^&*()_+' "QWERTYUIOP{}~" "ASDFGHJKL:@" "|ZXCVBNM<>?"),
    "german": ("\0" "1234567890ß\0" "qwertzuiopü+#" "asdfghjklöä" "<yxcvbnm,.-",
               '°!"§$%&/()=?\0' "QWERTZUIOPÜ*'" "ASDFGHJKLÖÄ" ">YXCVBNM;:_"),
    "french": ("²&é\"'(-è_çà)=" "azertyuiop\0$*" "qsdfghjklmù" "<wxcvbn,;:!",
               "\0" "1234567890°+" "AZERTYUIOP\0£µ" "QSDFGHJKLM%" ">WXCVBN?./§"),
    "belgian": ("²&é\"'(§è!çà)-" "azertyuiop\0$µ" "qsdfghjklmù" "<wxcvbn,;:=",
                "³1234567890°_" "AZERTYUIOP\0*£" "QSDFGHJKLM%" ">WXCVBN?./+"),
    "spanish": ("º1234567890'¡" "qwertyuiop\0+ç" "asdfghjklñ\0" "<zxcvbnm,.-",
                'ª!"·$%&/()=?¿' "QWERTYUIOP\0*Ç" "ASDFGHJKLÑ\0" ">ZXCVBNM;:_"),
    "italian": ("\\1234567890'ì" "qwertyuiopè+ù" "asdfghjklòà" "<zxcvbnm,.-",
                '|!"£$%&/()=?^' "QWERTYUIOPé*§" "ASDFGHJKLç°" ">ZXCVBNM;:_"),
    "swedish": ("§1234567890+\0" "qwertyuiopå\0'" "asdfghjklöä" "<zxcvbnm,.-",
                '½!"#¤%&/()=?\0' "QWERTYUIOPÅ\0*" "ASDFGHJKLÖÄ" ">ZXCVBNM;:_"),
    "czech": (";+ěščřžýáíé=\0" "qwertzuiopú)\0" "asdfghjklů§" "\\yxcvbnm,.-",
              "\0" "1234567890%\0" "QWERTZUIOP/('" 'ASDFGHJKL"!' "|YXCVBNM?:_"),
    "turkish": ('"1234567890*-' "qwertyuıopğü," "asdfghjklşi" "<zxcvbnmöç.",
                "é!'\0+%&/()=?_" "QWERTYUIOPĞÜ;" "ASDFGHJKLŞİ" ">ZXCVBNMÖÇ:"),
}  # fmt: skip

SEPARATORS = ("gs", "ctrl", "alt-numpad", "f8", "braces", "lost")
_SHIFT_LOCK = frozenset({"french", "belgian"})  # there Caps Lock shifts the row of digits as well


def typed(text: str, scanner: str, host: str, *, caps: bool = False, separator: str = "ctrl") -> list[Stroke]:
    """Return the strokes that arrive when a scanner types a text: its layout, the computer's, Caps Lock, and how GS."""
    return [stroke for each in text for stroke in _stroke(each, scanner, host, caps, separator)]


def _stroke(each: str, scanner: str, host: str, caps: bool, separator: str) -> Iterator[Stroke]:
    if each == GS:
        yield from _separator(scanner, host, caps, separator)
        return
    plain, shifted = LAYOUTS[scanner]
    if each in plain:
        yield _shown(plain.index(each), host, False, caps)
    elif each in shifted:
        yield _shown(shifted.index(each), host, True, caps)
    else:
        # AltGr, or none: scanners fall back to the number pad, which is right whatever the layout.
        yield from _alt(ord(each), caps)


def _shown(place: int, host: str, shift: bool, caps: bool) -> Stroke:
    plain, shifted = LAYOUTS[host]
    low, high = plain[place], shifted[place]
    locks = (low != high and low.upper() == high) or (host in _SHIFT_LOCK and 1 <= place <= 10)
    key = (low, high)[shift != (caps and locks)]
    return Stroke(KEYS[place], "Dead" if key == "\0" else key, shift=shift, caps=caps)


def _separator(scanner: str, host: str, caps: bool, separator: str) -> Iterator[Stroke]:
    if separator == "gs":
        yield Stroke("", GS, caps=caps)
    elif separator == "ctrl":
        yield Stroke("BracketRight", LAYOUTS[host][0][KEYS.index("BracketRight")], ctrl=True, caps=caps)
    elif separator == "alt-numpad":
        yield from _alt(29, caps)
    elif separator == "f8":
        yield Stroke("F8", "F8", caps=caps)
    elif separator == "braces":
        for each in "<GS>":
            yield from _stroke(each, scanner, host, caps, separator)


def _alt(number: int, caps: bool) -> Iterator[Stroke]:
    for digit in f"0{number}":
        yield Stroke(f"Numpad{digit}", digit, alt=True, caps=caps)
    yield Stroke("AltLeft", "Alt", caps=caps)
