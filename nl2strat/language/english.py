"""A program in plain English, for a trader to agree or disagree with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nl2strat.language import ast
from nl2strat.language.functions import lookup
from nl2strat.language.printer import print_clock, print_number
from nl2strat.language.sentences import clause_text, counted_lots, entry_sentences, part_of
from nl2strat.language.tuning import inlined
from nl2strat.language.wording import listed, say, say_bars, say_number, say_zone

__all__ = ["explain", "explain_clause", "explain_rule", "say"]

CONDITIONS = (
    *(ast.Compare, ast.Cross, ast.AllOf, ast.AnyOf),
    *(ast.Negation, ast.ForBars, ast.WithinBars, ast.Flag),
    *(ast.AccountFlag, ast.Then, ast.Latch),
)

SETTINGS = {
    "deposit": "a deposit of {} of the account's currency",
    "leverage": "a leverage of 1:{}",
    "commission": "a commission of {} of the account's currency per lot and side",
    "spread": "a spread of {} points",
    "slippage": "a slippage of {} points",
}

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
    """The whole program as paragraphs with a blank line between: what it trades, each entry, the exits, the limits.

    In the sentences stand the numbers; which of them are inputs, by what name and in what range, is said after them.
    """
    paragraphs = [" ".join(_head(program))]
    inputs = program.inputs
    program = inlined(program)
    if program.lets:
        paragraphs.append(" ".join(_let(item) for item in program.lets))
    rules = program.rules
    paragraphs += [explain_rule(rule) for rule in rules if isinstance(rule, ast.Entry)]
    acting = (ast.Exit, ast.Reduce, ast.Alert)
    exits = [explain_rule(rule) for rule in rules if isinstance(rule, acting)]
    times = [rule for rule in rules if isinstance(rule, ast.Trade)]
    dates = [rule for rule in rules if isinstance(rule, ast.Dates)]
    apart = (ast.Entry, ast.Trade, ast.Dates, *acting)
    limits = [explain_rule(rule) for rule in rules if not isinstance(rule, apart)]
    if dates:
        limits.insert(0, f"Enters only on days {listed([_days_between(rule) for rule in dates], 'or')}.")
    if times:
        limits.insert(0, f"Enters only {listed([_window(rule) for rule in times], 'or')}.")
    limits += _policy(program)
    paragraphs += [" ".join(sentences) for sentences in (exits, limits) if sentences]
    if inputs:
        paragraphs.append(f"{'Input' if len(inputs) == 1 else 'Inputs'}: {listed([_input(item) for item in inputs])}.")
    if program.assumptions:
        paragraphs.append("Assumed: " + " ".join(_sentence(text) for text in program.assumptions))
    return "\n\n".join(paragraphs)


def explain_rule(rule: ast.Rule) -> str:
    """One rule in sentences; an entry with all its clauses."""
    return _RULES[type(rule)](rule)


def explain_clause(rule: ast.Entry, clause: str) -> str:
    """One clause of an entry by its field name (`stop`, `target`, `size`, ...), or nothing if it has none."""
    return clause_text(rule, clause)


# -------------------------------------------------------------------- the head


def _head(program: ast.Program) -> Iterator[str]:
    market = listed([program.symbol, *program.also]) if program.symbol else "the symbol of the data"
    bars = f"{program.timeframe} bars" if program.timeframe else "the bars of the data"
    each = ", each by the same rules" if program.also else ""
    yield f"{program.name}: {_verb(program)} {market} on {bars}{each}."
    if program.definitions == "metatrader":
        yield "Indicators are computed as MetaTrader draws them."
    if program.account:
        settings = listed([SETTINGS[setting.name].format(print_number(setting.value)) for setting in program.account])
        yield f"A backtest presumes {settings}."


def _verb(program: ast.Program) -> str:
    return "trades" if any(isinstance(rule, ast.Entry) for rule in program.rules) else "watches"


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
        case ast.Past(value) | ast.OnTimeframe(value) | ast.OfSymbol(value) | ast.InZone(value):
            return _is_condition(value)
        case ast.Call(name):
            function = lookup(name)
            return function is not None and function.result == "bool"
    return isinstance(expr, CONDITIONS)


# -------------------------------------------------------------- the other rules


def _exit(rule: ast.Exit) -> str:
    return f"Closes {_position(rule)} at the next open when {say(rule.when)}."


def _reduce(rule: ast.Reduce) -> str:
    return f"Closes {part_of(rule, _position(rule))} at the next open, once, when {say(rule.when)}."


def _position(rule: ast.Exit | ast.Reduce) -> str:
    where = f" in {rule.symbol}" if rule.symbol is not None else ""
    return f"{'any position' if rule.side == 'all' else f'a {rule.side} position'}{where}"


def _window(rule: ast.Trade) -> str:
    if rule.start is None or rule.end is None:
        return f"on {_days(rule.days)}"
    days = f" on {_days(rule.days)}" if rule.days else ""
    return f"from {print_clock(rule.start)} until before {print_clock(rule.end)} ({say_zone(rule.zone)}){days}"


def _days_between(rule: ast.Dates) -> str:
    if rule.first is None:
        return f"up to {rule.last}"
    return f"from {rule.first} up to {rule.last}" if rule.last is not None else f"from {rule.first} on"


def _at(rule: ast.CloseAt | ast.CancelAt) -> str:
    days = f" on {_days(rule.days)}" if rule.days else ""
    return f"at {print_clock(rule.clock)} ({say_zone(rule.zone)}){days}"


def _cancel_when(rule: ast.CancelWhen) -> str:
    orders = f"all waiting {rule.side} orders" if rule.side is not None else "all waiting orders"
    return f"Deletes {orders} at the next open when {say(rule.when)}."


def _daily_cap(rule: ast.DailyCap) -> str:
    done = "lost" if rule.tally == "loss" else "made"
    amount = f"{say_number(rule.amount)} of the account's currency"
    if rule.percent:
        amount = f"{say_number(rule.amount)}% of the balance at its start"
    return f"Enters no more on a day whose closed trades have {done} {amount}."


def _wait(rule: ast.Wait) -> str:
    event = {"entry": "an entry", "exit": "an exit", "loss": "a loss", "win": "a win", "stop": "a stopped trade"}
    return f"After {event[rule.event]} it enters nothing for {say_bars(rule.bars)}."


def _skip(rule: ast.Skip) -> str:
    one = isinstance(rule.entries, ast.Number) and rule.entries.value == 1
    what = "the next entry is" if one else f"the next {say_number(rule.entries)} entries are"
    return f"After a {rule.result} {what} skipped."


def _days(days: tuple[ast.Day, ...]) -> str:
    return listed([DAYS[day] for day in days])


def _plural(count: ast.Count, noun: str) -> str:
    one = isinstance(count, ast.Number) and count.value == 1
    return f"{say_number(count)} {noun}{'' if one else 's'}"


def _policy(program: ast.Program) -> Iterator[str]:
    """What happens to a signal while a position is open, where no rule says it."""
    kinds = {type(rule) for rule in program.rules}
    sides = {rule.side for rule in program.rules if isinstance(rule, ast.Entry)}
    if not sides:
        yield "Trades nothing."
        return
    if ast.Pyramid not in kinds:
        hedged = ast.Hedging in kinds and len(sides) == 2
        held = "one position each way" if hedged else "one position"
        yield f"Holds {held} at a time{' in each symbol' if _is_spread(program) else ''}."
    if len(sides) == 2 and not kinds & {ast.NoReversal, ast.Hedging, ast.Only}:
        yield "An opposite signal closes the position and opens the other one."


def _is_spread(program: ast.Program) -> bool:
    return bool(program.also) or any(isinstance(rule, ast.Entry) and rule.symbol for rule in program.rules)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


_RULES: dict[type[ast.Node], Callable[[Any], str]] = {
    ast.Entry: entry_sentences,
    ast.Exit: _exit,
    ast.Reduce: _reduce,
    ast.Alert: lambda rule: f'Says "{rule.text}" when {say(rule.when)}.',
    ast.Trade: lambda rule: f"Enters only {_window(rule)}.",
    ast.Dates: lambda rule: f"Enters only on days {_days_between(rule)}.",
    ast.Only: lambda rule: f"Takes {rule.side} entries only.",
    ast.CloseAt: lambda rule: f"Closes everything {_at(rule)}.",
    ast.CancelAt: lambda rule: f"Deletes all waiting orders {_at(rule)}.",
    ast.CancelWhen: _cancel_when,
    ast.DailyLimit: lambda rule: f"Enters at most {_plural(rule.trades, 'trade')} a day.",
    ast.DailyCap: _daily_cap,
    ast.SpreadCap: lambda rule: f"Enters only while the spread is at most {say(rule.distance)}.",
    ast.VolumeCap: lambda rule: f"Holds at most {counted_lots(rule.lots)} of a symbol.",
    ast.Wait: _wait,
    ast.Skip: _skip,
    ast.Pyramid: lambda rule: f"Holds up to {_plural(rule.entries, 'position')} the same way.",
    ast.NoReversal: lambda rule: "An opposite signal is ignored while a position is open.",
    ast.Hedging: lambda rule: "An opposite signal opens a position beside the one that is open.",
    ast.OneCancelsOther: lambda rule: "When a waiting order fills, the other waiting orders of its symbol are deleted.",
}
