"""Every code that the source raises has its texts, and every text belongs to a code that is raised."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ledger.texts import PROBLEMS
from tests.house.tree import REPOSITORY, Function, Module, functions, grow, modules, require_none


@dataclass
class Raised:
    """The codes that a tree raises, each with its first place, and the calls whose code cannot be told."""

    codes: dict[str, str] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)


def raised(root: Path) -> Raised:
    """Collect the first argument of every call of an error class, through helpers where need be."""
    result = Raised()
    tree = modules(root)
    classes = _error_classes(tree)
    for module in tree:
        scopes = _scopes(module)
        for call in _calls(module.syntax):
            if _called(call) not in classes and not _is_given_class(call, scopes.get(id(call))):
                continue
            code = _argument(call, 0, "code")
            codes = _possible(code, scopes.get(id(call)), module, depth=4) if code else None
            if codes is None:
                result.untold.append(module.at(call, f"{_called(call)}: write the code out"))
            for each in codes or ():
                result.codes.setdefault(each, module.at(call, each))
    return result


def _error_classes(tree: list[Module]) -> set[str]:
    """Name LedgerError and everything that inherits from it."""
    known = {"LedgerError"}
    classes = [node for module in tree for node in ast.walk(module.syntax) if isinstance(node, ast.ClassDef)]
    while more := {
        node.name for node in classes if {ast.unparse(base).rpartition(".")[2] for base in node.bases} & known
    } - known:
        known |= more
    return known


def _is_given_class(call: ast.Call, scope: Function | None) -> bool:
    """Tell whether the call makes an error of a class that the function was given."""
    given = scope.args.args + scope.args.kwonlyargs if scope else []
    return any(
        each.arg == _called(call) and each.annotation and ast.unparse(each.annotation) == "type[LedgerError]"
        for each in given
    )


def _calls(syntax: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(syntax) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _scopes(module: Module) -> dict[int, Function]:
    """Map each call to the innermost function around it."""
    return {id(call): function for function in functions(module.syntax) for call in _calls(function)}


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return call.args[position] if len(call.args) > position else next(iter(named), None)


def _possible(node: ast.expr, scope: Function | None, module: Module, depth: int) -> set[str] | None:
    """Return the texts that an expression can be, or None when that cannot be told."""
    parts: list[ast.expr] | None = None
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.Attribute(attr="code"):
            return set()  # another error's code, passed on
        case ast.Name(id="code") if scope and _unpacked(scope):
            return set()  # the same, after a journey as a tuple between processes
        case ast.IfExp():
            parts = [node.body, node.orelse]
        case ast.Subscript():
            parts = [node.value]
        case ast.Dict():
            parts = node.values
        case ast.Name(id=name):
            parts = _values_of(name, scope, module)
        case ast.Call() if not isinstance(node.func, ast.Attribute):
            parts = _returned_by(_called(node), module)
            scope = next((each for each in functions(module.syntax) if each.name == _called(node)), None)
    if not parts or depth == 0:
        return None
    found = [_possible(part, scope, module, depth - 1) for part in parts]
    return None if None in found else set().union(*(codes for codes in found if codes is not None))


def _unpacked(scope: Function) -> bool:
    """Tell whether `code` is one of several names that a tuple is taken apart into."""
    targets = (target for node in ast.walk(scope) if isinstance(node, ast.Assign) for target in node.targets)
    return any(isinstance(each, ast.Tuple) and "code" in map(ast.unparse, each.elts) for each in targets)


def _values_of(name: str, scope: Function | None, module: Module) -> list[ast.expr]:
    """Return what a name can stand for: what callers pass for a parameter, else what is assigned to it."""
    parameters = [parameter.arg for parameter in scope.args.args + scope.args.kwonlyargs] if scope else []
    if scope and name in parameters:
        position = parameters.index(name) - (parameters[0] in {"self", "cls"})
        calls = [call for call in _calls(module.syntax) if _called(call) == scope.name]
        return [argument for call in calls if (argument := _argument(call, position, name))]
    values = []
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            values += [node.value] if name in map(ast.unparse, targets) else []
    return values


def _returned_by(name: str, module: Module) -> list[ast.expr]:
    return [
        node.value
        for function in functions(module.syntax) if function.name == name
        for node in ast.walk(function) if isinstance(node, ast.Return) and node.value
    ]  # fmt: skip


def test_every_code_has_its_texts() -> None:
    """No code is raised that the catalogue does not explain."""
    found = raised(REPOSITORY)
    require_none(found.untold)
    require_none([place for code, place in found.codes.items() if code not in PROBLEMS])


def test_every_text_is_needed() -> None:
    """No row of the catalogue explains a code that nothing raises."""
    require_none(sorted(PROBLEMS.keys() - raised(REPOSITORY).codes))


def test_every_problem_is_told_in_both_languages() -> None:
    """Codes are kebab-case; each text is a sentence, in English or in Chinese characters."""
    for code, text in PROBLEMS.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", code), code
        assert all(re.fullmatch(r"[A-Z0-9].*[.]", each) for each in (text.en, text.do_en)), code
        assert all(re.search(r"[\u4e00-\u9fff].*。$", each) for each in (text.zh, text.do_zh)), code


def test_codes_are_found_wherever_they_are_written(tmp_path: Path) -> None:
    """Chosen, passed to a helper, returned by one, from a table, by a subclass: no code hides."""
    source = (
        "class Torn(FormatError): pass\n"
        "TABLE = {1: 'from-table'}\n"
        "def f(n):\n"
        "    raise errors.Misuse('written-out', 'detail')\n"
        "    raise Refusal('chosen-one' if n else 'chosen-two')\n"
        "    raise Torn(code='by-subclass')\n"
        "    raise Torn(TABLE[n])\n"
        "    raise Torn(told_by(n))\n"
        "    raise Torn(error.code)\n"
        "    raise Torn(f'{n}-made-up')\n"
        "def told_by(n):\n"
        "    return 'returned-code'\n"
        "def helper(n, code):\n"
        "    raise Torn(code)\n"
        "helper(1, 'passed-code')\n"
    )
    tree = "class LedgerError(Exception): pass\n" + "".join(
        f"class {name}(LedgerError): pass\n" for name in ("FormatError", "Refusal", "Misuse")
    )
    found = raised(grow(tmp_path, {"ledger/errors.py": tree, "ledger/a.py": source}))
    assert set(found.codes) == {
        "by-subclass", "chosen-one", "chosen-two", "from-table",
        "passed-code", "returned-code", "written-out",
    }  # fmt: skip
    assert found.codes["written-out"] == "ledger/a.py:4: written-out"
    assert found.untold == ["ledger/a.py:10: Torn: write the code out"]
