"""A symbol's specification as the MetaTrader5 module shows it."""

from __future__ import annotations

from mas import constants as mt5
from mas.terminals.simulated.market import Market
from mas.terminals.structs import SymbolInfo

_PLATFORM = {"EXCH_FUTURES_FORTS": 34, "EXCH_OPTIONS": 35}
"""Calculation modes as the platform numbers them; the Python package gives 34 the name of options."""


def _number_of(mode: str) -> int:
    named: int = getattr(mt5, f"SYMBOL_CALC_MODE_{mode}", 0)
    return _PLATFORM.get(mode, named)


def symbol_info_of(market: Market) -> SymbolInfo:
    """Everything about the symbol but its quote."""
    spec, terms, money = market.spec, market.terms, market.money
    price = market.bids.close[-1] if len(market) else 1.0
    tick_value = float(spec.tick_size * money.contract * money.rate(price))
    return SymbolInfo(
        chart_mode=terms.chart_mode, select=True, visible=True, digits=spec.digits, spread=round(spec.spread),
        spread_float=True, point=spec.point,
        ticks_bookdepth=1, trade_calc_mode=_number_of(spec.calc_mode),
        trade_mode=terms.trade_mode, trade_stops_level=spec.stops_level, trade_freeze_level=spec.freeze_level,
        trade_exemode=terms.execution, expiration_mode=terms.expiration_mode, filling_mode=terms.filling_mode,
        order_mode=terms.order_mode, order_gtc_mode=terms.gtc_mode,
        swap_mode=getattr(mt5, f"SYMBOL_SWAP_MODE_{spec.swap_mode}", 0), swap_rollover3days=spec.swap_rollover3days,
        swap_long=float(spec.swap_long), swap_short=float(spec.swap_short), trade_tick_value=tick_value,
        trade_tick_value_profit=tick_value, trade_tick_value_loss=tick_value, trade_tick_size=float(spec.tick_size),
        trade_face_value=float(terms.face_value if "BONDS" in spec.calc_mode else 0.0),
        trade_accrued_interest=float(terms.accrued_interest),
        trade_liquidity_rate=float(terms.liquidity_rate if spec.calc_mode == "SERV_COLLATERAL" else 0.0),
        session_price_settlement=float(terms.settlement_price), trade_contract_size=float(spec.contract_size),
        volume_min=float(spec.volume_min),
        volume_max=float(spec.volume_max), volume_step=float(spec.volume_step), volume_limit=float(terms.volume_limit),
        margin_initial=float(terms.margin_initial), margin_maintenance=float(terms.margin_maintenance),
        margin_hedged=float(spec.contract_size if terms.margin_hedged is None else terms.margin_hedged),
        margin_hedged_use_leg=terms.hedged_use_leg, currency_base=spec.currency_base,
        currency_profit=spec.currency_profit, currency_margin=spec.currency_margin, description=spec.description,
        name=market.symbol, path=f"{spec.kind}\\{market.symbol}",
    )  # fmt: skip
