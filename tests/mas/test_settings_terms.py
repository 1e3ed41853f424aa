"""What a broker sets, from wherever it can be said: `run_backtest`, a subscription, `mas.settings`."""

from __future__ import annotations

import pytest

from mas.replay import run_backtest
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
