"""Everything the template needs, decided: `view_of(program)` makes all choices, the template only lays out text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nl2strat import __version__
from nl2strat.codegen.arrays import Signals, Wanted
from nl2strat.codegen.code import Atom, Call, Code, joined, literal
from nl2strat.codegen.entries import EntryWriter, Method, Policy
from nl2strat.codegen.layout import WIDTH, Block, docstring, plain, string_lines
from nl2strat.codegen.names import Names, class_name
from nl2strat.codegen.position import OPEN_TRADE, Position, Scalars
from nl2strat.codegen.scope import Scope
from nl2strat.errors import UsageError
from nl2strat.language import ast
from nl2strat.language.printer import print_number, print_program


@dataclass(frozen=True)
class InputView:
    """`self.length = 14  # input, 7 to 28 in steps of 7`."""

    name: str
    value: str
    comment: str


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
    timeframe: str
    magic: int
    wake_while_open: bool
    inputs: tuple[InputView, ...]
    signals: tuple[str, ...]
    receive_bars: tuple[str, ...]
    entries: tuple[MethodView, ...]


@dataclass(frozen=True)
class EntryRule:
    """An entry with the name its signal and method share."""

    name: str
    rule: ast.Entry
    condition: Code
    """What makes it true, in `receive_bars`."""

    @property
    def pending(self) -> bool:
        return self.rule.order is not None


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
        timeframe=literal(program.timeframe),
        magic=int(digest[:8], 16) % 900_000 + 100_000,
        wake_while_open=parts.wake_while_open,
        inputs=tuple(_input(item, parts.scope) for item in program.inputs),
        signals=tuple(parts.signal_lines),
        receive_bars=tuple(parts.body.lines),
        entries=tuple(MethodView(m.name, tuple(docstring(m.doc, 8)), m.lines) for m in parts.methods),
    )


class Parts:
    """The code of one program: entry methods first, since they say which values `signals` must have ready."""

    def __init__(self, program: ast.Program) -> None:
        self.program = program
        self.scope = Scope(program)
        windows = [rule for rule in program.rules if isinstance(rule, ast.Trade)]
        self.signals = Signals(self.scope, windows)
        self.policy = Policy(
            close_at=tuple(rule for rule in program.rules if isinstance(rule, ast.CloseAt)),
            reversal=not any(isinstance(rule, ast.NoReversal) for rule in program.rules),
        )
        self.names: set[str] = set()
        self.wake_while_open = False
        self.methods: list[Method] = []
        self.body = Block(8, Names())
        entries = [self._entry(rule) for rule in program.rules if isinstance(rule, ast.Entry)]
        self._exits([rule for rule in program.rules if isinstance(rule, ast.Exit)])
        entries = [self._decided(entry) for entry in entries]
        self._market([entry for entry in entries if not entry.pending])
        self._pending([entry for entry in entries if entry.pending])
        self.signal_lines, used = self.signals.lines(8)
        self.names |= used

    def imports(self) -> tuple[str, ...]:
        names = sorted(self.names, key=lambda name: (not name[0].isupper(), name))
        if not names:
            return ()
        line = f"from mas import {', '.join(names)}"
        return (line,) if len(line) <= WIDTH else ("from mas import (", *(f"    {name}," for name in names), ")")

    # ------------------------------------------------------------------ entries

    def _entry(self, rule: ast.Entry) -> EntryRule:
        """Asks for the rule's signal and writes its method."""
        name = self._rule_name("enter", rule.side)
        method = EntryWriter(rule, name, self.scope, self.signals, self.policy).method()
        self.methods.append(method)
        self.names |= method.imports
        parts = rule.when.conditions if isinstance(rule.when, ast.AllOf) else (rule.when,)
        free = tuple(part for part in parts if self.scope.kind(part) < 2)
        others = [part for part in parts if part not in free]
        self.signals.condition(name, Wanted(free, filtered=True, needs=method.needs))
        condition: list[Code] = [Call("self.signal", (Atom(literal(name)),), name=name)]
        scalars = Scalars(self.scope, self.signals, Position())
        condition += [scalars.condition(part, f"{name}_when")[0] for part in others]
        self.names |= scalars.imports
        return EntryRule(name, rule, joined("and", condition))

    def _decided(self, entry: EntryRule) -> EntryRule:
        """A condition on the position is settled before any order of this tick is sent."""
        if isinstance(entry.condition, Call):
            return entry
        return replace(entry, condition=self.body.moved(replace(entry.condition, name=entry.name)))

    def _rule_name(self, verb: str, side: str) -> str:
        same = sum(1 for key in self.signals.wanted if key.rstrip("_0123456789") == f"{verb}_{side}")
        return f"{verb}_{side}" if same == 0 else f"{verb}_{side}_{same + 1}"

    def _market(self, entries: Sequence[EntryRule]) -> None:
        """One decision for all market entries: conflicts, the position held and the limits are the runtime's part."""
        if not entries:
            return
        longs = [entry for entry in entries if entry.rule.side == "long"]
        shorts = [entry for entry in entries if entry.rule.side == "short"]
        arguments = self._side_arguments(self._any(longs, "long"), self._any(shorts, "short"))
        self.body.statement("side = ", arguments)
        branches = [(side, group) for side, group in (("long", longs), ("short", shorts)) if group]
        for n, (side, group) in enumerate(branches):
            self.body.line(f'{"elif" if n else "if"} side == "{side}":')
            with self.body.indented():
                self._first_of(group)

    def _any(self, entries: Sequence[EntryRule], name: str) -> Code:
        """Whether any of the rules is true; a local variable unless it is a plain signal."""
        if not entries:
            return Atom("False")
        code = joined("or", [entry.condition for entry in entries])
        return code if isinstance(code, (Atom, Call)) else self.body.moved(replace(code, name=name))

    def _side_arguments(self, long: Code, short: Code, *, pending: bool = False) -> Call:
        arguments: list[tuple[str, Code]] = [("long", long), ("short", short)]
        pyramids = [rule.entries for rule in self.program.rules if isinstance(rule, ast.Pyramid)]
        limits = [rule.trades for rule in self.program.rules if isinstance(rule, ast.DailyLimit)]
        if pyramids:
            arguments.append(("pyramid", self.scope.count(pyramids[-1])))
        if limits:
            arguments.append(("trades_per_day", self.scope.count(limits[-1])))
        if not self.policy.reversal:
            arguments.append(("reversal", Atom("False")))
        if pending:
            arguments.append(("pending", Atom("True")))
        values = (Atom("symbol"), *(value for _, value in arguments))
        return Call("self.entry_side", values, tuple(key for key, _ in arguments))

    def _first_of(self, entries: Sequence[EntryRule]) -> None:
        """Each rule that is true acts, as long as there is room for another position."""
        if len(entries) == 1:
            self.body.line(f"self.{entries[0].name}(symbol)")
            return
        self.body.statement("if ", entries[0].condition, ":")
        with self.body.indented():
            self.body.line(f"self.{entries[0].name}(symbol)")
        for entry in entries[1:]:
            self._alone(entry)

    def _alone(self, entry: EntryRule) -> None:
        """Asks for one rule by itself: room for it, and the limits."""
        side = entry.rule.side
        sides = (entry.condition, Atom("False")) if side == "long" else (Atom("False"), entry.condition)
        call = self._side_arguments(*sides, pending=entry.pending)
        if len(f'if {call.text} == "{side}":') <= self.body.room:
            self.body.line(f'if {call.text} == "{side}":')
        else:
            self.body.statement("side = ", call)
            self.body.line(f'if side == "{side}":')
        with self.body.indented():
            self.body.line(f"self.{entry.name}(symbol)")

    def _pending(self, entries: Sequence[EntryRule]) -> None:
        """Waiting orders: each rule places its own; which of them fills is decided by the market."""
        for entry in entries:
            self._alone(entry)

    # -------------------------------------------------------------------- exits

    def _exits(self, rules: Sequence[ast.Exit]) -> None:
        for side in ("long", "short", "all"):
            group = [rule for rule in rules if rule.side == side]
            if group:
                self._exit(side, group)

    def _exit(self, side: str, rules: Sequence[ast.Exit]) -> None:
        scalars = Scalars(self.scope, self.signals, OPEN_TRADE)
        conditions: list[Code] = []
        for rule in rules:
            code, wakes = scalars.condition(rule.when, self._rule_name("exit", side))
            conditions.append(code)
            self.wake_while_open |= wakes
        self.names |= scalars.imports
        self.body.line(f"for trade in self.trades(symbol{'' if side == 'all' else f', {literal(side)}'}):")
        with self.body.indented():
            self.body.statement("if ", joined("or", conditions), ":")
            with self.body.indented():
                self.body.line('self.close_trade(trade, "signal")')


def _headline(title: str) -> str:
    return f"{title}: generated by nl2strat {__version__}; read it before you trust it with money."


def _constant(name: str, text: str) -> list[str]:
    """`NAME = "…"`, over several lines in parentheses when it is long."""
    if len(f"{name} = {literal(text)}") <= WIDTH:
        return [f"{name} = {literal(text)}"]
    return [f"{name} = (", *(f"    {line}" for line in string_lines(text, WIDTH - 4)), ")"]


def _input(item: ast.Input, scope: Scope) -> InputView:
    comment = "input"
    if item.low is not None and item.high is not None:
        comment += f", {print_number(item.low)} to {print_number(item.high)}"
        if item.step is not None:
            comment += f" in steps of {print_number(item.step)}"
    return InputView(scope.attributes[item.name], print_number(item.default), comment)
