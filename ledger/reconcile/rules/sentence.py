"""What a rule's sentence says: text with {columns}, and words that follow a number.

    {packs} {packs:pack|packs} came back    1 pack came back; 2 packs came back; 0 packs came back

Behind the colon stand the word for one and the word for any other number. Chinese has one word for both.
Format: docs/formats/rule.md.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from string import Formatter
from typing import Final

__all__ = ["NAMED", "Number", "fault_of", "say"]

Number = int | str | None

NAMED: Final = ("party", "product")
"""Columns that end so are told by a name, and count nothing."""


def say(sentence: str, numbers: Mapping[str, Number], words: Mapping[str, str]) -> str:
    """Return a sentence that `fault_of` found nothing in, filled in.

    Args:
        numbers: the columns of the row: which word follows.
        words: the columns as they are told.
    """
    return "".join(_said(sentence, numbers, words))


def _said(sentence: str, numbers: Mapping[str, Number], words: Mapping[str, str]) -> Iterator[str]:
    for text, column, form, _ in Formatter().parse(sentence):
        yield text
        if form:
            one, other = form.split("|")
            yield one if numbers[str(column)] == 1 else other
        elif column is not None:
            yield words[column]


def fault_of(sentence: str, columns: Container[str], language: str) -> str:
    """Say why a sentence cannot be filled in; an empty text when it can.

    Args:
        columns: of the SELECT, without its lists.
        language: `en` or `zh`.
    """
    try:
        fields = list(Formatter().parse(sentence))
    except ValueError as error:
        return str(error)
    for _, column, form, conversion in fields:
        if column is None:
            continue
        if conversion or column not in columns:
            return f"{{{column}}} is no column of the SELECT that can be told"
        if form and (fault := _form_fault(column, form, language)):
            return f"{{{column}:{form}}} {fault}"
    return ""


def _form_fault(column: str, form: str, language: str) -> str:
    words = form.split("|")
    if len(words) != 2 or not all(word and word == word.strip() and "{" not in word for word in words):
        return "is a word for one and a word for more, like {packs:pack|packs}"
    if words[0] == words[1]:
        return "says the same for one and for more"
    if column.rpartition("_")[2] in NAMED:
        return "counts nothing: the column is told by a name"
    return "stands in English only: Chinese has one word for both" if language == "zh" else ""
