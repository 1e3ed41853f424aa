"""MetaTrader's tester statistics: worked out on paper, or by a plain loop."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from mas import constants as mt5
from mas.backtest import replay_on
from mas.bars import Bars
from mas.excursions import excursions
from mas.mt5_statistics import (
    PlainDeal,
    deals_of,
    line_error,
    mt5_sharpe,
    mt5_statistics,
    weekend_seconds,
)
from mas.mt5_table import statistics_rows
from mas.terminals.simulated.terms import AccountTerms, Commission
from tests.backtests import MONDAY, a_trade, some_bars
from tests.mas.scenarios import Scripted, close_all, flat, market, order

HOUR, DAY = 3600, 86_400


def deals(*results: float, commission: float = 0.0) -> list[PlainDeal]:
    """A long of two hours per result, one a day from Monday on; half the commission at each end."""
    found = []
    for i, result in enumerate(results):
        start = MONDAY + i * DAY
        found.append(PlainDeal(start, mt5.DEAL_TYPE_BUY, mt5.DEAL_ENTRY_IN, i, 0.1, commission / 2, 0.0, 0.0))
        end = start + 2 * HOUR
        found.append(PlainDeal(end, mt5.DEAL_TYPE_SELL, mt5.DEAL_ENTRY_OUT, i, 0.1, commission / 2, 0.0, result))
    return found


def test_entry_commissions_count_in_the_gross_loss_alone() -> None:
    """A trade's result carries the commission of its exit; those of entries make the gross loss larger."""
    found = mt5_statistics(deals(100, -40, 60, commission=-4), 1000)
    assert found["gross_profit"] == 98 + 58
    assert found["gross_loss"] == -42 - 6
    assert found["net_profit"] == 108
    assert found["profit_factor"] == pytest.approx(156 / 48)
    assert found["expected_payoff"] == 36
    assert (found["average_profit_trade"], found["average_loss_trade"]) == (78, -42)
    assert (found["largest_profit_trade"], found["largest_loss_trade"]) == (98, -42)
    assert (found["trades"], found["deals"]) == (3, 6)


def test_fees_and_commission_in_deals_of_its_own_are_costs() -> None:
    """A fee belongs to its deal; a day's commission lowers gross loss, net profit and the balance, and is no trade."""
    first, second = deals(100, -40)[:2], deals(100, -40)[2:]
    first[0], first[1] = first[0]._replace(fee=-1.0), first[1]._replace(fee=-3.0)
    day = PlainDeal(MONDAY + 3 * HOUR, mt5.DEAL_TYPE_COMMISSION_DAILY, 0, 0, 0.0, 0.0, 0.0, -7.0)
    deposit = PlainDeal(MONDAY, mt5.DEAL_TYPE_BALANCE, 0, 0, 0.0, 0.0, 0.0, 1000.0)
    found = mt5_statistics([deposit, *first, day, *second], 1000)
    assert (found["gross_profit"], found["gross_loss"]) == (97, -40 - 1 - 7)
    assert found["net_profit"] == 49
    assert (found["trades"], found["deals"]) == (2, 4)
    assert found["balance_drawdown_absolute"] == 1
    assert found["balance_drawdown_maximal"] == 47  # from 1096 after the first trade by the day's 7 and the loss of 40
    assert found["ghpr"] == pytest.approx(math.sqrt(1049 / 1000))


def test_a_daily_commission_of_the_simulated_account_reaches_the_statistics() -> None:
    """The deals that the terminal books itself: net profit is what the balance has gained."""
    terms = AccountTerms(commission=Commission(7.0, charged="day"), fee=Commission(1.0))
    client = Scripted({0: order("buy"), 5: close_all, 40: order("sell")})
    book = replay_on(client, market(flat(1.1, 60)), account=terms).terminal.book
    assert {deal.type for deal in book.deals} >= {mt5.DEAL_TYPE_COMMISSION_DAILY}
    found = mt5_statistics(book.deals, book.deposit)
    assert found["net_profit"] == pytest.approx(book.balance - book.deposit)
    assert found["net_profit"] < 0


def test_drawdowns_in_money_and_in_percent_are_two_episodes() -> None:
    """Maximal is the largest in money, relative in percent; absolute is below the deposit, entry deals included."""
    found = mt5_statistics(deals(-30, 1030, -100, commission=-2), 100)
    assert found["balance_drawdown_absolute"] == 33  # 100 - 2 - 30, and one more at the next entry
    assert found["balance_drawdown_maximal"] == 102
    assert found["balance_drawdown_maximal_percent"] == pytest.approx(100 * 102 / 1096)
    assert found["balance_drawdown_relative_percent"] == pytest.approx(33)
    assert found["balance_drawdown_relative"] == 33


