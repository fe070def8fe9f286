"""In which language a caller is answered: Chinese or English, by `Accept-Language` (RFC 9110 §12.5.4)."""

from __future__ import annotations

from typing import Literal

from ledger.limits import HEADER_CHARACTERS_MAX

__all__ = ["Language", "language_of"]

Language = Literal["en", "zh"]


def language_of(accepted: str | None) -> Language:
    """Return the language that the header prefers; English when it says nothing that we speak.

    >>> language_of("fr, zh-CN;q=0.8, en;q=0.5")
    'zh'
    """
    if not accepted or len(accepted) > HEADER_CHARACTERS_MAX:
        return "en"
    best: dict[str, float] = {}
    for part in accepted.split(","):
        tag, _, weight = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in ("en", "zh"):
            best[primary] = max(best.get(primary, 0.0), _quality(weight))
    return "zh" if best.get("zh", 0.0) > best.get("en", 0.0) else "en"


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
