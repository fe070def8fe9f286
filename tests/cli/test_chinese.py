"""How a command is called is told in Chinese to whoever reads Chinese, and in English as it ever was."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.cells import cell_len

import ledger.cli.chinese
import scanner.cli.chinese
from ledger.cli.exits import Exit
from ledger.cli.line import app
from ledger.usage import OF_EVERY_PROGRAM, Help, help_page
from scanner.cli.line import app as station
from tests.cli.shell import Shell

PROGRAMS = {
    "packledger": (app(), ledger.cli.chinese),
    "packledger-station": (station, scanner.cli.chinese),
}
COLUMNS = 80


def contexts(name: str, command: Any, parent: Any = None) -> Iterator[typer.Context]:
    """Return a context of every command: the program, its groups, their commands."""
    context = typer.Context(command, info_name=name, parent=parent, terminal_width=COLUMNS - 2)
    context.help_option_names = ["-h", "--help"]
    yield context
    for below, each in getattr(command, "commands", {}).items():
        yield from contexts(below, each, context)


def told(name: str) -> tuple[list[typer.Context], Mapping[str, Help], Mapping[str, str]]:
    """Return a program's commands, and its tables."""
    line, texts = PROGRAMS[name]
    return [*contexts(name, typer.main.get_command(line))], texts.HELP, texts.SHARED


