"""Keystrokes, as a browser reports them, and the two ways to read them.

A scanner that poses as a keyboard presses keys. Their places (`code`: which key) do not depend on the computer's
layout, Caps Lock or input method; their characters (`key`: what it would type) do. A scanner presses the keys of the
layout that it was set to, by default the American one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

__all__ = ["GS", "End", "Stroke", "characters", "is_mixed", "places"]

GS: Final = "\x1d"

# The American keyboard: the names that browsers give its keys (W3C UI Events code values), with what they type.
_CODES: Final = (
    *("Backquote", *(f"Digit{digit}" for digit in "1234567890"), "Minus", "Equal"),
    *(*(f"Key{letter}" for letter in "QWERTYUIOP"), "BracketLeft", "BracketRight", "Backslash"),
    *(*(f"Key{letter}" for letter in "ASDFGHJKL"), "Semicolon", "Quote"),
    *(*(f"Key{letter}" for letter in "ZXCVBNM"), "Comma", "Period", "Slash"),
    "Space",
)
_PLAIN: Final = "`1234567890-=" "qwertyuiop[]\\" "asdfghjkl;'" "zxcvbnm,./ "
_SHIFTED: Final = "~!@#$%^&*()_+" "QWERTYUIOP{}|" 'ASDFGHJKL:"' "ZXCVBNM<>? "
_BY_PLACE: Final = {
    **{(code, False): typed for code, typed in zip(_CODES, _PLAIN, strict=True)},
    **{(code, True): typed for code, typed in zip(_CODES, _SHIFTED, strict=True)},
}
_NUMPAD: Final = {f"Numpad{digit}": str(digit) for digit in range(10)}
_MODIFIERS: Final = frozenset({
    "ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight", "AltLeft", "AltRight", "MetaLeft", "MetaRight",
    "CapsLock", "NumLock", "Enter", "NumpadEnter", "Tab",
})  # fmt: skip

# How a scan was over: by Enter or Tab; by silence; or it is the rest of one that silence had ended too early.
End = Literal["key", "silence", "torn"]
Name = Annotated[str, Meta(max_length=32)]


class Stroke(msgspec.Struct, frozen=True, array_like=True):
    """One key pressed.

    Attributes:
        code: which key, by its place.
        key: what it types by the computer's layout; `Process` while an input method takes it, `Dead` for an accent.
        shift, ctrl, alt: held meanwhile.
        caps: Caps Lock is on.
    """

    code: Name
    key: Name
    shift: bool = False
    ctrl: bool = False
    alt: bool = False
    caps: bool = False


def places(strokes: Iterable[Stroke]) -> list[str]:
    """Return what was typed by the keys' places on an American keyboard.

    Characters; `<F8>` for a key that types none, and `<Alt93>` for one that was typed by Alt and its number: it must
    not be taken for what the key of that character types.
    """
    return _read(strokes, by_place=True)


def characters(strokes: Iterable[Stroke]) -> list[str]:
    """Return what was typed by the computer's layout: as `places`; `<Process>` and `<Dead>` for what was swallowed."""
    return _read(strokes, by_place=False)


def is_mixed(strokes: Sequence[Stroke]) -> bool:
    """Say whether some characters were typed by Alt and their number, which no layout changes, and others by keys.

    A scanner does so for characters that its layout has no key for; that those arrive says nothing of the others.
    """
    by_number = [stroke for stroke in strokes if stroke.alt or stroke.code in _MODIFIERS]
    by_key = [stroke for stroke in strokes if not stroke.alt]
    return any(each != GS for each in places(by_number)) and any(not each.isdigit() for each in places(by_key))


def _read(strokes: Iterable[Stroke], *, by_place: bool) -> list[str]:
    typed: list[str] = []
    pad = ""
    for stroke in strokes:
        if stroke.alt and stroke.code in _NUMPAD:
            pad += _NUMPAD[stroke.code]  # Alt and a number on the pad type the character of that number
            continue
        typed += _padded(pad)
        pad = ""
        if stroke.code in _MODIFIERS:
            continue
        typed.append(_one(stroke, by_place=by_place))
    return [*typed, *_padded(pad)]


def _padded(number: str) -> Sequence[str]:
    if not number:
        return ()
    value = int(number[:6])
    return (GS if value == ord(GS) else f"<Alt{value}>",)


def _one(stroke: Stroke, *, by_place: bool) -> str:
    if stroke.ctrl:
        # The control characters lie on the keys of the characters 64 places further: Ctrl+] is GS.
        base = _BY_PLACE.get((stroke.code, False), "")
        return chr(ord(base.upper()) - 64) if base and 64 < ord(base.upper()) < 96 else f"<Ctrl+{stroke.code}>"
    if by_place:
        if stroke.code in _NUMPAD:
            return _NUMPAD[stroke.code]
        if len(stroke.key) == 1 and not stroke.key.isprintable():
            return stroke.key  # a separator that came as itself, from whatever key
        named = f"<{'Shift+' if stroke.shift else ''}{stroke.code}>"
        return _BY_PLACE.get((stroke.code, stroke.shift), named)
    return stroke.key if len(stroke.key) == 1 else f"<{stroke.key}>"