def test_recovery_is_measured_by_the_equity() -> None:
    """Net profit over the maximal drawdown of the equity, not of the balance."""
    found = mt5_statistics(deals(100, 50), 1000, equity=np.array([1000, 950, 1100, 1150.0]), bar_minutes=60)
    assert found["equity_drawdown_maximal"] == 50
    assert found["equity_drawdown_absolute"] == 50
    assert found["recovery_factor"] == 3
    assert found["balance_drawdown_maximal"] == 0


def test_growth_and_line_of_the_balance() -> None:
    """AHPR, GHPR, correlation and standard error of 1000, 1100, 1050, 1200."""
    found = mt5_statistics(deals(100, -50, 150), 1000)
    assert found["ahpr"] == pytest.approx((1.1 + 1050 / 1100 + 1200 / 1050) / 3)
    assert found["ghpr"] == pytest.approx(1.2 ** (1 / 3))
    balance = [1000, 1100, 1050, 1200]
    assert found["lr_correlation"] == pytest.approx(statistics.correlation(range(4), balance))
    slope, start = statistics.linear_regression(range(4), balance)
    rest = sum((y - start - slope * x) ** 2 for x, y in enumerate(balance))
    assert found["lr_standard_error"] == pytest.approx(math.sqrt(rest / 2))
    assert line_error(np.array([1.0, 2.0])) is None


def test_z_score_and_its_probability() -> None:
    """Ten trades in four runs; the probability is that of the score rounded to two decimals."""
    results = [1, 1, 1, -1, -1, -1, 1, 1, -1, -1]
    found = mt5_statistics(deals(*results), 100)
    product = 2 * 5 * 5
    score = (10 * (4 - 0.5) - product) / math.sqrt(product * (product - 10) / 9)
    assert found["z_score"] == pytest.approx(score)
    assert found["z_probability"] == pytest.approx(100 * math.erf(abs(round(score, 2)) / math.sqrt(2)))


def test_runs_by_length_and_by_money() -> None:
    """The longest run and the richest one may differ; mean lengths are rounded to whole trades."""
    found = mt5_statistics(deals(1, 1, 1, -5, 50, -1, -1, 2), 100)
    assert (found["max_consecutive_wins"], found["max_consecutive_wins_money"]) == (3, 3)
    assert (found["maximal_consecutive_wins"], found["maximal_consecutive_wins_count"]) == (50, 1)
    assert (found["max_consecutive_losses"], found["max_consecutive_losses_money"]) == (2, -2)
    assert (found["maximal_consecutive_losses"], found["maximal_consecutive_losses_count"]) == (-5, 1)
    assert (found["average_consecutive_wins"], found["average_consecutive_losses"]) == (2, 2)  # 5 / 3 and 1.5


def test_sides_are_those_of_the_position() -> None:
    """A closing sell ends a long; a zero result is no win."""
    bars = some_bars(20)
    trades = [a_trade(bars, 1, 2, 5), a_trade(bars, 3, 4, -5), a_trade(bars, 5, 6, 0.0, side="short")]
    found = mt5_statistics(deals_of(trades), 1000)
    assert (found["long_trades"], found["long_won_percent"]) == (2, 50)
    assert (found["short_trades"], found["short_won_percent"]) == (1, 0)
    assert (found["profit_trades"], found["loss_trades"]) == (1, 2)


def test_weekends_are_not_held() -> None:
    """From Friday noon to Monday noon is a day; hours inside a weekend are none; weekdays count whole."""
    friday = MONDAY + 4 * DAY + 12 * HOUR

    def held(start: int, end: int) -> float:
        moments = np.array([start, end])
        return float(end - start - np.diff(weekend_seconds(moments))[0])

    assert held(friday, friday + 3 * DAY) == DAY
    assert held(friday + DAY, friday + DAY + HOUR) == 0
    assert held(MONDAY, MONDAY + 4 * DAY) == 4 * DAY
    assert held(friday, friday + 14 * DAY) == 10 * DAY
    assert held(friday, friday + DAY) == DAY / 2


def test_holding_times_are_of_complete_closes() -> None:
    """A position closed in two parts is held until the second; one still open is not counted."""

    def deal(hour: int, kind: int, entry: int, position: int, volume: float) -> PlainDeal:
        return PlainDeal(MONDAY + hour * HOUR, kind, entry, position, volume, 0.0, 0.0, 1.0 if entry else 0.0)

    buy, sell, into, out = mt5.DEAL_TYPE_BUY, mt5.DEAL_TYPE_SELL, mt5.DEAL_ENTRY_IN, mt5.DEAL_ENTRY_OUT
    found = mt5_statistics(
        [
            deal(0, buy, into, 1, 0.2), deal(1, sell, out, 1, 0.1), deal(5, sell, out, 1, 0.1),
            deal(6, buy, into, 2, 0.1), deal(7, sell, out, 2, 0.1), deal(8, buy, into, 3, 0.1),
        ],
        1000,
    )  # fmt: skip
    assert (found["holding_minimal_hours"], found["holding_maximal_hours"]) == (1, 5)
    assert found["holding_average_hours"] == 3
    assert found["trades"] == 3


