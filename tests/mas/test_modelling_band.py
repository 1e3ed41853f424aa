"""The band of a result: what the run would have made had all that its data leave open gone worst, and best."""

from __future__ import annotations

import pytest

from tests.mas.scenarios import BOTH, WIDE, flat, market, minutes, order, play, waiting


def test_the_band_is_stop_first_and_target_first():
    """30 pips lost or won with 0.1 lot: the run itself is the worst case."""
    result, _ = play(market(WIDE), BOTH)
    assert (result.band.worst, result.band.best, result.band.trades_depending) == (-30.0, 30.0, 1)
    quiet, _ = play(market(WIDE), {0: order("buy", sl=1.097)})
    assert (quiet.band.worst, quiet.band.best, quiet.band.trades_depending) == (quiet.net, quiet.net, 0)


def test_a_guessed_path_has_the_band_of_what_is_known():
    """The corners of a bar are a guess: both ends stay possible. Minutes that settle it leave nothing open."""
    result, _ = play(market(WIDE), BOTH, modelling="ohlc")
    assert (result.band.worst, result.band.best, result.band.trades_depending) == (-30.0, 30.0, 1)
    settled, _ = play(market(WIDE), BOTH, intrabar=minutes([(1.1, 1.104, 1.1, 1.1), (1.1, 1.1, 1.096, 1.1)]))
    assert (settled.band.worst, settled.band.best, settled.band.trades_depending) == (30.0, 30.0, 0)


def test_the_band_of_a_waiting_order_knows_that_its_stop_may_lie_before_the_fill():
    """A buy stop's own bar: pessimistic it is stopped, at best it takes its profit."""
    rows = [*flat(1.1), (1.1, 1.104, 1.097, 1.1), *flat(1.1, 2)]
    result, _ = play(market(rows), {0: order("buy_stop", price=1.102, sl=1.098, tp=1.1035)})
    assert (result.band.worst, result.band.best, result.band.trades_depending) == (-40.0, 15.0, 1)


def test_the_band_of_two_orders_of_which_one_fills_holds_the_other():
    """The nearer one is presumed (rule 14); the farther, which the policy then turns away, may have been first."""
    legs = [waiting("buy_stop", 1.102, reversal=False), waiting("sell_stop", 1.097, reversal=False)]
    script = {0: lambda client: [leg(client) for leg in legs]}
    rows = [*flat(1.1), (1.1, 1.104, 1.096, 1.1), *flat(1.11, 2)]
    result, _ = play(market(rows), script)
    assert [(t.side, round(t.net, 2)) for t in result.trades] == [("long", 80.0)]
    assert (result.band.worst, result.band.best, result.band.trades_depending) == (-130.0, 80.0, 1)
    for order_of_minutes, net in (((1, 0), -130.0), ((0, 1), 80.0)):
        both = [(1.1, 1.104, 1.1, 1.1), (1.1, 1.1, 1.096, 1.1)]
        settled, _ = play(market(rows), script, intrabar=minutes([both[i] for i in order_of_minutes]))
        assert (settled.band.worst, settled.band.best, settled.band.trades_depending) == (net, net, 0)
    apart, _ = play(market([*rows[:1], (1.1, 1.104, 1.098, 1.1), *rows[2:]]), script)
    assert (apart.net, apart.band.best, apart.band.trades_depending) == (80.0, 80.0, 0)


def test_the_second_run_leaves_the_strategy_alone():
    """It is made with a copy: the callbacks are seen once."""
    _, client = play(market(WIDE), BOTH)
    assert [entry for entry in client.seen if entry[0] == "bar"] == [("bar", i, i == 3) for i in range(4)]
    assert play(market(WIDE), BOTH, band=False)[0].band is None


def test_the_band_holds_a_stop_limit_that_came_back_in_its_trigger_bar():
    """The bar triggers at 1.102 and holds the limit 1.1: whether the price came back after it nobody knows."""
    rows = [*flat(1.1005, 2), (1.1005, 1.103, 1.0995, 1.1025), (1.1025, 1.106, 1.1025, 1.106), *flat(1.106, 2)]
    step = order("buy_stop_limit", price=1.102, stoplimit=1.1)
    result, _ = play(market(rows), {0: step})
    assert result.trades == ()
    assert (result.band.worst, result.band.best) == (0.0, pytest.approx(60.0))
    beyond = [*rows[:2], (1.1005, 1.103, 1.1004, 1.1025), *rows[3:]]
    band = play(market(beyond), {0: step})[0].band
    assert (band.worst, band.best, band.trades_depending) == (0.0, 0.0, 0)


def test_the_band_holds_both_orders_of_a_pair_that_turns_the_position():
    """A buy stop and a sell stop, both reached in one bar, the second reversing the first: either may end up open."""
    rows = [*flat(1.1, 2), (1.1, 1.102, 1.097, 1.1), (1.1, 1.11, 1.1, 1.11), *flat(1.11, 2)]

    def pair(client):
        for kind, price in (("buy_stop", 1.101), ("sell_stop", 1.098)):
            waiting(kind, price, plan={"reverses": True})(client)

    result, _ = play(market(rows), {0: pair})
    assert [t.side for t in result.trades] == ["long", "short"]  # the nearer first, then turned
    net = [-30.0 - 120.0, -30.0 + 90.0]
    assert (result.band.worst, result.band.best) == (pytest.approx(min(net)), pytest.approx(max(net)))
    assert result.band.trades_depending >= 1
