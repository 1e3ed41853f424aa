"""What a function of a strategy file may do: its statements, expressions, names, attributes and calls, by the lists.

Whatever has no case here is refused. `verify` looks at the file around the functions.
"""

from __future__ import annotations

import ast
import re

from nl2strat.codegen.allowed import CLIENT_CALLS, COLUMNS, CONSTANTS, OPERATORS, SELF_CALLS, TRADE, VIEW_CALLS
from nl2strat.codegen.names import RULE_NAME
from nl2strat.errors import VerifyError


def refusal(node: ast.AST, what: str, advice: str = "") -> VerifyError:
    """The error to raise where something is on no list."""
    line = getattr(node, "lineno", 1)
    return VerifyError(f"line {line}: {what} is not allowed in a strategy{'; ' + advice if advice else ''}")


def named(node: ast.AST) -> str:
    """What a node is called in messages: `for`, `list comp`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()


def is_text(node: ast.stmt) -> bool:
    """Whether a statement is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


class Body:
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
                raise refusal(function, f"the local name `{name}`", "it would hide something; call it otherwise")
        body = function.body[1:] if is_text(function.body[0]) else function.body
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
                raise refusal(node, f"this statement ({named(node)})", "strategies assign, decide and call")

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
        raise refusal(node, f"assigning to `{ast.unparse(node)}`")

    def _expression(self, node: ast.expr) -> None:
        match node:
            case ast.Constant(value=value):
                if not (value is None or isinstance(value, (bool, int, float, str))):
                    raise refusal(node, f"the constant {value!r}")
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
                        raise refusal(node, "arithmetic with text")
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
                    raise refusal(node, "a dictionary key that is not plain text")
                self._all(*values)
            case ast.Tuple(elts=elements):
                self._all(*elements)
            case _:
                raise refusal(node, f"this expression ({named(node)})")

    def _all(self, *nodes: ast.expr) -> None:
        for node in nodes:
            self._expression(node)

    def _operator(self, node: ast.AST, operator: ast.AST) -> None:
        if not isinstance(operator, OPERATORS):
            raise refusal(node, f"this operator ({named(operator)})")

    def _name(self, node: ast.AST, name: str) -> None:
        """A name read as a value: functions are only called, never passed on."""
        constants = CONSTANTS if self.client else set()
        if name == "self" or name not in self.locals | constants:
            raise refusal(node, f"the name `{name}`", "only local names, inputs and imports from mas may be used")

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
        raise refusal(node, f"`{ast.unparse(node)}`", "only what bars, trades and inputs hold may be read")

    def _subscript(self, node: ast.AST, value: ast.expr, index: ast.expr) -> None:
        match index:
            case ast.Constant(value=bool()):
                raise refusal(node, "this index")
            case ast.Constant(value=int() | str()) | ast.Name() | ast.Attribute():
                self._all(value, index)
            case _:
                raise refusal(node, "this index", "bars are counted back with a whole number or an input")

    def _call(self, node: ast.Call) -> None:
        if not self._callable(node.func):
            raise refusal(
                node, f"calling `{ast.unparse(node.func)[:60]}`", "only indicators and the runtime's methods may be"
            )
        for keyword in node.keywords:
            if keyword.arg is None:
                raise refusal(node, "passing ** arguments")
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
            case ast.Attribute(value=ast.Name(id="report"), attr="get") if self.client:
                return "report" in self.locals
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
