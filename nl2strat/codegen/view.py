"""Everything the template needs, decided: `view_of(program)` makes all choices, the template only lays out text."""

from __future__ import annotations

import hashlib

from mas.dataclass import dataclass
from nl2strat import __version__
from nl2strat.codegen.arrays import Signals, Wanted
from nl2strat.codegen.code import Atom, Row, literal
from nl2strat.codegen.entries import EntryWriter, Method
from nl2strat.codegen.handling import EntryRule, Handling, traded
from nl2strat.codegen.hours import Window
from nl2strat.codegen.layout import WIDTH, docstring, plain, string_lines
from nl2strat.codegen.memory import memory_of
from nl2strat.codegen.names import class_name
from nl2strat.codegen.policy import Policy
from nl2strat.codegen.scope import Scope
from nl2strat.errors import UsageError
from nl2strat.language import ast
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.printer import print_number, print_program


@dataclass(frozen=True)
class InputView:
    """`self.length = 14  # input, 7 to 28 in steps of 7`."""

    name: str
    value: str
    comment: str


@dataclass(frozen=True)
class SettingView:
    """`"leverage": 30` in the dictionary of `main`."""

    key: str
    value: str


@dataclass(frozen=True)
class MethodView:
    name: str
    docstring: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """The generated file, part by part; `lines` are complete, with their indentation."""

    docstring: tuple[str, ...]
    imports: tuple[str, ...]
    english: tuple[str, ...]
    program: tuple[str, ...]
    sha256: str
    class_name: str
    explanation: tuple[str, ...]
    symbol: str
    symbols: str
    """A tuple of all that the rules run on; empty if that is one."""
    others: str
    """A tuple of those that are read or traded besides; empty if there are none."""
    timeframe: str
    magic: int
    memory: int | None
    """How many bars its signals depend on; None for all."""
    wake_while_open: bool
    inputs: tuple[InputView, ...]
    signals: tuple[str, ...]
    receive_bars: tuple[str, ...]
    entries: tuple[MethodView, ...]
    account: tuple[SettingView, ...] = ()
    """What a backtest of the file presumes of its account."""


def view_of(program: ast.Program, english: str, explanation: str) -> View:
    """All choices for one program.

    Raises: UsageError: symbol or timeframe are not bound yet. LanguageErrors: it says something Python cannot.
    """
    if program.symbol is None or program.timeframe is None:
        raise UsageError("a strategy needs its symbol and timeframe before it becomes Python; name them in the program")
    text = print_program(program)
    digest = hashlib.sha256(text.encode()).hexdigest()
    parts = Parts(program)
    title = plain(program.name) or "A strategy"
    return View(
        docstring=tuple(docstring(_headline(title), 0)),
        imports=parts.imports(),
        english=tuple(_constant("ENGLISH", english)),
        program=tuple(_constant("PROGRAM", text)),
        sha256=digest,
        class_name=class_name(program.name),
        explanation=tuple(docstring(explanation, 4)),
        symbol=literal(program.symbol),
        symbols=_strings((program.symbol, *program.also) if program.also else ()),
        others=_strings(others(program)),
        timeframe=literal(program.timeframe),
        magic=int(digest[:8], 16) % 900_000 + 100_000,
        memory=memory_of(program),
        wake_while_open=parts.handling.wakes,
        inputs=tuple(_input(item, parts.scope) for item in program.inputs),
        signals=tuple(parts.signal_lines),
        receive_bars=tuple(parts.handling.body.lines),
        entries=tuple(MethodView(m.name, tuple(docstring(m.doc, 8)), m.lines) for m in parts.methods),
        account=tuple(_setting(item) for item in program.account),
    )


class Parts:
    """The code of one program: entry methods first, since they say which values `signals` must have ready."""

    def __init__(self, program: ast.Program) -> None:
        self.scope = Scope(program)
        self.metatrader = program.definitions == "metatrader"
        self.signals = Signals(self.scope, [rule for rule in program.rules if isinstance(rule, Window)])
        self.policy = Policy.of(program)
        self.handling = Handling(self.scope, self.signals, self.policy)
        self.names = self.handling.names
        self.methods: list[Method] = []
        entries = [rule for rule in program.rules if isinstance(rule, ast.Entry) and self.policy.takes(rule.side)]
        self.handling.write(program, [self._entry(rule) for rule in entries])
        self.signal_lines, used = self.signals.lines(8)
        self.names |= used

    def imports(self) -> tuple[str, ...]:
        """Indicators come from mas.metatrader where the program wants MetaTrader's definitions."""
        elsewhere = {name for name in self.names if self.metatrader and name in FUNCTIONS}
        return (*_import("mas", self.names - elsewhere), *_import("mas.metatrader", elsewhere))

    def _entry(self, rule: ast.Entry) -> EntryRule:
        """Asks for the rule's signal and writes its method."""
        name = self.handling.rule_name("enter", rule.side)
        method = EntryWriter(rule, name, self.scope, self.signals, self.policy).method()
        self.methods.append(method)
        self.names |= method.imports
        wanted = Wanted((), filtered=True, needs=method.needs)
        return EntryRule(name, rule, self.handling.condition(rule.when, name, wanted, traded(rule)))


def others(program: ast.Program) -> tuple[str, ...]:
    """The symbols beside those of the header that the program speaks of, in the order of their first mention."""
    speakers = (ast.OfSymbol, ast.Entry, ast.Exit, ast.Reduce)
    named = [node.symbol for node in ast.walk(program) if isinstance(node, speakers) and node.symbol is not None]
    return tuple(dict.fromkeys(name for name in named if name not in (program.symbol, *program.also)))


def _import(module: str, names: set[str]) -> tuple[str, ...]:
    ordered = sorted(names, key=lambda name: (not name[0].isupper(), name))
    if not ordered:
        return ()
    line = f"from {module} import {', '.join(ordered)}"
    return (line,) if len(line) <= WIDTH else (f"from {module} import (", *(f"    {name}," for name in ordered), ")")


def _strings(names: tuple[str, ...]) -> str:
    return Row(tuple(Atom(literal(name)) for name in names)).text if names else ""


def _headline(title: str) -> str:
    return f"{title}: generated by nl2strat {__version__}; read it before you trust it with money."


def _constant(name: str, text: str) -> list[str]:
    """`NAME = "…"`, over several lines in parentheses when it is long."""
    if len(f"{name} = {literal(text)}") <= WIDTH:
        return [f"{name} = {literal(text)}"]
    return [f"{name} = (", *(f"    {line}" for line in string_lines(text, WIDTH - 4)), ")"]


def _setting(item: ast.Setting) -> SettingView:
    return SettingView("capital" if item.name == "deposit" else item.name, print_number(item.value))


def _input(item: ast.Input, scope: Scope) -> InputView:
    comment = "input"
    if item.low is not None and item.high is not None:
        comment += f", {print_number(item.low)} to {print_number(item.high)}"
        if item.step is not None:
            comment += f" in steps of {print_number(item.step)}"
    return InputView(scope.attributes[item.name], print_number(item.default), comment)
