"""Plans: trailing, break-even, time exits, waiting orders and groups, each scenario worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mas.distances import Percent, R
from tests.mas.scenarios import MONDAY, close_all, flat, market, order, play, summary, trades_of, waiting

CLIMB = [
    *flat(1.1, 2),
    (1.1, 1.102, 1.0995, 1.1015),  # 2
    (1.1015, 1.105, 1.101, 1.1045),  # 3
    (1.1045, 1.1045, 1.1035, 1.104),  # 4
    (1.104, 1.1042, 1.1, 1.1005),  # 5
    *flat(1.1005, 2),
]
"""A long from bar 1 at 1.1: highs 1.1, 1.102, 1.105, then down to 1.1."""


def mirrored(rows):
    """The same market upside down around 1.1, for shorts."""
    return [tuple(round(2.2 - row[k], 5) for k in (0, 2, 1, 3)) for row in rows]


# ------------------------------------------------------------- rule 12


def test_a_trailing_stop_follows_the_highest_high():
    """Trail 20 pips: 1.098 at the fill, 1.1 after bar 2, 1.103 after bar 3, hit in bar 5."""
    assert trades_of(market(CLIMB), {0: order("buy", plan={"trail": 0.002})}) == [
        ("long", 1, 1.1, 5, 1.103, "trailing")
    ]  # fmt: skip
    assert trades_of(market(mirrored(CLIMB)), {0: order("sell", plan={"trail": 0.002})}) == [
        ("short", 1, 1.1, 5, 1.097, "trailing")
    ]  # fmt: skip


def test_a_trailing_stop_starts_at_the_initial_stop():
    """Until it moves it is that stop, and named so; it moves only to something better."""
    bars = market([*flat(1.1, 2), (1.1, 1.1005, 1.0989, 1.1), *flat(1.1, 2)])
    assert trades_of(bars, {0: order("buy", sl=1.099, plan={"trail": 0.002})}) == [("long", 1, 1.1, 2, 1.099, "sl")]
    assert trades_of(bars, {0: order("buy", sl=1.099, plan={"trail": 0.0015})}) == [("long", 1, 1.1, 2, 1.099, "sl")]


def test_a_trailing_stop_without_another_starts_at_its_distance():
    """Named trailing although it never moved, sent with the order or not."""
    bars = market([*flat(1.1, 2), (1.1, 1.1005, 1.0979, 1.1), *flat(1.1, 2)])
    expected = [("long", 1, 1.1, 2, 1.098, "trailing")]
    assert trades_of(bars, {0: order("buy", plan={"trail": 0.002})}) == expected
    assert trades_of(bars, {0: order("buy", sl=1.098, plan={"trail": 0.002})}) == expected


def test_trail_after_waits_for_the_profit_at_the_extreme():
    """After 50 pips, reached by the high of bar 3: then at 1.103; without a stop before that there is none."""
    plan = {"trail": 0.002, "trail_after": 0.005}
    assert trades_of(market(CLIMB), {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 5, 1.103, "trailing")]
    plan["trail_after"] = 0.0051
    assert trades_of(market(CLIMB), {0: order("buy", plan=plan)})[0][5] == "end_of_data"


def test_break_even_moves_the_stop_to_the_entry_and_an_offset():
    """After 20 pips, reached by the high of bar 2; hit in bar 5 at 1.1, or at 1.1003 with 3 pips on top."""
    plan = {"break_even_after": 0.002}
    assert trades_of(market(CLIMB), {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 5, 1.1, "breakeven")]
    plan["break_even_plus"] = 0.0003
    assert trades_of(market(CLIMB), {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 5, 1.1003, "breakeven")]
    assert trades_of(market(mirrored(CLIMB)), {0: order("sell", plan=plan)}) == [
        ("short", 1, 1.1, 5, 1.0997, "breakeven")
    ]  # fmt: skip


def test_a_moved_stop_acts_from_the_next_bar_on():
    """Bar 2 makes the high and falls through the new stop 1.1: only bar 3 closes the position, at its open."""
    bars = market([*flat(1.1, 2), (1.1, 1.102, 1.099, 1.0992), *flat(1.0992, 3)])
    assert trades_of(bars, {0: order("buy", plan={"trail": 0.002})}) == [("long", 1, 1.1, 3, 1.0992, "trailing")]


def test_a_position_whose_stop_is_gapped_is_still_held_when_the_strategy_speaks():
    """Rule 4: manage, exits, entries, and only then the fill of the gapped stop; an exit signal therefore wins."""
    bars = market([*flat(1.1, 2), (1.1, 1.102, 1.099, 1.0992), *flat(1.0992, 3)])
    seen = []

    def look(client):
        seen.append(len(client.trades("EURUSD")))

    trades_of(bars, {0: order("buy", plan={"trail": 0.002}), 2: look, 3: look})
    assert seen == [1, 0]
    script = {0: order("buy", plan={"trail": 0.002}), 2: close_all}
    assert trades_of(bars, script) == [("long", 1, 1.1, 3, 1.0992, "signal")]


def test_distances_may_be_percents_of_the_fill_or_multiples_of_the_risk():
    """Risk 20 pips, trail 1R = 20 pips; 0.2 % of 1.1 = 22 pips."""
    assert trades_of(market(CLIMB), {0: order("buy", sl=1.098, plan={"trail": R(1)})})[0][4] == 1.103
    assert trades_of(market(CLIMB), {0: order("buy", plan={"trail": Percent(0.2)})})[0][4] == 1.1028


# ------------------------------------------------------------- rules 13 and 15


@pytest.mark.parametrize(("bars", "leaves"), [(1, 2), (3, 4), (5, 6)])
def test_close_after_n_bars_counts_from_the_entry_bar(bars, leaves):
    """Rule 13: opened at the open of bar 1, closed at the open of bar 1 + N."""
    result = trades_of(market(flat(1.1, 8)), {0: order("buy", plan={"close_after": bars})})
    assert result == [("long", 1, 1.1, leaves, 1.1, "time")]


def test_bars_since_entry_is_one_at_the_close_of_the_entry_bar():
    """Rule 13, as `Trade.bars` tells it; profit is measured at the close, on the closing side."""
    seen = []

    def look(client):
        trade = client.trades("EURUSD")[0]
        seen.append((trade.bars, round(trade.profit, 6), trade.entry, trade.order_id, trade.side, trade.risk))

    bars = market(CLIMB, spread=np.full(8, 10.0))
    play(bars, {0: order("buy", sl=1.0981), 1: look, 3: look})
    assert seen[0] == (1, -0.0001, 1.1001, "BT1", "long", pytest.approx(0.002))
    assert seen[1][:2] == (3, 0.0044)


DAYS = MONDAY + 3 * 86_400 + 3600 * np.array([9, 12, 15, 18, 21, 33, 36, 39, 105, 108])
"""Thursday 09:00 to 21:00, Friday 09:00 to 15:00, Monday 09:00 and 12:00."""


@pytest.mark.parametrize(
    ("schedule", "leaves"),
    [
        ((17 * 60, None, ()), 3),  # the first open at or after 17:00 is 18:00
        ((18 * 60, None, ()), 3),
        ((18 * 60 + 1, None, ()), 4),
        ((17 * 60, None, ("fri",)), 8),  # over the week-end: Monday's first open
        ((9 * 60, None, ()), 5),  # entered at 12:00, after that day's 09:00
        ((13 * 60, "America/New_York", ()), 3),  # 18:00 UTC in winter
    ],
)
def test_close_at_leaves_at_the_first_open_at_or_after_the_time(schedule, leaves):
    """Rule 15."""
    result = trades_of(market(flat(1.1, 10), time=DAYS), {0: order("buy", plan={"close_at": (schedule,)})})
    assert result == [("long", 1, 1.1, leaves, 1.1, "session")]


# ------------------------------------------------------------- rule 14


def test_a_waiting_order_fills_at_its_price_and_its_levels_keep_their_distance():
    """Buy stop at 1.102, reached in bar 2; stop 10 and target 20 pips from the fill; the target only from bar 3 on."""
    rows = [*flat(1.1, 2), (1.1, 1.1045, 1.1015, 1.104), (1.1035, 1.1041, 1.103, 1.104), *flat(1.104, 2)]
    plan = {"stop_distance": 0.001, "target_distance": 0.002}
    script = {0: waiting("buy_stop", 1.102, plan, sl=1.101, tp=1.104)}
    result, _ = play(market(rows), script)
    assert [summary(t) for t in result.trades] == [("long", 2, 1.102, 3, 1.104, "tp")]
    assert (result.trades[0].sl, result.trades[0].tp) == (1.101, 1.104)


def test_a_waiting_order_that_the_open_jumps_over_fills_there_with_its_distances():
    """Rule 10 for entries: 1.103 instead of 1.102; stop 1.102, target 1.105 measured from that fill."""
    rows = [*flat(1.1, 2), (1.103, 1.104, 1.1025, 1.104), (1.104, 1.1055, 1.1035, 1.105), *flat(1.105, 2)]
    plan = {"stop_distance": 0.001, "target_distance": R(2)}
    result, _ = play(market(rows), {0: waiting("buy_stop", 1.102, plan, sl=1.101, tp=1.104)})
    assert [summary(t) for t in result.trades] == [("long", 2, 1.103, 3, 1.105, "tp")]
    assert (result.trades[0].sl, result.trades[0].tp) == (1.102, 1.105)


def test_the_first_tick_may_already_be_beyond_a_waiting_order():
    """Rule 14 in the bar it is placed in; a terminal would say 10015, and does to an order of a plain client."""
    bars = market([*flat(1.1), *flat(1.103, 3)])
    assert trades_of(bars, {0: waiting("buy_stop", 1.102)}) == [("long", 1, 1.103, 3, 1.103, "end_of_data")]
    assert play(bars, {0: order("buy_stop", price=1.102)})[1].answers[0].code == 10015


def test_the_stop_may_be_hit_in_the_bar_of_the_fill_but_not_the_target():
    """Rule 14, pessimistic: the low of bar 2 may have come before the fill."""
    rows = [*flat(1.1, 2), (1.1, 1.105, 1.0995, 1.1045), *flat(1.1045, 2)]
    plan = {"stop_distance": 0.002, "target_distance": 0.001}
    assert trades_of(market(rows), {0: waiting("buy_stop", 1.102, plan, sl=1.1, tp=1.103)}) == [
        ("long", 2, 1.102, 2, 1.1, "sl")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "price", "fill"),
    [
        ("buy_limit", 1.099, 1.099),
        ("sell_limit", 1.101, 1.101),
        ("buy_stop", 1.101, 1.101),
        ("sell_stop", 1.099, 1.099),
    ],
)
def test_every_kind_of_waiting_order_fills(kind, price, fill):
    """Bar 2 reaches both sides of 1.1."""
    rows = [*flat(1.1, 2), (1.1, 1.1015, 1.0985, 1.1), *flat(1.1, 2)]
    trade = trades_of(market(rows), {0: order(kind, price=price)})[0]
    assert trade[1:3] == (2, fill)


def test_a_buy_stop_is_reached_by_the_ask():
    """Rule 14: high 1.1009 and a spread of 10 points reach 1.101."""
    rows = [*flat(1.1, 2), (1.1, 1.1009, 1.1, 1.1), *flat(1.1, 2)]
    bars = market(rows, spread=np.full(5, 10.0))
    assert trades_of(bars, {0: order("buy_stop", price=1.101)})[0][1:3] == (2, 1.101)
    assert trades_of(bars, {0: order("buy_stop", price=1.10101)}) == []


def test_a_stop_limit_order_waits_at_its_limit_from_the_next_bar_on():
    """Trigger 1.102 in bar 2, which also comes back to 1.101; the limit fills in bar 3."""
    rows = [*flat(1.1, 2), (1.1, 1.1025, 1.1, 1.1015), (1.1015, 1.1016, 1.1005, 1.1006), *flat(1.1006, 2)]
    step = order("buy_stop_limit", price=1.102, stoplimit=1.101)
    assert trades_of(market(rows), {0: step})[0][1:3] == (3, 1.101)


def test_a_stop_limit_order_lives_as_long_as_any_other():
    """Valid for 2 bars: triggered in bar 2, so its limit, which bar 3 would reach, is gone by then."""
    rows = [*flat(1.1, 2), (1.1, 1.1025, 1.1, 1.1015), (1.1015, 1.1016, 1.1005, 1.1006), *flat(1.1006, 2)]
    for bars, fills in ((2, 0), (3, 1)):
        step = waiting("buy_stop_limit", 1.102, {"valid_bars": bars}, stoplimit=1.101)
        assert len(trades_of(market(rows), {0: step})) == fills


@pytest.mark.parametrize(("bars", "fills"), [(1, 0), (2, 0), (3, 1)])
def test_valid_for_n_bars_means_the_next_n(bars, fills):
    """Placed at the first tick of bar 1; bar 3 reaches it."""
    rows = [*flat(1.1, 3), (1.1, 1.103, 1.1, 1.102), *flat(1.102, 2)]
    result, _ = play(market(rows), {0: waiting("buy_stop", 1.102, {"valid_bars": bars})})
    assert (len(result.trades), result.unfilled) == (fills, 1 - fills)


def test_a_new_signal_of_the_same_rule_replaces_its_waiting_order():
    """Another rule's order stays."""
    rows = [*flat(1.1, 3), (1.1, 1.106, 1.1, 1.105), *flat(1.105, 2)]
    a, b = {"replaces": "a"}, {"replaces": "b"}
    script = {0: waiting("buy_stop", 1.104, a), 1: waiting("buy_stop", 1.103, a)}
    assert [t[2] for t in trades_of(market(rows), script)] == [1.103]
    script = {0: waiting("buy_stop", 1.104, a, pyramid=2), 1: waiting("buy_stop", 1.103, b, pyramid=2)}
    assert sorted(t[2] for t in trades_of(market(rows), script)) == [1.103, 1.104]


