"""A strategy is called where a signal matters, and nowhere that its entries must be refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import mas
from mas.backtest import run_backtest
from mas.data import sample_bars
from mas.fills import LONG, SHORT
from mas.series import Condition, Series
from mas.waking import OneAtATime, Wakes


class At(dict[int, Any]):
    """Positions of these sides."""

    def __init__(self, *sides: int) -> None:
        super().__init__({n: type("Open", (), {"side": side})() for n, side in enumerate(sides)})


SIGNALS = {
    "enter_long": Condition([1, 0, 1, 0, 0, 0]),
    "enter_long_2": Condition([0, 0, 0, 1, 0, 0]),
    "enter_short": Condition([0, 1, 1, 0, 0, 0]),
    "exit_long": Condition([0, 0, 0, 0, 1, 0]),
    "alert": Condition([0, 0, 0, 0, 0, 1]),
    "line": Series([1.0] * 6),
}


@pytest.mark.parametrize(
    ("entries", "flat", "long", "short"),
    [
        (None, [0, 1, 2, 3, 5], [0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]),
        (OneAtATime(reverses=True), [0, 1, 2, 3, 5], [1, 2, 4, 5], [0, 2, 3, 4, 5]),
        (OneAtATime(reverses=False), [0, 1, 2, 3, 5], [2, 4, 5], [2, 4, 5]),
    ],
)
def test_bars_by_what_is_open(entries: Any, flat: list[int], long: list[int], short: list[int]) -> None:
    """Exits wake nobody who is flat; an entry that cannot be taken wakes nobody, but a conflict does."""
    wakes = Wakes(SIGNALS, 6, entries)

    assert list(wakes.during(At())) == flat
    assert list(wakes.during(At(LONG))) == long
    assert list(wakes.during(At(SHORT, SHORT))) == short
    assert list(wakes.during(At(LONG, SHORT))) == [0, 1, 2, 3, 4, 5]


class Random(mas):  # type: ignore[valid-type,misc]
    """Enters and leaves by signals that are true at random."""

    reversal = True
    calls = 0

    def signals(self, bars: Any) -> dict[str, Any]:
        """Entries often, both at once at times, exits seldom."""
        draw = np.random.default_rng(5).random((4, len(bars)))
        return {
            "enter_long": Condition(draw[0] < 0.2), "enter_short": Condition(draw[1] < 0.2),
            "exit_long": Condition(draw[2] < 0.03), "exit_short": Condition(draw[3] < 0.03),
        }  # fmt: skip

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        """As a generated class does."""
        self.calls += 1
        for trade in self.trades(symbol):
            if self.signal(f"exit_{trade.side}"):
                self.close_trade(trade)
        long, short = self.signal("enter_long"), self.signal("enter_short")
        side = self.entry_side(symbol, long=long, short=short, reversal=self.reversal)
        if side is not None:
            price = self.ask(symbol) if side == "long" else self.bid(symbol)
            sign = 1 if side == "long" else -1
            order_id = self.send_order(
                {
                    "symbol": symbol, "order_type": "buy" if side == "long" else "sell", "volume": 0.1,
                    "sl": self.round_price(symbol, price - sign * 0.003), "comment": f"enter_{side}",
                }
            )  # fmt: skip
            self.manage(order_id, close_after=9, trail=0.004)


@pytest.mark.parametrize("reversal", [True, False])
def test_the_same_run_with_fewer_calls(reversal: bool) -> None:
    """Trades, conflicts and curves are those of the run that calls it at every signal."""
    bars = sample_bars("EURUSD", "H1", 3000)
    often, seldom = Random(), Random()
    often.reversal = seldom.reversal = reversal

    every = run_backtest(often, bars)
    fewer = run_backtest(seldom, bars, entries=OneAtATime(reversal))

    assert repr(every.trades) == repr(fewer.trades)
    assert every.conflicts == fewer.conflicts > 0
    assert every.equity.tolist() == fewer.equity.tolist()
    assert seldom.calls < 0.8 * often.calls
