"""The look-ahead check finds a class that knows the future and passes one that does not."""

from __future__ import annotations

from typing import Any

import pytest

import mas
from mas.backtest import run_backtest
from mas.data import sample_bars
from mas.series import Condition, Series, crosses_above
from nl2strat.lookahead import check_lookahead, check_signals


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


class Steady(Honest):
    """Reads values too."""

    def signals(self, bars: Any) -> dict[str, Any]:
        """The condition, and a value beside it."""
        from mas import sma

        return {**super().signals(bars), "line": sma(bars.close, 10)}


def _check_signals(strategy: Honest) -> Any:
    bars = sample_bars("EURUSD", "H1", 1500)
    known = strategy.signals(bars)
    return check_signals(strategy.signals, bars, run_backtest(strategy, bars, signals=known), known)


def test_signals_that_stay_are_clean() -> None:
    """Cut data gives the same arrays, and the sentence says what was compared."""
    found = _check_signals(Steady())

    assert found.clean is True
    assert len(found.cuts) == 4
    assert "every condition and value of the bars until then stays" in found.sentence()


@pytest.mark.parametrize("bars_ahead", [1, 2, 5])
def test_a_condition_of_the_future_is_caught(bars_ahead: int) -> None:
    """A condition taken even one bar early is found by its array alone."""
    strategy = Steady()
    strategy.lag = bars_ahead

    found = _check_signals(strategy)

    assert found.clean is False
    assert '"enter_long" changes' in found.sentence()


@pytest.mark.parametrize("column", ["open", "high", "low", "close", "volume"])
def test_a_value_of_the_next_bar_is_caught(column: str) -> None:
    """Whatever is read one bar early, even what no trade would show: its open, its volume."""

    class Ahead(Steady):
        def signals(self, bars: Any) -> dict[str, Any]:
            values = getattr(bars, column).values
            return {**super().signals(bars), "next": Series([*values[1:], values[-1]])}

    found = _check_signals(Ahead())

    assert found.clean is False
    assert '"next" changes' in found.sentence()


def test_one_number_for_all_bars_is_caught() -> None:
    """What is worked out over the whole history (a mean of all closes) is of the future in every bar."""

    class Normed(Steady):
        def signals(self, bars: Any) -> dict[str, Any]:
            return {**super().signals(bars), "share": bars.close / float(bars.close.values.mean())}

    assert _check_signals(Normed()).clean is False


def test_few_bars_leave_nothing_to_cut() -> None:
    """Without a bar before the cut nothing is claimed."""
    bars = sample_bars("EURUSD", "H1", 1)
    strategy = Steady()
    known = strategy.signals(bars)

    assert check_signals(strategy.signals, bars, run_backtest(strategy, bars, signals=known), known).clean is None
