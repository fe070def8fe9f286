"""Write `docs/reference/` from the source, so that the two cannot disagree.

    python docs/generate.py             writes the pages that changed, and names them
    python docs/generate.py --check     writes nothing; fails, naming the pages that are out of date

A new page is one function that returns its text, and one row in PAGES.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from pathlib import Path
from string import Formatter
from typing import Final, NamedTuple

import typer
from typer.testing import CliRunner

from api.app import AUDIENCES
from api.reference import access_parts, api_parts
from ledger import settings, texts
from ledger.cli import exits
from ledger.cli.line import app
from ledger.custody.reference import rules_parts
from ledger.nation.reference import nation_parts
from ledger.reconcile.cases.opening import CRITERIA
from ledger.reconcile.rules.header import Header
from ledger.reconcile.rules.notice import CHECKS, checks_of
from ledger.reconcile.rules.rule import Rule, load_rule, published
from ledger.reconcile.rules.sentence import say
from scanner.cli import exits as station_exits
from scanner.cli.line import app as station

REPOSITORY = Path(__file__).parents[1]
REFERENCE = REPOSITORY / "docs" / "reference"
TERMINAL_COLUMNS: Final = 100
LIMITS: Final = {"## Of the ledger": "ledger/limits.py", "## Of the station alone": "scanner/limits.py"}


class Limit(NamedTuple):
    """One bound: its name, its value, and the reason that stands above it (empty when none does)."""

    name: str
    value: int
    reason: str


def errors_page() -> str:
    """Return the catalogue of problems, in the order and under the headings of `ledger/texts.py`."""
    parts = [
        "# Problems",
        "Everything that packledger refuses or reports has a code.\n"
        "The code is for machines and never changes its meaning.\n"
        "The texts are for people, in English and Chinese.\n"
        "Callers over HTTP are advised otherwise where a command is no help to them.\n"
        "The classes of errors, and what each promises, are drawn in `ledger/errors.py`.",
    ]
    room = ""
    for heading, code in _problem_rows(Path(texts.__file__).read_text("utf-8")):
        if heading != room:
            room = heading
            parts.append(f"## {room[0].upper()}{room[1:]}")
        text = texts.PROBLEMS[code]
        over_http = f"\n\nOver HTTP: {text.http_en}\n\n通过 HTTP：{text.http_zh}" if text.http_en else ""
        parts.append(f"### {code}\n\n{text.en}\n{text.do_en}\n\n{text.zh}{text.do_zh}{over_http}")
    return _page("ledger/texts.py", parts)


def _problem_rows(source: str) -> Iterator[tuple[str, str]]:
    """Yield (heading, code) for each row of PROBLEMS; a heading is a comment `# -- room` above its rows."""
    heading = "everywhere"
    for line in source.partition("PROBLEMS:")[2].splitlines():
        if match := re.fullmatch(r"    # -- (.+)", line):
            heading = match[1]
        elif match := re.match(r'    "([^"]+)": Text\(', line):
            yield heading, match[1]


def limits_page() -> str:
    """Return the tables of bounds, in the order of the files that hold them."""
    parts = ["# Limits", "Every bound in one place; the unit is the last word before `MAX` or `MIN`."]
    for heading, path in LIMITS.items():
        rows = [f"| `{limit.name}` | {limit.value:,} | {limit.reason} |" for limit in read_limits(path)]
        parts += [heading, "\n".join(["| limit | value | why |", "|---|---:|---|", *rows])]
    return _page(" and ".join(LIMITS.values()), parts)


def read_limits(source: str) -> list[Limit]:
    """Read the constants of a module of limits: a file of `LIMITS`, or a text.

    The reason is the comment right above the constant; constants that follow each other share it.
    """
    if source in LIMITS.values():
        source = (REPOSITORY / source).read_text("utf-8")
    lines = source.splitlines()
    found: list[Limit] = []
    end_of_last = -1
    for node in ast.parse(source).body:
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value):
            continue
        shared = found[-1].reason if end_of_last == node.lineno - 1 else ""
        value = eval(compile(ast.Expression(node.value), "limits", "eval"), {})  # noqa: S307  `2 * 86_400`, from our own source
        found.append(Limit(node.target.id, value, _comment_above(lines, node.lineno - 1) or shared))
        end_of_last = node.end_lineno or node.lineno
    return found


def _comment_above(lines: list[str], index: int) -> str:
    words: list[str] = []
    while index > 0 and lines[index - 1].startswith("#"):
        index -= 1
        words.insert(0, lines[index].removeprefix("#").strip())
    return " ".join(words)


def settings_page() -> str:
    """Return the table of settings, in the order of `Settings`: names, default, meaning and danger of each."""
    home = Path("/HOME")
    defaults = settings.load_settings(home, {})
    rows = []
    for name, (meaning, danger) in _settings_told().items():
        default = str(getattr(defaults, name)).replace(f"{home}/", "HOME/")
        key = "" if name == "home" else f"`{name}`"
        shown = "`ledger.home`" if name == "home" else f"`{default}`"
        rows.append(f"| `PACKLEDGER_{name.upper()}` | {key} | {shown} | {meaning} | {danger} |")
    return _page("ledger/settings.py", [
        "# Settings",
        "A setting is read from the environment, else from `packledger.toml` in the ledger's home;"
        " else it has its default.\n"
        "The home itself comes from `--home`, else from the environment, never from the file.\n"
        "`HOME` stands for it below; a file named without a folder lies in it.\n"
        "A name in the file, or in the environment after `PACKLEDGER_`, that is no setting is refused.",
        "\n".join(["| environment | file | default | meaning | danger |", "|---|---|---|---|---|", *rows]),
        "## Traces",
        "Where `trace_endpoint` names a collector, `packledger serve` sends it a span for each request, by"
        " OpenTelemetry's protocol over HTTP; the counters at `/metrics` are apart from that.\n"
        "It needs the extra `trace`.\n"
        "A span is named by method and door, such as `POST /v1/statements`, and has `http.request.method`,"
        " `http.route`, `http.response.status_code` and, for a refusal, `packledger.problem`, its code.\n"
        "Below it stand `record`, the time until statements are verified, committed and have receipts, with their"
        " number (`packledger.statements`), and `verdicts`, a look-up, with the number of codes"
        " (`packledger.codes`).\n"
        "A request with a `traceparent` (W3C Trace Context) belongs to that trace, and is sent if its caller says that"
        " it is sampled; without one, each is sent.\n"
        "What a collector does not take is lost; no request waits for it, and the journal's line"
        ' `"event":"traces","arrive":false` says when that began.\n'
        "A collector that wants a token is told it by the library's own variable `OTEL_EXPORTER_OTLP_HEADERS`.\n"
        "[Why it is so](../decisions/0052-traces-are-optional.md).",
        "## Beside the settings",
        "`PACKLEDGER_LANGUAGE`, `en` or `zh`, is the language of the command line where `--lang` is not given.\n"
        "Without both, the language is that of the environment.\n"
        "`PACKLEDGER_STATION` is the folder of a station, for `packledger-station` where `--station` is not given.\n"
        "`PACKLEDGER_TEST_DATABASE_URL` and `PACKLEDGER_TEST_POSTGRES_BIN` are for the tests alone:"
        " a PostgreSQL that exists already, and the folder of the programs to start one with.",
    ])  # fmt: skip


def _settings_told() -> dict[str, tuple[str, str]]:
    """Read meaning and danger of each setting from the docstring of `Settings`."""
    told = (settings.Settings.__doc__ or "").partition("Attributes:")[2]
    items = re.split(r"\n +([a-z_]+): ", told)[1:]
    found = {}
    for name, text in zip(items[::2], items[1::2], strict=True):
        meaning, _, danger = " ".join(text.split()).partition(" Danger: ")
        found[name] = meaning, danger
    return {name: found[name] for name in settings.Settings.__struct_fields__}


def commands_page() -> str:
    """Return what each command prints about itself, in the order of the program's own list."""
    return _page("ledger/cli", [
        "# Commands",
        f"What `--help` prints on a terminal of {TERMINAL_COLUMNS} columns.\n"
        "How a command ends is told by its [exit code](exit-codes.md).\n"
        "The station at the counter has a [program of its own](station-commands.md).",
        *_command_parts(app(), "packledger"),
    ])  # fmt: skip


