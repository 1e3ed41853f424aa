"""How far each position was in profit and in loss while it was open, from bars."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from mas.mt5_statistics import Excursions
from mas.trade_columns import TradeColumns

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.results import ClosedTrade


def excursions(trades: Iterable[ClosedTrade], bars: Bars) -> Excursions:
    """Best and worst floating result of each trade, in order of the exits; account currency, swap in the result only.

    Known from bars: every high and low from the bar of the entry to the bar before the exit, the open of the exit's
    bar, and the fill itself; what the exit's bar did after the fill is not counted. Bid prices for a long, bid plus the
    bar's spread (the specification's where the data has none) for a short. Trades of another symbol are left out.
    """
    columns = TradeColumns.of(trade for trade in trades if trade.symbol == bars.symbol)
    worth = columns.money_per_unit(bars.point, bars.spec.contract_size)
    first = np.clip(np.searchsorted(bars.time, columns.entry_time, side="right") - 1, 0, None)
    last = np.clip(np.searchsorted(bars.time, columns.exit_time, side="right") - 1, 0, None)
    spread = np.full(len(bars), float(bars.spec.spread)) if bars.spread is None else np.nan_to_num(bars.spread)
    ask = spread * bars.point
    high, low, open_ = bars.high.values, bars.low.values, bars.open.values
    best, worst = np.zeros(len(columns)), np.zeros(len(columns))
    for i in range(len(columns)):
        a, b, sign = first[i], last[i], columns.direction[i]
        cost = 0.0 if sign > 0 else 1.0
        prices = [columns.exit_price[i]]
        if b > a:
            prices += [
                float((high[a:b] + cost * ask[a:b]).max()),
                float((low[a:b] + cost * ask[a:b]).min()),
                float(open_[b] + cost * ask[b]),
            ]
        moves = sign * (np.array(prices) - columns.entry_price[i]) * worth[i]
        best[i], worst[i] = max(0.0, float(moves.max())), min(0.0, float(moves.min()))
    return Excursions(columns.profit + columns.swap, best, worst)
