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


class _Leg(NamedTuple):
    """What is open on one side at each close, shape (closes,)."""

    lots: FloatArray
    margin: FloatArray
    value: FloatArray
    """Sum of lots times entry price."""


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
    long, short = (_leg(rows, places, count, side) for side in (LONG, SHORT))
    larger = np.maximum(long.margin, short.margin)
    if market.terms.hedged_use_leg:
        return larger
    covered = np.minimum(long.lots, short.lots)
    if not (covered > 1e-9).any():  # nothing faces anything else
        return larger
    most = np.maximum(long.lots, short.lots)
    contract, terms = market.spec.contract_size, market.terms
    hedged = contract if terms.margin_hedged is None else terms.margin_hedged
    with np.errstate(all="ignore"):
        mean = (long.margin + short.margin) / (long.lots + short.lots)
        both = larger * (most - covered) / most + covered * mean * hedged / (terms.margin_initial or contract)
    return np.where(covered > 1e-9, both, larger)


def least_equity(market: Market, trades: Sequence[ClosedTrade], equity: FloatArray) -> FloatArray:
    """The smallest equity of each bar with what is open at its close, shape (bars,). Args: equity: at each close."""
    entries = [trade.entry_bar + trade.pending for trade in trades]  # what came before such a fill is not known
    places = np.array(entries, dtype=np.intp), np.array([trade.exit_bar for trade in trades], dtype=np.intp)
    at_low, at_high = equity.copy(), equity.copy()
    rows = _Rows.of(market, trades)
    for side in (LONG, SHORT):
        if not (rows.sides == side).any():
            continue
        leg, quotes = _leg(rows, places, len(equity), side), market.closing(side)
        now = _floating(market, leg, side, quotes.closes)
        at_low += _floating(market, leg, side, quotes.lows) - now
        at_high += _floating(market, leg, side, quotes.highs) - now
    np.minimum(at_low, at_high, out=at_low)
    return np.minimum(at_low, equity, out=at_low)


def _floating(market: Market, leg: _Leg, side: int, prices: FloatArray) -> FloatArray:
    move = side * (leg.lots * prices - leg.value) * market.money.contract
    return move * market.money.rate_curve(market.bars.time, prices)


class _Rows(NamedTuple):
    """Trades as columns, shape (trades,)."""

    sides: NDArray[np.int64]
    lots: FloatArray
    margins: FloatArray
    values: FloatArray

    @classmethod
    def of(cls, market: Market, trades: Sequence[ClosedTrade]) -> _Rows:
        margin, sides = market.money.margin, [trade.direction for trade in trades]
        held = [margin(t.volume, t.entry_price, held=True, side=side) for t, side in zip(trades, sides, strict=True)]
        lots = np.array([trade.volume for trade in trades], dtype=np.float64)
        values = lots * np.array([trade.entry_price for trade in trades], dtype=np.float64)
        return cls(np.array(sides, dtype=np.int64), lots, np.array(held, dtype=np.float64), values)


def _leg(trades: _Rows, places: Places, count: int, side: int) -> _Leg:
    rows = np.flatnonzero(trades.sides == side)
    entries, exits = (np.minimum(place[rows], count) for place in places)
    exits = np.maximum(exits, entries)
    sums = []
    for column in trades[1:]:
        amounts, steps = column[rows], np.zeros(count + 1)
        np.add.at(steps, entries, amounts)
        np.add.at(steps, exits, np.negative(amounts))
        total = np.cumsum(steps, out=steps)[:count]
        total[np.abs(total) < 1e-7] = 0.0
        sums.append(total)
    return _Leg(*sums)


def _is_money(terms: AccountTerms) -> bool:
    return terms.margin_so_mode == mt5.ACCOUNT_STOPOUT_MODE_MONEY
