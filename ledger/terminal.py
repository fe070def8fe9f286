"""What the programs of this house have in common at a terminal: how they show things, and how they end."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import IntEnum
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any, Final, NoReturn, cast

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.main import get_command

from ledger.errors import LedgerError, Misuse
from ledger.quiet import from_now_on
from ledger.texts import PROBLEMS

__all__ = [
    "LANGUAGES", "OPTIONS", "VERSION", "Screen", "ended", "language_at_hand", "language_from", "language_on_line",
    "opened", "shown",
]  # fmt: skip

LANGUAGES: Final = ("en", "zh")
_HELP: Final = ("-h", "--help")
OPTIONS: Final[dict[str, Any]] = {
    "no_args_is_help": True,
    "pretty_exceptions_enable": False,
    "add_completion": False,
    "rich_markup_mode": None,
    "context_settings": {"help_option_names": [*_HELP], "max_content_width": 100},
}
"""How each program's command line is made."""
VERSION: Final = "--version"

# A language by itself, or as a locale: zh, zh-Hans, zh_CN.UTF-8.
_LANGUAGE: Final = re.compile(rf"(?:{'|'.join(LANGUAGES)})(?:[-_.@][\w.@-]*)?", re.ASCII | re.IGNORECASE)
_LANGUAGE_VARIABLE: Final = "PACKLEDGER_LANGUAGE"
_PIPED_COLUMNS: Final = 140
_FOLDED_COLUMNS: Final = 8
_CODE: Final = re.compile(r"(?=[^\s\d]*\d)[!-~]{12,}")
_MACHINES: Final = "--json"
_CHOICE: Final = "--lang"
# What would move the cursor, colour the line or turn its direction: shown as an escape, whoever wrote it.
_CONTROLS: Final = {
    each: f"\\x{each:02x}" if each < 256 else f"\\u{each:04x}"
    for each in (*range(10), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
# The class of every error in how a command was called; typer exports only its children.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__base__)


def language_from(choice: str | None) -> str:
    """Return the language to speak, `en` or `zh`: the choice, else the environment's, else English.

    Raises:
        Misuse: `usage-wrong` for a choice, or a PACKLEDGER_LANGUAGE, that is no language of ours.
    """
    asked, by = (os.environ.get(_LANGUAGE_VARIABLE), _LANGUAGE_VARIABLE) if choice is None else (choice, _CHOICE)
    if (asked or choice is not None) and not _LANGUAGE.fullmatch(str(asked)):
        raise Misuse("usage-wrong", f"{by} is en or zh")
    return _spoken(asked) if asked else language_at_hand()


def language_at_hand() -> str:
    """Return the language to speak before anybody chose one well: the environment's, else English."""
    names = (_LANGUAGE_VARIABLE, "LC_ALL", "LANG")
    return _spoken(next(filter(None, map(os.environ.get, names)), ""))


def _spoken(wanted: str) -> str:
    return "zh" if wanted.lower().startswith("zh") else "en"


class _Console(Console):
    """A console that leaves it to `ended` how a program ends whose output nobody reads."""

    def on_broken_pipe(self) -> None:
        """Let the error through."""
        raise  # noqa: PLE0704  rich calls this while it handles the error


def _longest_code(cells: Sequence[str]) -> int:
    """Return the length of the longest code, id or number in these cells, 0 if there is none."""
    return max((len(found) for cell in cells for found in _CODE.findall(cell)), default=0)


def _plain(text: str) -> str:
    """Return a text as it is shown: without markup, and without power over the terminal."""
    return escape(text.translate(_CONTROLS))


class Screen:
    """What one command shows, in one language: to people tables and sentences, to machines JSON, a document a line.

    Problems and remarks go to standard error, so that what is on standard output can be piped.

    Args:
        language: `en` or `zh`.
        as_json: documents instead of tables.
        words: says a word in a language.
    """

    def __init__(self, language: str, words: Callable[[str, str], str], *, as_json: bool) -> None:
        self.language = language
        self.as_json = as_json
        self._words = words
        self._out = _Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED_COLUMNS)
        self._error = _Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, word: str) -> str:
        """Return a word in this command's language."""
        return self._words(word, self.language)

    def listed(self, texts: Iterable[str]) -> str:
        """Return words after each other, with the comma of this command's language between them."""
        return ("、" if self.language == "zh" else ", ").join(texts)

    def counted(self, word: str, value: object) -> str:
        """Return a word and what belongs to it, with the colon of this command's language between them."""
        return f"{self.say(word)}{'：' if self.language == 'zh' else ': '}{value}"

    def document(self, value: Any) -> None:
        """Print one JSON document on one line for machines; nothing when people read."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False, separators=(",", ":")), flush=True)

    def line(self, text: str = "", style: str = "") -> None:
        """Print a sentence for people; nothing when machines listen."""
        if not self.as_json:
            self._out.print(_plain(text), style=style or None)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
        """Print a table for people; columns are words.

        A code or an id is never broken over two lines, where nobody could copy it: other columns fold, and where
        too little is left for them each row is printed as lines of its own.
        """
        if self.as_json:
            return
        names = [self.say(column) for column in columns]
        cells = [[name, *(row[at] for row in rows)] for at, name in enumerate(names)]
        natural, codes = [max(map(cell_len, each)) for each in cells], [_longest_code(each) for each in cells]
        room = self._out.width - 3 * len(names) + 1  # a blank on both sides, a bar between
        if sum(max(code, min(wide, _FOLDED_COLUMNS)) for code, wide in zip(codes, natural, strict=True)) > room:
            self._stack(columns, rows, title)
            return
        table = Table(title=_plain(title) or None, title_justify="left", header_style="bold", show_edge=False)
        for name, code in zip(names, codes, strict=True):
            table.add_column(name, overflow="fold", width=code if code and sum(natural) > room else None)
        for row in rows:
            table.add_row(*map(_plain, row))
        self._out.print(table)

    def _stack(self, columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> None:
        if title:
            self.line(title)
        for row in rows:
            self.facts([(name, value) for name, value in zip(columns, row, strict=True) if value])
            self.line()

    def facts(self, rows: Sequence[tuple[str, str]]) -> None:
        """Print names and values, one a line; names are words. A code that is too long the terminal itself wraps."""
        if self.as_json:
            return
        names = [self.say(name) for name, _ in rows]
        widest = max(map(cell_len, names), default=0)
        if _longest_code([value for _, value in rows]) > self._out.width - widest - 4:
            for name, (_, value) in zip(names, rows, strict=True):
                self._out.print(_plain(name + " " * (widest - cell_len(name) + 2) + value), soft_wrap=True)
            return
        table = Table(show_header=False, show_edge=False, box=None, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")  # Chinese has no blanks to break a line at, and would be cut off
        for name, (_, value) in zip(names, rows, strict=True):
            table.add_row(name, _plain(value))
        self._out.print(table)

    def advice(self, code: str) -> tuple[str, str]:
        """Return (what is wrong, what to do) of a problem's code in this language."""
        text = PROBLEMS.get(code)
        if text is None:
            return code, ""
        return (text.zh, text.do_zh) if self.language == "zh" else (text.en, text.do_en)

    def problem(self, error: LedgerError) -> None:
        """Print an error: what is wrong, where, and what to do."""
        title, advice = self.advice(error.code)
        if self.as_json:
            value = {
                "message_type": "error", "code": error.code, "title": title, "detail": error.detail,
                "do": advice, "index": error.index, "span": error.span,
            }  # fmt: skip
            self._error.print(json.dumps(value, ensure_ascii=False), markup=False, soft_wrap=True)
            return
        self._error.print(f"[bold red]{_plain(error.code)}[/] {_plain(title)}")
        if error.detail:
            self._error.print(f"  {_plain(error.detail)}")
        if error.index is not None and error.index >= 0:
            self._error.print(f"  {_plain(self.say('entry'))} {error.index}")
        if advice:
            self._error.print(f"  → {_plain(advice)}")


