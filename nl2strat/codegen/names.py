"""Names in generated code: the class, local variables, attributes, the keys of signals.

A name the user chose is kept where it can be; where it would hide something of Python or of the runtime it gets an
underscore. Names made here say what they hold: `atr_14`, `rsi_14_below_30`.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

from nl2strat.language import ast
from nl2strat.language.printer import print_number

LONGEST = 40
"""A made-up name longer than this is replaced by a plain one."""

HELPERS = frozenset({
    "Adds", "Limits", "Lots", "Percent", "R", "above", "at_least", "at_most", "available", "below", "clock",
    "crosses", "crosses_above", "crosses_below", "differ", "equal", "for_bars", "latch", "on_dates", "on_days",
    "ratchet_down", "ratchet_up", "remember", "session", "then_within", "within_bars",
})  # fmt: skip
"""What generated code may import from mas besides the indicators of the registry."""

RUNTIME = frozenset({
    # the documented API
    "MAS", "login", "set_lang", "subscribe_bars", "receive_bars", "unsubscribe_bars", "subscribe_ticks",
    "receive_ticks", "unsubscribe_ticks", "stop_all_subscriptions", "get_bars_from_pos", "subscribe_market_book",
    "get_market_book", "unsubscribe_market_book", "get_start_date", "get_account_info", "get_positions",
    "get_pending_orders", "get_orders_total", "get_order_history", "get_history_orders", "get_history_orders_total",
    "send_order", "modify_order", "cancel_order", "modify_position_sltp", "order_check", "calc_order_margin",
    "calc_order_profit", "receive_order_status", "receive_order_execution", "initialize_mt5", "check_connection",
    "reconnect_mt5", "shutdown_mt5", "get_symbols", "get_symbols_total", "get_version", "switch_account",
    "generate_data_report", "generate_kpi_report", "generate_trade_chart", "on_bar", "on_tick", "on_order_status",
    "on_order_execution", "run",
    # what generated code uses besides it
    "signals", "signal", "value", "ask", "bid", "pip", "point", "round_price", "trades", "close_trade", "entry_side",
    "lots_for_risk", "lots_for_money_risk", "lots_for_share", "split_volume", "manage", "entries_open",
    "entries_today", "result_today", "losses_in_a_row", "wins_in_a_row", "bars_since", "last_trade",
    "lots_for_value", "reduce_trade", "size_factor", "within_volume", "alert", "cancel_orders",
    # what generated code defines
    "symbol", "symbols", "others", "timeframe", "magic", "memory", "toggle", "wake_while_open",
})  # fmt: skip
"""Attributes of a strategy that an input may not replace."""

LOCAL = frozenset({
    "self", "mas", "bars", "symbol", "data", "is_end", "trade", "side", "entry", "stop", "risk", "target", "limit",
    "volume", "order_id", "close_at", "cancel_at", "target_steps", "locks", "limits", "steps", "size_factor", "pip",
    "point", "rest", "trigger", "distance", "allowed", "client", "main", "answer", "super", "l",
})  # fmt: skip
"""Names with a meaning of their own inside the methods (and `l`, which looks like a 1)."""

RULE_NAME = re.compile(r"(enter|exit)_(long|short|all)(_\d+)?")


def class_name(title: str) -> str:
    """The title as a class name: ASCII letters and digits, CamelCase, never something that means something else."""
    words = re.findall(r"[A-Za-z0-9]+", title)
    name = "".join(word[0].upper() + word[1:] for word in words)[:60]
    if name[:1].isdigit():
        name = "Strategy" + name
    taken = (
        keyword.iskeyword(name) or hasattr(builtins, name) or name in {*HELPERS, "MAS", "Series", "Condition", "Bars"}
    )
    return name + "Strategy" if taken else name or "Strategy"


def free(name: str, taken: Iterable[str], suffix: str = "_") -> str:
    """`name`, or the first variation of it that is not taken."""
    used = taken if isinstance(taken, (set, frozenset, dict)) else set(taken)
    if name not in used and not keyword.iskeyword(name):
        return name
    candidate, n = name + suffix, 2
    while candidate in used:
        candidate, n = f"{name}_{n}", n + 1
    return candidate


class Names:
    """The names used so far in one scope."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self.taken = set(reserved) | LOCAL

    def new(self, name: str, suffix: str = "_") -> str:
        """A name that nothing else in the scope has."""
        result = free(name, self.taken, suffix)
        self.taken.add(result)
        return result


