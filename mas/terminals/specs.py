"""A symbol's specification as a terminal reports it, and snapshots of many for a file of symbols."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mas.broker_terms import terms_of_info
from mas.symbol_file import CALC_MODES, SWAP_MODES, as_toml
from mas.symbol_table import TERMINAL, SymbolSpec
from mas.symbols import symbol_spec
from mas.terminals.structs import SymbolInfo

if TYPE_CHECKING:
    from mas.terminals.connection import Connection


def spec_of(symbol: str, info: SymbolInfo) -> SymbolSpec:
    """The specification of a symbol as a terminal reports it; what it leaves open is typical.

    The spread is that of the moment, where it says one.
    """
    spec = symbol_spec(symbol, info.digits, info.point or None)
    reported: dict[str, Any] = {
        "contract_size": info.trade_contract_size, "tick_size": info.trade_tick_size, "volume_min": info.volume_min,
        "volume_step": info.volume_step, "volume_max": info.volume_max, "currency_base": info.currency_base,
        "currency_profit": info.currency_profit, "currency_margin": info.currency_margin, "spread": info.spread,
        "stops_level": info.trade_stops_level, "freeze_level": info.trade_freeze_level,
        "description": info.description, "calc_mode": CALC_MODES.get(info.trade_calc_mode),
    }  # fmt: skip
    return replace(
        spec,
        name=symbol,
        source=TERMINAL,
        inferred=False,
        terms=terms_of_info(info),
        swap_mode=SWAP_MODES.get(info.swap_mode, "DISABLED"),
        swap_long=float(info.swap_long),
        swap_short=float(info.swap_short),
        swap_rollover3days=info.swap_rollover3days if 0 <= info.swap_rollover3days <= 6 else spec.swap_rollover3days,
        **{key: value for key, value in reported.items() if value},
    )


def specs_from(connection: Connection, names: Iterable[str]) -> list[SymbolSpec]:
    """What a connected terminal reports of symbols, under the names that were asked for.

    Raises: ParameterError: it has no such symbol. ConnectionLost, Rejected.
    """
    found = []
    for name in names:
        connection.symbol_select(name, True)
        found.append(spec_of(name, connection.symbol_info(name)))
    return found


def snapshot(connection: Connection, specs: Iterable[SymbolSpec], now: datetime | None = None) -> str:
    """A file of symbols with what a terminal has reported, and from whom and when it is."""
    moment = (now or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC")
    account = connection.account_info()
    return as_toml(specs, f"As {account.server} reported them on {moment}.\nSpreads are those of that moment.")
