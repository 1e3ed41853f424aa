"""The first part of a run against its last part, in which nobody has looked yet; and the returns of an equity curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.dataclass import dataclass
from mas.metrics import LEAST_DAYS, YEAR_SECONDS
from mas.timeframes import DAY
from nl2strat.research.distributions import t_cdf, t_quantile

if TYPE_CHECKING:
    from mas.results import Backtest
    from mas.trade_columns import TradeColumns

Floats = NDArray[np.float64]

FIRST_PART = 0.7
"""Share of the bars that counts as in-sample."""


@dataclass(frozen=True)
class Difference:
    """Mean result of a trade in two parts of a run, account currency. Welch's t: the parts may vary differently."""

    before: float
    after: float
    trades: tuple[int, int]
    error: float
    """Standard error of `after - before`."""
    freedom: float
    """Degrees of freedom (Welch and Satterthwaite)."""

    @property
    def change(self) -> float:
        """From the first part to the last."""
        return self.after - self.before

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Between what the true change lies with that confidence."""
        reach = t_quantile(0.5 + 0.5 * confidence, self.freedom) * self.error
        return self.change - reach, self.change + reach

    @property
    def p_worse(self) -> float:
        """How probable a change that bad or worse is if the two parts are alike."""
        if self.error <= 0.0:
            return 1.0 if self.change >= 0.0 else 0.0
        return t_cdf(self.change / self.error, self.freedom)


def compared(before: Floats, after: Floats) -> Difference | None:
    """Of the results of trades, shape (n,) each; None if either part has fewer than two."""
    if len(before) < 2 or len(after) < 2:
        return None
    parts = [float(x.var(ddof=1)) / len(x) for x in (before, after)]
    square = sum(parts) ** 2
    weights = parts[0] ** 2 / (len(before) - 1) + parts[1] ** 2 / (len(after) - 1)
    freedom = square / weights if weights > 0.0 else float(len(before) + len(after) - 2)
    means = float(before.mean()), float(after.mean())
    return Difference(*means, (len(before), len(after)), math.sqrt(sum(parts)), freedom)


def split_bar(bars: int) -> int:
    """The first bar of the last part."""
    return int(bars * FIRST_PART)


def parts_of(trades: TradeColumns, bars: int) -> tuple[Floats, Floats]:
    """Net results of the trades that were entered before and from `split_bar` on."""
    late = trades.entry_bar >= split_bar(bars)
    return trades.net[~late], trades.net[late]


def daily_returns(backtest: Backtest) -> tuple[Floats, float] | None:
    """Relative changes of the equity from day to day, and how many of them make a year: what `mas.metrics` takes the
    Sharpe ratio from. None for less than `LEAST_DAYS`, or a lost account."""
    times = backtest.bars.time
    if not len(backtest.equity):
        return None
    span = float(backtest.bars.decision_time[-1] - times[0])
    day = times // DAY
    last = np.append(np.flatnonzero(np.diff(day)), len(day) - 1)
    equity = np.concatenate(([backtest.deposit], backtest.equity[last]))
    if span < LEAST_DAYS * DAY or not equity.min() > 0.0:
        return None
    returns: Floats = equity[1:] / equity[:-1] - 1.0
    return returns, len(returns) / (span / YEAR_SECONDS)
