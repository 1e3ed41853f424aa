"""From a program that parses to one that means something, or all the reasons why it does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import cast

from mas.errors import MasError
from mas.symbols import symbol_spec
from nl2strat.errors import LanguageErrors, Problem
from nl2strat.language import ast
from nl2strat.language.calls import complete_call
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.inference import type_of
from nl2strat.language.intervals import Reasoner
from nl2strat.language.judge import judge
from nl2strat.language.rules import RuleChecker
from nl2strat.language.scope import Scope, Where
from nl2strat.language.types import UNKNOWN
from nl2strat.language.words import reserved_words


@dataclass(frozen=True)
class Checked:
    """A program that means something, with its omitted arguments filled in, and what is odd about it."""

    program: ast.Program
    warnings: tuple[Problem, ...] = ()


def check(program: ast.Program, source: str = "") -> Checked:
    """The completed program and its warnings.

    Args: program: as parsed. source: its text, for the messages.
    Raises: LanguageErrors: with all problems, in the order of the text.
    """
    scope = Scope(timeframe=program.timeframe, pip=_pip(program.symbol))
    reasoner = Reasoner(scope.inputs, {})
    if not program.name.strip():
        scope.refuse("V415", program, "a strategy needs a title", 'write: strategy "What it does"')
    _inputs(program, scope)
    _lets(program, scope, reasoner)
    rules = RuleChecker(program, scope, reasoner)
    for rule in program.rules:
        rules.check(rule)
    _whole(program, scope)
    if scope.problems:
        raise LanguageErrors(_in_order(scope.problems), source)
    return Checked(complete(program), tuple(_in_order(scope.warnings)))


def complete(program: ast.Program) -> ast.Program:
    """The program with every omitted argument at its default: `rsi()` becomes `rsi(14)`; twice is the same as once."""
    return cast(ast.Program, ast.transform(program, _completed))


def _completed(node: ast.Node) -> ast.Node:
    return complete_call(node) if isinstance(node, ast.Call) else node


def _in_order(problems: list[Problem]) -> list[Problem]:
    """By place, each once."""
    return sorted(dict.fromkeys(problems), key=lambda p: (p.line, p.column, p.code))


def _pip(symbol: str | None) -> float | None:
    """The pip of a currency pair; other symbols' prices say too little about what a number may mean."""
    if symbol is None:
        return None
    try:
        spec = symbol_spec(symbol)
    except MasError:
        return None
    return spec.pip if spec.kind == "forex" and not spec.inferred else None


# ----------------------------------------------------------------------- names


def _new_name(node: ast.Input | ast.Let, scope: Scope) -> None:
    if node.name in scope.inputs or node.name in scope.lets:
        scope.refuse("N203", node, f'the name "{node.name}" is taken already')
    elif node.name in FUNCTIONS:
        scope.refuse("N204", node, f'"{node.name}" is a function', f"call it my_{node.name}, or say what it is for")
    elif node.name in reserved_words():
        scope.refuse("N204", node, f'"{node.name}" is a word of the language', "choose another name")


def _inputs(program: ast.Program, scope: Scope) -> None:
    for item in program.inputs:
        _new_name(item, scope)
        scope.inputs.setdefault(item.name, item)
        if item.low is None or item.high is None:
            continue
        if item.low >= item.high:
            scope.refuse("V416", item, "the range must run from a lower to a higher number")
        elif not item.low <= item.default <= item.high:
            scope.refuse("V416", item, f"{item.default:f} is not in the range {item.low:f}..{item.high:f}")
        elif item.step is not None and not 0 < item.step <= item.high - item.low:
            scope.refuse("V416", item, "the step must be above zero and no wider than the range")


def _lets(program: ast.Program, scope: Scope, reasoner: Reasoner) -> None:
    for index, let in enumerate(program.lets):
        scope.later = frozenset(later.name for later in program.lets[index:])
        _new_name(let, scope)
        before = len(scope.problems)
        found = type_of(let.value, scope, Where("in a let"))
        clean = len(scope.problems) == before
        if clean:
            judge(let.value, scope, reasoner)
            reasoner.lets[let.name] = let.value  # only what is sound: a let of itself would never end
        scope.lets.setdefault(let.name, (let, found if clean else UNKNOWN))
    scope.later = frozenset()


# --------------------------------------------------------- the program as a whole


def _whole(program: ast.Program, scope: Scope) -> None:
    """What no single rule shows: nothing to enter, no way out, things that are never used."""
    entries = [rule for rule in program.rules if isinstance(rule, ast.Entry)]
    if not entries:
        hint = "add: enter long when CONDITION ... end"
        scope.refuse("R500", program, "this strategy never enters a trade", hint)
    for entry in entries:
        if not _has_way_out(entry, program):
            scope.warn("W901", entry, f"nothing closes this {entry.side}: no stop, target or exit", "add a stop")
    _opposites(entries, scope)
    sides = {entry.side for entry in entries}
    for rule in program.rules:
        if isinstance(rule, ast.Trade) and rule.start is None and not rule.days:
            scope.refuse("R509", rule, "this allows no time and no day at all", "name a window or days")
        if isinstance(rule, ast.Exit) and entries and rule.side not in (*sides, "all"):
            scope.warn("W902", rule, f"no rule enters {rule.side}, so this exit never acts")
    names: tuple[ast.Input | ast.Let, ...] = (*program.inputs, *program.lets)
    for item in names:
        if item.name not in scope.used:
            scope.warn("W903", item, f'"{item.name}" is not used')
    for rule, count in Counter(rule for rule in program.rules if isinstance(rule, (ast.Entry, ast.Exit))).items():
        if count > 1:
            scope.warn("W904", rule, "this rule stands here twice", "keep one of them")


def _opposites(entries: list[ast.Entry], scope: Scope) -> None:
    """A long and a short at the market on one condition cancel out every time (EXECUTION rule 6)."""
    longs = {entry.when for entry in entries if entry.side == "long" and entry.order is None}
    for entry in entries:
        if entry.side == "short" and entry.order is None and entry.when in longs:
            message = (
                "a long and a short are entered on the same condition, so they cancel out and neither is ever taken"
            )
            scope.refuse("R508", entry, message, "change one of the conditions, or drop one of the sides")


def _has_way_out(entry: ast.Entry, program: ast.Program) -> bool:
    own = (entry.stop, entry.target, entry.trail, entry.close_after, entry.breakeven)
    if any(part is not None for part in own) or entry.takes:
        return True
    reversal = not any(isinstance(rule, ast.NoReversal) for rule in program.rules)
    for rule in program.rules:
        if isinstance(rule, ast.CloseAt) or (isinstance(rule, ast.Exit) and rule.side in (entry.side, "all")):
            return True
        if isinstance(rule, ast.Entry) and rule.side != entry.side and reversal:
            return True
    return False
