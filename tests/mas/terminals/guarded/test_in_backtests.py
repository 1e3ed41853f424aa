"""Guards in a backtest: what they do inside a bar, worked out on paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mas.backtest import run_backtest
from mas.results import Backtest
from mas.terminals.guarded.reading import rules_of
from mas.terminals.simulated.terms import AccountTerms, Commission
from tests.mas.portfolios import Both
from tests.mas.portfolios import order as order_of
from tests.mas.scenarios import MONDAY, Scripted, flat, market, order

HOUR, DAY = 3600, 86_400
Row = tuple[float, float, float, float]


def run(rows: list[Row], script: dict[int, Any], **tables: Any) -> Backtest:
    settings = tables.pop("settings", {})
    guards = rules_of(tables, "test")
    return run_backtest(Scripted(script), market(rows, **tables.pop("bars", {})), guards=guards, band=False, **settings)


def exits(result: Backtest) -> list[tuple[int, float, str]]:
    return [(t.exit_bar, round(t.exit_price, 5), t.exit_reason) for t in result.trades]


def acts(result: Backtest) -> list[tuple[str, str, float, float]]:
    return [(a.guard, a.action, a.limit, a.measured) for a in result.guards]


def test_a_daily_loss_is_cut_inside_the_bar_at_its_price() -> None:
    """One lot from 1.1: 500 are lost at 1.095, far above the bar's low; the loss is 500 and not a cent more."""
    result = run(
        [*flat(1.1, 2), (1.1, 1.1, 1.05, 1.1), *flat(1.1, 3)], {0: order("buy", 1.0)}, daily_loss={"percent": 5}
    )
    assert exits(result) == [(2, 1.095, "limit")]
    assert result.net == -500.0
    assert acts(result) == [("daily_loss", "halted", 500.0, 500.0), ("daily_loss", "closed", 0.0, 1)]
    assert result.guards[0].time == MONDAY + 2 * HOUR


def test_a_short_is_cut_at_the_ask() -> None:
    """Spread 20 points: the ask reaches 1.10480 when the bid is at 1.10460."""
    bars = {"spread": np.full(6, 20.0)}
    rows = [*flat(1.1, 2), (1.1, 1.2, 1.1, 1.1), *flat(1.1, 3)]
    result = run_backtest(
        Scripted({0: order("sell", 1.0)}), market(rows, **bars), guards=rules_of({"daily_loss": {"amount": 480}}, "t")
    )  # fmt: skip
    assert exits(result) == [(2, 1.1048, "limit")]
    assert result.net == -480.0


def test_the_reserve_keeps_the_costs_of_closing_inside_the_limit() -> None:
    """7 a lot and side: 7 are paid at the entry, 7 kept back, so 486 of 500 are left for the price: 1.09514."""
    result = run(
        [*flat(1.1, 2), (1.1, 1.1, 1.05, 1.1), *flat(1.1, 3)], {0: order("buy", 1.0)}, daily_loss={"amount": 500},
        account={"reserve": 7}, settings={"account": AccountTerms(commission=Commission(7.0))},
    )  # fmt: skip
    assert exits(result) == [(2, 1.09514, "limit")]
    assert result.net == -500.0


def test_it_acts_before_the_limit_where_it_is_told_to() -> None:
    """At 90 % of 500."""
    rows = [*flat(1.1, 2), (1.1, 1.1, 1.05, 1.1), *flat(1.1, 3)]
    assert run(rows, {0: order("buy", 1.0)}, daily_loss={"amount": 500, "act_at": 90}).net == -450.0


def test_a_gap_is_filled_at_the_open() -> None:
    """Nobody could have closed at 1.095."""
    rows = [*flat(1.1, 2), (1.08, 1.081, 1.079, 1.08), *flat(1.08, 3)]
    result = run(rows, {0: order("buy", 1.0)}, daily_loss={"amount": 500})
    assert exits(result) == [(2, 1.08, "limit")]
    assert result.guards[0].measured == 2000.0


def test_a_stop_that_is_nearer_comes_first() -> None:
    rows = [*flat(1.1, 2), (1.1, 1.1, 1.05, 1.1), *flat(1.1, 3)]
    assert exits(run(rows, {0: order("buy", 1.0, sl=1.097)}, daily_loss={"amount": 500})) == [(2, 1.097, "sl")]
    assert exits(run(rows, {0: order("buy", 1.0, sl=1.094)}, daily_loss={"amount": 500})) == [(2, 1.095, "limit")]


