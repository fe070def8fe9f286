"""JSON, strictly: what we write prints one way only, and what we read has one meaning only.

Writing follows RFC 8785 (JCS) inside a safe profile: ASCII keys, strings in NFC, booleans, null, integers
within ±(2^53−1), lists and maps; no floats (a decimal is a string). Inside it, sorting keys by code point
and by UTF-16 unit agree, so a fast encoder writes exactly the bytes of RFC 8785.

Reading refuses what two readers could understand differently: a key given twice, NaN, lone surrogates,
bytes that are not UTF-8, nesting without end.

>>> dumps({"b": 1, "a": ["é", None, True]})
b'{"a":["\\xc3\\xa9",null,true],"b":1}'
"""

from __future__ import annotations

import json
import unicodedata
from hashlib import sha256
from typing import Any, NoReturn

import msgspec

from ledger.errors import FormatError
from ledger.limits import JSON_DEPTH_MAX

__all__ = ["digest", "dumps", "loads"]

_INTEGER_MAX = 2**53 - 1
_encoder = msgspec.json.Encoder(order="sorted")
_print = msgspec.json.Encoder().encode
_fast = msgspec.json.Decoder().decode


def dumps(value: Any) -> bytes:
    """Return the one JSON spelling of `value` (RFC 8785 within the profile above).

    Raises:
        FormatError: `json-profile` when the value holds a float, a large integer, a key that is not ASCII,
            or text that is not NFC or not encodable.
    """
    _require_profile(value, JSON_DEPTH_MAX)
    return _encoder.encode(value)


def _require_profile(value: Any, depth_left: int) -> None:
    if depth_left < 0:
        raise FormatError("json-profile", f"nested deeper than {JSON_DEPTH_MAX}")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _require_text(value)
    elif isinstance(value, int):
        if abs(value) > _INTEGER_MAX:
            raise FormatError("json-profile", "an integer is beyond 2^53 - 1")
    elif isinstance(value, list | tuple):
        for item in value:
            _require_profile(item, depth_left - 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise FormatError("json-profile", "a key is not ASCII text")
            _require_profile(item, depth_left - 1)
    else:
        raise FormatError("json-profile", f"{type(value).__name__} has no place in canonical JSON")


def _require_text(text: str) -> None:
    if text.isascii():  # nearly all: in form NFC, and without surrogates
        return
    if not unicodedata.is_normalized("NFC", text):
        raise FormatError("json-profile", "a text is not in Unicode form NFC")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise FormatError("json-profile", "a text holds half of a surrogate pair")


def loads(data: bytes) -> Any:
    """Read JSON that has one meaning only; numbers with a fraction become floats.

    Raises:
        FormatError: `json-malformed`, with the position where the parser stopped; `json-ambiguous` for a
            repeated key, NaN, Infinity or a lone surrogate; `json-too-deep`.
    """
    try:
        value = _fast(data)
        if _print(value) == data:  # whatever prints back the same has one meaning, and was read ten times faster
            return value
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass  # below, it is said what is wrong
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise FormatError("json-malformed", f"not UTF-8 at byte {error.start}") from None
    try:
        value = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise FormatError("json-malformed", f"{error.msg.removesuffix(' at')} at character {error.pos}") from None
    except RecursionError:
        raise FormatError("json-too-deep", "nested too deeply to be read") from None
    except ValueError as error:  # CPython refuses integers of more than 4,300 digits
        raise FormatError("json-malformed", str(error)) from None
    if "\\ud" in text or "\\uD" in text:
        _refuse_lone_surrogates(value)
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise FormatError("json-ambiguous", "a key stands twice in the same object")
    return result


def _constant(name: str) -> NoReturn:
    raise FormatError("json-ambiguous", f"{name} is not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def _refuse_lone_surrogates(value: Any) -> None:
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise FormatError("json-ambiguous", "a text holds half of a surrogate pair")
    elif isinstance(value, list):
        for item in value:
            _refuse_lone_surrogates(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_lone_surrogates(key)
            _refuse_lone_surrogates(item)


def digest(data: bytes) -> bytes:
    """Return SHA-256 of stored bytes: what statements sign."""
    return sha256(data).digest()
