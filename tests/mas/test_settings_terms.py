"""What a broker sets, from wherever it can be said: `run_backtest`, a subscription, `mas.settings`."""

from __future__ import annotations

import logging
from dataclasses import fields

import pytest

import mas
import mas.constants
from mas.adds import Adds
from mas.backtest import run_backtest
from mas.broker_terms import ACCOUNT_FIELDS, SYMBOL_FIELDS, commission_of
from mas.errors import ParameterError
from mas.settings import settings
from mas.terminals.simulated.terms import AccountTerms, Commission, SymbolTerms
from tests.mas.scenarios import Scripted, close_all, flat, market, order


def test_run_backtest_passes_the_terms_of_account_and_symbol_on():
    """Slippage of 20 points each way, 2 per deal, and a symbol that only lets positions be closed."""
    bars = market([*flat(1.1, 4)], spread=None)
    worse = AccountTerms(slippage=20.0, commission=Commission(2.0, "deal"))
    result = run_backtest(Scripted({0: order("buy"), 1: close_all}), bars, spread=0, account=worse)
    (trade,) = result.trades
    assert (round(trade.entry_price, 5), round(trade.exit_price, 5)) == (1.1002, 1.0998)
    assert trade.commission == -4.0
    closing = SymbolTerms(trade_mode=3)
    refused = run_backtest(Scripted({0: order("buy")}), bars, terms=closing).refused
    assert [r.retcode for r in refused] == [10044]


def test_the_account_may_be_in_another_currency():
    """EURUSD in euros: 100 dollars at 1.11 are 90.09."""
    bars = market([*flat(1.1, 2), *flat(1.11, 3)], spread=None)
    result = run_backtest(Scripted({0: order("buy"), 1: close_all}), bars, spread=0, currency="EUR")
    assert result.currency == "EUR"
    assert result.trades[0].profit == pytest.approx(round(100 / 1.11, 2))


# ------------------------------------------------------------- subscriptions and settings


ASKED = {"symbol": "EURUSD", "timeframe": "H1", "backtest_toggle": True, "spread": 0}


