"""4.1: the 5-bar mean crosses the 20-bar mean."""

from __future__ import annotations

from tests.documented.frame import Frame


class MaCross(Frame):
    def __init__(self, toggle):
        super().__init__(toggle)
        self.closes = []

    def receive_bars(self, symbol, data, is_end=False):
        self.closes.append(data["close"])
        if len(self.closes) >= 21:
            short, long = sum(self.closes[-5:]) / 5, sum(self.closes[-20:]) / 20
            short_before, long_before = sum(self.closes[-6:-1]) / 5, sum(self.closes[-21:-1]) / 20
            if short_before <= long_before and short > long and not self.hold:
                self.buy(symbol)
            elif short_before >= long_before and short < long and self.hold:
                self.sell(symbol)
        if is_end:
            self.report()
