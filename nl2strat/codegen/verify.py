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

from nl2strat.codegen.allowed import (
    CLIENT_CALLS,
    COLUMNS,
    CONSTANTS,
    DEEPEST,
    LARGEST,
    METHODS,
    MOST_NODES,
    OPERATORS,
    SELF_CALLS,
    SETTINGS,
    TRADE,
    VIEW_CALLS,
    importable,
    indicators,
)
from nl2strat.codegen.names import RULE_NAME, RUNTIME
from nl2strat.errors import VerifyError


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


def _check_characters(source: str) -> None:
    """No invisible characters (they can make code look like something else), no coding cookie."""
    for number, line in enumerate(source.replace("\r\n", "\n").split("\n"), 1):
        bad = next((c for c in line if c != "\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")), None)
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


def _refuse(node: ast.AST, what: str, advice: str = "") -> VerifyError:
    line = getattr(node, "lineno", 1)
    return VerifyError(f"line {line}: {what} is not allowed in a strategy{'; ' + advice if advice else ''}")


def _named(node: ast.AST) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()


class _File:
    """The top level: docstring, imports, constants, the class, `main`, the guard."""

    def __init__(self, tree: ast.Module) -> None:
        self.body = tree.body
        self.known: set[str] = set()
        self.class_name = ""

    def check(self) -> None:
        body = self.body[1:] if self.body and _is_text(self.body[0]) else self.body
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
                _Body({*self.known, *CONSTANTS}, set(), client=self.class_name).check(node)
            case ast.If() if self.class_name and _is_guard(node):
                pass
            case _:
                raise _refuse(node, f"{_named(node)} at the top level", "a strategy file holds one class and `main`")

    def _define(self, node: ast.AST, name: str) -> None:
        if name in self.known:
            raise _refuse(node, f"defining `{name}` twice")
        self.known.add(name)

    def _import_from(self, node: ast.ImportFrom, allowed: frozenset[str]) -> None:
        for alias in node.names:
            if alias.asname is not None:
                raise _refuse(node, f"importing `{alias.name}` under another name", "import it as it is called")
            if alias.name not in allowed:
                advice = "only indicators and series helpers may be"
                raise _refuse(node, f"importing `{alias.name}` from {node.module}", advice)
            self._define(node, alias.name)

    def _class(self, node: ast.ClassDef) -> None:
        match node:
            case ast.ClassDef(bases=[ast.Name(id="mas")], keywords=[], decorator_list=[]):
                pass
            case _:
                raise _refuse(node, f"class {node.name} as it is declared", "write `class Name(mas):` alone")
        _no_type_params(node)
        if node.name.startswith("_") or node.name in {*self.known, *CONSTANTS, "mas", "super", "print", "main"}:
            raise _refuse(node, f"the class name `{node.name}`")
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
                case ast.Expr() if n == 0 and _is_text(statement):
                    continue
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in SETTINGS and _is_setting(value):
                    pass
                case ast.FunctionDef(name=name) if name in METHODS or name in rules:
                    _signature(statement, METHODS.get(name, ("self", "symbol")))
                    _Body(self.imported, inputs | rules, method=name).check(statement)
                case _:
                    raise _refuse(statement, f"{_named(statement)} in the class", "only its settings and rules may be")
            if name in seen:
                raise _refuse(statement, f"defining `{name}` twice")
            seen.add(name)

    def _inputs(self, body: list[ast.stmt]) -> set[str]:
        """The attributes that __init__ sets; none may hide a part of the runtime."""
        init = next((f for f in body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None)
        found: set[str] = set()
        for node in ast.walk(init) if init else ():
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    if name != "toggle" and (name.startswith("_") or name in RUNTIME or RULE_NAME.fullmatch(name)):
                        raise _refuse(node, f"setting `self.{name}`", "give the input another name")
                    found.add(name)
        return found


class _Body:
    """One function: which names it may use, which attributes, which calls."""

    def __init__(self, names: set[str], attributes: set[str], *, method: str = "", client: str = "") -> None:
        self.imported = names
        self.attributes = attributes
        self.method = method
        self.client = client
        self.locals: set[str] = set()
        self.looping = False

    def check(self, function: ast.FunctionDef) -> None:
        self.locals = {argument.arg for argument in function.args.args}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                self.locals.add(node.id)
        for name in sorted(self.locals):
            if name in self.imported or name in {"mas", "super", "print", self.client} or name.startswith("_"):
                raise _refuse(function, f"the local name `{name}`", "it would hide something; call it otherwise")
        body = function.body[1:] if _is_text(function.body[0]) else function.body
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[target], value=value):
                self._target(target)
                self._expression(value)
            case ast.Expr(value=ast.Call() as call):
                self._expression(call)
            case ast.Return(value=ast.Dict() as value) if self.method == "signals":
                self._expression(value)
            case ast.If(test=test, body=body, orelse=orelse):
                self._expression(test)
                for inner in (*body, *orelse):
                    self._statement(inner)
            case ast.For(target=target, iter=source, body=body, orelse=[]) if self._may_loop(source):
                self._target(target)
                self._expression(source)
                self.looping = True
                for inner in body:
                    self._statement(inner)
                self.looping = False
            case _:
                raise _refuse(node, f"this statement ({_named(node)})", "strategies assign, decide and call")

    def _may_loop(self, source: ast.expr) -> bool:
        """Over the open trades or over rows written out, one loop at a time: loops that end."""
        if self.looping:
            return False
        match source:
            case ast.Tuple():
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr="trades")):
                return True
        return False

    def _target(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name) if name not in ("self", "bars", "data", "symbol", "is_end"):
                return
            case ast.Tuple(elts=elements) if all(isinstance(element, ast.Name) for element in elements):
                for element in elements:
                    self._target(element)
                return
            case ast.Attribute(value=ast.Name(id="self")) if self.method == "__init__":
                return
        raise _refuse(node, f"assigning to `{ast.unparse(node)}`")

    def _expression(self, node: ast.expr) -> None:
        match node:
            case ast.Constant(value=value):
                if not (value is None or isinstance(value, (bool, int, float, str))):
                    raise _refuse(node, f"the constant {value!r}")
            case ast.Name(id=name):
                self._name(node, name)
            case ast.Attribute():
                self._attribute(node)
            case ast.Call():
                self._call(node)
            case ast.Subscript(value=value, slice=index):
                self._subscript(node, value, index)
            case ast.BinOp(left=left, right=right, op=operator):
                self._operator(node, operator)
                for side in (left, right):
                    if isinstance(side, ast.Constant) and isinstance(side.value, str):
                        raise _refuse(node, "arithmetic with text")
                self._all(left, right)
            case ast.UnaryOp(op=operator, operand=operand):
                self._operator(node, operator)
                self._all(operand)
            case ast.BoolOp(values=values):
                self._all(*values)
            case ast.Compare(left=left, ops=operators, comparators=others):
                for comparison in operators:
                    self._operator(node, comparison)
                self._all(left, *others)
            case ast.Dict(keys=keys, values=values):
                if not all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in keys):
                    raise _refuse(node, "a dictionary key that is not plain text")
                self._all(*values)
            case ast.Tuple(elts=elements):
                self._all(*elements)
            case _:
                raise _refuse(node, f"this expression ({_named(node)})")

    def _all(self, *nodes: ast.expr) -> None:
        for node in nodes:
            self._expression(node)

    def _operator(self, node: ast.AST, operator: ast.AST) -> None:
        if not isinstance(operator, OPERATORS):
            raise _refuse(node, f"this operator ({_named(operator)})")

    def _name(self, node: ast.AST, name: str) -> None:
        """A name read as a value: functions are only called, never passed on."""
        constants = CONSTANTS if self.client else set()
        if name == "self" or name not in self.locals | constants:
            raise _refuse(node, f"the name `{name}`", "only local names, inputs and imports from mas may be used")

    def _attribute(self, node: ast.Attribute) -> None:
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if name in self.attributes | {"magic", "toggle"}:
                return
            case ast.Attribute(value=ast.Name(id="client"), attr="symbol" | "symbols" | "timeframe") if self.client:
                return
            case ast.Attribute(value=ast.Name(id="trade"), attr=name) if name in TRADE:
                return
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in self.locals and name in COLUMNS:
                if self.method == "signals":
                    return
        raise _refuse(node, f"`{ast.unparse(node)}`", "only what bars, trades and inputs hold may be read")

    def _subscript(self, node: ast.AST, value: ast.expr, index: ast.expr) -> None:
        match index:
            case ast.Constant(value=bool()):
                raise _refuse(node, "this index")
            case ast.Constant(value=int() | str()) | ast.Name() | ast.Attribute():
                self._all(value, index)
            case _:
                raise _refuse(node, "this index", "bars are counted back with a whole number or an input")

    def _call(self, node: ast.Call) -> None:
        if not self._callable(node.func):
            raise _refuse(
                node, f"calling `{ast.unparse(node.func)[:60]}`", "only indicators and the runtime's methods may be"
            )
        for keyword in node.keywords:
            if keyword.arg is None:
                raise _refuse(node, "passing ** arguments")
            self._expression(keyword.value)
        self._all(*node.args)

    def _callable(self, function: ast.expr) -> bool:
        match function:
            case ast.Name(id=name):
                return name in self.imported - CONSTANTS or (bool(self.client) and name in (self.client, "print"))
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return not self.client and (name in SELF_CALLS or name in self._rules())
            case ast.Attribute(value=ast.Name(id="client"), attr=name) if self.client:
                return name in CLIENT_CALLS
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if name in VIEW_CALLS and owner != "self":
                return self.method == "signals" and owner in self.locals
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[], keywords=[]), attr="__init__"):
                return self.method == "__init__"
        return False

    def _rules(self) -> set[str]:
        """The entry rules, which `receive_bars` calls; they do not call each other."""
        if self.method != "receive_bars":
            return set()
        return {name for name in self.attributes if RULE_NAME.fullmatch(name)}


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


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
        raise _refuse(node, f"{node.name} as it is declared", f"write `def {node.name}({', '.join(names)}):` alone")
    _no_type_params(node)


def _no_type_params(node: ast.AST) -> None:
    if getattr(node, "type_params", None):
        raise _refuse(node, "type parameters")
