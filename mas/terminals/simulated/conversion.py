"""Rates between currencies: from the bars that are loaded, else a fixed, typical figure with a note.

A rate is the open of the newest bar that has begun: known at that moment, whatever the bar's timeframe. The spread of
the conversion pair is neglected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mas.bars import Bars
from mas.errors import ParameterError

FloatArray = NDArray[np.float64]
Times = NDArray[np.int64]

TYPICAL_USD = {
    "USD": 1.0, "USDT": 1.0, "USDC": 1.0, "EUR": 1.10, "GBP": 1.28, "CHF": 1.12, "AUD": 0.68, "NZD": 0.62,
    "CAD": 0.74, "JPY": 0.0075, "SEK": 0.10, "NOK": 0.10, "DKK": 0.148, "PLN": 0.25, "HUF": 0.0029, "CZK": 0.044,
    "SGD": 0.74, "HKD": 0.128, "CNH": 0.144, "CNY": 0.144, "MXN": 0.053, "ZAR": 0.06, "TRY": 0.05, "ILS": 0.28,
    "THB": 0.03, "RUB": 0.014, "BRL": 0.2, "INR": 0.013, "KRW": 0.0008, "RON": 0.23,
}  # fmt: skip
"""Dollars per unit of a currency, round averages of 2015 to 2025: only for what the data cannot convert."""


class Rate(NamedTuple):
    """Units of one currency per unit of another, over time; without `times` it never changes."""

    fixed: float
    times: Times | None = None
    values: FloatArray | None = None
    typical: bool = False
    """Not from data."""

    def at(self, time: int) -> float:
        """The rate at a moment; before the first bar that bar's."""
        if self.times is None or self.values is None:
            return self.fixed
        return float(self.values[max(int(self.times.searchsorted(time, side="right")) - 1, 0)])

    def over(self, times: Times) -> FloatArray:
        """The rate at many moments."""
        if self.times is None or self.values is None:
            return np.full(len(times), self.fixed)
        return self.values[np.maximum(self.times.searchsorted(times, side="right") - 1, 0)]


class Rates:
    """The rates that some bars give.

    Args: others: bars of currency pairs, of any timeframe, on the clock of the bars that are played.
    """

    def __init__(self, others: Sequence[Bars] = ()) -> None:
        self._pairs: dict[tuple[str, str], Rate] = {}
        for bars in others:
            base, profit = bars.spec.currency_base, bars.spec.currency_profit
            if len(bars) and base != profit and bars.spec.kind == "forex":
                opens = bars.open.values
                self._pairs[base, profit] = Rate(1.0, bars.time, opens)
                self._pairs[profit, base] = Rate(1.0, bars.time, 1.0 / opens)

    def between(self, source: str, target: str) -> Rate:
        """Units of `target` per unit of `source`.

        Raises: ParameterError: neither bars nor a typical figure know.
        """
        if source == target:
            return Rate(1.0)
        direct = self._pairs.get((source, target))
        if direct is not None:
            return direct
        for middle in sorted({pair[1] for pair in self._pairs if pair[0] == source}):
            first, second = self._pairs[source, middle], self._pairs.get((middle, target))
            if second is not None:
                return _product(first, second)
        if source not in TYPICAL_USD or target not in TYPICAL_USD:
            raise ParameterError(f"no rate is known from {source} to {target}")
        return Rate(TYPICAL_USD[source] / TYPICAL_USD[target], typical=True)


def _product(first: Rate, second: Rate) -> Rate:
    assert first.times is not None
    assert second.times is not None
    times: Times = np.union1d(first.times, second.times)
    return Rate(1.0, times, first.over(times) * second.over(times))