@contextmanager
def shown(screen: Screen, exit_of: Callable[[LedgerError], IntEnum]) -> Iterator[None]:
    """Run a command's body; an error of the tree, and one of a file, is shown, and decides the exit code.

    Raises:
        typer.Exit: with what `exit_of` says of the error.
    """
    try:
        yield
    except LedgerError as error:
        problem = error
    except BrokenPipeError:
        raise  # nobody reads any more: nobody is told
    except OSError as error:
        problem = _file_failed(error)
    else:
        return
    screen.problem(problem)
    raise typer.Exit(int(exit_of(problem)))


def _file_failed(error: OSError) -> LedgerError:
    told = (error.filename, error.strerror)
    return LedgerError("file-failed", ": ".join(str(part) for part in told if part is not None))


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415  only who asks waits for it

        print("packledger", version("packledger"))
        raise typer.Exit


def opened(
    *,
    version: Annotated[
        bool, typer.Option(VERSION, callback=_tell_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Begin a line, as each program's callback: so that one with a single command still wants its name."""


def ended(line: typer.Typer, chinese: str, *, usage: int, runtime: int, cancelled: int) -> NoReturn:
    """Run a command line and end the process; every way out is one of its exit codes.

    Args:
        line: the program.
        chinese: name of the module that has its help in Chinese: HELP and SHARED, as `usage.help_page` takes them.
        usage: the exit code of a command that was called wrongly.
        runtime: of one whose output cannot be written, or is read by nobody any more.
        cancelled: of one that its user interrupted.
    """
    _furnish_streams()
    from_now_on()
    language, arguments = language_on_line(sys.argv[1:])
    try:
        code = (line if language == "en" else _in_chinese(line, chinese))(arguments, standalone_mode=False)
        sys.stdout.flush()
    except _UsageError as error:
        code = usage
        _tell_misuse(error, language)
    except (typer.Abort, KeyboardInterrupt):
        code = cancelled
    except SystemExit:  # so typer ends a program whose output nobody reads any more
        code = runtime
        _close_output()
    except OSError as error:
        code = runtime
        if not isinstance(error, BrokenPipeError):
            _tell(_file_failed(error), language)
        _close_output()
    if code == cancelled and _MACHINES not in sys.argv:
        print("已取消" if language == "zh" else "cancelled", file=sys.stderr)
    sys.exit(int(code or 0))


def language_on_line(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Return the language to speak before a line is read, and what of the line is then to be read.

    Help is printed, and a wrong call told, amid reading: so the last --lang counts wherever it stands, else the
    environment's language. A line that asks for help is read without it, as groups of commands do not know it.
    """
    waiting, kept, choice = list(arguments), list[str](), ""
    while waiting and waiting[0] != "--":
        each = waiting.pop(0)
        if each == _CHOICE and waiting:
            choice = waiting.pop(0)
        elif each.startswith(f"{_CHOICE}="):
            choice = each.removeprefix(f"{_CHOICE}=")
        else:
            kept.append(each)
    language = _spoken(choice) if _LANGUAGE.fullmatch(choice) else language_at_hand()
    return language, list(arguments) if {*_HELP}.isdisjoint(kept) else [*kept, *waiting]


def _in_chinese(line: typer.Typer, chinese: str) -> Callable[..., Any]:
    """Return a program whose help is Chinese; what that takes is loaded when somebody asks for it."""

    class Context(typer.Context):
        def get_help(self) -> str:
            from ledger.usage import help_page  # noqa: PLC0415

            texts = import_module(chinese)
            return help_page(self, texts.HELP, texts.SHARED)

    program = get_command(line)
    for command in (program, *_commands_below(program)):
        command.context_class = Context
    return program


def _commands_below(group: Any) -> Iterator[Any]:
    """Iterate over the commands of a group, and of the groups in it; a command has none."""
    for command in getattr(group, "commands", {}).values():
        yield command
        yield from _commands_below(command)


def _tell_misuse(error: typer.BadParameter, language: str) -> None:
    """Tell what was wrong with a call; without a command at all, the help."""
    _point_behind(error)
    if language == "en" and _MACHINES not in sys.argv:
        error.show()
        return
    from ledger.usage import misuse, reason  # noqa: PLC0415

    message = error.format_message()
    if _MACHINES in sys.argv:
        _tell(Misuse("usage-wrong", message if language == "en" else reason(message)), language)
    else:
        with suppress(OSError):
            print(misuse(error).translate(_CONTROLS), file=sys.stderr)


def _point_behind(error: typer.BadParameter) -> None:
    """Let an option that stands before the name of its command be told as that."""
    context, name = error.ctx, getattr(error, "option_name", "")
    if context is None:
        return
    if any(name in parameter.opts for command in _commands_below(context.command) for parameter in command.params):
        error.message = f"Option {name} stands after the command: {context.command_path} COMMAND {name}"
        vars(error)["possibilities"] = None


def _furnish_streams() -> None:
    """Open what whoever started us closed, lest a file take its number; no character is too strange to be shown."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115  for as long as the process lives
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _close_output() -> None:
    """Give up what is not written yet, lest Python try it once more at the very end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())


def _tell(problem: LedgerError, language: str) -> None:
    """Show a problem that no command could show: it came before the command's screen was there, or after its end."""
    screen = Screen(language, lambda word, language: word, as_json=_MACHINES in sys.argv)
    with suppress(OSError):
        screen.problem(problem)