def station_commands_page() -> str:
    """Return what each command of the station prints about itself, and how it can end."""
    source = Path(station_exits.__file__).read_text("utf-8")
    return _page("scanner/cli", [
        "# Commands of the station",
        f"What `packledger-station --help` prints on a terminal of {TERMINAL_COLUMNS} columns.",
        *_command_parts(station, "packledger-station"),
        "## Exit codes",
        _exit_rows(station_exits.Exit, source),
    ])  # fmt: skip


def _command_parts(program: typer.Typer, called: str) -> list[str]:
    names = [[command.name or ""] for command in program.registered_commands]
    for group in program.registered_groups:
        room = group.typer_instance
        assert room is not None
        names.append([room.info.name or ""])
        names += [[room.info.name or "", command.name or ""] for command in room.registered_commands]
    return [f"## {' '.join([called, *name])}\n\n{_help(program, called, *name)}" for name in [[], *names]]


def _help(program: typer.Typer, called: str, *command: str) -> str:
    # click leaves the last two columns of a terminal empty
    width = TERMINAL_COLUMNS - 2
    shown = CliRunner().invoke(program, [*command, "--help"], prog_name=called, terminal_width=width)
    return f"```text\n{shown.stdout.rstrip()}\n```"


def exit_codes_page() -> str:
    """Return the table of exit codes; the meaning is the comment beside each member of `Exit`."""
    source = Path(exits.__file__).read_text("utf-8")
    return _page("ledger/cli/exits.py", [
        "# Exit codes",
        "How a command ended, for scripts; the meanings never change.\n"
        "What went wrong in detail is told by the [problem](errors.md) that the command prints.",
        _exit_rows(exits.Exit, source),
    ])  # fmt: skip


