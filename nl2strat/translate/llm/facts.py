"""Numbers as facts that a text and a program can be compared by.

A fact is a kind and a value: `n` a plain number, a unit (`pips`, `points`, `%`, `R`), `clock` minutes after midnight,
`year`, `month`, `day` of a date, `frame` a timeframe, `symbol`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.functions import lookup
from nl2strat.language.printer import print_expr, print_number
from nl2strat.translate.llm.fragments import fragment_of

Fact = tuple[str, object]
UNITS = ("pips", "points", "%", "R")


@dataclass(frozen=True)
class Stated:
    """A number (or timeframe, symbol) of a program: the facts that it is, where it stands, and in what.

    `usual` says why nobody need state it: it is the registry's or the contract's default.
    """

    facts: tuple[Fact, ...]
    text: str
    at: ast.Place
    within: str
    usual: str = ""


def plain(value: Decimal | int) -> Fact:
    """A number without a unit."""
    return ("n", Decimal(value).normalize())


def united(value: Decimal, unit: str) -> Fact:
    """A number with a unit."""
    return (unit, Decimal(value).normalize())


def facts_of(program: ast.Program) -> list[Stated]:
    """Every number of a program as it was written (before defaults are filled in), its timeframes and symbols."""
    found = list(_header(program))
    for item in program.inputs:
        numbers = [n for n in (item.default, item.low, item.high, item.step) if n is not None]
        found += [Stated((plain(abs(n)),), print_number(n), item.at, f"input {item.name}") for n in numbers]
    for let in program.lets:
        found += _nodes(let.value, f"let {let.name}")
    for rule in program.rules:
        found += _rule(rule)
    return found


def _header(program: ast.Program) -> Iterator[Stated]:
    for symbol in (program.symbol, *program.also):
        if symbol is not None:
            yield Stated((("symbol", symbol.upper()),), symbol, program.at, "symbol")
    if program.timeframe is not None:
        yield Stated((("frame", program.timeframe),), program.timeframe, program.at, "timeframe")
    for setting in program.account:
        yield Stated((plain(setting.value),), print_number(setting.value), setting.at, f"account {setting.name}")


def _rule(rule: ast.Node) -> list[Stated]:
    within = fragment_of(rule)
    found: list[Stated] = []
    if isinstance(rule, ast.Dates):
        for day in (rule.first, rule.last):
            if day is not None:
                year, month, date = (int(part) for part in day.split("-"))
                facts: tuple[Fact, ...] = (("year", year), ("month", month), ("day", date))
                found.append(Stated(facts[:1], day, rule.at, within))
    for node in ast.children(rule):
        found += _nodes(node, within)
    return found


def _nodes(node: ast.Node, within: str) -> list[Stated]:
    """The numbers below a node; each knows the call or the statement that it stands in."""
    match node:
        case ast.Number(value):
            return [Stated((plain(value),), print_number(value), node.at, within)]
        case ast.Quantity(ast.Number(value), unit):
            return [Stated((united(value, unit),), print_expr(node), node.at, within)]
        case ast.Clock(hour, minute):
            return [Stated((("clock", hour * 60 + minute),), print_expr(node), node.at, within)]
        case ast.OnTimeframe(value, timeframe):
            inner = print_expr(node)
            return [*_nodes(value, inner), Stated((("frame", timeframe),), timeframe, node.at, inner)]
        case ast.OfSymbol(value, symbol):
            inner = print_expr(node)
            return [*_nodes(value, inner), Stated((("symbol", symbol.upper()),), symbol, node.at, inner)]
        case ast.Call():
            return _call(node)
        case ast.Compare(_, left, right):
            return _threshold(node, left, right, within)
        case ast.Lots(ast.Number(value)) if value == Decimal("0.1"):
            return [Stated((plain(value),), "0.1", node.at, "size 0.1 lots", "the usual size")]
    own = fragment_of(node) or within
    return [fact for child in ast.children(node) for fact in _nodes(child, own)]


def _call(node: ast.Call) -> list[Stated]:
    entry, shown = lookup(node.function), print_expr(node)
    found: list[Stated] = []
    for index, argument in enumerate(node.arguments):
        inner = _nodes(argument, shown)
        parameter = entry.params[index] if entry is not None and index < len(entry.params) else None
        if parameter is not None and isinstance(argument, ast.Number) and parameter.default is not None:
            default = Decimal(str(parameter.default)) if parameter.is_number else None
            if default == argument.value:
                usual = f"the usual {parameter.name} of {node.function}"
                inner = [Stated(item.facts, item.text, item.at, shown, usual) for item in inner]
        found += inner
    return found


THRESHOLDS = {"rsi": (30, 70), "adx": (25,)}
"""What the contract says where a text only says oversold, overbought, trending (EXECUTION rule 20)."""


def _threshold(node: ast.Compare, left: ast.Expr, right: ast.Expr, within: str) -> list[Stated]:
    found = [*_nodes(left, within), *_nodes(right, within)]
    usual = THRESHOLDS.get(left.function, ()) if isinstance(left, ast.Call) else ()
    if isinstance(right, ast.Number) and right.value in usual:
        found[-1] = Stated(found[-1].facts, found[-1].text, right.at, print_expr(node), "the usual level")
    return found
