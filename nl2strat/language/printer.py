"""The AST as canonical text: minimal parentheses, two blanks of indentation, `parse(print_program(x)) == x`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from nl2strat.language import ast

# How tightly each expression binds, loosest first, as in the grammar's ladder of rules.
OR, AND, NOT, SPAN, COMPARE, SUM, PRODUCT, UNARY, POSTFIX, PRIMARY, SERIES = range(11)

BINDING: dict[type[ast.Node], int] = {
    ast.AnyOf: OR,
    ast.AllOf: AND,
    ast.Negation: NOT,
    ast.ForBars: SPAN,
    ast.WithinBars: SPAN,
    ast.Compare: COMPARE,
    ast.Cross: COMPARE,
    ast.Minus: UNARY,
    ast.OnTimeframe: POSTFIX,
    ast.Number: PRIMARY,
    ast.Quantity: PRIMARY,
    ast.Clock: PRIMARY,
    ast.Flag: PRIMARY,
    ast.PositionValue: PRIMARY,
    ast.Past: PRIMARY,
    ast.Price: SERIES,
    ast.Name: SERIES,
    ast.Call: SERIES,
}


def print_program(program: ast.Program) -> str:
    """The whole program in canonical form, ending with a line end."""
    blocks = [
        [f'strategy "{program.name}"', *_header(program)],
        [_input(item) for item in program.inputs],
        [f"let {item.name} = {print_expr(item.value)}" for item in program.lets],
        *_rule_blocks(program.rules),
    ]
    text = "\n\n".join("\n".join(lines) for lines in blocks if lines)
    return f"{text}\nend strategy\n"


def print_answer(answer: ast.Answer) -> str:
    """An answer that only asks, one question a line."""
    return "".join(f'question "{text}"\n' for text in answer.questions)


def print_rule(rule: ast.Rule) -> str:
    """One rule: a line, or for an entry its block."""
    return "\n".join(_RULES[type(rule)](rule))


def print_expr(expr: ast.Expr) -> str:
    """An expression on one line, with no parentheses but those it needs."""
    return _EXPRESSIONS[type(expr)](expr)


def print_number(value: Decimal) -> str:
    """A number in its shortest spelling, never with an exponent: `0.1`, `1000`."""
    return format(value.normalize() + 0, "f")


def print_clock(clock: ast.Clock) -> str:
    return f"{clock.hour:02d}:{clock.minute:02d}"


# ------------------------------------------------------------------ statements


def _header(program: ast.Program) -> Iterator[str]:
    for text in program.assumptions:
        yield f'assume "{text}"'
    if program.symbol is not None:
        yield f"symbol {program.symbol}"
    if program.timeframe is not None:
        yield f"timeframe {program.timeframe}"
    if program.definitions != "textbook":
        yield f"indicators {program.definitions}"


def _input(item: ast.Input) -> str:
    text = f"input {item.name} = {print_number(item.default)}"
    if item.low is not None and item.high is not None:
        text += f" in {print_number(item.low)}..{print_number(item.high)}"
        if item.step is not None:
            text += f" step {print_number(item.step)}"
    return text


def _rule_blocks(rules: tuple[ast.Rule, ...]) -> Iterator[list[str]]:
    """Every entry is a block of its own; neighbouring exits form one, and so do other neighbouring rules."""
    for kind, group in groupby(rules, lambda rule: {ast.Entry: "entry", ast.Exit: "exit"}.get(type(rule), "other")):
        blocks = [list(_RULES[type(rule)](rule)) for rule in group]
        yield from blocks if kind == "entry" else [[line for block in blocks for line in block]]


def _entry(rule: ast.Entry) -> Iterator[str]:
    yield f"enter {rule.side} when {print_expr(rule.when)}"
    for clause in _clauses(rule):
        yield f"  {clause}"
    yield "end"


def _clauses(rule: ast.Entry) -> Iterator[str]:
    if rule.order is not None:
        limit = f" limit {_sum(rule.order.limit)}" if rule.order.limit is not None else ""
        yield f"place {rule.order.kind} at {_sum(rule.order.price)}{limit}"
    if rule.valid is not None:
        yield f"valid for {print_expr(rule.valid)} bars"
    if rule.stop is not None:
        yield f"stop {_bracket(rule.stop)}"
    if rule.target is not None:
        yield f"target {_bracket(rule.target)}"
    for take in rule.takes:
        word = "at" if isinstance(take.bracket, ast.Level) else "after"
        value = take.bracket.price if isinstance(take.bracket, ast.Level) else take.bracket.distance
        yield f"take {_share(take.share)} {word} {_sum(value)}"
    if rule.trail is not None:
        after = f" after {_sum(rule.trail.after)}" if rule.trail.after is not None else ""
        yield f"trail {_sum(rule.trail.distance)}{after}"
    if rule.breakeven is not None:
        plus = f" plus {_sum(rule.breakeven.plus)}" if rule.breakeven.plus is not None else ""
        yield f"breakeven after {_sum(rule.breakeven.after)}{plus}"
    if rule.size is not None:
        yield _size(rule.size)
    if rule.close_after is not None:
        yield f"close after {print_expr(rule.close_after)} bars"


def _bracket(bracket: ast.Bracket) -> str:
    return f"at {_sum(bracket.price)}" if isinstance(bracket, ast.Level) else _sum(bracket.distance)


def _share(share: ast.Count) -> str:
    return f"{print_expr(share)}%" if isinstance(share, ast.Number) else f"{share.id} percent"


def _size(size: ast.Size) -> str:
    match size:
        case ast.Lots(lots):
            return f"size {print_expr(lots)} lots"
        case ast.Share(percent, base):
            return f"size {_share(percent)} of {base}"
        case ast.Risk(percent, base):
            return f"risk {_share(percent)} of {base}"
        case ast.RiskMoney(amount):
            return f"risk {print_expr(amount)} money"


def _window(rule: ast.Trade) -> str:
    if rule.start is None or rule.end is None:
        return f"trade on {', '.join(rule.days)}"
    return f"trade between {print_clock(rule.start)} and {print_clock(rule.end)}{_zone_and_days(rule)}"


def _zone_and_days(rule: ast.Trade | ast.CloseAt) -> str:
    zone = f' in "{rule.zone}"' if rule.zone is not None else ""
    days = f" on {', '.join(rule.days)}" if rule.days else ""
    return zone + days


_RULES: dict[type[ast.Node], Callable[[Any], Any]] = {
    ast.Entry: _entry,
    ast.Exit: lambda rule: [f"exit {rule.side} when {print_expr(rule.when)}"],
    ast.Trade: lambda rule: [_window(rule)],
    ast.CloseAt: lambda rule: [f"close at {print_clock(rule.clock)}{_zone_and_days(rule)}"],
    ast.DailyLimit: lambda rule: [f"limit {print_expr(rule.trades)} trades per day"],
    ast.Pyramid: lambda rule: [f"pyramid {print_expr(rule.entries)}"],
    ast.NoReversal: lambda rule: ["no reversal"],
}


# ----------------------------------------------------------------- expressions


def _binding(expr: ast.Expr) -> int:
    if isinstance(expr, ast.Arithmetic):
        return SUM if expr.operator in "+-" else PRODUCT
    return BINDING[type(expr)]


def _at_least(binding: int, expr: ast.Expr) -> str:
    """The expression, in parentheses if it binds more loosely than its place needs."""
    text = print_expr(expr)
    return text if _binding(expr) >= binding else f"({text})"


def _sum(expr: ast.Expr) -> str:
    """An expression where the grammar takes a sum: everything looser stands in parentheses."""
    return _at_least(SUM, expr)


def _quantity(expr: ast.Quantity) -> str:
    amount = print_expr(expr.amount)
    if isinstance(expr.amount, ast.Number):
        return f"{amount}{expr.unit}" if expr.unit in ("%", "R") else f"{amount} {expr.unit}"
    return f"{amount} {'percent' if expr.unit == '%' else expr.unit}"


def _arithmetic(expr: ast.Arithmetic) -> str:
    own = _binding(expr)
    return f"{_at_least(own, expr.left)} {expr.operator} {_at_least(own + 1, expr.right)}"


def _infix(expr: ast.Compare | ast.Cross, operator: str) -> str:
    return f"{_at_least(SUM, expr.left)} {operator} {_at_least(SUM, expr.right)}"


_EXPRESSIONS: dict[type[ast.Node], Callable[[Any], str]] = {
    ast.Number: lambda e: print_number(e.value),
    ast.Name: lambda e: str(e.id),
    ast.Quantity: _quantity,
    ast.Clock: print_clock,
    ast.Price: lambda e: str(e.field),
    ast.Flag: lambda e: str(e.name),
    ast.PositionValue: lambda e: str(e.name),
    ast.Call: lambda e: f"{e.function}({', '.join(map(print_expr, e.arguments))})",
    ast.Past: lambda e: f"{_at_least(SERIES, e.value)}[{print_expr(e.bars)}]",
    ast.OnTimeframe: lambda e: f"{_at_least(PRIMARY, e.value)} on {e.timeframe}",
    ast.Minus: lambda e: f"-{_at_least(UNARY, e.value)}",
    ast.Arithmetic: _arithmetic,
    ast.Compare: lambda e: _infix(e, e.operator),
    ast.Cross: lambda e: _infix(e, f"crosses {e.direction}"),
    ast.ForBars: lambda e: f"{_at_least(COMPARE, e.condition)} for {print_expr(e.bars)} bars",
    ast.WithinBars: lambda e: f"{_at_least(COMPARE, e.condition)} within {print_expr(e.bars)} bars",
    ast.Negation: lambda e: f"not {_at_least(NOT, e.condition)}",
    ast.AllOf: lambda e: " and ".join(_at_least(NOT, part) for part in e.conditions),
    ast.AnyOf: lambda e: " or ".join(_at_least(AND, part) for part in e.conditions),
}
