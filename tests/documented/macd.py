"""4.3: MACD (12, 26, 9) crosses its signal line.

As printed it asks whether a tuple of Nones is None, and so fails on the first bar (Q14); `guarded` looks inside.
"""

from __future__ import annotations

import pandas as pd

from tests.documented.frame import Frame


class Macd(Frame):
    guarded = False

    def __init__(self, toggle):
        super().__init__(toggle)
        self.closes = []

    def macd(self):
        if len(self.closes) < 35:
            return None, None
        closes = pd.Series(self.closes)
        line = closes.ewm(span=12, adjust=False).mean() - closes.ewm(span=26, adjust=False).mean()
        return line, line.ewm(span=9, adjust=False).mean()

    def receive_bars(self, symbol, data, is_end=False):
        self.closes.append(data["close"])
        result = self.macd()
        if result is not None and not (self.guarded and result[0] is None):
            line, signal = result
            now, now_signal = line.iloc[-1], signal.iloc[-1]
            before, before_signal = line.iloc[-2], signal.iloc[-2]
            if before <= before_signal and now > now_signal and not self.hold:
                self.buy(symbol)
            elif before >= before_signal and now < now_signal and self.hold:
                self.sell(symbol)
        if is_end:
            self.report()


class GuardedMacd(Macd):
    guarded = True