def describe(expr: ast.Expr) -> str:
    """A name for what an expression holds, or "" where a name would be too long to help."""
    words = "_".join(_words(expr))
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return name if 0 < len(name) <= LONGEST and not name[0].isdigit() else ""


_COMPARE = {">": "above", "<": "below", ">=": "at_least", "<=": "at_most", "==": "equals", "!=": "not"}
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times", "/": "over"}


def _words(expr: ast.Expr) -> list[str]:
    match expr:
        case ast.Number(value):
            return [print_number(value).replace(".", "_")]
        case ast.Name(name):
            return [name]
        case ast.Quantity(amount, unit):
            return [*_words(amount), "percent" if unit == "%" else unit]
        case ast.Clock(hour, minute):
            return [f"{hour:02d}{minute:02d}"]
        case ast.Price(column):
            return [column]
        case ast.Flag(name) | ast.PositionValue(name) | ast.AccountValue(name) | ast.AccountFlag(name):
            return [name]
        case ast.Call(function, arguments):
            return _call_words(function, [argument for argument in arguments if argument != ast.Price("close")])
        case ast.Past(value, ast.Number(n)) if n == 1:
            return ["previous", *_words(value)]
        case ast.Past(value, bars):
            return [*_words(value), *_words(bars), "ago"]
        case ast.OnTimeframe(value, timeframe):
            return [timeframe, *_words(value)]
        case ast.OfSymbol(value, symbol):
            return [symbol, *_words(value)]
        case ast.InZone(value, zone):
            return [*_words(value), zone.split("/")[-1]]
        case ast.Then(first, bars, second):
            return [*_words(first), "then", "within", *_words(bars), *_words(second)]
        case ast.Latch(begins, ends):
            return ["from", *_words(begins), "until", *_words(ends)]
        case ast.Remember(value, when):
            return [*_words(value), "when", *_words(when)]
        case ast.Ratchet(direction, value, until):
            reset = ["until", *_words(until)] if until is not None else []
            return ["ratchet", direction, *_words(value), *reset]
        case ast.Minus(value):
            return ["minus", *_words(value)]
        case ast.Arithmetic(operator, left, right):
            return [*_words(left), _ARITHMETIC[operator], *_words(right)]
        case ast.Compare(operator, left, right):
            return [*_words(left), _COMPARE[operator], *_words(right)]
        case ast.Cross(direction, left, right):
            return [*_words(left), "crosses", direction, *_words(right)]
        case ast.ForBars(condition, bars):
            return [*_words(condition), "for", *_words(bars)]
        case ast.WithinBars(condition, bars):
            return [*_words(condition), "within", *_words(bars)]
        case ast.Negation(condition):
            return ["not", *_words(condition)]
        case ast.AllOf(conditions):
            return "_and_".join("_".join(_words(c)) for c in conditions).split("_")
        case ast.AnyOf(conditions):
            return "_or_".join("_".join(_words(c)) for c in conditions).split("_")


def _call_words(function: str, arguments: list[ast.Expr]) -> list[str]:
    """`atr_14`, or where an input named after the function is its only argument `atr_line`, `atr_line_2`."""
    words: list[str] = []
    for argument in arguments:
        if isinstance(argument, ast.Name) and argument.id.startswith(f"{function.split('_')[0]}_"):
            number = argument.id.rsplit("_", 1)[-1]
            words += [number] if number.isdigit() else []
        else:
            words += _words(argument)
    own = bool(arguments) and all(word.isdigit() for word in words)
    named = any(isinstance(argument, ast.Name) for argument in arguments)
    return [function, "line", *words] if own and named else [function, *words]
