"""4.4: the stochastic K crosses D, below 20 and above 80.

As printed it overwrites the previous K and D before it compares with them, and so never trades (Q15); `corrected` keeps
them.
"""

from __future__ import annotations

from tests.documented.frame import Frame


class Kd(Frame):
    corrected = False

    def __init__(self, toggle):
        super().__init__(toggle)
        self.highs, self.lows, self.closes = [], [], []
        self.prev_k = self.prev_d = 50.0

    def receive_bars(self, symbol, data, is_end=False):
        self.highs.append(data["high"])
        self.lows.append(data["low"])
        self.closes.append(data["close"])
        if len(self.closes) >= 9:
            high, low = max(self.highs[-9:]), min(self.lows[-9:])
            rsv = 50.0 if high == low else (self.closes[-1] - low) / (high - low) * 100
            before_k, before_d = self.prev_k, self.prev_d
            k = (2 * self.prev_k + rsv) / 3
            d = (2 * self.prev_d + k) / 3
            self.prev_k, self.prev_d = k, d
            if not self.corrected:
                before_k, before_d = self.prev_k, self.prev_d
            if before_k <= before_d and k > d and k < 20 and not self.hold:
                self.buy(symbol)
            elif before_k >= before_d and k < d and k > 80 and self.hold:
                self.sell(symbol)
        if is_end:
            self.report()


class CorrectedKd(Kd):
    corrected = True
