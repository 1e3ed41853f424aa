"""What holds entries back, and what is counted of it; hedging; sizes after losses; alerts and cancelled orders."""

from __future__ import annotations

import numpy as np
import pytest

from mas.distances import Percent
from mas.errors import ParameterError
from mas.plans import Limits
from tests.mas.scenarios import MONDAY, close_all, flat, market, order, play, summary, trades_of, waiting

DAY = 86_400


def enter(side="long", volume=0.1, plan=None, limits=None, levels=None, **policy):
    """A script step that enters the way generated strategies do."""
    keys = {"limits": limits} if limits is not None else {}

    def step(client):
        long = side == "long"
        if client.entry_side("EURUSD", long=long, short=not long, **keys, **policy) == side:
            order("buy" if long else "sell", volume=volume, plan=plan or {}, **(levels or {}))(client)

    return step


def entered(bars, script, **settings):
    """(bars of the entries, what was held back)"""
    result, _ = play(bars, script, **settings)
    return [trade.entry_bar for trade in result.trades], dict(result.held_back)


# ------------------------------------------------------------- waiting


def losing(count):
    """Falls 10 pips a bar, so that every long loses."""
    return market([(1.1 - 0.001 * n, 1.1 - 0.001 * n, 1.099 - 0.001 * n, 1.099 - 0.001 * n) for n in range(count)])


@pytest.mark.parametrize(("event", "bars"), [("exit", 2), ("loss", 2), ("entry", 4)])
def test_entries_wait_after_an_event(event, bars):
    """In at 1, out at 3: decided at bar 4 it is 1 bar since the exit, at 5 it is 2; since the entry 3 and 4."""
    limits = Limits(wait=((event, bars),))
    script = {0: enter(limits=limits), 2: close_all, 4: enter(limits=limits), 5: enter(limits=limits)}
    assert entered(losing(8), script) == ([1, 6], {"wait": 1})


def test_an_event_of_another_kind_is_not_waited_for():
    """A loss by a signal is neither a win nor a stop."""
    limits = Limits(wait=(("win", 5), ("stop", 5)))
    assert entered(losing(8), {0: enter(limits=limits), 2: close_all, 3: enter(limits=limits)}) == ([1, 4], {})


def test_entries_wait_after_a_stop():
    """Stopped in bar 2; decided at bar 4 it is 2 bars ago."""
    limits = Limits(wait=(("stop", 3),))
    script = {0: enter(limits=limits, levels={"sl": 1.0975}), 4: enter(limits=limits), 5: enter(limits=limits)}
    assert entered(losing(8), script) == ([1, 6], {"wait": 1})


def test_an_opposite_entry_that_waits_does_not_close_the_position():
    """Rule 6 would reverse at bar 3."""
    limits = Limits(wait=(("entry", 5),))
    result, _ = play(losing(8), {0: enter(limits=limits), 2: enter("short", limits=limits)})
    assert [summary(trade)[5] for trade in result.trades] == ["end_of_data"]


# ------------------------------------------------------------- skipping


def test_entries_are_skipped_after_a_result():
    """Each loss sets the counter to 2: the entries at 3 and 4 are passed over, the one at 5 is taken."""
    limits = Limits(skip=(("loss", 2),))
    script = {
        0: enter(limits=limits),
        2: close_all,
        3: enter(limits=limits),
        4: enter(limits=limits),
        5: enter(limits=limits),
    }
    assert entered(losing(9), script) == ([1, 6], {"skip": 2})


def test_an_entry_that_another_limit_holds_back_is_not_counted_down():
    """It waits at bar 3; the one at bar 4 is skipped, the one at bar 5 taken."""
    limits = Limits(wait=(("exit", 1),), skip=(("loss", 1),))
    script = {
        0: enter(limits=limits),
        2: close_all,
        3: enter(limits=limits),
        4: enter(limits=limits),
        5: enter(limits=limits),
    }
    assert entered(losing(9), script) == ([1, 6], {"wait": 1, "skip": 1})


# ------------------------------------------------------------- the day's result