def test_a_reversing_order_closes_the_opposite_position_where_it_fills():
    """Rule 6: the short's sell stop closes the long at its own price."""
    rows = [*flat(1.1, 3), (1.1, 1.1, 1.097, 1.0975), *flat(1.0975, 2)]
    script = {0: order("buy"), 1: waiting("sell_stop", 1.098, {"reverses": True})}
    assert trades_of(market(rows), script) == [
        ("long", 1, 1.1, 3, 1.098, "reverse"), ("short", 3, 1.098, 5, 1.0975, "end_of_data"),
    ]  # fmt: skip


def test_a_waiting_order_meets_the_entry_policy_again_when_it_fills():
    """Rule 6: the side is held by then, so it is cancelled; likewise at the daily limit of the day of its fill."""
    rows = [*flat(1.1, 4), (1.1, 1.103, 1.1, 1.102), *flat(1.102, 2)]
    result, _ = play(market(rows), {0: waiting("buy_stop", 1.102), 1: order("buy")})
    assert (len(result.trades), result.unfilled) == (1, 1)

    def one_more(client):
        close_all(client)
        return waiting("buy_stop", 1.102, trades_per_day=1)(client)

    result, _ = play(market(rows), {0: order("buy"), 1: one_more})
    assert (len(result.trades), result.unfilled) == (1, 1)


