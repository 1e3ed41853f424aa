"""What all five strategies share: the flag `hold`, opening and closing by order id, the reports at the end, `main`."""

from __future__ import annotations

from typing import Any

import mas


class Frame(mas):
    """Long only: `buy` when flat, `sell` with the order's id when holding."""

    def __init__(self, toggle):
        super().__init__()
        self.toggle = toggle
        self.hold = False
        self.order_id = None
        self.data_report: Any = None
        self.kpi_report: Any = None
        self.trade_chart: Any = None

    def buy(self, symbol):
        self.order_id = self.send_order(
            {"symbol": symbol, "order_type": "buy", "volume": 0.1, "backtest_toggle": self.toggle}
        )
        self.hold = True

    def sell(self, symbol):
        self.send_order(
            {
                "symbol": symbol, "order_type": "sell", "order_id": self.order_id, "volume": 0.1,
                "backtest_toggle": self.toggle,
            }
        )  # fmt: skip
        self.hold = False

    def report(self):
        self.data_report = self.generate_data_report()
        print(self.data_report.get("data"))
        self.kpi_report = self.generate_kpi_report()
        self.trade_chart = self.generate_trade_chart()


def main(make, toggle=True, **keys):
    """Log in and subscribe as the documentation does; any exception becomes a dict with `status` and `error`."""
    client = None
    try:
        client = make(toggle)
        client.login({"account": "YOUR_ACCOUNT", "password": "YOUR_PASSWORD", "server": "YOUR_SERVER"})
        params = {
            "symbol": "EURUSD", "from": "2020-01-01", "to": "2024-12-31", "timeframe": "D1", "captital": 1000,
            "backtest_toggle": toggle,
        }  # fmt: skip
        client.subscribe_bars({**params, **keys})
    except Exception as error:
        return client, {"status": False, "error": str(error)}
    return client, {"status": True}