def _exit_rows(codes: Iterable[IntEnum], source: str) -> str:
    meanings = dict(re.findall(r"^    ([A-Z_]+) = \d+  # (.+)$", source, re.MULTILINE))
    rows = [f"| {code.value} | `{code.name}` | {meanings[code.name]} |" for code in codes]
    return "\n".join(["| code | name | meaning |", "|---:|---|---|", *rows])


def custody_rules_page() -> str:
    """Return the tables by which the ledger judges."""
    return _page("ledger/custody/rules.py", rules_parts())


def api_page() -> str:
    """Return what the HTTP interface offers, door by door."""
    return _page("api", api_parts(AUDIENCES))


def access_page() -> str:
    """Return who may do what over HTTP."""
    return _page("ledger/identity/access.py", access_parts())


def opening_page() -> str:
    """Return the table of what opens a case by itself, in the order in which it is asked."""
    rows = [
        f"| `{each.name}` | {each.severity} | {each.score} | {'yes' if each.network else 'no'} |"
        f" {'yes' if each.of_one else 'no'} | {each.subjects} | {each.rules} | {each.en} | {each.zh} |"
        for each in CRITERIA
    ]
    return _page("ledger/reconcile/cases/opening.py", [
        "# Opening of cases",
        "Findings that belong together are one proposal.\n"
        "It becomes a case when an officer opens it, or by itself (`packledger case open --proposed`) when it meets"
        " one of these criteria.\n"
        "A finding qualifies when it is at least so grave and so sure; then so many subjects, and so many rules that"
        " rest on different statements, must be among those that qualify.\n"
        "Where the table says `one`, all of them must be about one person, one pack or one party.\n"
        "One finding alone opens nothing, unless it is about a network: a rule that errs once in a hundred thousand"
        " packs would else keep every office busy.",
        "\n".join([
            "| criterion | at least so grave | so sure | a network | one | subjects | independent rules | why"
            " | 理由 |",
            "|---|---|---:|---|---|---:|---:|---|---|", *rows,
        ]),
    ])  # fmt: skip


