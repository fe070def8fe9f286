"""How a command is called, told in Chinese: its help page, and what was wrong with a call.

typer tells both in English alone. Here its own words are replaced, and what commands and parameters mean is
looked up in the program's table; loaded only when something is told in Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

import typer
from rich.cells import cell_len

__all__ = ["OF_EVERY_PROGRAM", "Help", "help_page", "misuse", "reason"]

OF_EVERY_PROGRAM: Final[Mapping[str, str]] = {
    "version": "显示版本并退出。",
    "help": "显示此帮助并退出。",
    "lang": "输出所用语言，en（英文）或 zh（中文）；默认按环境设置。",
    "json": "输出供程序读取的 JSON，而非表格。",
}
"""What parameters mean that both programs have."""

_LEFT_COLUMNS_MAX: Final = 30
_TYPES: Final = {"str": "文字", "path": "路径", "int": "整数", "float": "小数"}
_TYPE: Final = re.compile(r"<(?:list\[)?(str|path|int|float)(?: range)?\]?>", re.IGNORECASE)
_MARKS: Final = (("env var: ", "环境变量："), ("default: ", "默认："), ("required", "必填"), ("; ", "；"))
_PIECES: Final = {"[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]..."}
# What is never parted: a run of Latin letters and signs, with the mark that names it, or one other character.
# No line begins with a closing sign.
_UNIT: Final = re.compile(r" +|[(\[（“]*(?:(?:环境变量：|默认：)?[!-~…]+|必填|.)[)\]，。、；：）”]*")
_CALL: Final = "用法见 --help。"
_REASONS: Final[tuple[tuple[str, str], ...]] = (
    (r"Missing argument '(.+?)'\..*", "缺少参数 {}。请补上；" + _CALL),
    (r"Missing option (.+?)\..*", "缺少选项 {}。请补上；" + _CALL),
    (r"Missing command\.", "缺少命令。请给出一个命令；" + _CALL),
    (r"No such option: (\S+) \(Possible options: (.+)\)", "没有选项 {}。是否要用：{}？"),
    (r"No such option: (.+)", "没有选项 {}。请更正或去掉；" + _CALL),
    (r"Option (\S+) stands after the command: (.+) COMMAND .+", "选项 {0} 要写在命令之后：{1} 命令 {0}"),
    (r"No such command (.+)\. Did you mean (.+)\?", "没有命令 {}。是否要用：{}？"),
    (r"No such command (.+)\.", "没有命令 {}。请更正；" + _CALL),
    (r"Option '(.+)' requires an argument\.", "选项 {} 后面缺少值。请补上；" + _CALL),
    (r"Option '(.+)' does not take a value\.", "选项 {} 不带值。请去掉等号及其后的值。"),
    (r"Got unexpected extra argument\(s\) \((.*)\)", "多出参数：{}。请去掉；值中含空格时请加引号。"),
    (r"Invalid value: see --help for the words that (\S+) and (\S+) take", "{} 或 {} 的取值有误。可用的值见 --help。"),
    (r"Invalid value for (.+?): Input should be a valid integer\b.*", "{} 的值应为整数。请更正。"),
    (r"Invalid value for (.+?): Input should be a valid number\b.*", "{} 的值应为数字。请更正。"),
    (r"Invalid value for (.+?): Input should be a finite number", "{} 的值应为有限的数字。请更正。"),
    (r"Invalid value for (.+?): Input should be greater than or equal to (.+)", "{} 的值应不小于 {}。请更正。"),
    (r"Invalid value for (.+?): Input should be less than or equal to (.+)", "{} 的值应不大于 {}。请更正。"),
    (r"Invalid value for (.+?): Value error, (.+) is not one of (.+)\.", "{} 不能是 {}。可用的取值：{}。"),
    (r"Invalid value for (.+?): (.+)", "{} 的值有误：{}"),
)


class Help:
    """What a command does, and what each of its parameters means.

    Args:
        text: paragraphs with an empty line between them; lines that begin with blanks stay as they are.
        parameters: by the name that the command's function gives them.
    """

    def __init__(self, text: str, /, **parameters: str) -> None:
        self.text = text
        self.parameters = parameters

    @property
    def first(self) -> str:
        """The first sentence, which stands for the command in a list of commands."""
        return self.text.split("\n")[0].partition("。")[0] + "。"


def _usage(context: typer.Context) -> str:
    """Return how the command is called."""
    pieces = [_PIECES.get(piece, piece) for piece in context.command.collect_usage_pieces(context)]
    return " ".join(["用法：" + context.command_path, *pieces])


def help_page(context: typer.Context, table: Mapping[str, Help], shared: Mapping[str, str]) -> str:
    """Return the help of the command that this context is of, as wide as typer's own.

    Args:
        context: of the command.
        table: the program's commands, by their words; the program itself is the empty one.
        shared: meanings of parameters of which a command says nothing, by name.
    """
    width = context.make_formatter().width
    words = context.command_path.removeprefix(context.find_root().command_path).strip()
    told = table[words]
    known = {**OF_EVERY_PROGRAM, **shared, **told.parameters}
    parts = [_usage(context), *("\n".join(_indented(part, width)) for part in told.text.split("\n\n"))]
    rows: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
    for parameter in context.command.get_params(context):
        rows[parameter.param_type_name].append(_row(parameter, known[str(parameter.name)], context))
    commands = [
        (name, table[f"{words} {name}".strip()].first) for name in getattr(context.command, "commands", ())
    ]
    for heading, listed in (("参数", rows["argument"]), ("选项", rows["option"]), ("命令", commands)):
        if listed:
            parts.append("\n".join([f"{heading}：", *_listed(listed, width)]))
    return "\n\n".join(parts)


def _row(parameter: Any, meaning: str, context: typer.Context) -> tuple[str, str]:
    """Return a parameter as it is called, with what it means and its marks."""
    parameter.help = ""
    called, marks = parameter.get_help_record(context)
    for english, chinese in _MARKS:
        marks = marks.replace(english, chinese)
    return _TYPE.sub(lambda found: f"<{_TYPES[found[1].lower()]}>", called), f"{meaning}  {marks.strip()}".strip()


def _indented(paragraph: str, width: int) -> Iterator[str]:
    for line in paragraph.split("\n"):
        margin = "  " + " " * (len(line) - len(line.lstrip()))
        yield from (margin + each for each in _folded(line.lstrip(), width - len(margin)))


def _listed(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    rows = list(rows)
    left = min(max(cell_len(name) for name, _ in rows), _LEFT_COLUMNS_MAX) + 4
    for name, text in rows:
        lines = list(_folded(text, width - left))
        if cell_len(name) + 4 <= left:
            yield "  " + name + " " * (left - 2 - cell_len(name)) + lines.pop(0)
        else:
            yield "  " + name
        yield from (" " * left + line for line in lines)


def _folded(text: str, width: int) -> Iterator[str]:
    """Cut a text into lines; a Chinese character takes two columns."""
    line = ""
    for unit in _UNIT.findall(text):
        if line and cell_len(line + unit.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += unit if line else unit.lstrip()
    yield line.rstrip()


def reason(message: str) -> str:
    """Return in Chinese what typer says is wrong with a call, and what to do; what is not known stays as it is."""
    for pattern, chinese in _REASONS:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            named = (each.replace(" (env var: ", "（环境变量 ").replace("')", "）") for each in found.groups())
            return chinese.format(*(each.replace("', '", "、").replace("'", "") for each in named))
    return message


def misuse(error: typer.BadParameter) -> str:
    """Return what was wrong with a call: how the command is called, where its help is, what to do."""
    context = cast("typer.Context | None", error.ctx)
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
        return message
    wrong = f"错误：{reason(message)}"
    if context is None:
        return wrong
    return f"{_usage(context)}\n查看帮助：{context.command_path} {context.help_option_names[0]}\n\n{wrong}"