def test_a_turned_position_is_two() -> None:
    """In netting a deal larger than the position closes it and opens the other side."""
    turn = PlainDeal(MONDAY + HOUR, mt5.DEAL_TYPE_SELL, mt5.DEAL_ENTRY_INOUT, 1, 0.3, 0.0, 0.0, 10.0)
    start = PlainDeal(MONDAY, mt5.DEAL_TYPE_BUY, mt5.DEAL_ENTRY_IN, 1, 0.1, 0.0, 0.0, 0.0)
    end = PlainDeal(MONDAY + 3 * HOUR, mt5.DEAL_TYPE_BUY, mt5.DEAL_ENTRY_OUT, 1, 0.2, 0.0, 0.0, 5.0)
    found = mt5_statistics([start, turn, end], 1000)
    assert (found["holding_minimal_hours"], found["holding_maximal_hours"]) == (1, 2)
    assert (found["long_trades"], found["short_trades"]) == (1, 1)


def test_sharpe_by_the_published_method() -> None:
    """Log returns of the bars that changed, population deviation, a year of 252 days of such bars."""
    equity = np.array([1000, 1010, 1010, 1005, 1005, 1020.0])
    returns = [math.log(1.01), math.log(1005 / 1010), math.log(1020 / 1005)]
    expected = statistics.mean(returns) / statistics.pstdev(returns) * math.sqrt(252)
    assert mt5_sharpe(equity, 1440) == pytest.approx(expected)
    assert mt5_sharpe(np.full(5, 1000.0), 1440) is None


def test_balance_operations_are_no_trades() -> None:
    """A deposit among the deals is passed over."""
    deposit = PlainDeal(MONDAY - DAY, mt5.DEAL_TYPE_BALANCE, 0, 0, 0.0, 0.0, 0.0, 1000.0)
    assert mt5_statistics([deposit, *deals(5)], 1000) == mt5_statistics(deals(5), 1000)


def test_excursions_are_known_from_bars() -> None:
    """A long sees highs and lows up to the exit's bar, of that only its open and the fill; a short pays the spread."""
    bars = some_bars(5)
    open_ = np.array([1.10, 1.11, 1.12, 1.10, 1.10])
    market = Bars.from_arrays(
        "EURUSD", "H1", bars.time, open_, open_ + 0.005, open_ - 0.005, open_, spread=np.full(5, 10.0)
    )
    long = a_trade(market, 0, 3, -100.0, entry_price=1.10, exit_price=1.09)
    short = a_trade(market, 1, 2, 100.0, side="short", entry_price=1.11, exit_price=1.10, swap=-1.0)
    same_bar = a_trade(market, 4, 4, 200.0, entry_price=1.10, exit_price=1.12)
    found = excursions([long, short, same_bar], market)
    assert found.profit.tolist() == [99, -100, 200]  # in order of the exits
    assert found.mfe == pytest.approx([100, 250, 200])
    assert found.mae == pytest.approx([-101, -100, 0])


def test_excursions_correlate_with_results() -> None:
    """Pearson over the positions, given only where the excursions are."""
    bars = some_bars(200)
    trades = [a_trade(bars, 10 * i, 10 * i + 5, float(5 * i - 30)) for i in range(15)]
    moved = excursions(trades, bars)
    found = mt5_statistics(deals_of(trades), 10_000, excursions=moved)
    assert found["correlation_profit_mfe"] == pytest.approx(
        statistics.correlation(moved.profit.tolist(), moved.mfe.tolist())
    )
    assert mt5_statistics(deals_of(trades), 10_000)["correlation_mfe_mae"] is None


@pytest.mark.parametrize("results", [(), (5.0,), (-5.0, -5.0), (0.0, 0.0), (-2000.0, 10.0)])
def test_odd_accounts_have_rows_too(results: tuple[float, ...]) -> None:
    """No trades, one, only losses, a lost account: every row can be written."""
    found = mt5_statistics(deals(*results), 1000)
    assert all(value is None or math.isfinite(value) for value in found.values())
    rows = statistics_rows(found)
    assert len(rows) == len({name for name, _ in rows}) == 41
    assert all("nan" not in text for _, text in rows)


def test_rows_are_written_as_metatrader_writes_them() -> None:
    """Brackets hold the other side of each figure."""
    rows = dict(statistics_rows(mt5_statistics(deals(100, -50, 150), 1000, margin_levels=np.array([900.0, 512.34]))))
    assert rows["Balance Drawdown Maximal"] == "50.00 (4.55%)"
    assert rows["Balance Drawdown Relative"] == "4.55% (50.00)"
    assert rows["Profit Trades (% of total)"] == "2 (66.67%)"
    assert rows["Maximum consecutive wins ($)"] == "1 (100.00)"
    assert rows["GHPR"] == "1.0627 (6.27%)"
    assert rows["Average position holding time"] == "2:00:00"
    assert rows["Margin Level"] == "512.34%"
