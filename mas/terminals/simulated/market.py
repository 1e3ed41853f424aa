"""The market of one symbol: bid and ask of every bar, the quote of the moment, and the search for the next touch.

The search only nominates bars, in array operations over growing chunks; `mas.fills` decides what happens in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mas import constants as mt5
from mas.bars import Bars, Times
from mas.errors import ParameterError
from mas.fills import LONG
from mas.terminals.simulated.money import Money
from mas.terminals.simulated.terms import SymbolTerms
from mas.timeframes import TIMEFRAMES

if TYPE_CHECKING:
    from mas.terminals.simulated.recorded import Recorded

FloatArray = NDArray[np.float64]

_FIRST_CHUNK, _LARGEST_CHUNK = 64, 65_536
_ALL = 2**62
_EXCHANGE = frozenset({"EXCH_STOCKS", "EXCH_FUTURES", "EXCH_FUTURES_FORTS"})
_SLACK = 2e-9
"""Relative width by which a search reaches beyond a level: at least that of `fills.tolerance`, which then decides."""


class Quotes:
    """One side of the market, bid or ask, as arrays (for searches) and as plain numbers (for decisions)."""

    __slots__ = ("_ends", "close", "closes", "high", "highs", "low", "lows", "open", "opens")

    def __init__(self, opens: FloatArray, highs: FloatArray, lows: FloatArray, closes: FloatArray) -> None:
        self.opens, self.highs, self.lows, self.closes = opens, highs, lows, closes
        self.open: Sequence[float] = numbers(opens)
        self.high: Sequence[float] = numbers(highs)
        self.low: Sequence[float] = numbers(lows)
        self.close: Sequence[float] = numbers(closes)
        self._ends: tuple[float, float] | None = None

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest low and the highest high of all."""
        if self._ends is None:
            self._ends = (float(self.lows.min()), float(self.highs.max())) if len(self.lows) else (0.0, np.inf)
        return self._ends


class Spread(NamedTuple):
    """What is charged between bid and ask."""

    prices: FloatArray
    """As price distances, one per bar."""
    text: str


