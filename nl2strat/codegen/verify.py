"""What a strategy file may contain. Whatever is on no list (allowed.py) is refused before it is ever imported.

The check walks the syntax tree: statements and expressions by node type, names and attributes by name. It knows the
shape of what `render` writes, not more: a file that passes can compute with bars, ask the runtime, and send orders.
It cannot import, open, loop without end, or reach anything through attributes.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from nl2strat.codegen.allowed import (
    CONSTANTS,
    DEEPEST,
    LARGEST,
    METHODS,
    MOST_NODES,
    SETTINGS,
    importable,
    indicators,
)
from nl2strat.codegen.bodies import Body, is_text, named, refusal
from nl2strat.codegen.names import RULE_NAME, RUNTIME
from nl2strat.errors import VerifyError


@lru_cache(maxsize=16)  # it is asked when a class is rendered, and again when it is loaded
def verify(source: str) -> None:
    """Passes if the file is a strategy and nothing else.

    Raises: VerifyError: with the line, what was found there, and what to do.
    """
    _File(parse(source)).check()


def parse(source: str) -> ast.Module:
    """The syntax tree of a file that is fit to be looked at: size, characters, nesting.

    Raises: VerifyError.
    """
    if len(source) > LARGEST:
        raise VerifyError(f"the file is too large: {len(source):,} characters, at most {LARGEST:,}")
    _check_characters(source)
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise VerifyError(
            f"line {error.lineno or 1}: this is not Python: {error.msg}; generate the file again"
        ) from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise VerifyError("the file is not Python, or nested too deeply to be read; generate it again") from None
    _check_size(tree)
    return tree


_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of characters that cannot be seen; none of them is printable."""


def _check_characters(source: str) -> None:
    """No invisible characters (they can make code look like something else), no coding cookie."""
    for number, line in enumerate(source.replace("\r\n", "\n").split("\n"), 1):
        unseen = () if line.isprintable() else (c for c in line if c != "\t" and unicodedata.category(c) in _UNSEEN)
        bad = next(iter(unseen), None)
        if bad is not None:
            raise VerifyError(f"line {number}: an invisible character (U+{ord(bad):04X}) is not allowed; remove it")
        if number <= 2 and re.match(r"^[ \t\f]*#.*?coding[:=]", line):
            raise VerifyError(f"line {number}: a coding declaration is not allowed; save the file as UTF-8")


def _check_size(tree: ast.Module) -> None:
    level: list[ast.AST] = [tree]
    total = 0
    for depth in range(DEEPEST + 1):
        total += len(level)
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
        if total > MOST_NODES:
            raise VerifyError(f"the file is too large: more than {MOST_NODES:,} syntax nodes")
        if depth == DEEPEST:
            line = getattr(level[0], "lineno", 1)
            raise VerifyError(f"line {line}: nested deeper than {DEEPEST} levels; give parts names of their own")


class _File:
    """The top level: docstring, imports, constants, the class, `main`, the guard."""

    def __init__(self, tree: ast.Module) -> None:
        self.body = tree.body
        self.known: set[str] = set()
        self.class_name = ""

    def check(self) -> None:
        body = self.body[1:] if self.body and is_text(self.body[0]) else self.body
        if not body or not _is_import_mas(body[0]):
            raise VerifyError("line 1: a strategy starts with `import mas`; generate the file again")
        for statement in body[1:]:
            self._statement(statement)
        if not self.class_name:
            raise VerifyError("there is no strategy class (`class Name(mas)`) in the file; generate it again")

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.ImportFrom(module="mas", level=0) if not self.class_name:
                self._import_from(node, importable())
            case ast.ImportFrom(module="mas.metatrader", level=0) if not self.class_name:
                self._import_from(node, indicators())
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str())) if name in CONSTANTS:
                self._define(node, name)
            case ast.ClassDef() if not self.class_name:
                self._class(node)
            case ast.FunctionDef(name="main") if self.class_name:
                self._define(node, "main")
                _signature(node, ("account", "password", "server", "toggle"))
                Body({*self.known, *CONSTANTS}, set(), client=self.class_name).check(node)
            case ast.If() if self.class_name and _is_guard(node):
                pass
            case _:
                raise refusal(node, f"{named(node)} at the top level", "a strategy file holds one class and `main`")

    def _define(self, node: ast.AST, name: str) -> None:
        if name in self.known:
            raise refusal(node, f"defining `{name}` twice")
        self.known.add(name)

    def _import_from(self, node: ast.ImportFrom, allowed: frozenset[str]) -> None:
        for alias in node.names:
            if alias.asname is not None:
                raise refusal(node, f"importing `{alias.name}` under another name", "import it as it is called")
            if alias.name not in allowed:
                advice = "only indicators and series helpers may be"
                raise refusal(node, f"importing `{alias.name}` from {node.module}", advice)
            self._define(node, alias.name)

    def _class(self, node: ast.ClassDef) -> None:
        match node:
            case ast.ClassDef(bases=[ast.Name(id="mas")], keywords=[], decorator_list=[]):
                pass
            case _:
                raise refusal(node, f"class {node.name} as it is declared", "write `class Name(mas):` alone")
        _no_type_params(node)
        if node.name.startswith("_") or node.name in {*self.known, *CONSTANTS, "mas", "super", "print", "main"}:
            raise refusal(node, f"the class name `{node.name}`")
        self.class_name = node.name
        _Class(node, self.known).check()


