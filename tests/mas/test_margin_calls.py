"""The margin level of a run, worked out on paper, and the broker's call."""

from __future__ import annotations

import pytest

from mas import constants as mt5
from mas.backtest import run_backtest
from mas.terminals.simulated.terms import AccountTerms
from tests.mas.scenarios import Scripted, flat, market, order

HUNDRED = 1.1 * 100_000 / 100
"""Margin of one lot at 1.1 and 1:100."""


def run(rows, script, **settings):
    return run_backtest(Scripted(script), market(rows), band=False, **settings)


def test_the_lowest_level_is_looked_for_inside_bars(caplog):
    """One lot loses 0.005 at the bar's low, 500 of 2000: 1500 to 1100 of margin; no call above 100%."""
    rows = [*flat(1.1, 2), (1.1, 1.1, 1.095, 1.1), *flat(1.1, 2)]
    result = run(rows, {0: order("buy", 1.0)}, deposit=2000)
    assert result.margin.lowest == pytest.approx(100 * 1500 / HUNDRED)
    assert result.margin.called is None
    assert "margin call" not in caplog.text


def test_a_margin_call_is_told_and_kept(caplog):
    """At a low of 1.089 the short of nobody stands, the long has lost 1100 of 2000: below 100%, above the stop-out."""
    rows = [*flat(1.1, 3), (1.1, 1.1, 1.089, 1.1), *flat(1.1, 2)]
    bars = market(rows)
    result = run_backtest(Scripted({0: order("buy", 1.0)}), bars, deposit=2000, band=False)
    assert result.margin.called == bars.time[3]
    assert result.margin.lowest == pytest.approx(100 * 900 / HUNDRED)
    assert "margin call on 2024-01-01: the account fell to the broker's level of 100%" in caplog.text
    calm = AccountTerms(margin_so_call=60.0)
    assert run(rows, {0: order("buy", 1.0)}, deposit=2000, account=calm).margin.called is None


def test_a_stop_out_is_past_the_call():
    """Whatever the bar's close says."""
    rows = [*flat(1.1, 2), (1.1, 1.1, 1.05, 1.1), *flat(1.1, 2)]
    bars = market(rows)
    result = run_backtest(Scripted({0: order("buy", 1.0)}), bars, deposit=2000, band=False)
    assert [t.exit_reason for t in result.trades] == ["stop_out"]
    assert result.margin.called == bars.time[2]
    assert result.margin.lowest <= 50.0


def test_levels_in_money_and_covered_positions():
    """The call may be an amount of equity; a covered pair holds the margin of its larger leg."""
    terms = AccountTerms(margin_so_mode=mt5.ACCOUNT_STOPOUT_MODE_MONEY, margin_so_call=1600, margin_so_so=100)
    rows = [*flat(1.1, 2), (1.1, 1.1, 1.095, 1.1), *flat(1.1, 2)]
    assert run(rows, {0: order("buy", 1.0)}, deposit=2000, account=terms).margin.called is not None

    def both(client):
        order("buy", 1.0)(client)
        order("sell", 0.5)(client)

    result = run(rows, {0: both}, deposit=2000)
    assert result.margin.lowest == pytest.approx(100 * 1750 / HUNDRED)


def test_without_positions_there_is_no_level():
    """Not 0, and no call."""
    result = run(flat(1.1, 4), {})
    assert (result.margin.lowest, result.margin.called) == (None, None)
