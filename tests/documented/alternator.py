"""4.6: opens and closes in turn, on every bar whose number is a multiple of `ma`; called a moving average there."""

from __future__ import annotations

import mas


class Alternator(mas):
    first, second = "buy", "sell"

    def __init__(self, toggle):
        super().__init__()
        self.toggle = toggle
        self.hold = False
        self.order_id = None
        self.ma = 0
        self.index = 0

    def receive_bars(self, symbol, data, is_end=False):
        if self.index % self.ma == 0:
            params = {"symbol": "EURUSD", "volume": 0.1, "backtest_toggle": self.toggle}
            if self.hold:
                self.send_order({**params, "order_type": self.second, "order_id": self.order_id})
            else:
                self.order_id = self.send_order({**params, "order_type": self.first})
            self.hold = not self.hold
        self.index += 1
        if is_end:
            self.report = self.generate_data_report()
            print(self.report.get("data"))


class SellFirst(Alternator):
    first, second = "sell", "buy"
