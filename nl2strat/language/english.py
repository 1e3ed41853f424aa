"""A program in plain English, for a trader to agree or disagree with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nl2strat.language import ast
from nl2strat.language.functions import lookup
from nl2strat.language.printer import print_clock, print_number
from nl2strat.language.wording import listed, say, say_bars, say_number

__all__ = ["explain", "explain_clause", "explain_rule", "say"]

CONDITIONS = (
    *(ast.Compare, ast.Cross, ast.AllOf, ast.AnyOf),
    *(ast.Negation, ast.ForBars, ast.WithinBars, ast.Flag),
)

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}


def explain(program: ast.Program) -> str:
    """The whole program as paragraphs with a blank line between: what it trades, each entry, the exits, the limits."""
    paragraphs = [" ".join(_head(program))]
    if program.lets:
        paragraphs.append(" ".join(_let(item) for item in program.lets))
    exits, times, limits = [], [], []
    for rule in program.rules:
        if isinstance(rule, ast.Entry):
            paragraphs.append(explain_rule(rule))
        elif isinstance(rule, ast.Exit):
            exits.append(explain_rule(rule))
        elif isinstance(rule, ast.Trade):
            times.append(rule)
        else:
            limits.append(explain_rule(rule))
    if times:
        limits.insert(0, f"Enters only {listed([_window(rule) for rule in times], 'or')}.")
    limits += _policy(program)
    paragraphs += [" ".join(sentences) for sentences in (exits, limits) if sentences]
    if program.assumptions:
        paragraphs.append("Assumed: " + " ".join(_sentence(text) for text in program.assumptions))
    return "\n\n".join(paragraphs)


def explain_rule(rule: ast.Rule) -> str:
    """One rule in sentences; an entry with all its clauses."""
    return _RULES[type(rule)](rule)


def explain_clause(rule: ast.Entry, clause: str) -> str:
    """One clause of an entry by its field name (`stop`, `target`, `size`, ...), or nothing if it has none."""
    value = getattr(rule, clause)
    return _CLAUSES[clause](value) if value else ""


# -------------------------------------------------------------------- the head


def _head(program: ast.Program) -> Iterator[str]:
    market = program.symbol or "the symbol of the data"
    bars = f"{program.timeframe} bars" if program.timeframe else "the bars of the data"
    yield f"{program.name}: trades {market} on {bars}."
    if program.definitions == "metatrader":
        yield "Indicators are computed as MetaTrader draws them."
    if program.inputs:
        noun = "Input" if len(program.inputs) == 1 else "Inputs"
        yield f"{noun}: {listed([_input(item) for item in program.inputs])}."


def _input(item: ast.Input) -> str:
    text = f"[{item.name}] is {print_number(item.default)}"
    if item.low is not None and item.high is not None:
        step = f" in steps of {print_number(item.step)}" if item.step is not None else ""
        text += f" (from {print_number(item.low)} to {print_number(item.high)}{step})"
    return text


def _let(item: ast.Let) -> str:
    return f"[{item.name}] {'means that' if _is_condition(item.value) else 'is'} {say(item.value)}."


def _is_condition(expr: ast.Expr) -> bool:
    match expr:
        case ast.Past(value) | ast.OnTimeframe(value):
            return _is_condition(value)
        case ast.Call(name):
            function = lookup(name)
            return function is not None and function.result == "bool"
    return isinstance(expr, CONDITIONS)


# ------------------------------------------------------------------ entry rules


def _entry(rule: ast.Entry) -> str:
    action = "Buys" if rule.side == "long" else "Sells short"
    sentences = [f"{action} at the next open when {say(rule.when)}."]
    if rule.order is not None:
        sentences = [_order(rule)]
    for clause in ("stop", "target", "takes", "trail", "breakeven", "close_after"):
        if text := explain_clause(rule, clause):
            sentences.append(text)
    if rule.stop is None and rule.trail is None:
        missing = "no stop loss and no target" if rule.target is None and not rule.takes else "no stop loss"
        sentences.append(f"There is {missing}.")
    sentences.append(explain_clause(rule, "size") or "Trades 0.1 lot, the default.")
    return " ".join(sentences)


def _order(rule: ast.Entry) -> str:
    order = rule.order
    assert order is not None
    side = "buy" if rule.side == "long" else "sell"
    kind = "stop-limit" if order.limit is not None else order.kind
    text = f"Places a {side} {kind} order at {say(order.price)}"
    if order.limit is not None:
        text += f" with its limit at {say(order.limit)}"
    life = f"It is valid for {say_bars(rule.valid)}." if rule.valid is not None else "It waits until it is filled."
    return f"{text} when {say(rule.when)}. {life}"


def _bracket(name: str) -> Callable[[ast.Bracket], str]:
    def words(bracket: ast.Bracket) -> str:
        if isinstance(bracket, ast.Level):
            return f"The {name} is at {say(bracket.price)}."
        text = f"The {name} is {say(bracket.distance)} from the entry price"
        in_r = isinstance(bracket.distance, ast.Quantity) and bracket.distance.unit == "R"
        return f"{text}, R being the distance of the stop." if in_r else f"{text}."

    return words


def _takes(takes: tuple[ast.Take, ...]) -> str:
    return " ".join(_take(take) for take in takes)


def _take(take: ast.Take) -> str:
    share = f"{say_number(take.share)}%"
    if isinstance(take.bracket, ast.Level):
        return f"Closes {share} of the position at {say(take.bracket.price)}."
    return f"Closes {share} of the position at a profit of {say(take.bracket.distance)}."


def _trail(trail: ast.Trail) -> str:
    text = f"The stop trails the best price at a distance of {say(trail.distance)}"
    return f"{text}, once the profit has reached {say(trail.after)}." if trail.after is not None else f"{text}."


def _breakeven(move: ast.Breakeven) -> str:
    plus = f" plus {say(move.plus)}" if move.plus is not None else ""
    return f"The stop moves to the entry price{plus} once the profit has reached {say(move.after)}."


def _size(size: ast.Size) -> str:
    match size:
        case ast.Lots(lots):
            one = isinstance(lots, ast.Number) and lots.value <= 1
            return f"Trades {say_number(lots)} {'lot' if one else 'lots'}."
        case ast.Share(percent, base):
            return f"The position is worth {say_number(percent)}% of the {base}."
        case ast.Money(amount):
            return f"The position is worth {say_number(amount)} of the account's currency."
        case ast.Risk(percent, base):
            return f"Risks {say_number(percent)}% of the {base} to the stop."
        case ast.RiskMoney(amount):
            return f"Risks {say_number(amount)} of the account's currency to the stop."


_CLAUSES: dict[str, Callable[[Any], str]] = {
    "stop": _bracket("stop loss"),
    "target": _bracket("target"),
    "takes": _takes,
    "trail": _trail,
    "breakeven": _breakeven,
    "size": _size,
    "close_after": lambda count: f"Closes after {say_bars(count)}.",
}


# -------------------------------------------------------------- the other rules


def _exit(rule: ast.Exit) -> str:
    what = "any position" if rule.side == "all" else f"a {rule.side} position"
    return f"Closes {what} at the next open when {say(rule.when)}."


def _window(rule: ast.Trade) -> str:
    if rule.start is None or rule.end is None:
        return f"on {_days(rule.days)}"
    days = f" on {_days(rule.days)}" if rule.days else ""
    return f"from {print_clock(rule.start)} until before {print_clock(rule.end)} ({_zone(rule.zone)}){days}"


def _close_at(rule: ast.CloseAt) -> str:
    days = f" on {_days(rule.days)}" if rule.days else ""
    return f"Closes everything at {print_clock(rule.clock)} ({_zone(rule.zone)}){days}."


def _zone(zone: str | None) -> str:
    return "time of the data" if zone is None else f"{zone} time"


def _days(days: tuple[ast.Day, ...]) -> str:
    return listed([DAYS[day] for day in days])


def _plural(count: ast.Count, noun: str) -> str:
    one = isinstance(count, ast.Number) and count.value == 1
    return f"{say_number(count)} {noun}{'' if one else 's'}"


def _policy(program: ast.Program) -> Iterator[str]:
    """What happens to a signal while a position is open, where no rule says it."""
    kinds = {type(rule) for rule in program.rules}
    sides = {rule.side for rule in program.rules if isinstance(rule, ast.Entry)}
    if ast.Pyramid not in kinds:
        yield "Holds one position at a time."
    if len(sides) == 2 and ast.NoReversal not in kinds:
        yield "An opposite signal closes the position and opens the other one."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


_RULES: dict[type[ast.Node], Callable[[Any], str]] = {
    ast.Entry: _entry,
    ast.Exit: _exit,
    ast.Trade: lambda rule: f"Enters only {_window(rule)}.",
    ast.CloseAt: _close_at,
    ast.DailyLimit: lambda rule: f"Enters at most {_plural(rule.trades, 'trade')} a day.",
    ast.Pyramid: lambda rule: f"Holds up to {_plural(rule.entries, 'position')} the same way.",
    ast.NoReversal: lambda rule: "An opposite signal is ignored while a position is open.",
}
