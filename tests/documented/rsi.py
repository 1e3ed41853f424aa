"""4.2: RSI of 14 with simple means, below 30 and above 70."""

from __future__ import annotations

from tests.documented.frame import Frame


class Rsi(Frame):
    def __init__(self, toggle):
        super().__init__(toggle)
        self.closes = []

    def rsi(self):
        moves = [b - a for a, b in zip(self.closes[-15:-1], self.closes[-14:], strict=True)]
        gain, loss = sum(m for m in moves if m > 0) / 14, -sum(m for m in moves if m < 0) / 14
        if loss == 0:
            return 100.0 if gain > 0 else float("nan")
        return 100 - 100 / (1 + gain / loss)

    def receive_bars(self, symbol, data, is_end=False):
        self.closes.append(data["close"])
        if len(self.closes) >= 15:
            rsi = self.rsi()
            if rsi < 30 and not self.hold:
                self.buy(symbol)
            elif rsi > 70 and self.hold:
                self.sell(symbol)
        if is_end:
            self.report()