def rules_page() -> str:
    """Return the list of published rules."""
    rows = [
        f"| [{rule.id}](rules/{rule.id}.md) | {rule.header.grain} | {rule.header.severity} | {rule.header.title.en}"
        f" | {rule.header.title.zh} |"
        for rule in _rules()
    ]
    return _page("ledger/reconcile/rules/catalogue", [
        "# Rules",
        "What reconciliation looks for: one SQL file a rule.\nHow such a file is written is told in"
        " [its format](../formats/rule.md).",
        "\n".join(["| rule | about | severity | title | 名称 |", "|---|---|---|---|---|", *rows]),
        "## The five checks\n\nThe insurer's notice on paper prescriptions of October 2024 has these checked:",
        "\n".join(["| | check | 核查内容 | rule |", "|---|---|---|---|", *_check_rows()]),
    ])  # fmt: skip


def _check_rows() -> Iterator[str]:
    for number, said in enumerate(CHECKS, 1):
        made = ", ".join(f"[{rule.id}](rules/{rule.id}.md)" for rule in _rules() if number in checks_of(rule))
        yield f"| {number} | {said.en} | {said.zh} | {made} |"


def rule_page(rule: Rule) -> str:
    """Return what a published rule says of itself."""
    header = rule.header
    parts = [
        f"# {rule.id}",
        f"{header.title.en}.\n{header.title.zh}。",
        f"About a {header.grain}; severity {header.severity}; computed again by {header.scope}{_parts(header)}.\n"
        f"Source: {header.source}.",
        f"## Why it matters\n\n{header.why.en}\n\n{header.why.zh}",
        f"## What is not proof\n\n{header.not_proof.en}\n\n{header.not_proof.zh}",
        f"## What it says\n\n> {_spelled(header.sentence.en)}\n\n> {_spelled(header.sentence.zh)}",
    ]
    rows = [f"| `{name}` | {each.default} | {each.unit} | {each.why} |" for name, each in header.parameters.items()]
    if rows:
        parts.append("\n".join(["## Parameters\n", "| name | default | unit | why |", "|---|---:|---|---|", *rows]))
    parts.append(f"## The rule\n\n```sql\n{rule.text}\n```")
    return _page(f"ledger/reconcile/rules/catalogue/{rule.file}", parts)


def _spelled(sentence: str) -> str:
    """Return a rule's sentence with its columns by name, and the words for more than one."""
    columns = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
    return say(sentence, dict.fromkeys(columns), {name: f"{{{name}}}" for name in columns})


def _parts(header: Header) -> str:
    """Return what is remembered of a rule that depends on everything, and by what."""
    return "".join(f", its part `{name}` by {key}" for name, key in header.parts.items())


def _rules() -> list[Rule]:
    return [load_rule(path) for path in published()]


def nation_page() -> str:
    """Return what the synthetic country is made of."""
    return _page("ledger/nation/rates.py, goods.py and crimes/", nation_parts())


def _page(source: str, parts: list[str]) -> str:
    note = f"<!-- Written by docs/generate.py from {source}; change it there, then run: make docs -->"
    return "\n\n".join([parts[0], note, *parts[1:]]) + "\n"


PAGES: Final[dict[str, Callable[[], str]]] = {
    "errors.md": errors_page,
    "limits.md": limits_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
    "exit-codes.md": exit_codes_page,
    "station-commands.md": station_commands_page,
    "api.md": api_page,
    "access.md": access_page,
    "custody-rules.md": custody_rules_page,
    "opening.md": opening_page,
    "rules.md": rules_page,
    "nation.md": nation_page,
}


def stale(folder: Path) -> dict[str, str]:
    """Return the pages of `folder` that differ from what the source says, with the text they should have."""
    wanted = {name: make() for name, make in PAGES.items()}
    wanted |= {f"rules/{rule.id}.md": rule_page(rule) for rule in _rules()}
    return {
        name: text
        for name, text in wanted.items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the pages; return the exit status."""
    parser = argparse.ArgumentParser(description="Write docs/reference/ from the source.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    check = parser.parse_args(arguments).check
    pages = stale(REFERENCE)
    for name, text in pages.items():
        print(f"docs/reference/{name} {'is out of date: make docs' if check else 'written'}")
        if not check:
            (REFERENCE / name).parent.mkdir(parents=True, exist_ok=True)
            (REFERENCE / name).write_text(text, "utf-8")
    return int(check and bool(pages))


if __name__ == "__main__":
    sys.exit(main())
