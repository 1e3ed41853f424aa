"""Does a strategy know the future? The same strategy on data cut short must decide the same up to the cut.

A language without forward references cannot look ahead, and a runtime that shows bars one by one cannot be asked
to; this shows it for each run instead of claiming it, and it catches a hand-written class that does.

The data is cut where knowing more would have helped: in the very bar of an entry. Of that bar the first tick is left
as it was, and then the price jumps, once up and once down. A decision that used anything later comes out differently.

A file that somebody wrote is run again on the cut data and must make the same trades (`check_lookahead`). Of a class
that was rendered from a program just now, and that runs on one symbol, only what its `signals` gives is worked out
again and compared, at every bar up to the cut and not only where a trade shows it (`check_signals`). That is enough,
for nothing else of the future can reach such a class:

* The verifier lets it read bars in `signals` alone. Its rules get truths and values of the bar that has closed, the
  quote of the first tick after it (at which they deal), and facts about its own past trades.
* What the runtime works out ahead of the clock depends on no price: when bars open and close, sessions, closing times.
  Where it searches prices ahead (for the next touch of a level) it acts in the bar that it has found, and not before.
* Rates, spreads, swaps and the symbol's terms go into fills and sums of money, at the bar at which these are made.

That runtime is the same for all strategies. The tests hold it to a reference that steps through bars one by one and
has no future to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mas.dataclass import dataclass
from mas.series import TOLERANCE, Condition

if TYPE_CHECKING:
    from mas.backtest import Signals
    from mas.bars import Bars
    from mas.results import Backtest, ClosedTrade
    from mas.series import Series

CHEAP = ((150_000, 4), (1_500_000, 2))
"""Up to how much work (bars, and 100 for each trade) the data is cut how often. Counted, not timed, so that the
same input always gives the same answer."""

CUTS_OF_SIGNALS = ((150_000, 4), (2_000_000, 2))
"""Up to how many bars signals are worked out again for how many cuts; beyond that for one."""

JUMPS = (0.03, -0.03)
"""How far the price leaves the first tick of the cut bar, as a part of it."""


@dataclass(frozen=True)
class LookAhead:
    """The outcome. `cuts` are bar counts; `clean` is None when nothing was checked."""

    clean: bool | None
    cuts: tuple[int, ...] = ()
    detail: str = ""
    kept: str = "the trades until then stay"
    """What was found to stay."""

    def sentence(self) -> str:
        """The outcome in words."""
        if self.clean is None:
            return f"Look-ahead: not checked ({self.detail})."
        if self.clean:
            return f"Look-ahead: none. With the data cut after {_listing(self.cuts)} bars, {self.kept}."
        return f"LOOK-AHEAD: {self.detail}. The results cannot be trusted."


def check_lookahead(once: Callable[[Bars], Backtest], bars: Bars, full: Backtest) -> LookAhead:
    """Runs the strategy on cut data and compares.

    Args: once: runs the strategy on bars. full: the run on all bars.
    """
    work = len(bars) + sum(map(len, bars.siblings.values())) + 100 * len(full.trades)
    count = next((count for limit, count in CHEAP if work <= limit), 0)
    if not count:
        return LookAhead(None, detail=f"{len(bars):,} bars and {len(full.trades):,} trades are many to repeat")
    cuts = _cuts(bars, full, count)
    for cut in cuts:
        difference = compare_cut(once, bars, full, cut)
        if difference:
            return LookAhead(False, cuts, difference)
    return LookAhead(True, cuts) if cuts else LookAhead(None, detail="too few bars")


def check_signals(signals: Callable[[Bars], Signals], bars: Bars, full: Backtest, known: Signals) -> LookAhead:
    """Works out the signals of cut data and compares (see the top of this module for when that is enough).

    Args: signals: gives those of bars. full: the run on all bars. known: their signals.
    """
    cuts = _cuts(bars, full, next((count for limit, count in CUTS_OF_SIGNALS if len(bars) <= limit), 1))
    for cut in cuts:
        for jump in JUMPS:
            part = signals(with_other_bar(bars[:cut], jump))
            for name, array in known.items():
                if name not in part or not _same_up_to(array, part[name], cut - 1):
                    return LookAhead(False, cuts, f'"{name}" changes before bar {cut:,} with what that bar does')
    if not cuts:
        return LookAhead(None, detail="too few bars")
    return LookAhead(True, cuts, kept="every condition and value of the bars until then stays")


def with_other_bar(bars: Bars, jump: float) -> Bars:
    """The bars, but nothing of the last one is as it was: not even its open, and not its volume."""
    opened = float(bars.open.values[-1]) * (1.0 + jump / 2)
    bars = replace(bars, open=_ending(bars.open, opened))
    return with_other_end(replace(bars, volume=_ending(bars.volume, 2.0 * float(bars.volume.values[-1]) + 1.0)), jump)


def _same_up_to(known: Condition | Series, part: Condition | Series, bar: int) -> bool:
    """Whether two arrays say the same before a bar, but for the last bits of numbers."""
    if isinstance(known, Condition) or isinstance(part, Condition):
        return isinstance(known, Condition) and isinstance(part, Condition) and (
            np.array_equal(known.true[:bar], part.true[:bar]) and np.array_equal(known.false[:bar], part.false[:bar])
        )  # fmt: skip
    ours, others = known.values[:bar], part.values[:bar]
    return np.array_equal(ours, others, equal_nan=True) or np.allclose(
        ours, others, rtol=TOLERANCE, atol=0.0, equal_nan=True
    )


def _cuts(bars: Bars, full: Backtest, count: int) -> tuple[int, ...]:
    """How many bars to leave, so often: each time the last is one of an entry."""
    entries = np.sort(full.columns.entry_bar) if full.trades else np.arange(len(full.bars))
    parts = [(number + 0.5) / count for number in range(count)]
    last = [_shared(bars, full, int(entries[int(len(entries) * part)])) for part in parts]
    return tuple(sorted({bar + 1 for bar in last if bar >= 1}))


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
    return replace(
        bars,
        high=_ending(bars.high, max(opened, closed)),
        low=_ending(bars.low, min(opened, closed)),
        close=_ending(bars.close, closed),
    )


def _ending(column: Series, value: float) -> Series:
    """The column with another last value."""
    values = column.values.copy()
    values[-1] = value
    return type(column)(values)


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