def test_the_leg_nearer_to_the_open_fills_first():
    """Rule 14: of two legs in one bar; the other then reverses it."""
    rows = [*flat(1.1, 2), (1.1, 1.104, 1.097, 1.1), *flat(1.1, 2)]
    near, far = {"reverses": True}, {"reverses": True}
    script = {0: lambda c: [waiting("sell_stop", 1.098, far)(c), waiting("buy_stop", 1.101, near)(c)]}
    assert [t[:3] for t in trades_of(market(rows), script)] == [("long", 2, 1.101), ("short", 2, 1.098)]


# ------------------------------------------------------------- rule 6 and groups


def enter(**policy):
    def step(client):
        side = client.entry_side("EURUSD", **policy)
        return order("buy" if side == "long" else "sell")(client) if side else None

    return step


def test_entry_policy_reverses_ignores_and_counts_conflicts():
    """Rule 6, with the fills of both legs at one open."""
    bars = market(flat(1.1, 8))
    script = {0: enter(long=True, short=False), 1: enter(long=True, short=False), 2: enter(long=False, short=True)}
    result, _ = play(bars, {**script, 4: enter(long=True, short=True)})
    assert [summary(t)[:2] + summary(t)[5:] for t in result.trades] == [
        ("long", 1, "reverse"), ("short", 3, "end_of_data"),
    ]  # fmt: skip
    assert result.conflicts == 1
    script = {0: enter(long=True, short=False), 2: enter(long=False, short=True, reversal=False)}
    assert [t[0] for t in trades_of(bars, script)] == ["long"]


