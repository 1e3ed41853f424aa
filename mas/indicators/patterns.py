"""TA-Lib's candle patterns: one function per name of the table, true at full strength (EXECUTION rule 20)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mas.bars import Bars
from mas.indicators.pattern_table import PATTERNS, Pattern
from mas.indicators.talib_bridge import talib
from mas.series import Condition

FULL_STRENGTH = 100
"""TA-Lib says 100 for a pattern, 200 for a confirmed one, 80 for one that only nearly is."""


def _function(name: str, pattern: Pattern) -> Callable[[Bars], Condition]:
    def find(bars: Bars) -> Condition:
        columns = (bars.open.values, bars.high.values, bars.low.values, bars.close.values)
        strength = np.asarray(talib(pattern.talib, *columns))
        strength = np.abs(strength) if pattern.sign == 0 else strength * pattern.sign
        true = strength >= FULL_STRENGTH
        false = ~true
        false[: pattern.lookback] = False  # not enough bars to tell
        return Condition(true, false)

    find.__name__ = find.__qualname__ = name
    find.__doc__ = f"True where TA-Lib's {pattern.talib} sees a {name.replace('_', ' ')} at full strength."
    return find


globals().update({name: _function(name, pattern) for name, pattern in PATTERNS.items()})
