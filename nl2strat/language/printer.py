"""The AST as canonical text: minimal parentheses, two blanks of indentation, `parse(print_program(x)) == x`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from nl2strat.language import ast

# How tightly each expression binds, loosest first, as in the grammar's ladder of rules.
STATE, OR, AND, NOT, SPAN, COMPARE, SUM, PRODUCT, UNARY, OF, ON, ZONED, PRIMARY, SERIES = range(14)

BINDING: dict[type[ast.Node], int] = {
    ast.Then: STATE,
    ast.Latch: STATE,
    ast.Remember: STATE,
    ast.Ratchet: STATE,
    ast.AnyOf: OR,
    ast.AllOf: AND,
    ast.Negation: NOT,
    ast.ForBars: SPAN,
    ast.WithinBars: SPAN,
    ast.Compare: COMPARE,
    ast.Cross: COMPARE,
    ast.Minus: UNARY,
    ast.OfSymbol: OF,
    ast.OnTimeframe: ON,
    ast.InZone: ZONED,
    ast.Number: PRIMARY,
    ast.Quantity: PRIMARY,
    ast.Clock: PRIMARY,
    ast.Flag: PRIMARY,
    ast.PositionValue: PRIMARY,
    ast.AccountValue: PRIMARY,
    ast.AccountFlag: PRIMARY,
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
        yield f"symbol {', '.join((program.symbol, *program.also))}"
    if program.timeframe is not None:
        yield f"timeframe {program.timeframe}"
    if program.definitions != "textbook":
        yield f"indicators {program.definitions}"
    for setting in program.account:
        yield f"account {setting.name} {print_number(setting.value)}"


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
    yield f"enter {rule.side}{_in(rule)} when {print_expr(rule.when)}"
    for clause in _clauses(rule):
        yield f"  {clause}"
    yield "end"


def _clauses(rule: ast.Entry) -> Iterator[str]:
    if rule.order is not None:
        limit = f" limit {_sum(rule.order.limit)}" if rule.order.limit is not None else ""
        yield f"place {rule.order.kind} at {_sum(rule.order.price)}{limit}"
    if rule.valid is not None:
        yield f"valid for {print_expr(rule.valid)} bars"
    if rule.valid_until is not None:
        yield f"valid until {print_clock(rule.valid_until.clock)}{_zone(rule.valid_until.zone)}"
    if rule.stop is not None:
        yield f"stop {_bracket(rule.stop)}"
    if rule.target is not None:
        yield f"target {_bracket(rule.target)}"
    for step in rule.target_steps:
        yield f"target {_bracket(step.bracket)} after {print_expr(step.bars)} bars"
    for take in rule.takes:
        word = "at" if isinstance(take.bracket, ast.Level) else "after"
        value = take.bracket.price if isinstance(take.bracket, ast.Level) else take.bracket.distance
        yield f"take {_part(take)} {word} {_sum(value)}"
    if rule.trail is not None:
        yield f"trail {_sum(rule.trail.distance)}{_after(rule.trail.after)}"
    if rule.trail_line is not None:
        yield f"trail at {_sum(rule.trail_line.price)}{_after(rule.trail_line.after)}"
    if rule.breakeven is not None:
        plus = f" plus {_sum(rule.breakeven.plus)}" if rule.breakeven.plus is not None else ""
        yield f"breakeven after {_sum(rule.breakeven.after)}{plus}"
    for lock in rule.locks:
        yield f"lock {_sum(lock.profit)} after {_sum(lock.after)}"
    if rule.add is not None:
        scaled = f" scaled {print_expr(rule.add.factor)}" if rule.add.factor is not None else ""
        yield f"add {print_expr(rule.add.times)} times every {_sum(rule.add.every)} {rule.add.way}{scaled}"
    if rule.size is not None:
        yield _size(rule.size)
    if rule.scale is not None:
        factor, times = print_expr(rule.scale.factor), print_expr(rule.scale.times)
        yield f"scale size by {factor} after {rule.scale.result} at most {times} times"
    if rule.close_after is not None:
        yield f"close after {print_expr(rule.close_after)} bars"


def _after(profit: ast.Expr | None) -> str:
    return f" after {_sum(profit)}" if profit is not None else ""


def _in(rule: ast.Entry | ast.Exit | ast.Reduce) -> str:
    return f" in {rule.symbol}" if rule.symbol is not None else ""


def _zone(zone: str | None) -> str:
    return f' in "{zone}"' if zone is not None else ""


def _part(part: ast.Take | ast.Reduce) -> str:
    return f"{print_expr(part.share)} lots" if part.lots else _share(part.share)


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
        case ast.Money(amount):
            return f"size {print_expr(amount)} money"
        case ast.Risk(percent, base):
            return f"risk {_share(percent)} of {base}"
        case ast.RiskMoney(amount):
            return f"risk {print_expr(amount)} money"


def _window(rule: ast.Trade) -> str:
    if rule.start is None or rule.end is None:
        return f"trade on {', '.join(rule.days)}"
    return f"trade between {print_clock(rule.start)} and {print_clock(rule.end)}{_zone_and_days(rule)}"


def _zone_and_days(rule: ast.Trade | ast.CloseAt | ast.CancelAt) -> str:
    return _zone(rule.zone) + (f" on {', '.join(rule.days)}" if rule.days else "")


def _dates(rule: ast.Dates) -> str:
    first = f" from {rule.first}" if rule.first is not None else ""
    return f"trade{first}" + (f" until {rule.last}" if rule.last is not None else "")


def _reduce(rule: ast.Reduce) -> str:
    return f"reduce {rule.side} by {_part(rule)}{_in(rule)} when {print_expr(rule.when)}"


def _cancel_when(rule: ast.CancelWhen) -> str:
    return f"cancel {f'{rule.side} ' if rule.side else ''}orders when {print_expr(rule.when)}"


def _daily_cap(rule: ast.DailyCap) -> str:
    amount = _share(rule.amount) if rule.percent else f"{print_expr(rule.amount)} money"
    return f"daily {rule.tally} at most {amount}"


def _skip(rule: ast.Skip) -> str:
    one = isinstance(rule.entries, ast.Number) and rule.entries.value == 1
    return f"skip {print_expr(rule.entries)} {'entry' if one else 'entries'} after {rule.result}"


_RULES: dict[type[ast.Node], Callable[[Any], Any]] = {
    ast.Entry: _entry,
    ast.Exit: lambda rule: [f"exit {rule.side}{_in(rule)} when {print_expr(rule.when)}"],
    ast.Reduce: lambda rule: [_reduce(rule)],
    ast.Alert: lambda rule: [f'alert "{rule.text}" when {print_expr(rule.when)}'],
    ast.Trade: lambda rule: [_window(rule)],
    ast.Dates: lambda rule: [_dates(rule)],
    ast.Only: lambda rule: [f"only {rule.side}"],
    ast.CloseAt: lambda rule: [f"close at {print_clock(rule.clock)}{_zone_and_days(rule)}"],
    ast.CancelAt: lambda rule: [f"cancel orders at {print_clock(rule.clock)}{_zone_and_days(rule)}"],
    ast.CancelWhen: lambda rule: [_cancel_when(rule)],
    ast.DailyCap: lambda rule: [_daily_cap(rule)],
    ast.SpreadCap: lambda rule: [f"spread at most {_sum(rule.distance)}"],
    ast.VolumeCap: lambda rule: [f"volume at most {print_expr(rule.lots)} lots"],
    ast.Wait: lambda rule: [f"wait {print_expr(rule.bars)} bars after {rule.event}"],
    ast.Skip: lambda rule: [_skip(rule)],
    ast.Hedging: lambda rule: ["allow hedging"],
    ast.OneCancelsOther: lambda rule: ["one cancels other"],
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


def _then(expr: ast.Then) -> str:
    first = print_expr(expr.first) if isinstance(expr.first, ast.Then) else _at_least(OR, expr.first)
    return f"{first} then within {print_expr(expr.bars)} bars {_at_least(OR, expr.second)}"


def _ratchet(expr: ast.Ratchet) -> str:
    until = f" until {_at_least(OR, expr.until)}" if expr.until is not None else ""
    return f"ratchet {expr.direction} {_sum(expr.value)}{until}"


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
    ast.AccountValue: lambda e: str(e.name),
    ast.AccountFlag: lambda e: str(e.name),
    ast.Call: lambda e: f"{e.function}({', '.join(map(print_expr, e.arguments))})",
    ast.Past: lambda e: f"{_at_least(SERIES, e.value)}[{print_expr(e.bars)}]",
    ast.OnTimeframe: lambda e: f"{_at_least(ZONED, e.value)} on {e.timeframe}",
    ast.OfSymbol: lambda e: f"{_at_least(ON, e.value)} of {e.symbol}",
    ast.InZone: lambda e: f'{_at_least(PRIMARY, e.value)} in "{e.zone}"',
    ast.Then: _then,
    ast.Latch: lambda e: f"latch from {_at_least(OR, e.begins)} until {_at_least(OR, e.ends)}",
    ast.Remember: lambda e: f"remember {_sum(e.value)} when {_at_least(OR, e.when)}",
    ast.Ratchet: _ratchet,
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
