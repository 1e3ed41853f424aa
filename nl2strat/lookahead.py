"""Does a strategy know the future? The same strategy on data cut short must have made the same trades up to the cut.

A language without forward references cannot look ahead, and a runtime that shows bars one by one cannot be asked
to; this shows it for each run instead of claiming it, and it catches a hand-written class that does.

The data is cut where knowing more would have helped: in the very bar of an entry. Of that bar the first tick is left
as it was, and then the price jumps, once up and once down. A decision that used anything later comes out differently.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.results import Backtest, ClosedTrade
    from mas.series import Series

CHEAP = ((150_000, 4), (1_500_000, 2))
"""Up to how much work (bars, and 100 for each trade) the data is cut how often. Counted, not timed, so that the
same input always gives the same answer."""


JUMPS = (0.03, -0.03)
"""How far the price leaves the first tick of the cut bar, as a part of it."""


@dataclass(frozen=True)
class LookAhead:
    """The outcome. `cuts` are bar counts; `clean` is None when nothing was checked."""

    clean: bool | None
    cuts: tuple[int, ...] = ()
    detail: str = ""

    def sentence(self) -> str:
        """The outcome in words."""
        if self.clean is None:
            return f"Look-ahead: not checked ({self.detail})."
        if self.clean:
            return f"Look-ahead: none. With the data cut after {_listing(self.cuts)} bars, the trades until then stay."
        return f"LOOK-AHEAD: {self.detail}. The results cannot be trusted."


def check_lookahead(once: Callable[[Bars], Backtest], bars: Bars, full: Backtest) -> LookAhead:
    """Runs the strategy on cut data and compares.

    Args: once: runs the strategy on bars. full: the run on all bars.
    """
    work = len(bars) + sum(map(len, bars.siblings.values())) + 100 * len(full.trades)
    count = next((count for limit, count in CHEAP if work <= limit), 0)
    if not count:
        return LookAhead(None, detail=f"{len(bars):,} bars and {len(full.trades):,} trades are many to repeat")
    last = [_shared(bars, full, _last_bar(full, (number + 0.5) / count)) for number in range(count)]
    cuts = tuple(sorted({bar + 1 for bar in last if bar >= 1}))
    for cut in cuts:
        difference = compare_cut(once, bars, full, cut)
        if difference:
            return LookAhead(False, cuts, difference)
    return LookAhead(True, cuts) if cuts else LookAhead(None, detail="too few bars")


def compare_cut(once: Callable[[Bars], Backtest], bars: Bars, full: Backtest, cut: int) -> str:
    """What a run on the first `cut` bars does otherwise, whatever follows the last one's first tick; or nothing."""
    last = cut - 1
    for jump in JUMPS:
        part = once(cut_short(bars, int(full.bars.time[last]), jump))
        if _entries(full, last) != _entries(part, last):
            return f"entries up to bar {cut:,} change with what happens after that bar's first tick"
        if _exits(full, last) != _exits(part, last):
            return f"exits before bar {cut:,} change with what happens after that bar's first tick"
    return ""


def cut_short(bars: Bars, moment: int, jump: float) -> Bars:
    """The bars up to those that open at a moment, of which nothing but the open is kept; other symbols' too."""
    part = bars[: int(bars.time.searchsorted(moment, side="right"))]
    if len(part) and part.time[-1] == moment:
        part = with_other_end(part, jump)
    return replace(part, siblings={name: cut_short(one, moment, jump) for name, one in bars.siblings.items()})


def with_other_end(bars: Bars, jump: float) -> Bars:
    """The bars, but the last one leaves its open by a jump (a part of the price) and closes there."""
    opened = float(bars.open.values[-1])
    closed = opened * (1.0 + jump)

    def ending(column: Series, value: float) -> Series:
        values = column.values.copy()
        values[-1] = value
        return type(column)(values)

    return replace(
        bars,
        high=ending(bars.high, max(opened, closed)),
        low=ending(bars.low, min(opened, closed)),
        close=ending(bars.close, closed),
    )


def _last_bar(full: Backtest, part: float) -> int:
    if full.trades:
        return sorted(t.entry_bar for t in full.trades)[int(len(full.trades) * part)]
    return int(len(full.bars) * part)


def _shared(bars: Bars, full: Backtest, bar: int) -> int:
    """The first bar from that one on that all symbols have, so that a cut ends the data of none sooner; 0 if none."""
    if not bars.siblings:
        return bar
    times = full.bars.time[bar:]
    for one in (bars, *bars.siblings.values()):
        times = times[np.isin(times, one.time)]
    return int(full.bars.time.searchsorted(times[0])) if len(times) else 0


def _entries(run: Backtest, last: int) -> list[tuple[object, ...]]:
    """The entries up to the last bar; one that filled inside it (a pending order) is left out on both sides."""
    return sorted({_entry(t) for t in run.trades if t.entry_bar < last or _at_open(run, t, last)})


def _exits(run: Backtest, last: int) -> list[tuple[object, ...]]:
    return sorted((*_entry(t), t.exit_bar, t.exit_price, t.volume) for t in run.trades if t.exit_bar < last)


def _entry(trade: ClosedTrade) -> tuple[object, ...]:
    return (trade.symbol, trade.entry_bar, trade.side, trade.entry_price)


def _at_open(run: Backtest, trade: ClosedTrade, last: int) -> bool:
    """Whether a trade entered the last bar by a market order, which fills at its first tick."""
    return trade.entry_bar == last and not trade.pending


def _listing(cuts: tuple[int, ...]) -> str:
    words = [f"{cut:,}" for cut in cuts]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
