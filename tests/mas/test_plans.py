"""Plans that change with age and price: target steps, locked profit, a line that the stop follows, parts in lots."""

from __future__ import annotations

import numpy as np
import pytest

from mas.distances import Lots, Percent, R
from mas.errors import ParameterError
from mas.series import Condition, Series
from tests.mas.scenarios import Scripted, flat, market, order, play, summary, trades_of, waiting

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


# ------------------------------------------------------------- lock


def test_a_profit_is_locked_once_another_has_been_reached():
    """5 pips after 20 (bar 2), 40 pips after 50 (bar 3): the better one holds, hit in bar 4 (low 1.1035)."""
    locks = {"locks": ((0.0005, 0.002), (0.004, 0.005))}
    expected = [("long", 1, 1.1, 4, 1.104, "breakeven")]
    assert trades_of(market(CLIMB), {0: order("buy", plan=locks)}) == expected
    assert trades_of(market(mirrored(CLIMB)), {0: order("sell", plan=locks)}) == [
        ("short", 1, 1.1, 4, 1.096, "breakeven")
    ]  # fmt: skip
    first = {"locks": ((0.0005, 0.002),)}
    assert trades_of(market(CLIMB), {0: order("buy", plan=first)}) == [("long", 1, 1.1, 5, 1.1005, "breakeven")]


def test_a_lock_that_is_not_reached_or_protects_less_moves_nothing():
    """51 pips are never made; a lock below the stop in force is none."""
    never = {"locks": ((0.001, 0.0051),)}
    assert trades_of(market(CLIMB), {0: order("buy", plan=never)})[0][5] == "end_of_data"
    worse = {"trail": 0.002, "locks": ((0.001, 0.005),)}
    assert trades_of(market(CLIMB), {0: order("buy", plan=worse)}) == [("long", 1, 1.1, 5, 1.103, "trailing")]


def test_locks_may_be_percents_and_multiples_of_the_risk():
    """Risk 20 pips: after 1R lock 0.5R = 1.101; 0.1 % of 1.1 = 11 pips."""
    plan = {"locks": ((R(0.5), R(1)),)}
    assert trades_of(market(CLIMB), {0: order("buy", sl=1.098, plan=plan)})[0][4] == 1.101
    plan = {"locks": ((Percent(0.1), Percent(0.15)),)}
    assert trades_of(market(CLIMB), {0: order("buy", plan=plan)})[0][4] == 1.1011


# ------------------------------------------------------------- a line that the stop follows


class Lined(Scripted):
    """With a value `line` at each bar."""

    line: tuple[float, ...] = ()

    def signals(self, bars):
        values = np.resize(np.array(self.line, float), len(bars))
        return {"line": Series(values), "always": Condition(np.ones(len(bars), bool))}


def lined(rows, line, script, **keys):
    from mas.backtest import run_backtest

    client = Lined(script)
    client.line = line
    return [summary(trade) for trade in run_backtest(client, market(rows, **keys)).trades]


def test_the_stop_follows_a_line_from_the_close_of_the_entry_bar_on_and_never_goes_back():
    """1.098 after bar 1, 1.1005 after bar 2, the lower 1.0999 after bar 3 moves nothing; hit in bar 5 (low 1.1)."""
    line = (1.09, 1.098, 1.1005, 1.0999, 1.09, 1.09, 1.09, 1.09)
    plan = {"trail_line": "line"}
    assert lined(CLIMB, line, {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 5, 1.1005, "trailing")]
    down = tuple(round(2.2 - value, 5) for value in line)
    assert lined(mirrored(CLIMB), down, {0: order("sell", plan=plan)}) == [("short", 1, 1.1, 5, 1.0995, "trailing")]


