"""Commission by hand: units, tiers, limits, the end of the day and of the month; and the fee."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mas import constants as mt5
from mas.backtest import run_backtest
from mas.errors import ParameterError
from mas.symbols import symbol_spec
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms, Commission
from tests.mas.scenarios import MONDAY, Scripted, flat, market, order

BUY = {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": 0, "volume": 1.0}
DAILY = AccountTerms(commission=Commission(3.0, charged="day"))


def opened(bars: Any = None, **settings: Any) -> SimulatedTerminal:
    terminal = SimulatedTerminal(bars or market(flat(1.1, 60)), **settings)
    terminal.initialize()
    terminal.open_bar(0)
    return terminal


def charged(commission: Commission, volume: float = 2.0, **settings: Any) -> float:
    """What two lots at 1.1000 cost with their deal."""
    terminal = opened(account=AccountTerms(commission=commission), **settings)
    terminal.order_send({**BUY, "volume": volume})
    deal = (terminal.history_deals_get(ticket=1) or ())[0]
    assert terminal.book.balance == 10_000 + deal.commission
    return float(deal.commission)


@pytest.mark.parametrize(
    ("commission", "due"),
    [
        ({}, -6.0), ({"per": "deal"}, -3.0), ({"currency": "profit"}, -6.0), ({"currency": "base"}, -6.6),
        ({"currency": "margin"}, -6.6), ({"currency": "points"}, -6.0), ({"currency": "points", "per": "deal"}, -3.0),
        ({"least": 7.0}, -7.0), ({"most": 5.0}, -5.0), ({"on": "out"}, 0.0),
    ],
)  # fmt: skip
def test_commission_in_every_unit(commission: dict[str, Any], due: float) -> None:
    """Three dollars, euros, or points of a dollar, for two lots of EURUSD."""
    assert charged(Commission(3.0, **commission)) == pytest.approx(due)


def test_commission_in_a_currency_that_must_be_converted() -> None:
    """Three yen for a lot of USDJPY at 150, on accounts in dollars and in yen."""
    bars = market(flat(150.0, 3), spec=replace(symbol_spec("USDJPY"), name="EURUSD"))
    commission = Commission(300.0, currency="profit")
    assert charged(commission, bars=bars, leverage=1000) == pytest.approx(-4.0)
    assert charged(Commission(3.0, currency="base"), bars=bars, leverage=1000) == pytest.approx(-6.0)


@pytest.mark.parametrize(("volume", "due"), [(0.5, -5.0), (1.0, -8.0), (2.0, -16.0), (3.0, -15.0)])
def test_tiers_by_the_volume_of_the_deal(volume: float, due: float) -> None:
    """Ten a lot, from one lot on eight, from three on five."""
    assert charged(Commission(10.0, tiers=((1.0, 8.0), (3.0, 5.0))), volume) == pytest.approx(due)


def test_tiers_by_the_turnover_of_the_day() -> None:
    """The second lot brings the day's turnover to 220 000 dollars and costs less; the next day begins anew."""
    tiers = Commission(10.0, charged="day", tiers=((200_000.0, 4.0),), tiered_by="turnover")
    terminal = opened(account=AccountTerms(commission=tiers))
    for due in (10.0, 14.0):
        terminal.order_send(BUY)
        assert terminal.book.dues.blocked == pytest.approx(due)
    terminal.open_bar(24)
    terminal.order_send(BUY)
    assert terminal.book.dues.blocked == pytest.approx(10.0)


def test_daily_commission_is_blocked_until_midnight() -> None:
    """The deals are free, the balance stays; then one deal of its own takes all of it."""
    terminal = opened(account=DAILY)
    terminal.order_send(BUY)
    terminal.order_send({**BUY, "type": 1, "position": 1})
    account = terminal.account_info()
    assert account is not None
    assert (account.balance, account.commission_blocked, account.margin_free) == (10_000.0, 6.0, 9_994.0)
    assert [deal.commission for deal in terminal.history_deals_get(position=1) or ()] == [0.0, 0.0]
    terminal.open_bar(23)
    assert terminal.book.balance == 10_000.0
    terminal.open_bar(30)
    account, deal = terminal.account_info(), terminal.book.deals[-1]
    assert account is not None
    assert (account.balance, account.commission_blocked) == (9_994.0, 0.0)
    assert (deal.type, deal.profit, deal.time) == (mt5.DEAL_TYPE_COMMISSION_DAILY, -6.0, MONDAY + 86_400)