def test_daily_limit_counts_the_day_of_the_fill():
    """Rule 15: the bar of 23:00 decides on the next day."""
    time = MONDAY + 3600 * np.array([10, 11, 12, 23, 24, 25])
    step = enter(long=True, short=False, trades_per_day=1)
    script = {0: step, 1: close_all, 2: step, 3: step}
    assert [t[1] for t in trades_of(market(flat(1.1, 6), time=time), script)] == [1, 4]


def test_parts_of_one_entry_count_once_and_merge_when_they_end_together():
    """Rule 16: 0.1 lot as 0.05 at 10 pips and 0.05 at 20; stopped together they are one row of 0.1."""

    def halves(client):
        if client.entry_side("EURUSD", long=True, short=False) is None:
            return
        for volume, target in zip(client.split_volume("EURUSD", 0.1, 50), (1.101, 1.102), strict=True):
            order("buy", volume, sl=1.099, tp=target, plan={"group": "enter_long"})(client)

    up = market([*flat(1.1, 3), (1.1, 1.1015, 1.1, 1.1015), (1.1015, 1.1025, 1.1015, 1.102), *flat(1.102, 2)])
    result, _ = play(up, {0: halves, 1: halves})
    assert [(t.volume, t.exit_bar, t.exit_price) for t in result.trades] == [(0.05, 3, 1.101), (0.05, 4, 1.102)]
    down = market([*flat(1.1, 3), (1.1, 1.1, 1.098, 1.098), *flat(1.098, 2)])
    result, _ = play(down, {0: halves})
    assert [(t.volume, t.exit_reason, t.profit) for t in result.trades] == [(0.1, "sl", -10.0)]