@pytest.mark.parametrize(("cap", "taken"), [(20.0, False), (20.01, True), (Percent(0.2), False), (Percent(0.21), True)])
def test_no_entry_on_a_day_that_has_lost_enough(cap, taken):
    """0.1 lot over 20 pips: 20 lost of 10 000, which is 0.2 %."""
    limits = Limits(daily_loss=cap)
    bars, held_back = entered(losing(8), {0: enter(limits=limits), 2: close_all, 3: enter(limits=limits)})
    assert bars == ([1, 4] if taken else [1])
    assert held_back == ({} if taken else {"daily loss": 1})


def test_no_entry_on_a_day_that_has_won_enough():
    """A short of 0.1 lot over 20 pips wins 20; the next day begins anew."""
    limits = Limits(daily_profit=20)
    time = np.array([*range(0, 6 * 3600, 3600), DAY, DAY + 3600, DAY + 7200]) + MONDAY
    bars = market(
        [
            tuple(row)
            for row in np.array([c.values for c in (losing(9).open, losing(9).high, losing(9).low, losing(9).close)]).T
        ],
        time=time,
    )
    script = {
        0: enter("short", limits=limits),
        2: close_all,
        3: enter("short", limits=limits),
        6: enter("short", limits=limits),
    }
    assert entered(bars, script) == ([1, 7], {"daily profit": 1})


def test_a_percent_is_of_the_balance_before_the_first_deal_of_the_day():
    """Commission 50 a side and lot: -5 on entry, -25 after the exit. 0.25 % of 10 000 is reached, 0.2501 % is not."""
    for percent, taken in ((0.30, [1]), (0.3001, [1, 4])):
        limits = Limits(daily_loss=Percent(percent))
        script = {0: enter(limits=limits), 2: close_all, 3: enter(limits=limits)}
        assert entered(losing(8), script, commission=50.0)[0] == taken


def test_a_waiting_order_is_deleted_instead_of_filling_after_such_a_day():
    """The loss comes at bar 3, the buy limit would fill in bar 5."""
    limits = Limits(daily_loss=20)

    def wait(client):
        if client.entry_side("EURUSD", long=True, short=False, pending=True, pyramid=2, limits=limits):
            order("buy_limit", price=1.0952, plan={})(client)

    assert entered(losing(8), {0: order("buy"), 1: wait, 2: close_all}) == ([1], {"daily loss": 1})


# ------------------------------------------------------------- spread and volume


def test_no_entry_while_the_spread_is_too_wide():
    """20 points at bar 1, 21 at bar 3: 2 pips are not more than 2 pips."""
    bars = market(flat(1.1, 6), spread=np.array([20.0, 20, 20, 21, 20, 20]))
    limits = Limits(spread_at_most=0.0002)
    script = {0: enter(limits=limits), 1: close_all, 2: enter(limits=limits), 3: enter(limits=limits)}
    assert entered(bars, script) == ([1, 4], {"spread": 1})
    unknown = Limits(spread_at_most=float("nan"))
    assert entered(bars, {0: enter(limits=unknown)}) == ([], {"spread": 1})


def test_a_spread_too_wide_holds_back_the_placement_not_the_fill():
    bars = market([*flat(1.1, 3), (1.1, 1.1, 1.09, 1.1), *flat(1.1, 2)], spread=np.array([5.0, 5, 5, 90, 5, 5]))
    limits = Limits(spread_at_most=0.0002)

    def wait(client):
        if client.entry_side("EURUSD", long=True, short=False, pending=True, limits=limits):
            order("buy_limit", price=1.095, plan={})(client)

    assert entered(bars, {0: wait}) == ([3], {})
    assert entered(bars, {2: wait}) == ([], {"spread": 1})


def test_volume_is_limited_over_both_sides_of_a_symbol():
    """0.3 long and 0.2 short are open: 0.1 more is within 0.6, 0.11 is not."""
    seen = []

    def ask(client):
        seen.extend(client.within_volume("EURUSD", volume, at_most=0.6) for volume in (0.1, 0.11))

    result, _ = play(market(flat(1.1, 4)), {0: order("buy", volume=0.3), 1: order("sell", volume=0.2), 2: ask})
    assert seen == [True, False]
    assert result.held_back == {"volume": 1}


