"""How close an account came to its stop-out: the lowest margin level, and when the broker would first have called.

Looked for after the run, at every bar close and at both ends of every bar for what was open through it. With several
symbols, whose extremes are not of one moment, at the closes alone. Margin in a third currency is that of the last rate.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mas import constants as mt5
from mas.bars import Times
from mas.fills import LONG, SHORT
from mas.results import ClosedTrade, MarginUse
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.terms import AccountTerms
from mas.trade_columns import TradeColumns

log = logging.getLogger("mas")

FloatArray = NDArray[np.float64]
Places = tuple[NDArray[np.int64], NDArray[np.int64]]
"""The closes at which each trade was open, from the first up to but not including the second."""


def say_margin_call(use: MarginUse, terms: AccountTerms) -> None:
    """A line in the log if there was a margin call."""
    if use.called is not None:
        from mas.history import day_of

        unit = "" if _is_money(terms) else "%"
        log.warning(
            "margin call on %s: the account fell to the broker's level of %g%s; the lowest margin level was %.1f%%",
            day_of(use.called), terms.margin_so_call, unit, use.lowest,
        )  # fmt: skip


def margin_use(
    terms: AccountTerms, times: Times, margin: FloatArray, least: FloatArray, trades: Sequence[ClosedTrade]
) -> MarginUse:
    """Of a whole run. Args: margin: at each close. least: the smallest equity of each bar. All of shape (bars,)."""
    used = margin > 0.0
    levels = 100.0 * least[used] / margin[used]
    line = terms.margin_so_call if _is_money(terms) else terms.margin_so_call / 100.0 * margin
    called = used & (least < line)
    moments = [int(times[called.argmax()])] if called.any() else []
    ruined = [trade.exit_time for trade in trades if trade.exit_reason == "stop_out"]  # that is beyond the call
    lowest = float(levels.min()) if len(levels) else None
    if ruined and not _is_money(terms):
        lowest = min(terms.margin_so_so, terms.margin_so_so if lowest is None else lowest)
    return MarginUse(lowest, min([*moments, *ruined], default=None))


def margin_curve(market: Market, trades: TradeColumns, places: Places, count: int) -> FloatArray:
    """Margin that a symbol's positions hold back at each close, shape (count,)."""
    lots = trades.volume
    margins = market.money.margins(lots, trades.entry_price, np.where(trades.long, LONG, SHORT))
    alone = _alone(places, count)
    if alone is not None:
        return alone.sum(margins)
    longs, shorts = (_open(side, places, count) for side in (trades.long, ~trades.long))
    long, short = longs.sum(margins), shorts.sum(margins)
    larger = np.maximum(long, short)
    if market.terms.hedged_use_leg:
        return larger
    long_lots, short_lots = longs.sum(lots), shorts.sum(lots)
    covered = np.minimum(long_lots, short_lots)
    if not (covered > 1e-9).any():  # nothing faces anything else
        return larger
    most = np.maximum(long_lots, short_lots)
    contract, terms = market.spec.contract_size, market.terms
    hedged = contract if terms.margin_hedged is None else terms.margin_hedged
    with np.errstate(all="ignore"):
        mean = (long + short) / (long_lots + short_lots)
        both = larger * (most - covered) / most + covered * mean * hedged / (terms.margin_initial or contract)
    return np.where(covered > 1e-9, both, larger)


def least_equity(market: Market, trades: TradeColumns, equity: FloatArray) -> FloatArray:
    """The smallest equity of each bar with what is open at its close, shape (bars,). Args: equity: at each close."""
    places = trades.entry_bar + trades.pending, trades.exit_bar  # what came before a waiting order's fill is not known
    alone = _alone(places, len(equity))
    if alone is not None:
        return _least_of_one(market, trades, alone, equity)
    at_low, at_high = equity.copy(), equity.copy()
    for side, mine in ((LONG, trades.long), (SHORT, ~trades.long)):
        if not mine.any():
            continue
        held, quotes = _open(mine, places, len(equity)), market.closing(side)
        lots, value = held.sum(trades.volume), trades.volume * trades.entry_price
        for least, prices in ((at_low, quotes.lows), (at_high, quotes.highs)):
            least += _change(market, lots, value, held, side, quotes.closes, prices)
    np.minimum(at_low, at_high, out=at_low)
    return np.minimum(at_low, equity, out=at_low)


def _least_of_one(market: Market, trades: TradeColumns, held: _Open, equity: FloatArray) -> FloatArray:
    """The same where never two trades are open at once: a long is worth least at the low, a short at the high."""
    facing = trades.direction * trades.volume
    lots, bids, asks = held.sum(facing), market.bids, market.asks
    long = lots > 0.0
    prices = np.where(long, bids.lows, asks.highs)
    closes = bids.closes if asks.closes is bids.closes else np.where(long, bids.closes, asks.closes)
    least = _change(market, lots, facing * trades.entry_price, held, LONG, closes, prices)
    least += equity
    return np.minimum(least, equity, out=least)


def _change(
    market: Market, lots: FloatArray, value: FloatArray, held: _Open, side: int, closes: FloatArray, prices: FloatArray
) -> FloatArray:
    """What the profit of open lots changes by from the closes to other prices. Args: lots: at each close. value: lots
    times entry price of each trade."""
    money, times = market.money, market.bars.time
    if not money.inverse:  # what they were opened at does not matter
        change = prices - closes
        change *= lots
        change *= side * money.contract
        change *= money.rate_curve(times, prices)
        return change
    opened, each = held.sum(value), side * money.contract

    def profit(at: FloatArray) -> FloatArray:
        return (lots * at - opened) * each * money.rate_curve(times, at)

    return profit(prices) - profit(closes)


class _Open(NamedTuple):
    """Which trades are open when: steps at which one of them begins or ends."""

    rows: NDArray[np.intp]
    """Of each step its trade."""
    signs: FloatArray
    """+1 where it begins, -1 where it ends."""
    lasting: NDArray[np.intp]
    """Closes before the first step, from each step to the next, and after the last."""

    def sum(self, amounts: FloatArray) -> FloatArray:
        """The sum over what is open, at each close. Args: amounts: of every trade, shape (trades,)."""
        sums = np.concatenate(([0.0], np.cumsum(self.signs * amounts[self.rows])))
        sums[np.abs(sums) < 1e-7] = 0.0
        return np.repeat(sums, self.lasting)


def _open(mine: NDArray[np.bool_], places: Places, count: int) -> _Open:
    """Args: mine: which trades are looked at. places: of all trades. count: of closes."""
    rows = np.flatnonzero(mine)
    entries, exits = (np.minimum(place[rows], count) for place in places)
    steps = np.concatenate((entries, np.maximum(exits, entries)))
    order = np.argsort(steps, kind="stable")
    lasting = np.diff(np.concatenate(([0], steps[order], [count])))
    signs = np.concatenate((np.ones(len(rows)), np.full(len(rows), -1.0)))
    return _Open(np.concatenate((rows, rows))[order], signs[order], lasting)


def _alone(places: Places, count: int) -> _Open | None:
    """The steps of all trades, if never two of them are open at once, which most strategies see to; else None."""
    entries = np.minimum(places[0], count)
    exits = np.maximum(np.minimum(places[1], count), entries)
    if (entries[1:] < exits[:-1]).any():
        return None
    return _open(np.ones(len(entries), dtype=bool), places, count)


def _is_money(terms: AccountTerms) -> bool:
    return terms.margin_so_mode == mt5.ACCOUNT_STOPOUT_MODE_MONEY