def test_a_managed_order_that_was_refused_is_no_error():
    """`manage` gets the false answer of send_order and leaves it at that."""
    result, _ = play(market(flat(1.1, 4)), {0: order("buy", sl=1.2, plan={"trail": 0.002})})
    assert (len(result.refused), result.trades) == (1, ())


# ------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("symbol", "price", "size", "lots"),
    [
        ("EURUSD", 1.1, lambda c: c.lots_for_risk("EURUSD", 1, 0.003), 0.33),  # 100 / 300 per lot
        ("EURUSD", 1.1, lambda c: c.lots_for_money_risk("EURUSD", 60, 0.003), 0.2),
        ("EURUSD", 1.1, lambda c: c.lots_for_share("EURUSD", 100), 0.09),  # 10000 / 110000
        ("USDJPY", 150.0, lambda c: c.lots_for_risk("USDJPY", 1, 0.3), 0.5),  # 30000 yen = 200 per lot
        ("USDJPY", 150.0, lambda c: c.lots_for_share("USDJPY", 50), 0.05),
        ("EURUSD", 1.1, lambda c: c.lots_for_risk("EURUSD", 1, float("nan")), 0.0),
        ("EURUSD", 1.1, lambda c: c.lots_for_risk("EURUSD", 1, 0.0), 0.0),
    ],
)
def test_sizes_by_risk_and_by_share_round_down(symbol, price, size, lots):
    """Rules 7 and 8; a distance that is not available gives no size, and so a refused order."""
    assert play(market(flat(price, 3), symbol=symbol), {0: size})[1].answers == [lots]


def test_volumes_are_split_without_losing_any():
    """Each share rounded down, the rest last."""
    sizes = []
    play(market(flat(1.1, 3)), {0: lambda c: sizes.extend([
        c.split_volume("EURUSD", 0.1, 50), c.split_volume("EURUSD", 0.05, 50), c.split_volume("EURUSD", 0.1, 33, 33),
        c.split_volume("EURUSD", 0.01, 50), c.split_volume("EURUSD", 0.004, 50),
    ])})  # fmt: skip
    assert sizes == [(0.05, 0.05), (0.02, 0.03), (0.03, 0.03, 0.04), (0.0, 0.01), (0.0, 0.004)]