def capped(side, volume, at_most):
    """A script step that enters under a volume cap, the way generated strategies do; volume: of the client."""
    limits = Limits(volume_at_most=at_most)

    def step(client):
        long = side == "long"
        if client.entry_side("EURUSD", long=long, short=not long, limits=limits) == side:
            lots = volume(client)
            if client.within_volume("EURUSD", lots, at_most=at_most):
                order("buy" if long else "sell", volume=lots)(client)

    return step


@pytest.mark.parametrize(("lots", "ends"), [(0.5, ("reverse", 3)), (0.51, ("end_of_data", 5))])
def test_a_reversal_that_is_too_large_closes_nothing(lots, ends):
    """0.3 long against a short of 0.5, at most 0.5 lots: the long does not count, for it would be closed."""
    result, _ = play(market(flat(1.1, 6)), {0: order("buy", volume=0.3), 2: capped("short", lambda _: lots, 0.5)})
    assert (result.trades[0].exit_reason, result.trades[0].exit_bar) == ends
    assert [trade.side for trade in result.trades] == (["long", "short"] if lots == 0.5 else ["long"])
    assert dict(result.held_back) == ({} if lots == 0.5 else {"volume": 1})


@pytest.mark.parametrize("of", ["balance", "equity"])
@pytest.mark.parametrize(("at_most", "volumes"), [(0.48, [1.0, 0.48]), (0.47, [1.0])])
def test_a_reversal_is_sized_as_if_the_position_were_closed(of, at_most, volumes):
    """1 lot from 1.099 to 1.097 loses 200 and costs 2 x 7: 9786 are left, of which 0.5 % over 10 pips are 0.4893 lots.
    Before the closing the balance is 9993, and it would be 0.49 lots."""
    script = {
        0: order("buy", volume=1.0),
        2: capped("short", lambda client: client.lots_for_risk("EURUSD", 0.5, 0.001, of=of), at_most),
    }
    result, _ = play(losing(6), script, commission=7.0)
    assert [trade.volume for trade in result.trades] == volumes


@pytest.mark.parametrize(("at_most", "volumes"), [(0.2, [0.1, 0.2]), (0.19, [0.1])])
def test_a_reversal_counts_the_loss_that_it_makes(at_most, volumes):
    """0.1 lot, twice as much after one loss in a row: that of the position which it closes."""
    double = capped("short", lambda client: 0.1 * client.size_factor(2, after="loss", times=3), at_most)
    result, _ = play(losing(6), {0: order("buy"), 2: double})
    assert [trade.volume for trade in result.trades] == volumes


# ------------------------------------------------------------- hedging


def test_with_hedging_an_opposite_entry_opens_beside_the_position():
    """Pyramid limits count per side; a long and a short at one close still cancel out."""

    def both(client):
        client.entry_side("EURUSD", long=True, short=True, hedging=True)

    script = {0: enter(hedging=True), 1: enter("short", hedging=True), 2: enter("short", hedging=True), 3: both}
    result, _ = play(market(flat(1.1, 6)), script)
    assert [(t.side, t.entry_bar, t.exit_reason) for t in result.trades] == [
        ("long", 1, "end_of_data"), ("short", 2, "end_of_data"),
    ]  # fmt: skip
    assert result.conflicts == 1


def test_with_hedging_a_waiting_order_fills_beside_the_position():
    rows = [*flat(1.1, 2), (1.1, 1.105, 1.1, 1.1), *flat(1.1, 2)]
    step = waiting("sell_limit", 1.104, plan={})

    def wait(client):
        if client.entry_side("EURUSD", long=False, short=True, pending=True, hedging=True):
            order("sell_limit", price=1.104, plan={})(client)

    hedged = trades_of(market(rows), {0: enter(hedging=True), 1: wait})
    assert [trade[:2] for trade in hedged] == [("long", 1), ("short", 2)]
    alone = trades_of(market(rows), {0: enter(), 1: step})  # neither reverses nor hedges: it does not fill
    assert [trade[:2] for trade in alone] == [("long", 1)]


# ------------------------------------------------------------- sizes


