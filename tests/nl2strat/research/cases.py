"""Finished runs to be judged: trades with an edge that is known, on bars that are quiet, as if they had been played."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mas.bars import Bars
from mas.metrics import compute_metrics
from mas.results import Backtest
from nl2strat.backtesting import Outcome, run
from nl2strat.library.tried import Tried
from nl2strat.lookahead import LookAhead
from nl2strat.pipeline import Compiled, Market, compile_strategy
from nl2strat.research.checks import Robustness
from nl2strat.research.quick import Case, quick_checks
from nl2strat.research.robustness import together
from nl2strat.settings import Settings
from nl2strat.source import Kind, Source
from tests.backtests import a_backtest, a_trade, some_bars

DAYS, A_DAY = 500, 24

FAST_CROSS = """\
strategy "Cross"
symbol EURUSD
timeframe H1

input fast = 5 in 3..8 step 1
input slow = 20 in 14..30 step 4

enter long when ema(close, fast) crosses above ema(close, slow)
  size 0.1 lots
end

enter short when ema(close, fast) crosses below ema(close, slow)
  size 0.1 lots
end
end strategy
"""


@cache
def compiled(program: str = FAST_CROSS) -> Compiled:
    """The strategy of a program."""
    return compile_strategy(Source(program, Kind.LANGUAGE, "the test"), Market("EURUSD", "H1"))


@cache
def quiet_bars() -> Bars:
    """`DAYS` days of H1 bars."""
    return some_bars(DAYS * A_DAY)


def outcome_of(backtest: Backtest, **changes: Any) -> Outcome:
    """A run as `backtesting.run` would give it."""
    fields: dict[str, Any] = {
        "compiled": compiled(), "backtest": backtest, "metrics": compute_metrics(backtest),
        "lookahead": LookAhead(True, (1,)), "spread_source": "", "notes": (),
    }  # fmt: skip
    return Outcome(**{**fields, **changes})


def traded(net: np.ndarray) -> Backtest:
    """One trade a day with these results (from the first day on), its spread all paid."""
    bars = quiet_bars()
    trades = [a_trade(bars, 24 * day + 9, 24 * day + 15, float(amount)) for day, amount in enumerate(net)]
    return a_backtest(bars, trades)


def judged(backtest: Backtest, tried: Tried | None = None, **changes: Any) -> Robustness:
    """The quick checks and their verdict. Args: tried: None stands for a first try."""
    case = Case(outcome_of(backtest, **changes), tried or Tried(1, 0))
    return together(case, list(quick_checks(case)))


def best_of(variants: int, mean: float, random: np.random.Generator, spread: float = 25.0) -> Robustness:
    """The best (by its Sharpe ratio) of so many variants whose daily trades have a mean and a standard deviation.

    Only the first has that mean, all others none.
    """
    nets = random.normal(0.0, spread, (variants, DAYS))
    nets[0] += mean
    ratios = nets.mean(axis=1) / nets.std(axis=1) * np.sqrt(365.25)
    variance = float(ratios.var(ddof=1)) if variants > 1 else None
    return judged(traded(nets[int(ratios.argmax())]), Tried(variants, variants, variance))


def walk(seed: int, momentum: float = 0.0, count: int = 6000) -> Bars:
    """H1 bars of EURUSD whose moves follow the last one with some strength (0: a random walk), spread 2 points."""
    random = np.random.default_rng(seed)
    moves = random.normal(0.0, 8e-4, count)
    for bar in range(1, count):
        moves[bar] += momentum * moves[bar - 1]
    close = np.round(1.1 * np.exp(np.cumsum(moves - moves.mean())), 5)
    open_ = np.concatenate(([1.1], close[:-1]))
    high = np.round(np.maximum(open_, close) + random.exponential(2e-4, count), 5)
    low = np.round(np.minimum(open_, close) - random.exponential(2e-4, count), 5)
    time = 1_577_836_800 + 3600 * np.arange(count, dtype=np.int64)
    volume = np.full(count, 100.0)
    return Bars.from_arrays(
        "EURUSD", "H1", time, open_, high, low, close, volume, spread=np.full(count, 2.0), timezone_known=True
    )


def run_on(bars: Bars, program: str = FAST_CROSS, *, robust: bool = False) -> Outcome:
    """A whole backtest of a program."""
    return run(compiled(program), bars, Settings(), robust=robust)


EXAMPLES = Path(__file__).parents[3] / "examples"
