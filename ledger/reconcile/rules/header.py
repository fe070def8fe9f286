"""The header of a rule file: TOML in the block comment at the top; the SELECT stands below it.

    /*
    id = "dispensed-twice"
    grain = "pack"
    …
    [parameters.gap_minutes]
    default = 10
    unit = "minutes"
    why = "…"
    */
    SELECT …

Format: docs/formats/rule.md. Everything is checked before anything runs; a problem names file and line.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from ledger.errors import FormatError
from ledger.limits import RULE_FILE_BYTES_MAX, RULE_NUMBER_MAX

__all__ = ["Grain", "Header", "Parameter", "Said", "Scope", "Severity", "read_header", "wrong"]

Grain = Literal["pack", "person", "institution", "trade", "network"]
Severity = Literal["low", "medium", "high"]
Scope = Literal["code", "person", "all"]
Value = int | str | list[str]

_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+(?:-[a-z]+)*\Z", max_length=64)]
_Sentence = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
_PARAMETER: Final = re.compile(r"[a-z]+(?:_[a-z]+)*")


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same in English and Chinese."""

    en: _Sentence
    zh: _Sentence


class Parameter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number, a text or a list of texts that whoever runs the rule may set.

    Attributes:
        default: decides the type.
        unit: what a number counts, or what a text names.
        why: why this much; a source where there is one.
        at_least, at_most: bounds of a number.
    """

    default: Value
    unit: _Sentence
    why: _Sentence
    at_least: int = 0
    at_most: int = RULE_NUMBER_MAX

    def fault(self, value: object) -> str:
        """Say why `value` cannot be this parameter's; an empty text when it can."""
        if isinstance(self.default, int):
            if type(value) is not int:
                return "is a whole number"
            return "" if self.at_least <= value <= self.at_most else f"is {self.at_least} to {self.at_most}"
        if isinstance(self.default, str):
            return "" if isinstance(value, str) else "is a text"
        fine = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return "" if fine else "is a list of texts"


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the comment.

    Attributes:
        id: the rule's name, and its file's.
        grain: what a subject is.
        severity: how grave a finding is.
        scope: what a changed fact makes necessary to compute again.
        source: legal basis or published practice.
        title, why, not_proof: for people; `not_proof` is what would explain it innocently.
        sentence: what was seen, with {columns} of the row (`sentence`).
        parts: scope `all`: WITH clauses that are remembered, and the key of each, as SQL (`parts`).
        parameters: by name.
    """

    id: _Name
    grain: Grain
    severity: Severity
    scope: Scope
    source: _Sentence
    title: Said
    why: Said
    not_proof: Said
    sentence: Said
    parts: dict[str, Annotated[list[_Sentence], msgspec.Meta(min_length=1, max_length=8)]] = {}
    parameters: dict[str, Parameter] = {}


class Text(msgspec.Struct, frozen=True):
    """A rule file taken apart.

    Attributes:
        header: the comment, typed.
        select: what stands below it.
        line: the line of the file on which `select` begins, from 1.
        version: SHA-256 of the file's bytes, in hexadecimal.
    """

    header: Header
    select: str
    line: int
    version: str


def wrong(file: str, line: int, cause: str) -> FormatError:
    """Return the problem of a rule file: where, and what."""
    return FormatError("rule-malformed", f"{file}:{line}: {cause}")


def read_header(path: Path) -> Text:
    """Read a rule file and its header.

    Raises:
        FormatError: `rule-malformed`, with file and line.
    """
    with path.open("rb") as file:
        data = file.read(RULE_FILE_BYTES_MAX + 1)
    if len(data) > RULE_FILE_BYTES_MAX:
        raise wrong(path.name, 1, f"longer than {RULE_FILE_BYTES_MAX} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise wrong(path.name, data.count(b"\n", 0, error.start) + 1, "not UTF-8") from None
    opened, _, rest = text.partition("/*")
    comment, closed, select = rest.partition("*/")
    if opened.strip() or not closed:
        raise wrong(path.name, 1, "begins with a block comment /* … */")
    header = _typed(path, comment)
    if header.id != path.stem:
        raise wrong(path.name, _line_of(comment, ["id"]), f"id is the file's name, {path.stem}")
    _check_parameters(path, comment, header)
    line = text[: len(text) - len(select.lstrip())].count("\n") + 1
    return Text(header, select.strip(), line, hashlib.sha256(data).hexdigest())


def _typed(path: Path, comment: str) -> Header:
    try:
        values: dict[str, Any] = tomllib.loads(comment)
    except tomllib.TOMLDecodeError as error:
        cause, _, place = str(error).partition(" (at line ")
        line = int(re.match(r"\d*", place)[0] or comment.count("\n") + 1)  # type: ignore[index]
        raise wrong(path.name, line, cause) from None
    try:
        return msgspec.convert(values, Header)
    except msgspec.ValidationError as error:
        cause, _, place = str(error).partition(" - at `$")
        keys = re.findall(r"\w+", place.rstrip("`"))
        named = re.search(r"unknown field `(\w+)`", cause)
        raise wrong(path.name, _line_of(comment, [*keys, *([named[1]] if named else [])]), str(error)) from None


def _check_parameters(path: Path, comment: str, header: Header) -> None:
    for name, parameter in header.parameters.items():
        line = _line_of(comment, ["parameters", name])
        if not _PARAMETER.fullmatch(name):
            raise wrong(path.name, line, f"a parameter is named like gap_days, not {name}")
        if fault := parameter.fault(parameter.default):
            raise wrong(path.name, line, f"the default of {name} {fault}")


def _line_of(comment: str, keys: list[str]) -> int:
    """Return the line of the last of these keys that is written out, else of the header's beginning."""
    for end in range(len(keys), 0, -1):
        table = r"^\s*\[" + r"\.".join(map(re.escape, keys[:end])) + r"\]"
        found = re.search(table, comment, re.MULTILINE)
        start = 0
        if found is None and end > 1:
            section = r"^\s*\[" + r"\.".join(map(re.escape, keys[: end - 1])) + r"\]"
            above = re.search(section, comment, re.MULTILINE)
            start = above.end() if above else 0
        found = found or re.compile(rf"^\s*{re.escape(keys[end - 1])}\b", re.MULTILINE).search(comment, start)
        if found:
            return comment.count("\n", 0, found.end()) + 1
    return 1