class Market:
    """The bars of a symbol while they are being played.

    `bar` is the bar the clock stands in, `bid` and `ask` the quote of the moment; `inside` after the bar's first tick.
    """

    def __init__(self, bars: Bars, money: Money, spread: float | None = None, terms: SymbolTerms | None = None) -> None:
        self.bars, self.terms = bars, terms or SymbolTerms()
        self.selected = True
        """In the Market Watch: without that there are no quotes."""
        self.symbol, self.spec = bars.symbol, bars.spec
        self.money = money
        money.clock = self
        self.by_last = self.terms.chart_mode == mt5.SYMBOL_CHART_MODE_LAST and bars.spec.calc_mode in _EXCHANGE
        """Whether the Last price triggers stops and levels (reference mt5.md, 5.2)."""
        self.spread = spread_of(bars, spread)
        self.times: Sequence[int] = numbers(np.ascontiguousarray(bars.time, dtype=np.int64))
        columns = [_plain(series.values) for series in (bars.open, bars.high, bars.low, bars.close)]
        # the sum of two decimals is a decimal: without the rounding 1.1 + 0.00012 is not 1.10012
        asks = [_raised(column, self.spread.prices, self.spec.digits + 3) for column in columns]
        self.bids, self.asks = Quotes(*columns), Quotes(*asks)
        self.traded = self.in_session(bars.time, TIMEFRAMES[bars.timeframe])
        """Which bars lie in a trade session, at least in part; None if all do."""
        self.bar, self.time, self.bid, self.ask = -1, 0, 0.0, 0.0
        self.inside = False
        self.steps = 0
        """How many steps of the bar's path, of its recorded ticks where there are some, the clock has seen."""
        self.recorded: Recorded | None = None

    def __len__(self) -> int:
        return len(self.times)

    def open_bar(self, bar: int) -> None:
        """Set the clock to the first tick of a bar."""
        self.bar, self.time, self.inside, self.steps = bar, self.times[bar], False, 1
        self.bid, self.ask = self.bids.open[bar], self.asks.open[bar]

    def close_bar(self, bar: int) -> None:
        """Set the clock to the last tick of a bar."""
        self.bar, self.time, self.inside, self.steps = bar, self.times[bar], True, _ALL
        self.bid, self.ask = self.bids.close[bar], self.asks.close[bar]

    def trade_at(self, bar: int, price: float, buying: bool, steps: int = 1) -> None:
        """Set the clock inside a bar, after some steps of its path, where a buy (or a sell) is made at that price."""
        self.bar, self.time, self.inside, self.steps = bar, self.times[bar], True, steps
        gap = round(self.asks.open[bar] - self.bids.open[bar], self.spec.digits + 3)
        self.bid = round(price - gap, self.spec.digits + 3) if buying else price
        self.ask = price if buying else round(price + gap, self.spec.digits + 3)

    @property
    def is_traded(self) -> bool:
        """Whether the present bar lies in a trade session, at least in part: its first tick is then taken to."""
        return self.traded is None or bool(self.traded[self.bar])

    def in_session(self, times: Times, seconds: int) -> NDArray[np.bool_] | None:
        """Which stretches of so many seconds lie in a trade session at least in part; None if there are no sessions."""
        return None if self.terms.sessions is None else self.terms.open_during(times, seconds)

    def closing(self, side: int) -> Quotes:
        """The prices at which a position closes: the bid for a long, the ask for a short."""
        return self.bids if side == LONG else self.asks

    def ask_decides(self, buying: bool, limit: bool = False) -> bool:
        """Whether the ask triggers a deal, and not the bid (or the Last price that it stands for)."""
        return buying and (limit or not self.by_last)

    def closing_price(self, side: int) -> float:
        """What a position would close at now."""
        return self.bid if side == LONG else self.ask

    def never_at(self, side: int, price: float) -> bool:
        """Whether no bar there is lets a position of that side lose so much that it would close at that price."""
        lowest, highest = self.closing(side).ends
        slack = _SLACK * abs(price)
        return lowest > price + slack if side == LONG else highest < price - slack

    def first_touch(self, quotes: Quotes, below: float, above: float, start: int, stop: int) -> int:
        """The first bar from `start` whose low may reach `below` or whose high may reach `above`; `stop` if none.

        A level of 0.0 is none.
        """
        if below == 0.0 and above == 0.0:
            return stop
        floor, roof = below + _SLACK * abs(below), above - _SLACK * abs(above)
        chunk = _FIRST_CHUNK
        while start < stop:
            end = min(start + chunk, stop)
            if above == 0.0:
                hits = quotes.lows[start:end] <= floor
            else:
                hits = quotes.highs[start:end] >= roof
                if below != 0.0:
                    hits |= quotes.lows[start:end] <= floor
            found = int(hits.argmax())
            if hits[found]:
                return start + found
            start, chunk = end, min(2 * chunk, _LARGEST_CHUNK)
        return stop


def spread_of(bars: Bars, points: float | None) -> Spread:
    """The spread that rule 1 of EXECUTION.md charges: as given, else the data's column, else the specification's.

    Raises: ParameterError: a spread that is negative or not a number.
    """
    count, point = len(bars), bars.spec.point
    if points is not None:
        if not 0.0 <= points < float("inf"):
            raise ParameterError(f"the spread must be a number of points, 0 or more, not {points}")
        return Spread(np.full(count, points * point), f"{points:g} points")
    typical = float(bars.spec.spread)
    if bars.spread is None:
        return Spread(np.full(count, typical * point), f"{typical:g} points, typical of {bars.spec.name}")
    column = np.where(np.isfinite(bars.spread) & (bars.spread >= 0.0), bars.spread, typical)
    return Spread(column * point, "the spread column of the data")


def numbers(array: NDArray[Any]) -> Sequence[Any]:
    """The array as a sequence of plain Python numbers: a memoryview, several times faster to index than the array."""
    view: Any = array
    return memoryview(view)


def _raised(bids: FloatArray, spread: FloatArray, digits: int) -> FloatArray:
    """The asks; where there is no spread they are the bids themselves, which is half the memory."""
    asks: FloatArray = bids + spread
    np.round(asks, digits, out=asks)
    return bids if np.array_equal(asks, bids) else asks


def _plain(values: FloatArray) -> FloatArray:
    return np.ascontiguousarray(values, dtype=np.float64)
