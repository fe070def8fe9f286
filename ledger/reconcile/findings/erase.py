"""An erased person, in findings: what named them names nobody; that something was found stays known."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from ledger.reconcile.findings.finding import Seen, Sentence

__all__ = ["without"]

_NOBODY: Final = "…"


def without(seen: Seen, persons: Collection[str]) -> Seen:
    """Return what was seen, without these pseudonyms: not as subject, nor beside it, nor in numbers and sentence."""
    texts = [value for value in seen.numbers.values() if isinstance(value, str)]
    named = {seen.subject, *seen.persons, *texts, *_words(seen.sentence)}.intersection(persons)
    if not named:
        return seen
    return msgspec.structs.replace(
        seen,
        subject="" if seen.subject in named else seen.subject,
        persons=tuple(person for person in seen.persons if person not in named),
        numbers={name: None if value in named else value for name, value in seen.numbers.items()},
        sentence=Sentence(_silent(seen.sentence.en, named), _silent(seen.sentence.zh, named)),
    )


def _words(sentence: Sentence) -> list[str]:
    """Return what could be a pseudonym in a sentence: runs of letters and digits."""
    text = f"{sentence.en} {sentence.zh}"
    return "".join(each if each.isascii() and each.isalnum() else " " for each in text).split()


def _silent(text: str, named: Collection[str]) -> str:
    for person in sorted(named):
        text = text.replace(person, _NOBODY)
    return text