def test_a_size_grows_with_the_losses_in_a_row_up_to_a_limit():
    """2 to the power of 0, 1, 2, 2; no wins, so the other stays at 1. What is sent is rounded down: 0.11 x 1.5."""
    seen = []

    def look(client):
        factors = (client.size_factor(2, after="loss", times=2), client.size_factor(2, after="win", times=2))
        seen.append(factors)

    def trade(client):
        look(client)
        order("buy")(client)

    play(losing(12), {0: trade, 1: close_all, 2: trade, 3: close_all, 4: trade, 5: close_all, 6: look})
    assert seen == [(1, 1), (2, 1), (4, 1), (4, 1)]

    def larger(client):
        order("buy", volume=0.11 * client.size_factor(1.5, after="loss", times=3))(client)

    result, _ = play(losing(6), {0: order("buy"), 1: close_all, 3: larger})
    assert [trade.volume for trade in result.trades] == [0.1, 0.16]


# ------------------------------------------------------------- orders and alerts


def test_one_order_cancels_the_others_of_its_symbol():
    """The nearer of the two fills in bar 2; the other one is gone though the bar reaches it too."""
    rows = [*flat(1.1, 2), (1.1, 1.103, 1.097, 1.1), *flat(1.1, 3)]
    plan = {"one_cancels_other": True}

    def both(client):
        for kind, price in (("buy_stop", 1.102), ("sell_stop", 1.099)):
            order(kind, price=price, plan=plan)(client)

    assert [t[:3] for t in trades_of(market(rows), {0: both})] == [("short", 2, 1.099)]
    apart = {**plan, "one_cancels_other": False}
    plan = apart
    assert len(trades_of(market(rows), {0: both})) == 2


def test_parts_of_one_entry_do_not_cancel_each_other():
    rows = [*flat(1.1, 2), (1.1, 1.103, 1.1, 1.1), *flat(1.1, 3)]

    def parts(client):
        for volume in (0.1, 0.2):
            order("buy_stop", volume=volume, price=1.102, plan={"one_cancels_other": True, "group": "enter_long"})(
                client
            )

    result, _ = play(market(rows), {0: parts})
    assert sum(trade.volume for trade in result.trades) == pytest.approx(0.3)


@pytest.mark.parametrize(("side", "left"), [("long", ["short"]), ("short", ["long"]), (None, [])])
def test_waiting_orders_are_cancelled_by_side(side, left):
    rows = [*flat(1.1, 3), (1.1, 1.11, 1.09, 1.1), *flat(1.1, 2)]

    def both(client):
        order("buy_stop", price=1.105, plan={})(client)
        order("sell_stop", price=1.095, plan={})(client)

    script = {0: both, 1: lambda client: client.cancel_orders("EURUSD", side)}
    assert [trade[0] for trade in trades_of(market(rows), script)] == left


def test_waiting_orders_are_cancelled_at_a_time_every_day():
    """Placed at 01:00, gone at the open of 03:00; placed at that very open it waits for the next day's."""
    rows = [*flat(1.1, 3), (1.1, 1.1, 1.09, 1.1), *flat(1.1, 3)]
    plan = {"cancel_at": ((180, None, ()),)}
    assert trades_of(market(rows), {0: order("buy_limit", price=1.095, plan=plan)}) == []
    assert len(trades_of(market(rows), {2: order("buy_limit", price=1.095, plan=plan)})) == 1


def test_alerts_carry_the_time_of_the_decision():
    """The close of bar 1, which is 02:00; on the last bar too."""
    script = {n: lambda client: client.alert("EURUSD", "look") for n in (1, 3)}
    result, _ = play(market(flat(1.1, 4)), script)
    assert [(alert.time - MONDAY, alert.symbol, alert.text) for alert in result.alerts] == [
        (7200, "EURUSD", "look"), (14_400, "EURUSD", "look"),
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [{"wait": (("lunch", 3),)}, {"skip": (("exit", 1),)}])
def test_limits_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ParameterError):
        Limits(**wrong)


def test_the_parts_of_a_waiting_entry_are_judged_together():
    """0.2 and 0.2 lots are more than 0.3: neither fills, and one entry is counted."""
    rows = [*flat(1.1, 2), (1.1, 1.103, 1.1, 1.1), *flat(1.1, 3)]
    limits = Limits(volume_at_most=0.3)

    def parts(client):
        client.entry_side("EURUSD", long=True, short=False, pending=True, limits=limits)
        for _ in range(2):
            order("buy_stop", volume=0.2, price=1.102, plan={"group": "enter_long"})(client)

    assert entered(market(rows), {0: parts}) == ([], {"volume": 1})