def test_the_next_day_trades_again_and_a_halt_for_good_does_not() -> None:
    """The refusal is an event of the guard, with its code; it is not among the broker's refusals."""
    rows = [*flat(1.1, 2), (1.1, 1.1, 1.05, 1.1), *flat(1.1, 30)]
    script = {0: order("buy", 1.0), 4: order("buy", 0.1), 26: order("buy", 0.1)}
    day, good = (run(rows, script, daily_loss={"amount": 500, "halt": halt}) for halt in ("day", "good"))
    assert [len(day.trades), len(good.trades)] == [2, 1]
    assert [a.action for a in day.guards] == ["halted", "closed", "refused", "released"]
    assert [a.action for a in good.guards] == ["halted", "closed", "refused", "refused"]
    assert good.refused == ()


def test_by_the_balance_only_what_is_closed_counts() -> None:
    """800 are lost on paper; only when the stop has closed 600 of it nothing more is opened."""
    rows = [*flat(1.1, 2), (1.1, 1.1, 1.092, 1.1), (1.1, 1.1, 1.05, 1.1), *flat(1.1, 4)]
    result = run(
        rows, {0: order("buy", 1.0), 3: order("buy", 0.1), 5: order("buy", 0.1)},
        daily_loss={"amount": 500, "measure": "balance", "action": "refuse"},
    )  # fmt: skip
    assert acts(result) == []
    rows[3] = (1.1, 1.1, 1.09, 1.1)
    script = {0: order("buy", 1.0, sl=1.091), 4: order("buy", 0.1)}
    result = run(rows, script, daily_loss={"amount": 500, "measure": "balance", "action": "refuse"})
    assert acts(result) == [("daily_loss", "halted", 500.0, 900.0), ("daily_loss", "refused", 0.0, 0.0)]


def test_a_trailing_drawdown_follows_the_best_price_from_the_next_bar_on() -> None:
    """+1000 at 1.11 in bar 2; 600 below that is 1.104, which bar 3 reaches; bar 2's own low counts for nothing yet."""
    rows = [*flat(1.1, 2), (1.1, 1.11, 1.1, 1.108), (1.108, 1.109, 1.09, 1.1), *flat(1.1, 2)]
    result = run(rows, {0: order("buy", 1.0)}, drawdown={"kind": "trailing", "amount": 600})
    assert exits(result) == [(3, 1.104, "limit")]


@pytest.mark.parametrize(("lock_at", "price"), [(0, 1.1), (50, 1.1005)])
def test_a_locking_drawdown_rises_no_higher_than_the_start(lock_at: float, price: float) -> None:
    """The peak is +1000, the limit 600: trailing would be at +400; it stays at the initial balance (plus 50)."""
    rows = [*flat(1.1, 2), (1.1, 1.11, 1.1, 1.108), (1.108, 1.109, 1.09, 1.1), *flat(1.1, 2)]
    result = run(rows, {0: order("buy", 1.0)}, drawdown={"kind": "locking", "amount": 600, "lock_at": lock_at})
    assert exits(result) == [(3, price, "limit")]


def test_a_peak_of_the_day_is_taken_in_the_morning() -> None:
    """The first day's +1000 counts from its close on, when the price is at +800: 600 below is 1.102."""
    rows = [*flat(1.1, 2), (1.1, 1.11, 1.1, 1.108), *flat(1.108, 21), (1.108, 1.108, 1.05, 1.1), *flat(1.1, 2)]
    result = run(rows, {0: order("buy", 1.0)}, drawdown={"kind": "trailing", "amount": 600, "peak_at": "day"})
    assert exits(result) == [(24, 1.102, "limit")]


def test_an_order_whose_stop_would_go_too_far_is_refused() -> None:
    """With `risk`: 0.5 lots and 0.01 are 500, which the limit allows; a second one of 1 is refused, one without a stop
    too."""
    rows = flat(1.1, 8)
    script = {
        0: order("buy", 0.5, sl=1.09),
        1: order("buy", 0.1, sl=1.099),
        2: order("buy", 0.1),
        3: order("sell", 0.1),
    }
    result = run(rows, script, daily_loss={"amount": 505, "risk": True})
    assert [(a.guard, a.action, a.measured) for a in result.guards] == [
        ("daily_loss", "refused", 510.0), ("daily_loss", "refused", 1e15), ("daily_loss", "refused", 1e15),
    ]  # fmt: skip