def test_a_line_waits_for_the_profit_and_for_being_known():
    """50 pips are reached by the high of bar 3, whose own line counts then; an unknown one moves nothing."""
    plan = {"trail_line": "line", "trail_line_after": 0.005}
    line = (1.09, 1.09, 1.1005, 1.1035, np.nan, 1.09, 1.09, 1.09)
    assert lined(CLIMB, line, {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 4, 1.1035, "trailing")]
    unknown = (np.nan,) * 8
    assert lined(CLIMB, unknown, {0: order("buy", plan={"trail_line": "line"})})[0][5] == "end_of_data"


def test_a_line_beyond_the_market_closes_at_the_open_after_exits_and_entries():
    """After bar 3 (close 1.1045) the line is 1.105: bar 4 opens at 1.1045, below it."""
    line = (1.09, 1.09, 1.09, 1.105, 1.09, 1.09, 1.09, 1.09)
    plan = {"trail_line": "line"}
    assert lined(CLIMB, line, {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 4, 1.1045, "trailing")]


def test_a_line_may_be_a_fixed_price_but_must_be_known_by_name():
    """1.1005 from the close at which it protects more than nothing; a wrong name is refused."""
    plan = {"trail_line": 1.0996}
    assert trades_of(market(CLIMB), {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 2, 1.0996, "trailing")]
    with pytest.raises(ParameterError, match="nowhere"):
        trades_of(market(CLIMB), {0: order("buy", plan={"trail_line": "nowhere"})})


# ------------------------------------------------------------- target steps


def test_a_target_steps_with_age():
    """50.1 pips at first, never reached; from age 3 (the close of bar 3) 45 pips: bar 4 opens exactly there."""
    plan = {"target_steps": ((3, 0.0045),)}
    assert trades_of(market(CLIMB), {0: order("buy", tp=1.1051, plan=plan)}) == [("long", 1, 1.1, 4, 1.1045, "tp")]
    assert trades_of(market(mirrored(CLIMB)), {0: order("sell", tp=1.0949, plan=plan)}) == [
        ("short", 1, 1.1, 4, 1.0955, "tp")
    ]  # fmt: skip


def test_a_step_acts_from_the_next_bar_on():
    """Set to 1.1045 at the close of bar 1, reached in bar 3."""
    plan = {"target_steps": ((1, 0.0045),)}
    assert trades_of(market(CLIMB), {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 3, 1.1045, "tp")]


def test_a_market_beyond_the_new_target_closes_the_position_at_once():
    """Age 2: 10 pips, while bar 3 opens at 1.1015; a target of -10 pips closes a losing position too."""
    plan = {"target_steps": ((2, 0.001),)}
    assert trades_of(market(CLIMB), {0: order("buy", tp=1.2, plan=plan)}) == [("long", 1, 1.1, 3, 1.1015, "tp")]
    losing = market([*flat(1.1, 2), *flat(1.0995, 5)])
    plan = {"target_steps": ((3, -0.001),)}
    assert trades_of(losing, {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 4, 1.0995, "tp")]


def test_the_latest_step_that_is_reached_holds():
    """Given out of order: after 2 bars 1.106, after 4 bars 1.1041: bar 5 (high 1.1042) takes it."""
    plan = {"target_steps": ((4, 0.0041), (2, 0.006))}
    assert trades_of(market(CLIMB), {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 5, 1.1041, "tp")]


def test_a_step_may_be_at_a_price_of_the_bar_at_which_it_is_reached():
    """The line of bar 2 counts; where it is not available the target stays."""
    plan = {"target_steps": ((2, "line"),)}
    line = (1.0, 1.0, 1.1041, 1.2, 1.2, 1.2, 1.2, 1.2)
    assert lined(CLIMB, line, {0: order("buy", plan=plan)}) == [("long", 1, 1.1, 3, 1.1041, "tp")]
    unknown = (1.0, 1.0, np.nan, 1.1042, 1.1042, 1.2, 1.2, 1.2)
    assert lined(CLIMB, unknown, {0: order("buy", tp=1.1045, plan=plan)}) == [("long", 1, 1.1, 3, 1.1045, "tp")]


