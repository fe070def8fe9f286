"""A rule: header and SELECT that fit each other. `load_rule` is the only way to make one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec
from sqlglot import exp

from ledger.errors import FormatError, LedgerError, Misuse
from ledger.reconcile.facts import FACTS, KEPT_WHOLE
from ledger.reconcile.rules.clauses import clause_alone
from ledger.reconcile.rules.header import Grain, Header, Scope, Value, read_header, wrong
from ledger.reconcile.rules.key import CODE, PERSON, Key, key_of
from ledger.reconcile.rules.select import LISTS, REQUIRED, parse_select, placeholders_of, tables_of
from ledger.reconcile.rules.sentence import fault_of
from ledger.reconcile.rules.views import DERIVED, READABLE, query_of

__all__ = ["CATALOGUE", "SCOPE_KEY", "Part", "Rule", "load_rule", "load_rules", "published", "set_parameters"]

CATALOGUE: Final = Path(__file__).parent / "catalogue"
"""The folder of the published rules."""

SCOPE_KEY: Final[dict[Scope, Key]] = {"code": CODE, "person": PERSON}
"""What a row of a rule of such a scope depends on: its subject."""

_GRAIN: Final[dict[Scope, Grain]] = {"code": "pack", "person": "person"}

# Read beside tables that have a pack's code: what is about a batch counts for all its packs, what is taken back for
# those it was about.
_BESIDE_CODE: Final = frozenset({"correction", "recall"})
_COLUMNS: Final[dict[str, frozenset[str]]] = {
    **{name: frozenset(schema.names) for name, schema in FACTS.items() if name not in KEPT_WHOLE},
    **{name: frozenset(query_of(view).named_selects) for name, view in DERIVED.items()},
    "live_custody": frozenset(FACTS["custody"].names),
    "live_settlement": frozenset(FACTS["settlement"].names),
}


class Part(msgspec.Struct, frozen=True):
    """A clause that is remembered.

    Attributes:
        name: the clause's.
        key: what a row of it depends on.
        reads: the tables, views and parts that it reads.
    """

    name: str
    key: Key
    reads: frozenset[str]


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
        parts: what of it is remembered, in their order.
    """

    header: Header
    query: exp.Query
    version: str
    text: str
    file: str
    line: int
    tables: frozenset[str]
    numbers: tuple[str, ...]
    parts: tuple[Part, ...]

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
    told = [name for name in names if name not in LISTS]
    for language, sentence in (("en", header.sentence.en), ("zh", header.sentence.zh)):
        if fault := fault_of(sentence, told, language):
            raise wrong(path.name, _line_in(path, "sentence"), f"sentence.{language}: {fault}")
    if header.scope in _GRAIN and header.grain != _GRAIN[header.scope]:
        raise wrong(path.name, 1, f"a rule of scope {header.scope} has the grain {_GRAIN[header.scope]}")
    tables = tables_of(query)
    try:
        parts = _parts(header, query)
    except ValueError as fault:
        raise wrong(path.name, _line_in(path, "parts"), f"the part {fault}") from None
    if header.scope != "all" and (far := _far(tables, SCOPE_KEY[header.scope], {})):
        raise wrong(path.name, read.line, f"a rule of scope {header.scope} may not read {far}")
    return Rule(
        header=header, query=query, version=read.version, text=read.select, file=path.name, line=read.line,
        tables=frozenset(tables), numbers=tuple(name for name in names if name not in REQUIRED), parts=parts,
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


def _parts(header: Header, query: exp.Query) -> tuple[Part, ...]:
    """Return the parts of a rule.

    Raises:
        ValueError: a clause cannot be remembered; says which and why.
    """
    found: list[Part] = []
    columns: dict[str, frozenset[str]] = {}
    for name in header.parts:
        if header.scope != "all":
            raise ValueError(f"{name} is for rules of scope all")
        clause = next((cte.this for cte in query.ctes if cte.alias == name), None)
        if not isinstance(clause, exp.Query):
            raise ValueError(f"{name} is no WITH clause")
        if "*" in clause.named_selects:
            raise ValueError(f"{name} names each of its columns")
        try:
            key = key_of(header.parts[name])
        except ValueError as fault:
            raise ValueError(f"{name} has a key that is no column: {fault}") from None
        if missing := [column for column in key.names if column not in clause.named_selects]:
            raise ValueError(f"{name} returns no column {missing[0]}")
        alone = clause_alone(query, name, columns)
        reads = frozenset({table.name for table in alone.find_all(exp.Table)} & {*READABLE, *columns})
        if far := _far(reads, key, columns):
            raise ValueError(f"{name} may not read {far}")
        found.append(Part(name, key, reads))
        columns[name] = frozenset(clause.named_selects)
    return tuple(found)


def _far(reads: Iterable[str], key: Key, parts: Mapping[str, frozenset[str]]) -> str:
    """Return the first of some tables, views and parts of which a row with another key could matter, or nothing."""
    columns = {**_COLUMNS, **parts}
    beside = {*KEPT_WHOLE, *(_BESIDE_CODE if key == CODE else ())}
    # A seizure is stated together with the codes of its list.
    beside |= {"seizure"} if key == CODE and "seized" in reads else set()
    return next((name for name in sorted(set(reads) - beside) if not key.reads <= columns.get(name, frozenset())), "")


def _line_in(path: Path, table: str) -> int:
    """Return the line at which a table of a header begins."""
    return _line_of(path.read_text("utf-8"), f"[{table}]", 1)


def _line_of(text: str, word: str, line: int) -> int:
    return line + text.count("\n", 0, max(0, text.find(word)))
