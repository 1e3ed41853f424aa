"""4.5: closes at or beyond the Bollinger bands (sample deviation).

As printed it asks whether a tuple of Nones is None, and so fails on the first bar (Q14); `guarded` looks inside.
"""

from __future__ import annotations

from statistics import mean, stdev

from tests.documented.frame import Frame


class BBand(Frame):
    guarded = False

    def __init__(self, toggle, period=20, std_k=2):
        super().__init__(toggle)
        self.period, self.std_k = period, std_k
        self.closes = []

    def bands(self):
        if len(self.closes) < self.period:
            return None, None
        window = self.closes[-self.period :]
        middle, width = mean(window), self.std_k * stdev(window)
        return middle - width, middle + width

    def receive_bars(self, symbol, data, is_end=False):
        self.closes.append(data["close"])
        result = self.bands()
        if result is not None and not (self.guarded and result[0] is None):
            lower, upper = result
            if data["close"] <= lower and not self.hold:
                self.buy(symbol)
            elif data["close"] >= upper and self.hold:
                self.sell(symbol)
        if is_end:
            self.report()


class GuardedBBand(BBand):
    guarded = True