def words_of(context: typer.Context) -> str:
    """Return what is written after the program's name."""
    return context.command_path.partition(" ")[2]


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_command_and_parameter_is_told_and_no_other(name: str) -> None:
    """The table has each command and each of its parameters, and nothing that is gone."""
    commands, table, shared = told(name)
    named = {words_of(each): {str(one.name) for one in each.command.get_params(each)} for each in commands}
    assert list(named) == list(dict.fromkeys(named)), "each command once"
    assert {*named} == {*table}
    unsaid = {each: names - {*table[each].parameters, *shared, *OF_EVERY_PROGRAM} for each, names in named.items()}
    assert not {each: names for each, names in unsaid.items() if names}
    gone = {each: {*table[each].parameters} - names for each, names in named.items()}
    assert not {each: names for each, names in gone.items() if names}
    unused = {*shared, *OF_EVERY_PROGRAM} - {
        one for each, names in named.items() for one in names - {*table[each].parameters}
    }
    assert not unused


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_page_is_wider_than_the_terminal_and_nothing_is_lost(name: str) -> None:
    """At 80 columns, a Chinese character in two of them, every text is whole."""
    commands, table, shared = told(name)
    for context in commands:
        page = help_page(context, table, shared)
        assert [line for line in page.split("\n") if cell_len(line) > COLUMNS] == []
        solid = re.sub(r"\s", "", page)
        for text in (table[words_of(context)].text, *table[words_of(context)].parameters.values()):
            assert re.sub(r"\s", "", text) in solid
        assert not re.search(r"Usage|Options|Arguments|Commands|required|default:|env var|<(str|int|path)", page)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Return a shell in an empty folder."""
    return Shell(tmp_path_factory.mktemp("chinese"))


NAMES = {
    "python", "m", "ledger", "cli", "record", "files", "receipts", "unsafe", "clock", "from", "file", "home", "lang",
    "json", "h", "help", "JSON", "Lines", "COSE", "PACKLEDGER_HOME", "en", "zh",
}  # fmt: skip


def test_the_help_of_record_is_chinese(shell: Shell) -> None:
    """It has no Latin word but names, codes and commands."""
    page = shell.good("record", "--help", "--lang", "zh")
    assert page.startswith("用法：python -m ledger.cli record [选项] {files}...\n\n  记录上传文件：")
    assert "\n参数：\n  files... <文字>" in page
    assert "[必填]" in page
    assert "[环境变量：" in page
    assert {*re.findall(r"[A-Za-z_]+", page)} <= NAMES


@pytest.mark.parametrize(
    ("line", "environment", "begins"),
    [
        ("record --help --lang zh", {}, "用法："),
        ("record --lang=zh -h", {}, "用法："),
        ("--help --lang zh", {}, "用法："),
        ("case --help --lang zh", {}, "用法："),
        ("record --help", {"PACKLEDGER_LANGUAGE": "zh"}, "用法："),
        ("record --help", {"LANG": "zh_CN.UTF-8"}, "用法："),
        ("record --help --lang en", {"PACKLEDGER_LANGUAGE": "zh"}, "Usage: "),
        ("record --help --lang fr", {"PACKLEDGER_LANGUAGE": "zh"}, "用法："),
        ("record --help -- --lang zh", {}, "Usage: "),
        ("record --help", {}, "Usage: "),
    ],
)
def test_the_language_of_help(shell: Shell, line: str, environment: dict[str, str], begins: str) -> None:
    """It is the line's, wherever --lang stands before a --; else the environment's."""
    done = shell.run(*line.split(), **environment)
    assert (done.returncode, done.stdout[: len(begins)]) == (0, begins), done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("trace", "缺少参数 code。请补上；用法见 --help。"),
        ("init", "缺少选项 --origin。请补上；用法见 --help。"),
        ("trace x --nothing", "没有选项 --nothing。请更正或去掉；用法见 --help。"),
        ("trace x --hom y", "没有选项 --hom。是否要用：--home？"),
        ("--home x verify", "选项 --home 要写在命令之后：python -m ledger.cli 命令 --home"),
        ("rules --home x list", "选项 --home 要写在命令之后：python -m ledger.cli rules 命令 --home"),
        ("nothing", "没有命令 nothing。请更正；用法见 --help。"),
        ("recrod", "没有命令 recrod。是否要用：record？"),
        ("case opn", "没有命令 opn。是否要用：open？"),
        ("trace x --pedigree", "选项 --pedigree 后面缺少值。请补上；用法见 --help。"),
        ("verify --index=3", "选项 --index 不带值。请去掉等号及其后的值。"),
        ("trace x y z", "多出参数：y z。请去掉；值中含空格时请加引号。"),
        ("case show x", "number 的值应为整数。请更正。"),
        ("cosign --interval x", "--interval 的值应为数字。请更正。"),
        ("verify --processes -1", "--processes 的值应不小于 0。请更正。"),
        ("serve --workers 257", "--workers 的值应不大于 256。请更正。"),
        ("case close 1 --result no --key k", "--result 或 --cause 的取值有误。可用的值见 --help。"),
    ],
)
def test_a_wrong_call_is_told_in_chinese(shell: Shell, line: str, said: str) -> None:
    """What is wrong, and what to do; nothing of it is English, also to machines."""
    done = shell.run(*line.split(), PACKLEDGER_LANGUAGE="zh")
    assert done.returncode == Exit.USAGE
    assert done.stdout == ""
    assert done.stderr.endswith(f"错误：{said}\n")
    assert not re.search(r"Usage|Error|Try|OPTIONS|COMMAND", done.stderr)
    if not line.endswith("--pedigree"):
        assert f'"detail": "{said}"' in shell.run(*line.split(), "--json", PACKLEDGER_LANGUAGE="zh").stderr


def test_a_choice_that_is_none_is_told_in_chinese(tmp_path: Path) -> None:
    """The station's program tells the same."""
    done = subprocess.run(
        [sys.executable, "-m", "scanner.cli", "labels", "8", "--out", "x.png", "--symbol", "foo", "--lang", "zh"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, env={"PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert done.stderr.endswith("错误：--symbol 不能是 foo。可用的取值：code-128、qr、data-matrix。\n")


def test_english_is_as_typer_says_it(shell: Shell) -> None:
    """A wrong call in English is told byte for byte as before; a program without a command shows its help."""
    assert shell.run("trace").stderr == (
        "Usage: python -m ledger.cli trace [OPTIONS] {code}\n"
        "Try 'python -m ledger.cli trace -h' for help.\n\n"
        "Error: Missing argument 'code'.\n"
    )
    assert shell.run("--nothing", "case").stderr.endswith("Error: No such option: --nothing\n")
    assert shell.run("case").stderr.startswith("Usage: python -m ledger.cli case [OPTIONS] COMMAND [ARGS]...\n\n")
    assert shell.run("case", LANG="zh_CN.UTF-8").stderr.startswith("用法：python -m ledger.cli case [选项] 命令")


@pytest.mark.parametrize("line", ["--home x verify", "--key k case open", "--json"])
def test_an_option_before_its_command_is_told_where_it_stands(shell: Shell, line: str) -> None:
    """Options of a command's own, and those that all have: neither is called unknown."""
    done = shell.run(*line.split())
    name = line.split(maxsplit=1)[0]
    assert done.returncode == Exit.USAGE
    assert f"Option {name} stands after the command: python -m ledger.cli COMMAND {name}" in done.stderr


def test_chinese_help_is_loaded_for_help_only(shell: Shell) -> None:
    """A command that does its work in Chinese does not wait for the texts of the help."""
    code = "import sys; from ledger.cli import main\ntry: main()\nfinally: print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code, "rules", "list", "--lang", "zh"],
        cwd=shell.folder, capture_output=True, encoding="utf-8", check=False, env={"PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    loaded = done.stdout.split("\n")
    assert "ledger.cli.ruling" in loaded
    assert not {"ledger.usage", "ledger.cli.chinese"} & {*loaded}
