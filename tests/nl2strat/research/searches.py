"""Small searches for tests: strategies that trade often on few bars."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from mas.bars import Bars
from mas.data import sample_bars
from nl2strat.pipeline import Compiled, Market, compile_strategy
from nl2strat.research import markets as module
from nl2strat.research.evaluating import Evaluator
from nl2strat.research.objectives import constraint_of, goal_of
from nl2strat.research.space import Space, axes_of, space_of
from nl2strat.research.studies import Plan, Window
from nl2strat.settings import Settings
from nl2strat.source import Kind, Source

PROGRAMS = {
    "crossing": """strategy "crossing"
symbol EURUSD
timeframe H1

input fast = 5 in 3..12 step 1
input slow = 20 in 15..50 step 5
input lots_traded = 0.1 in 0.1..0.5 step 0.1

enter long when sma(close, fast) crosses above sma(close, slow)
  stop 40 pips
  target 60 pips
  size lots_traded lots
end

enter short when sma(close, fast) crosses below sma(close, slow)
  stop 40 pips
  target 60 pips
  size lots_traded lots
end
end strategy
""",
    "never": """strategy "never"
symbol EURUSD
timeframe H1

input level = 100000 in 100000..100010 step 1

enter long when close > level
  size 0.1 lots
end
end strategy
""",
}


@cache
def compiled(name: str) -> Compiled:
    """One of the programs."""
    return compile_strategy(Source(PROGRAMS[name], Kind.LANGUAGE, name), Market())


@cache
def bars_of(count: int, symbol: str = "EURUSD") -> Bars:
    """Made-up bars, hours."""
    return sample_bars(symbol, "H1", count)


def evaluator_on(name: str, bars: Bars) -> Evaluator:
    """A program on bars."""
    return Evaluator(compiled(name), bars, Settings())


def markets_on(name: str, count: int, bars: Bars | None = None) -> tuple[module.Market, ...]:
    """A program on so many made-up bars, or on given ones."""
    evaluator = evaluator_on(name, bars_of(count) if bars is None else bars)
    return (module.Market(module.market_name(evaluator.compiled, evaluator), None, evaluator),)


def search_of(
    markets: Sequence[module.Market], *, inputs: Sequence[str] = ("fast", "slow"),
    goals: Sequence[str] = ("net_profit",), constraints: Sequence[str] = (), **plan: object,
) -> tuple[Space, Plan, Window]:  # fmt: skip
    """What a search on all bars needs."""
    evaluator = markets[0].evaluator
    space = space_of(axes_of(inputs, evaluator.inputs), evaluator.inputs)
    made = Plan(tuple(map(goal_of, goals)), tuple(map(constraint_of, constraints)), **plan)  # type: ignore[arg-type]
    return space, made, Window(tuple((0, len(market.evaluator.bars)) for market in markets))
