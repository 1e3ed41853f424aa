"""What both kinds of terminals on paper share."""

from __future__ import annotations

from mas import constants as mt5

ACCOUNT = 1_000_001
"""The number of an account on paper, unless it is given another."""
SERVER = "Paper"

ACCEPTED = (mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_DONE_PARTIAL, mt5.TRADE_RETCODE_PLACED)
NOT_KEPT = (mt5.RES_E_INTERNAL_FAIL_RECEIVE, "IPC recv failed")
"""`last_error` after a request that may not have been written down."""

OF_ACCOUNT = frozenset(
    {
        "account_info", "history_deals_get", "history_deals_total", "history_orders_get", "history_orders_total",
        "order_calc_margin", "order_calc_profit", "order_check", "orders_get", "orders_total", "positions_get",
        "positions_total",
    }
)  # fmt: skip
"""Functions that an account answers."""
OF_MARKET = frozenset(
    {
        "copy_rates_from", "copy_rates_from_pos", "copy_rates_range", "copy_ticks_from", "copy_ticks_range",
        "market_book_add", "market_book_get", "market_book_release", "symbol_info", "symbol_info_tick",
        "symbol_select", "symbols_get", "symbols_total", "terminal_info", "version",
    }
)  # fmt: skip
"""Functions about prices and the terminal itself."""
