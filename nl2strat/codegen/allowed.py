"""What a strategy file may contain, by name: imports, constants, methods, attributes, calls. `verify.py` applies it."""

from __future__ import annotations

import ast
from functools import cache

from nl2strat.codegen.names import HELPERS

LARGEST = 400_000
"""Characters in a file."""
DEEPEST = 60
"""Levels of nesting in a statement's tree."""
MOST_NODES = 50_000

CONSTANTS = {"ENGLISH", "PROGRAM", "PROGRAM_SHA256", "BACKTEST_FROM", "BACKTEST_TO"}
"""Text constants at the top of the file."""

SETTINGS = {"symbol", "symbols", "others", "timeframe", "magic", "memory", "wake_while_open"}
"""Class attributes: constants, or tuples of them."""

METHODS = {
    "__init__": ("self", "toggle"),
    "signals": ("self", "bars"),
    "receive_bars": ("self", "symbol", "data", "is_end"),
}
"""Methods and their arguments; entry rules (`enter_long`) take self and symbol."""

COLUMNS = {"open", "high", "low", "close", "volume", "clock", "pip", "point"}
"""What may be read from bars and their views."""

SELF_CALLS = {
    "signal", "value", "ask", "bid", "pip", "point", "round_price", "trades", "close_trade", "entry_side", "send_order",
    "manage", "split_volume", "lots_for_risk", "lots_for_money_risk", "lots_for_share", "entries_open",
    "lots_for_value", "reduce_trade", "size_factor", "within_volume", "alert", "cancel_orders",
    "entries_today", "result_today", "losses_in_a_row", "wins_in_a_row", "bars_since", "last_trade",
}  # fmt: skip
"""Methods of the runtime that a strategy may call on itself."""

CLIENT_CALLS = {"login", "subscribe_bars", "generate_data_report", "generate_kpi_report", "generate_trade_chart"}
"""What `main` may call on the strategy; of the `report` that it gets it may `get` a part."""

TRADE = {"entry", "profit", "bars", "risk", "volume", "side", "order_id", "average_entry"}
"""What may be read from an open trade."""

VIEW_CALLS = {"on", "of", "align", "clock_in"}
"""What `signals` may call on bars and their views."""

OPERATORS = (
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.BitAnd, ast.BitOr, ast.USub, ast.Invert, ast.Not, ast.And, ast.Or,
    ast.Gt, ast.Lt, ast.GtE, ast.LtE, ast.Eq, ast.NotEq,
)  # fmt: skip


@cache
def importable() -> frozenset[str]:
    """Names that may be imported from mas: indicators, and helpers that only compute."""
    return HELPERS | indicators()


@cache
def indicators() -> frozenset[str]:
    """Names that may be imported from mas.metatrader: those of the registry."""
    from nl2strat.language.functions import FUNCTIONS

    return frozenset(FUNCTIONS)
