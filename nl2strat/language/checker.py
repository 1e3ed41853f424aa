"""From a program that parses to one that means something, or all the reasons why it does not."""

from __future__ import annotations

from typing import cast

from mas.dataclass import dataclass
from nl2strat.errors import LanguageErrors, Problem
from nl2strat.language import ast
from nl2strat.language.calls import complete_call
from nl2strat.language.functions import FUNCTIONS
from nl2strat.language.header import check_header
from nl2strat.language.inference import type_of
from nl2strat.language.intervals import Reasoner
from nl2strat.language.judge import judge
from nl2strat.language.pips import common_pip
from nl2strat.language.reach import check_reach
from nl2strat.language.rules import RuleChecker
from nl2strat.language.scope import Scope, Where
from nl2strat.language.types import UNKNOWN
from nl2strat.language.whole import check_whole
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
    symbols = (program.symbol, *program.also) if program.symbol is not None else ()
    scope = Scope(
        timeframe=program.timeframe,
        symbols=symbols,
        definitions=program.definitions,
        pip=common_pip(symbols),
    )
    reasoner = Reasoner(scope.inputs, {})
    if not program.name.strip():
        scope.refuse("V415", program, "a strategy needs a title", 'write: strategy "What it does"')
    check_header(program, scope)
    _inputs(program, scope)
    _lets(program, scope, reasoner)
    rules = RuleChecker(program, scope, reasoner)
    for rule in program.rules:
        rules.check(rule)
    check_whole(program, scope)
    if not scope.problems:
        check_reach(program, scope, reasoner)
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
        if scope.is_foreign(let.value):
            scope.foreign.add(let.name)
        scope.lets.setdefault(let.name, (let, found if clean else UNKNOWN))
    scope.later = frozenset()