def test_monthly_commission_is_charged_on_the_first() -> None:
    """Deals of January on the first of February, those of December in January."""
    bars = market(flat(1.1, 60), timeframe="D1")
    terminal = opened(bars, account=AccountTerms(commission=Commission(3.0, charged="month")))
    terminal.order_send(BUY)
    terminal.open_bar(30)
    assert terminal.book.balance == 10_000.0
    terminal.open_bar(31)
    deal = terminal.book.deals[-1]
    assert (terminal.book.balance, deal.type) == (9_997.0, mt5.DEAL_TYPE_COMMISSION_MONTHLY)
    assert deal.time == MONDAY + 31 * 86_400
    december = opened(market(flat(1.1, 60), timeframe="D1", time=bars.time - 2 * 86_400), account=terminal.account)
    december.order_send(BUY)
    december.open_bar(1)
    assert december.book.balance == 10_000.0
    december.open_bar(2)
    assert december.book.balance == 9_997.0


def test_blocked_commission_covers_no_margin() -> None:
    """What is due is not free."""
    terminal = opened(account=AccountTerms(commission=Commission(9_000.0, per="deal", charged="day")))
    answers = terminal.order_send({**BUY, "volume": 0.1}), terminal.order_send(BUY)
    assert [answer and answer.retcode for answer in answers] == [mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_NO_MONEY]


@pytest.mark.parametrize(
    ("period", "balance"), [("deal", [9_984.0, 9_984.0]), ("day", [9_990.0, 9_984.0]), ("month", [9_990.0, 9_990.0])]
)
def test_a_backtest_comes_to_the_same_sum(period: str, balance: list[float]) -> None:
    """Its trades know what they cost, whenever it was charged; the balance ends where they say."""
    script = {1: order("buy"), 5: order("sell"), 30: order("buy")}
    account = AccountTerms(commission=Commission(30.0, charged=period), fee=Commission(5.0, per="deal", on="in"))
    result = run_backtest(Scripted(script), market(flat(1.1, 60)), account=account, band=False)
    assert len(result.trades) == 3
    assert result.net == pytest.approx(-3 * (2 * 3.0 + 5.0))
    assert result.balance[-1] == pytest.approx(result.deposit + result.net)
    assert result.balance[[10, 24]].tolist() == pytest.approx(balance)


def test_the_fee_has_its_own_field() -> None:
    """Charged at once, beside the commission."""
    account = AccountTerms(commission=Commission(3.0), fee=Commission(0.5, per="deal"))
    terminal = opened(account=account)
    terminal.order_send(BUY)
    deal = (terminal.history_deals_get(ticket=1) or ())[0]
    assert (deal.commission, deal.fee, terminal.book.balance) == (-3.0, -0.5, 9_996.5)
    terminal.order_send({**BUY, "type": 1, "position": 1})
    assert terminal.book.closed[0][1].commission == -7.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "yen"}, {"charged": "year"}, {"tiered_by": "age"}, {"least": 2.0, "most": 1.0},
        {"tiers": ((2.0, 1.0), (1.0, 2.0))}, {"tiers": ((1.0, -1.0),)},
    ],
)  # fmt: skip
def test_commission_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    """ParameterError; a fee is never charged later."""
    with pytest.raises(ParameterError):
        Commission(1.0, **wrong)
    with pytest.raises(ParameterError, match=r"fee\.charged"):
        AccountTerms(fee=Commission(1.0, charged="day"))


class Pair(Scripted):
    """Runs on two symbols; the script counts the bars of both."""

    symbols = ("EURUSD", "GBPUSD")


def test_symbols_of_one_account_share_what_is_due() -> None:
    """Tiers count the lots of both symbols; midnight takes the sum in one deal, the end what was added since."""

    def both(client: Scripted) -> None:
        for symbol in Pair.symbols:
            client.send_order({"symbol": symbol, "order_type": "buy", "volume": 1.0})

    commission = Commission(10.0, charged="day", tiers=((2.0, 4.0),))
    bars = [market(flat(1.1, 60), symbol=symbol) for symbol in Pair.symbols]
    result = run_backtest(
        Pair({2: both}), bars[0], others=bars[1:], account=AccountTerms(commission=commission), band=False
    )
    assert [round(trade.commission, 2) for trade in result.trades] == [-20.0, -8.0]
    assert result.balance[[20, 24, -1]].tolist() == pytest.approx([10_000.0, 9_986.0, 9_972.0])
    assert result.net == pytest.approx(-28.0)
