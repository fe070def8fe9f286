"""A rule: header and SELECT that fit each other. `load_rule` is the only way to make one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Formatter
from typing import Final

import msgspec
from sqlglot import exp

from ledger.errors import FormatError, LedgerError, Misuse
from ledger.reconcile.facts import KEPT_WHOLE
from ledger.reconcile.rules.clauses import clause_alone
from ledger.reconcile.rules.header import Grain, Header, PartKey, Scope, Value, read_header, wrong
from ledger.reconcile.rules.select import REQUIRED, parse_select, placeholders_of, tables_of
from ledger.reconcile.rules.views import AS_OF, DERIVED, IMPERSONAL, MANIFOLD, OF_CODE, OF_DAY, OF_PERSON

__all__ = ["CATALOGUE", "PART_COLUMN", "Rule", "load_rule", "load_rules", "published", "set_parameters"]

CATALOGUE: Final = Path(__file__).parent / "catalogue"
"""The folder of the published rules."""

_EVERYWHERE: Final = frozenset({*KEPT_WHOLE, AS_OF, "correction", "recall"})
# What a rule of each scope may read: a fact elsewhere could change a subject that is not computed again.
_NARROW: Final[dict[Scope, frozenset[str]]] = {
    "code": (frozenset({*OF_CODE, *DERIVED}) - MANIFOLD) | _EVERYWHERE,
    "person": (frozenset({*OF_PERSON, *DERIVED}) - IMPERSONAL) | _EVERYWHERE,
}

PART_COLUMN: Final[dict[PartKey, str]] = {"code": "code", "person": "person", "statement": "log_index"}
"""The column of a part that tells what a row of it depends on; never null."""

# The same for parts. A seizure is stated together with the codes of its list.
_PART: Final[dict[PartKey, frozenset[str]]] = {
    "code": (_NARROW["code"] | {"seizure"}) - {AS_OF},
    "person": _NARROW["person"] - {AS_OF},
    "statement": (frozenset({*OF_DAY, "live_custody", "live_settlement"}) | {*KEPT_WHOLE}) - {"correction", "recall"},
}

# What such a rule computes again is told by its subjects.
_GRAIN: Final[dict[Scope, Grain]] = {"code": "pack", "person": "person"}


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that can be run.

    Attributes:
        header: what it says of itself.
        query: the SELECT, checked; parameters are still placeholders.
        version: SHA-256 of the file's bytes, in hexadecimal.
        text: the SELECT as written.
        file, line: where it stands, for problems.
        tables: which facts it reads.
        numbers: the columns that only its sentence uses.
    """

    header: Header
    query: exp.Query
    version: str
    text: str
    file: str
    line: int
    tables: frozenset[str]
    numbers: tuple[str, ...]

    @property
    def id(self) -> str:
        """The rule's name."""
        return self.header.id

    def values(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return the value of each parameter: what is given, else its default.

        Raises:
            Misuse: `rule-parameter` for a name that the rule does not have, a wrong type, or out of bounds.
        """
        values = {name: parameter.default for name, parameter in self.header.parameters.items()}
        for name, value in given.items():
            parameter = self.header.parameters.get(name)
            if parameter is None:
                raise Misuse("rule-parameter", f"{self.id} has no parameter {name}")
            if fault := parameter.fault(value):
                raise Misuse("rule-parameter", f"{name} of {self.id} {fault}")
            values[name] = msgspec.convert(value, Value)
        return values


def load_rule(path: Path) -> Rule:
    """Read one rule file, and check that its parts fit.

    Raises:
        FormatError: `rule-malformed` or `rule-not-allowed`, with file and line.
    """
    read = read_header(path)
    header = read.header
    query = parse_select(read.select, path.name, read.line)
    declared, used = set(header.parameters), placeholders_of(query)
    if more := sorted(used - declared):
        raise wrong(path.name, _line_of(read.select, f"${more[0]}", read.line), f"${more[0]} is not declared")
    if idle := sorted(declared - used):
        raise wrong(path.name, _line_in(path, f"parameters.{idle[0]}"), f"the parameter {idle[0]} is never used")
    names = list(query.named_selects)
    for language, sentence in (("en", header.sentence.en), ("zh", header.sentence.zh)):
        if fault := _sentence_fault(sentence, names):
            raise wrong(path.name, _line_in(path, "sentence"), f"sentence.{language}: {fault}")
    if header.scope in _GRAIN and header.grain != _GRAIN[header.scope]:
        raise wrong(path.name, 1, f"a rule of scope {header.scope} has the grain {_GRAIN[header.scope]}")
    tables = tables_of(query)
    if far := sorted(tables - _NARROW.get(header.scope, tables)):
        raise wrong(path.name, read.line, f"a rule of scope {header.scope} may not read {far[0]}")
    if header.scope == "month" and "month" not in names:
        raise wrong(path.name, read.line, "a rule of scope month returns a column month, like 202603")
    for name, key in header.parts.items():
        if fault := _part_fault(header, query, name, key):
            raise wrong(path.name, _line_in(path, "parts"), f"the part {name} {fault}")
    known = {*REQUIRED, *(["month"] if header.scope == "month" else [])}
    return Rule(
        header=header, query=query, version=read.version, text=read.select, file=path.name, line=read.line,
        tables=frozenset(tables), numbers=tuple(name for name in names if name not in known),
    )  # fmt: skip


def load_rules(paths: Iterable[Path]) -> tuple[list[Rule], list[LedgerError]]:
    """Read rule files; return the rules, and the problems of those that are none, both in order of name."""
    rules: list[Rule] = []
    problems: list[LedgerError] = []
    for path in sorted(paths):
        try:
            rules.append(load_rule(path))
        except FormatError as error:
            problems.append(error)
    return rules, problems


def published() -> list[Path]:
    """Return the files of the catalogue, in order of name."""
    return sorted(CATALOGUE.glob("*.sql"))


def set_parameters(rules: Iterable[Rule], given: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Sort out which rule each given parameter is for.

    Args:
        given: names to values; a name `gap_days` is for every rule that has it, `rule-id.gap_days` for one.

    Raises:
        Misuse: `rule-parameter` for a name that no rule has, or a value that does not fit.
    """
    found: dict[str, dict[str, object]] = {rule.id: {} for rule in rules}
    for name, value in given.items():
        only, _, parameter = name.rpartition(".")
        takers = [rule for rule in rules if parameter in rule.header.parameters and only in ("", rule.id)]
        if not takers:
            raise Misuse("rule-parameter", f"no rule has a parameter {name}")
        for rule in takers:
            rule.values({parameter: value})
            found[rule.id][parameter] = value
    return found


def _part_fault(header: Header, query: exp.Query, name: str, key: PartKey) -> str:
    """Say why a clause cannot be remembered; an empty text when it can."""
    if header.scope != "all":
        return "is for rules of scope all"
    clause = next((cte.this for cte in query.ctes if cte.alias == name), None)
    if not isinstance(clause, exp.Query):
        return "is no WITH clause"
    if PART_COLUMN[key] not in clause.named_selects:
        return f"returns no column {PART_COLUMN[key]}"
    if "*" in clause.named_selects:
        return "names each of its columns"
    if far := sorted(tables_of(clause_alone(query, name)) - _PART[key]):
        return f"may not read {far[0]}"
    return ""


def _sentence_fault(sentence: str, names: list[str]) -> str:
    try:
        fields = list(Formatter().parse(sentence))
    except ValueError as error:
        return str(error)
    for _, name, form, conversion in fields:
        if name is not None and (form or conversion or name not in names):
            return f"{{{name}}} is no column of the SELECT"
    return ""


def _line_in(path: Path, table: str) -> int:
    """Return the line at which a table of a header begins."""
    return _line_of(path.read_text("utf-8"), f"[{table}]", 1)


def _line_of(text: str, word: str, line: int) -> int:
    return line + text.count("\n", 0, max(0, text.find(word)))