@pytest.fixture
def history(tmp_path, monkeypatch):
    """Five H1 bars of EURUSD at 1.10 from Wednesday 22:00 on, a night among them; and a way to add other files."""

    def put(name: str, rows: list[str], header: str = "time,open,high,low,close") -> None:
        (tmp_path / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n")

    hours = ("2024-01-03 22:00", "2024-01-03 23:00", "2024-01-04 00:00", "2024-01-04 01:00", "2024-01-04 02:00")
    put("EURUSD_H1", [f"{hour},1.10000,1.10000,1.10000,1.10000" for hour in hours])
    monkeypatch.setenv("MAS_DATA", str(tmp_path))
    return put


class Once(mas.MAS):
    """Buys a lot at the first bar, and closes it three bars later."""

    def __init__(self, volume: float = 1.0) -> None:
        super().__init__()
        self.index, self.volume = -1, volume

    def receive_bars(self, symbol, data, is_end=False):
        self.index += 1
        if self.index in (0, 3):
            for trade in self.trades(symbol):
                self.close_trade(trade)
            if not self.index:
                self.send_order({"symbol": symbol, "order_type": "buy", "volume": self.volume})


def trade_of(**keys):
    client = Once()
    client.subscribe_bars({**ASKED, **keys})
    (trade,) = client._last_replay.result().trades
    return trade


def test_keys_of_a_subscription_set_the_terms(history):
    """Each key by its effect on one lot of EURUSD that is held over a Wednesday night."""
    assert (trade_of().commission, trade_of().swap, trade_of().profit) == (0.0, 0.0, 0.0)
    assert trade_of(commission=3.5).commission == -7.0
    assert trade_of(commission={"amount": 0.002, "per": "percent"}).commission == -4.4
    assert trade_of(commission={"amount": 5, "per": "deal", "on": "in"}).commission == -5.0
    assert trade_of(swaps=True).swap == -21.0  # the library's -7 points, three times on Wednesday
    assert trade_of(slippage=10).profit == -20.0
    assert trade_of(slippage=10, currency="EUR").profit == pytest.approx(round(-20 / 1.0999, 2), abs=0.01)
    assert trade_of(account=AccountTerms(slippage=5.0), swaps=True).profit == -10.0


def test_a_netting_account_is_one_key(history):
    """Two buys are one position, which the account's own answer says as well."""
    client = Once()
    client.index = 5  # it does nothing of its own
    seen = []

    def twice(symbol, data, is_end=False):
        if len(seen) < 2:
            client.send_order({"symbol": symbol, "order_type": "buy", "volume": 0.1})
        seen.append([round(p["volume"], 2) for p in client.get_positions()])

    client.receive_bars = twice
    client.subscribe_bars({**ASKED, "netting": True})
    assert seen[1] == [0.2]
    assert client.get_account_info()["margin_mode"] == mas.constants.ACCOUNT_MARGIN_MODE_RETAIL_NETTING


def test_keys_win_over_settings_and_settings_over_nothing(history, monkeypatch):
    """Also over the settings' own account terms, which say what no setting of a name of its own says."""
    monkeypatch.setattr(settings, "slippage", 10.0)
    monkeypatch.setattr(settings, "commission", {"amount": 1.0, "per": "deal"})
    assert (trade_of().profit, trade_of().commission) == (-20.0, -2.0)
    assert (trade_of(slippage=0).profit, trade_of(commission=0).commission) == (0.0, 0.0)
    monkeypatch.setattr(settings, "account", AccountTerms(slippage=30.0, swaps=True))
    assert (trade_of().profit, trade_of().swap) == (-20.0, -21.0)
    assert trade_of(account=AccountTerms()).profit == 0.0
    monkeypatch.setattr(settings, "slippage", None)
    assert trade_of().profit == -60.0


def test_the_account_without_a_replay_has_the_settings(history, monkeypatch):
    monkeypatch.setattr(settings, "currency", "EUR")
    monkeypatch.setattr(settings, "netting", True)
    client = mas.MAS()
    client._simulated_open = True
    info = client.get_account_info()
    assert (info["currency"], info["margin_mode"]) == ("EUR", mas.constants.ACCOUNT_MARGIN_MODE_RETAIL_NETTING)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"netting": "yes"}, "netting must be True or False, not 'yes'"),
        ({"swaps": 1}, "swaps must be True or False, not 1"),
        ({"slippage": -1}, "slippage must be a number 0 or more, not -1"),
        ({"slippage": float("nan")}, "slippage must be a number 0 or more, not nan"),
        ({"commission": "3 per lot"}, "commission must be a number 0 or more .*, or a table of amount, per, on, "),
        ({"commission": {"tiers": [1, 2]}}, "commission: tiers must be a list of pairs"),
        ({"commission": {"tiers": [[5, 1], [0, 2]]}}, "commission: commission: the tiers must rise"),
        (
            {"commission": {"amount": 3, "per": "trade"}},
            "commission: per must be one of lot, deal, percent",
        ),
        ({"commission": {"per": "lot"}}, "commission must have an amount"),
        ({"commission": {"amount": 3, "each": "lot"}}, "commission: each is not known"),
        ({"currency": "dollars"}, "currency must be a currency such as \"USD\", not 'dollars'"),
        ({"stop_out": "best"}, "stop_out must be one of all, worst, not 'best'"),
        ({"stop_out_level": -5}, "stop_out_level must be a number 0 or more"),
        ({"modelling": "fast"}, "modelling must be one of pessimistic, open, ohlc, every_tick, real_ticks, not 'fast'"),
        ({"account": {"netting": True}}, r"account must be mas.terminals.simulated.terms.AccountTerms\(...\)"),
        ({"terms": 5}, "terms must be"),
        ({"currency": "XXX"}, "no rate is known from USD to XXX: EURUSD cannot be settled"),
    ],
)
def test_a_wrong_key_is_refused_by_name(history, keys, says):
    with pytest.raises(ParameterError, match=says):
        trade_of(**keys)


def test_a_wrong_setting_says_that_it_is_one(history, monkeypatch):
    monkeypatch.setattr(settings, "stop_out", "none")
    with pytest.raises(ParameterError, match=r"mas\.settings: stop_out must be one of all, worst"):
        trade_of()