# ------------------------------------------------------------- lifetimes by the clock


def test_a_waiting_order_is_gone_at_the_first_open_at_or_after_its_time():
    """Placed at 01:00; valid until 03:00, it is not there when bar 3 would fill it; until 04:00 it is."""
    rows = [*flat(1.1, 3), (1.1, 1.1, 1.09, 1.1), *flat(1.1, 3)]
    for until, expected in ((180, []), (240, [("long", 3, 1.095, 6, 1.1, "end_of_data")])):
        plan = {"valid_until": ((until, None, ()),)}
        assert trades_of(market(rows), {0: waiting("buy_limit", 1.095, plan=plan)}) == expected


def test_the_time_that_counts_is_the_first_one_after_the_placement():
    """Placed at the open of 01:00, valid until 01:00: that is the one of the next day."""
    rows = [*flat(1.1, 3), (1.1, 1.1, 1.09, 1.1), *flat(1.1, 3)]
    plan = {"valid_until": ((60, None, ()),)}
    assert len(trades_of(market(rows), {0: waiting("buy_limit", 1.095, plan=plan)})) == 1


# ------------------------------------------------------------- volumes


def volumes(*shares, volume=0.5):
    """What `split_volume` makes of a volume."""
    found = []
    play(market(flat(1.1, 3)), {0: lambda client: found.append(client.split_volume("EURUSD", volume, *shares))})
    return found[0]


def test_parts_in_lots_and_percents_mix_in_written_order():
    """Percents are of the whole; nothing takes more than is left, and what is below the minimum is not split off."""
    assert volumes(Lots(0.1), 50) == (0.1, 0.25, 0.15)
    assert volumes(50, Lots(0.3)) == (0.25, 0.25, 0.0)
    assert volumes(Lots(0.456), 100) == (0.45, 0.05, 0.0)
    assert volumes(Lots(0.004), 20) == (0.0, 0.1, 0.4)
    assert volumes(Lots(0.1), volume=0.001) == (0.0, 0.001)  # refused as a whole


def test_a_position_is_reduced_once_for_each_rule():
    """0.4 lots: half of it after bar 1, then 0.15 lots of what is left; the rest at the end."""

    def reduce(rule, **part):
        return lambda client: [client.reduce_trade(trade, rule=rule, **part) for trade in client.trades("EURUSD")]

    script = {
        0: order("buy", volume=0.4),
        1: reduce("a", percent=50),
        2: reduce("a", percent=50),
        3: reduce("b", lots=0.155),
    }
    result, _ = play(market(flat(1.1, 6)), script)
    assert [(t.volume, t.exit_bar, t.exit_reason) for t in result.trades] == [
        (0.2, 2, "signal"), (0.15, 4, "signal"), (0.05, 5, "end_of_data"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("volume", "part", "closed"),
    [(0.02, {"percent": 50}, [0.01, 0.01]), (0.01, {"percent": 50}, [0.01]), (0.02, {"percent": 75}, [0.01, 0.01]),
     (0.03, {"lots": 0.03}, [0.03]), (0.03, {"lots": 1}, [0.03]), (0.03, {"lots": 0.005}, [0.03])],
)  # fmt: skip
def test_a_reduction_is_rounded_down_and_leaves_no_dust(volume, part, closed):
    """Below the minimum nothing is closed (then the last row is the whole at the end of data)."""

    def reduce(client):
        for trade in client.trades("EURUSD"):
            client.reduce_trade(trade, rule="r", **part)

    result, _ = play(market(flat(1.1, 4)), {0: order("buy", volume=volume), 1: reduce})
    assert [trade.volume for trade in result.trades] == closed


def test_a_volume_by_its_value_in_money():
    """5 500 dollars of EURUSD at 1.1 are 5 000 euros: 0.05 lots."""
    found = []
    play(market(flat(1.1, 3)), {0: lambda client: found.append(client.lots_for_value("EURUSD", 5_599))})
    assert found == [0.05]
