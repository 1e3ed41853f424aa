"""A symbol's specification as the MetaTrader5 module shows it."""

from __future__ import annotations

from mas import constants as mt5
from mas.terminals.simulated.market import Market
from mas.terminals.structs import SymbolInfo


def symbol_info_of(market: Market) -> SymbolInfo:
    """Everything about the symbol but its quote."""
    spec, money = market.spec, market.money
    price = market.bids.close[-1] if len(market) else 1.0
    tick_value = spec.tick_size * spec.contract_size * money.rate(price)
    everything = 15  # all four bits of order validity
    return SymbolInfo(
        select=True, visible=True, digits=spec.digits, spread=round(spec.spread), spread_float=True, point=spec.point,
        trade_calc_mode=getattr(mt5, f"SYMBOL_CALC_MODE_{spec.calc_mode}", 0), trade_mode=mt5.SYMBOL_TRADE_MODE_FULL,
        trade_stops_level=spec.stops_level, trade_freeze_level=spec.freeze_level,
        trade_exemode=mt5.SYMBOL_TRADE_EXECUTION_MARKET, expiration_mode=everything,
        filling_mode=mt5.SYMBOL_FILLING_FOK | mt5.SYMBOL_FILLING_IOC, order_mode=127,
        swap_mode=getattr(mt5, f"SYMBOL_SWAP_MODE_{spec.swap_mode}", 0), swap_rollover3days=spec.swap_rollover3days,
        swap_long=spec.swap_long, swap_short=spec.swap_short, trade_tick_value=tick_value,
        trade_tick_value_profit=tick_value, trade_tick_value_loss=tick_value, trade_tick_size=spec.tick_size,
        trade_contract_size=spec.contract_size, volume_min=spec.volume_min, volume_max=spec.volume_max,
        volume_step=spec.volume_step, margin_hedged=spec.contract_size, currency_base=spec.currency_base,
        currency_profit=spec.currency_profit, currency_margin=spec.currency_margin, description=spec.description,
        name=market.symbol, path=f"{spec.kind}\\{market.symbol}",
    )  # fmt: skip
