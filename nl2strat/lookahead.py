"""Does a strategy know the future? The same strategy on data cut short must have made the same trades up to the cut.

A language without forward references cannot look ahead, and a runtime that shows bars one by one cannot be asked
to; this shows it for each run instead of claiming it, and it catches a hand-written class that does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.results import Backtest, ClosedTrade

CUTS = (0.31, 0.58, 0.86)
"""Where the data is cut: parts of its length that fall on no round bar count."""

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
    cuts = tuple(cut for cut in (int(len(bars) * part) for part in CUTS) if cut >= 2)
    for cut in cuts:
        difference = _difference(full, once(bars[:cut]), cut)
        if difference:
            return LookAhead(False, cuts, difference)
    return LookAhead(True, cuts) if cuts else LookAhead(None, detail="too few bars")


def _difference(full: Backtest, part: Backtest, cut: int) -> str:
    """What differs before the cut, or nothing. Positions open at the cut are compared by their entries."""
    finished = [_signature(t) for t in full.trades if t.exit_bar < cut and t.exit_reason != "end_of_data"]
    repeated = [_signature(t) for t in part.trades if t.exit_reason != "end_of_data"]
    if sorted(finished) != sorted(repeated):
        return f"on the first {cut:,} bars alone the strategy makes other trades than it made there with the rest known"
    still_open = {_entry(t) for t in full.trades if t.entry_bar < cut <= t.exit_bar}
    cut_off = {_entry(t) for t in part.trades if t.exit_reason == "end_of_data"}
    if not cut_off <= still_open | {_entry(t) for t in full.trades}:
        return f"on the first {cut:,} bars alone the strategy opens positions it did not open with the rest known"
    return ""


def _signature(trade: ClosedTrade) -> tuple[object, ...]:
    return (trade.entry_bar, trade.exit_bar, trade.side, trade.entry_price, trade.exit_price, trade.volume)


def _entry(trade: ClosedTrade) -> tuple[object, ...]:
    return (trade.entry_bar, trade.side, trade.entry_price)


def _listing(cuts: tuple[int, ...]) -> str:
    words = [f"{cut:,}" for cut in cuts]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