# ------------------------------------------------------------- modelling


def _minutes(hour: str, prices: list[float]) -> list[str]:
    """A minute bar of one price for each of the prices, from the full hour on."""
    return [f"{hour}:{n:02d},{p:.5f},{p:.5f},{p:.5f},{p:.5f}" for n, p in enumerate(prices)]


def test_modelling_looks_for_minutes_and_ticks_in_the_history(history, caplog):
    """An hour whose target comes before its stop: only those who look inside can tell."""
    history("EURUSD_H1", ["2024-01-03 10:00,1.1,1.1,1.1,1.1", "2024-01-03 11:00,1.1,1.1,1.1,1.1",
                          "2024-01-03 12:00,1.1,1.102,1.098,1.1", "2024-01-03 13:00,1.1,1.1,1.1,1.1"])  # fmt: skip
    course = [("10", [1.1]), ("11", [1.1]), ("12", [1.1, 1.102, 1.098, 1.1]), ("13", [1.1])]

    def reason(**keys):
        client = mas.MAS()
        orders = [{"symbol": "EURUSD", "order_type": "buy", "volume": 0.1, "sl": 1.099, "tp": 1.101}]
        client.receive_bars = lambda symbol, data, is_end: orders and client.send_order(orders.pop())
        client.subscribe_bars({**ASKED, **keys})
        return client._last_replay.result().trades[0].exit_reason

    assert (reason(), reason(modelling="pessimistic")) == ("sl", "sl")
    with caplog.at_level(logging.WARNING, "mas"):
        reason(modelling="1 minute OHLC")
    assert "no one-minute bars" in caplog.text
    with pytest.raises(ParameterError, match=r"needs recorded ticks: put EURUSD_TICKS"):
        reason(modelling="real_ticks")
    with pytest.raises(ParameterError, match="M1"):
        reason(modelling="every_tick")
    history("EURUSD_M1", [row for hour, prices in course for row in _minutes(f"2024-01-03 {hour}", prices)])
    assert [reason(modelling=mode) for mode in ("ohlc", "every_tick")] == ["tp", "tp"]
    ticks = [
        f"2024-01-03 {hour}:{n:02d}:00,{price:.5f},{price:.5f}"
        for hour, prices in course
        for n, price in enumerate(prices)
    ]
    history("EURUSD_TICKS", ticks, "time,bid,ask")
    assert reason(modelling="real ticks") == "tp"


def test_modelling_is_for_bars():
    with pytest.raises(ParameterError, match="modelling is for bars"):
        mas.MAS().subscribe_ticks({"symbol": "EURUSD", "backtest_toggle": True, "modelling": "ohlc"})


# ------------------------------------------------------------- every field can be set


def test_every_field_of_the_terms_has_a_key():
    """A field that is added to the terms is known to files as well."""
    assert set(ACCOUNT_FIELDS) == {item.name for item in fields(AccountTerms)}
    everything = {item.name: getattr(Commission(), item.name) for item in fields(Commission)}
    assert commission_of({**everything, "most": 1e9}) == Commission(most=1e9)
    assert set(SYMBOL_FIELDS) == {item.name for item in fields(SymbolTerms)}


def several(client):
    """A script step that asks for a pyramid."""
    return client.entry_side("EURUSD", True, False, pyramid=2)


def added(client):
    """A script step whose entry is added to."""
    return order("buy", plan={"add": Adds(2, every=0.001, way="against")}, sl=1.09)(client)


@pytest.mark.parametrize(
    ("step", "what"), [(several, "several entries the same way"), (added, "what is added to an entry")]
)
def test_what_a_netting_account_cannot_keep_apart_is_an_error(step, what):
    """Pyramids and adds would become one position with one stop: never in silence."""
    bars = market([*flat(1.1, 4)])
    run_backtest(Scripted({0: step}), bars)
    with pytest.raises(ParameterError, match=f"{what} cannot be kept apart on a netting account"):
        run_backtest(Scripted({0: step}), bars, account=AccountTerms(netting=True))