def test_everything_is_flat_before_the_weekend_also_where_no_bar_begins_then() -> None:
    """Friday's last H1 bar begins at 20:00, and 20:45 lies in it: closed at its close, not on Monday."""
    friday = MONDAY + 4 * DAY + 18 * HOUR
    times = [friday + i * HOUR for i in range(3)] + [MONDAY + 7 * DAY + i * HOUR for i in range(3)]
    rows = [*flat(1.1, 2), (1.1, 1.1, 1.1, 1.099), *flat(1.0, 3)]
    result = run_backtest(
        Scripted({0: order("buy", 1.0), 1: order("buy_limit", 0.1, price=1.05)}), market(rows, time=times),
        guards=rules_of({"weekend": {"flat_from": "fri 20:45"}}, "t"), band=False,
    )  # fmt: skip
    assert exits(result) == [(2, 1.099, "limit")]
    assert [a.text for a in result.guards] == ["1 position closed, 1 order removed"]


def test_outside_the_hours_nothing_waits() -> None:
    """What waits at 03:00 is removed there; a position stays, unless hours flatten."""
    rows = [*flat(1.1, 5), (1.1, 1.1, 1.05, 1.1), *flat(1.1, 2)]
    script = {0: order("buy", 0.1), 1: order("buy_limit", 0.1, price=1.06), 4: order("buy", 0.1)}
    kept = run(rows, script, hours={"trade": {"mon": ["00:00-03:00"]}})
    closed = run(rows, script, hours={"trade": {"mon": ["00:00-03:00"]}, "outside": "flatten"})
    assert exits(kept) == [(7, 1.1, "end_of_data")]
    assert exits(closed) == [(3, 1.1, "limit")]
    assert acts(kept) == [("hours", "closed", 0.0, 1), ("hours", "refused", 0.0, 0.0)]


def test_what_waits_is_removed_before_it_could_go_beyond() -> None:
    """A spread of 200 points on 2 lots is 400, on the position 200: at 200 more of 800 the waiting order must go."""
    rows = [*flat(1.1, 3), (1.1, 1.1, 1.0975, 1.098), *flat(1.098, 3)]
    bars = market(rows, spread=np.full(7, 200.0))
    script = {0: order("buy", 1.0), 1: order("buy_limit", 2.0, price=1.05)}
    result = run_backtest(Scripted(script), bars, guards=rules_of({"daily_loss": {"amount": 800}}, "t"), band=False)
    assert [(a.guard, a.action, a.text) for a in result.guards] == [("daily_loss", "closed", "1 order removed")]
    assert exits(result) == [(6, 1.098, "end_of_data")]


def test_the_margin_level_closes_everything() -> None:
    """One lot at 1.1 and 1:100 needs 1100: 200 % of it are 2200, which 10 000 come to at a loss of 7800."""
    rows = [*flat(1.1, 2), (1.1, 1.1, 1.0, 1.1), *flat(1.1, 2)]
    result = run(rows, {0: order("buy", 1.0)}, margin={"flatten_level": 200})
    assert exits(result) == [(2, 1.022, "limit")]
    assert [a.guard for a in result.guards] == ["margin", "margin"]


def test_two_symbols_lose_together() -> None:
    """1 lot of each: EURUSD has lost 300 at its close when GBPUSD falls: at 300 more everything is closed."""
    euro = [*flat(1.1, 2), (1.1, 1.1, 1.097, 1.097), *flat(1.097, 4)]
    pound = [*flat(1.3, 3), (1.3, 1.3, 1.2, 1.3), *flat(1.3, 3)]
    script = {("EURUSD", 0): order_of("EURUSD", volume=1.0), ("GBPUSD", 0): order_of("GBPUSD", volume=1.0)}
    result = run_backtest(
        Both(script), market(euro), others=[market(pound, symbol="GBPUSD")], band=False,
        guards=rules_of({"daily_loss": {"amount": 600}}, "t"),
    )  # fmt: skip
    assert {(t.symbol, round(t.exit_price, 5), t.exit_reason) for t in result.trades} == {
        ("EURUSD", 1.097, "limit"), ("GBPUSD", 1.297, "limit"),
    }  # fmt: skip
    assert result.net == pytest.approx(-600.0)


def test_the_best_and_worst_case_run_under_the_same_guards() -> None:
    """Stop and target in one bar: both cases end inside the limit."""
    rows = [*flat(1.1, 2), (1.1, 1.11, 1.09, 1.1), *flat(1.1, 3)]
    guards = rules_of({"daily_loss": {"amount": 500}}, "t")
    result = run_backtest(Scripted({0: order("buy", 1.0, sl=1.097, tp=1.103)}), market(rows), guards=guards)
    assert result.band is not None
    assert (result.band.worst, result.band.best) == (-300.0, 300.0)
