"""The returns behind the KPI report, from trades and bars: sound ones by day, and the documented ones by bar.

Sound: the equity at every bar's close, exits at their fill, costs included; returns from one day's last equity to
the next; a year as long as the data's own calendar says. Documented (mas API reference, section 2.6): one return per
bar, the exit bar counted to its close, no costs, a year of 252 values, whatever a bar lasts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.timeframes import DAY
from mas.trade_columns import TradeColumns

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.results import ClosedTrade

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

YEAR_SECONDS = 365.25 * DAY
DOCUMENTED_PERIODS = 252
"""Values per year of the documented figures; days per year too, which is the flaw of its growth rate."""


@dataclass(frozen=True)
class ReturnSeries:
    """Returns of an account and the curve that they come from."""

    time: Times
    """Day (sound) or open time of the bar (documented) of each return, shape (n,)."""
    returns: Floats
    """Relative change of the equity, shape (n,); 0 after the account was lost."""
    curve: Floats
    """Equity at every bar's close, before them the deposit; shape (bars + 1,)."""
    curve_time: Times
    """The moments of `curve`."""
    in_market: NDArray[np.bool_]
    """Bars with a position, shape (bars,)."""
    per_year: float
    """Returns per year, for annualising."""
    years: float
    """Length of the record in the years by which growth is scaled."""
    documented: bool


def sound_series(
    trades: Iterable[ClosedTrade], bars: Bars, deposit: float, equity: Floats | None = None
) -> ReturnSeries:
    """Daily returns of the account, costs included.

    Args: trades: closed ones; those of another symbol count at their exit. equity: at every bar's close, where it is
        known (a `Backtest` has it); else it is worked out from the trades and the closes.
    """
    columns = TradeColumns.of(trades)
    if equity is None:
        equity = deposit + np.cumsum(bar_profits(columns, bars))
    curve = _until_lost(np.concatenate(([deposit], equity)))
    day = bars.time // DAY
    last = np.append(np.flatnonzero(np.diff(day)), len(day) - 1).astype(np.int64)
    seconds = float(bars.decision_time[-1] - bars.time[0])
    years = seconds / YEAR_SECONDS
    return ReturnSeries(
        time=day[last] * DAY,
        returns=_changes(np.concatenate((curve[:1], curve[1:][last]))),
        curve=curve,
        curve_time=np.concatenate((bars.time[:1], bars.decision_time)),
        in_market=_in_market(columns, bars),
        per_year=len(last) / years,
        years=years,
        documented=False,
    )


def documented_series(trades: Iterable[ClosedTrade], bars: Bars, deposit: float) -> ReturnSeries:
    """Returns by bar as the documented table has them: exit bar to its close, no costs, 252 a year."""
    columns = TradeColumns.of(trades)
    profits = bar_profits(columns, bars, documented=True)
    returns = _changes(_until_lost(deposit + np.concatenate(([0.0], np.cumsum(profits)))))
    calendar_days = int(bars.time[-1] - bars.time[0]) // DAY
    return ReturnSeries(
        time=bars.time,
        returns=returns,
        curve=np.concatenate(([1.0], np.cumprod(1 + returns))),
        curve_time=np.concatenate((bars.time[:1], bars.time)),
        in_market=returns != 0,
        per_year=float(DOCUMENTED_PERIODS),
        years=calendar_days / DOCUMENTED_PERIODS,
        documented=True,
    )


def bar_profits(trades: TradeColumns, bars: Bars, *, documented: bool = False) -> Floats:
    """Profit made during each bar, account currency, shape (bars,).

    A position gains close minus previous close, on its entry bar close minus fill. Sound: on its exit bar fill minus
    previous close, and its costs. Documented: the exit bar counts up to its close, and nothing costs. A trade that
    these bars do not show (another symbol, an earlier entry) counts whole, at its exit.
    """
    close = bars.close.values
    worth = trades.direction * trades.money_per_unit(bars.point, bars.spec.contract_size)
    entry = _bar_of(trades.entry_time, bars)
    exit_ = np.maximum(_bar_of(trades.exit_time, bars), 0)
    shown = (entry >= 0) & (trades.symbol == bars.symbol)
    profits = np.zeros(len(bars))
    if not documented:
        np.add.at(profits, exit_, trades.commission + trades.swap)
    np.add.at(profits, exit_[~shown], trades.profit[~shown])
    first, last, worth = entry[shown], exit_[shown], worth[shown]
    held = np.zeros(len(bars) + 1)
    np.add.at(held, first + 1, worth)
    np.add.at(held, last + 1, -worth)
    profits += np.cumsum(held)[:-1] * np.diff(close, prepend=close[:1])  # carried from one close to the next
    np.add.at(profits, first, worth * (close[first] - trades.entry_price[shown]))
    if not documented:
        np.add.at(profits, last, worth * (trades.exit_price[shown] - close[last]))
    return profits


def _bar_of(times: Times, bars: Bars) -> NDArray[np.intp]:
    """The bar that holds each moment; -1 before the first."""
    return np.searchsorted(bars.time, times, side="right") - 1


def _in_market(trades: TradeColumns, bars: Bars) -> NDArray[np.bool_]:
    """Bars with a position: from the bar of the entry to the bar before the exit, at least one."""
    entry = np.maximum(_bar_of(trades.entry_time, bars), 0)
    end = np.maximum(_bar_of(trades.exit_time, bars), entry + 1)
    steps = np.zeros(len(bars) + 1, dtype=np.int64)
    np.add.at(steps, entry, 1)
    np.add.at(steps, end, -1)
    return np.cumsum(steps)[:-1] > 0


def _until_lost(equity: Floats) -> Floats:
    """The curve; from where it reaches 0 or less on it stays 0, because nothing can be traded any more."""
    lost = np.flatnonzero(equity <= 0)
    return equity if not len(lost) else np.where(np.arange(len(equity)) < lost[0], equity, 0.0)


def _changes(equity: Floats) -> Floats:
    """Relative changes; 0 from a lost account."""
    before = equity[:-1]
    return np.where(before > 0, np.diff(equity) / np.where(before > 0, before, 1.0), 0.0)
