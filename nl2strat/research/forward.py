"""The forward period: the end of the data, which the search does not see, as MetaTrader's tester sets it aside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from nl2strat.errors import UsageError
from nl2strat.moments import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mas.bars import Bars
    from nl2strat.research.objectives import Goal

DAY = 86_400
MUCH_WORSE = 0.5
"""Below this share of the in-sample figure (by the day, where it grows with time) a forward result is much worse."""


def split_at(text: str, bars: Bars) -> int:
    """The position of the first bar of the forward period.

    Args: text: a part of the period from its end, like 1/3 or 0.25, or the day on which it begins.
    Raises: UsageError: it is neither, or one of the two periods would be empty.
    """
    times = bars.time
    part = _part(text)
    first = moment(text, "--forward") if part is None else int(times[-1] - part * (times[-1] - times[0]))
    place = int(np.searchsorted(times, first))
    if not 2 <= place <= len(bars) - 2:
        raise UsageError(
            f"--forward {text}: the bars of {bars.symbol} go from {_day(times[0])} to {_day(times[-1])}, so one of the "
            "two periods would have no bars; give a part like 1/3, or a day between these"
        )
    return place


def _part(text: str) -> float | None:
    """The share of the period; None for anything that is no share."""
    fraction = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
    if fraction:
        above, below = int(fraction[1]), int(fraction[2])
        value = above / below if below else 0.0
    elif re.fullmatch(r"\s*0?\.\d+\s*", text):
        value = float(text)
    else:
        return None
    if not 0 < value < 1:
        raise UsageError(f"--forward {text} is not possible; give a part between 0 and 1, like 1/3")
    return value


def days(bars: Bars, start: int, stop: int) -> float:
    """Calendar days that bars cover."""
    return float(bars.decision_time[stop - 1] - bars.time[start]) / DAY


def kept_share(goal: Goal, before: float, after: float, lengths: Sequence[float]) -> float | None:
    """How much of the in-sample figure the forward period has kept; None where that says nothing (it was not above 0).

    Args: before, after: the scores. lengths: of the two periods, days.
    """
    if goal.made_small:  # less is better, both are minus the figure
        return before / after if after < 0 and before < 0 else None
    if before <= 0:
        return None
    scale = lengths[0] / lengths[1] if goal.grows_with_time and lengths[1] > 0 else 1.0
    return after * scale / before


def _day(time: int) -> str:
    return str(np.datetime64(int(time), "s"))[:10]