class _Class:
    """The class: settings, and methods with known names."""

    def __init__(self, node: ast.ClassDef, imported: Iterable[str]) -> None:
        self.node = node
        self.imported = set(imported) - CONSTANTS

    def check(self) -> None:
        body = self.node.body
        seen: set[str] = set()
        rules = {f.name for f in body if isinstance(f, ast.FunctionDef) and RULE_NAME.fullmatch(f.name)}
        inputs = self._inputs(body)
        for n, statement in enumerate(body):
            match statement:
                case ast.Expr() if n == 0 and is_text(statement):
                    continue
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in SETTINGS and _is_setting(value):
                    pass
                case ast.FunctionDef(name=name) if name in METHODS or name in rules:
                    _signature(statement, METHODS.get(name, ("self", "symbol")))
                    Body(self.imported, inputs | rules, method=name).check(statement)
                case _:
                    raise refusal(statement, f"{named(statement)} in the class", "only its settings and rules may be")
            if name in seen:
                raise refusal(statement, f"defining `{name}` twice")
            seen.add(name)

    def _inputs(self, body: list[ast.stmt]) -> set[str]:
        """The attributes that __init__ sets; none may hide a part of the runtime."""
        init = next((f for f in body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None)
        found: set[str] = set()
        for node in ast.walk(init) if init else ():
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    if name != "toggle" and (name.startswith("_") or name in RUNTIME or RULE_NAME.fullmatch(name)):
                        raise refusal(node, f"setting `self.{name}`", "give the input another name")
                    found.add(name)
        return found


def _is_setting(node: ast.expr) -> bool:
    """A constant, or constants in a tuple."""
    return all(isinstance(value, ast.Constant) for value in (node.elts if isinstance(node, ast.Tuple) else (node,)))


def _is_import_mas(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import) and [(a.name, a.asname) for a in node.names] == [("mas", None)]


def _is_guard(node: ast.If) -> bool:
    """`if __name__ == "__main__": main(account=…, …)` with constants."""
    match node:
        case ast.If(
            test=ast.Compare(
                left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]
            ),
            body=[ast.Expr(value=ast.Call(func=ast.Name(id="main"), args=arguments, keywords=keywords))],
            orelse=[],
        ):
            values = [*arguments, *(keyword.value for keyword in keywords)]
            return all(isinstance(v, ast.Constant) for v in values) and all(k.arg for k in keywords)
    return False


def _signature(node: ast.FunctionDef, names: tuple[str, ...]) -> None:
    """Exactly these arguments, plain; only `toggle` may have a default, and that a constant."""
    a = node.args
    plain = not (node.decorator_list or node.returns or a.posonlyargs or a.kwonlyargs or a.vararg or a.kwarg)
    untyped = all(argument.annotation is None for argument in a.args)
    defaults = all(isinstance(d, ast.Constant) and isinstance(d.value, bool) for d in a.defaults)
    expected = tuple(argument.arg for argument in a.args) == names
    if not (plain and untyped and defaults and expected and len(a.defaults) <= (names[-1] == "toggle")):
        raise refusal(node, f"{node.name} as it is declared", f"write `def {node.name}({', '.join(names)}):` alone")
    _no_type_params(node)


def _no_type_params(node: ast.AST) -> None:
    if getattr(node, "type_params", None):
        raise refusal(node, "type parameters")
