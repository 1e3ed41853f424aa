"""Does a strategy know the future? The same strategy on data cut short must have made the same trades up to the cut.

A language without forward references cannot look ahead, and a runtime that shows bars one by one cannot be asked
to; this shows it for each run instead of claiming it, and it catches a hand-written class that does.

The data is cut where knowing more would have helped: in the very bar of an entry, of which only the first tick is
left. A decision that used anything later cannot be repeated there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.results import Backtest, ClosedTrade

CUTS = (0.31, 0.58, 0.86)
"""Which entries (as parts of their number) the data is cut at; without trades, parts of the data."""

CHEAP_SECONDS = 3.0
"""A run that took longer is not repeated unasked."""


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
            return f"Look-ahead: none. The run on data cut after {_listing(self.cuts)} bars made the same trades."
        return f"LOOK-AHEAD: {self.detail}. The results cannot be trusted."


def check_lookahead(once: Callable[[Bars], Backtest], bars: Bars, full: Backtest, seconds: float) -> LookAhead:
    """Runs the strategy on cut data and compares.

    Args: once: runs the strategy on bars. full: the run on all bars. seconds: CPU time it took.
    """
    if seconds > CHEAP_SECONDS:
        return LookAhead(None, detail=f"one run takes {seconds:.0f} s")
    last = [_last_bar(bars, full, part) for part in CUTS]
    cuts = tuple(sorted({bar + 1 for bar in last if bar >= 1}))
    for cut in cuts:
        difference = compare_cut(once, bars, full, cut)
        if difference:
            return LookAhead(False, cuts, difference)
    return LookAhead(True, cuts) if cuts else LookAhead(None, detail="too few bars")


def compare_cut(once: Callable[[Bars], Backtest], bars: Bars, full: Backtest, cut: int) -> str:
    """What a run on the first `cut` bars, the last of them only begun, does otherwise; empty when nothing."""
    part, last = once(only_begun(bars[:cut])), cut - 1
    if _entries(full, last) != _entries(part, last):
        return f"entries up to bar {cut:,} change when the bars after its first tick are not known"
    if _exits(full, last) != _exits(part, last):
        return f"exits before bar {cut:,} change when the bars after its first tick are not known"
    return ""


def only_begun(bars: Bars) -> Bars:
    """The bars with the last one cut back to its first tick."""
    first = float(bars.open.values[-1])

    def flat(name: str) -> object:
        column = getattr(bars, name)
        values = column.values.copy()
        values[-1] = first
        return type(column)(values)

    return replace(bars, **{name: flat(name) for name in ("high", "low", "close")})


def _last_bar(bars: Bars, full: Backtest, part: float) -> int:
    if full.trades:
        return sorted(t.entry_bar for t in full.trades)[int(len(full.trades) * part)]
    return int(len(bars) * part)


def _entries(run: Backtest, last: int) -> list[tuple[object, ...]]:
    """The entries up to the last bar; one that filled inside it (a pending order) is left out on both sides."""
    return sorted({_entry(t) for t in run.trades if t.entry_bar < last or _at_open(run, t, last)})


def _exits(run: Backtest, last: int) -> list[tuple[object, ...]]:
    return sorted((*_entry(t), t.exit_bar, t.exit_price, t.volume) for t in run.trades if t.exit_bar < last)


def _entry(trade: ClosedTrade) -> tuple[object, ...]:
    return (trade.entry_bar, trade.side, trade.entry_price)


def _at_open(run: Backtest, trade: ClosedTrade, last: int) -> bool:
    """Whether a trade entered the last bar by a market order, which fills at its first tick."""
    return trade.entry_bar == last and not trade.pending


def _listing(cuts: tuple[int, ...]) -> str:
    words = [f"{cut:,}" for cut in cuts]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
