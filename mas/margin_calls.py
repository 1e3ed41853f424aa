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
from mas.history import day_of
from mas.results import ClosedTrade, MarginUse
from mas.terminals.simulated.market import Market
from mas.terminals.simulated.terms import AccountTerms

log = logging.getLogger("mas")

FloatArray = NDArray[np.float64]
Places = tuple[NDArray[np.intp], NDArray[np.intp]]
"""The closes at which each trade was open, from the first up to but not including the second."""


def say_margin_call(use: MarginUse, terms: AccountTerms) -> None:
    """A line in the log if there was a margin call."""
    if use.called is not None:
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


def margin_curve(market: Market, trades: Sequence[ClosedTrade], places: Places, count: int) -> FloatArray:
    """Margin that a symbol's positions hold back at each close, shape (count,)."""
    rows = _Rows.of(market, trades)
    margins = market.money.margins(rows.lots, rows.entries, rows.sides)
    longs, shorts = (_open(rows.sides == side, places, count) for side in (LONG, SHORT))
    long, short = longs.sum(margins), shorts.sum(margins)
    larger = np.maximum(long, short)
    if market.terms.hedged_use_leg:
        return larger
    long_lots, short_lots = longs.sum(rows.lots), shorts.sum(rows.lots)
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


def least_equity(market: Market, trades: Sequence[ClosedTrade], equity: FloatArray) -> FloatArray:
    """The smallest equity of each bar with what is open at its close, shape (bars,). Args: equity: at each close."""
    entries = [trade.entry_bar + trade.pending for trade in trades]  # what came before such a fill is not known
    places = np.array(entries, dtype=np.intp), np.array([trade.exit_bar for trade in trades], dtype=np.intp)
    at_low, at_high = equity.copy(), equity.copy()
    rows = _Rows.of(market, trades)
    for side in (LONG, SHORT):
        mine = rows.sides == side
        if not mine.any():
            continue
        held, quotes = _open(mine, places, len(equity)), market.closing(side)
        lots, value = held.sum(rows.lots), rows.lots * rows.entries
        for least, prices in ((at_low, quotes.lows), (at_high, quotes.highs)):
            least += _change(market, lots, value, held, side, quotes.closes, prices)
    np.minimum(at_low, at_high, out=at_low)
    return np.minimum(at_low, equity, out=at_low)


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


class _Rows(NamedTuple):
    """Trades as columns, shape (trades,)."""

    sides: NDArray[np.int64]
    lots: FloatArray
    entries: FloatArray
    """Prices."""

    @classmethod
    def of(cls, market: Market, trades: Sequence[ClosedTrade]) -> _Rows:
        sides = np.array([trade.direction for trade in trades], dtype=np.int64)
        lots, entries = ([getattr(trade, name) for trade in trades] for name in ("volume", "entry_price"))
        return cls(sides, np.array(lots, dtype=np.float64), np.array(entries, dtype=np.float64))


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


def _is_money(terms: AccountTerms) -> bool:
    return terms.margin_so_mode == mt5.ACCOUNT_STOPOUT_MODE_MONEY
