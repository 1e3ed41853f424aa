"""The look-ahead check finds a class that knows the future and passes one that does not."""

from __future__ import annotations

from typing import Any

import pytest

import mas
from mas.backtest import run_backtest
from mas.data import sample_bars
from mas.series import Condition, crosses_above
from nl2strat.lookahead import check_lookahead


class Honest(mas):  # type: ignore[valid-type,misc]
    """Buys on a cross, sells ten bars later."""

    lag = 0

    def signals(self, bars: Any) -> dict[str, Any]:
        """One entry condition; `lag` bars of the future leak into it."""
        from mas import sma

        cross = crosses_above(sma(bars.close, 10), sma(bars.close, 30))
        if self.lag:
            true, false = cross.true.copy(), cross.false.copy()
            true[: -self.lag], false[: -self.lag] = cross.true[self.lag :], cross.false[self.lag :]
            cross = Condition(true, false)
        return {"enter_long": cross}

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        """Sends the order and plans its end."""
        if self.entry_side(symbol, long=self.signal("enter_long"), short=False) == "long":
            order = self.send_order({"symbol": symbol, "order_type": "buy", "volume": 0.1, "backtest_toggle": True})
            self.manage(order, close_after=10)


def _check(strategy: type[Honest]) -> Any:
    bars = sample_bars("EURUSD", "H1", 1500)

    def once(part: Any) -> Any:
        return run_backtest(strategy(), part)

    return check_lookahead(once, bars, once(bars))


def test_an_honest_strategy_passes() -> None:
    """Cut data gives the same trades, and the sentence says so."""
    found = _check(Honest)

    assert found.clean is True
    assert "none" in found.sentence()


@pytest.mark.parametrize("bars_ahead", [1, 2, 5])
def test_a_strategy_that_peeks_is_caught(bars_ahead: int) -> None:
    """A condition taken even one bar early is found, and the sentence is loud."""
    found = _check(type("Peeking", (Honest,), {"lag": bars_ahead}))

    assert found.clean is False
    assert "LOOK-AHEAD" in found.sentence()


def test_a_long_run_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much work is not checked, and the sentence says why."""
    monkeypatch.setattr("nl2strat.lookahead.CHEAP", ((299, 8),))
    bars = sample_bars("EURUSD", "H1", 300)
    full = run_backtest(Honest(), bars)

    found = check_lookahead(lambda part: full, bars, full)

    assert found.clean is None
    assert "not checked" in found.sentence()
