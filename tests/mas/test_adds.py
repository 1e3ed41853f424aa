"""Entries that are added to: the orders, their shared stop and target, and what ends with the entry."""

from __future__ import annotations

import pytest

from mas.adds import Adds
from mas.errors import ParameterError
from mas.plans import Limits
from tests.mas.scenarios import MONDAY, close_all, flat, market, order, play

DIP = [
    *flat(1.1, 2),
    (1.1, 1.1, 1.0978, 1.098),  # 2: down 22 pips
    (1.098, 1.0985, 1.0955, 1.096),  # 3: down 45 pips
    (1.096, 1.1, 1.0958, 1.0999),  # 4: back up
    *flat(1.0999, 2),
]


def mirrored(rows):
    return [tuple(round(2.2 - row[k], 5) for k in (0, 2, 1, 3)) for row in rows]


def rows(result):
    return [
        (t.volume, t.entry_bar, round(t.entry_price, 5), t.exit_bar, round(t.exit_price, 5), t.exit_reason)
        for t in result.trades
    ]


def grid(times=3, every=0.002, way="against", factor=1.0, kind="buy", volume=0.1, target=None, plan=None, **keys):
    plan = {"add": Adds(times, every, way, factor), "average_target": target, **(plan or {})}
    return order(kind, volume=volume, plan=plan, **keys)


def test_a_grid_buys_on_the_way_down_and_its_target_is_measured_from_the_average():
    """0.1 at 1.1, 0.1 at 1.098 (bar 2), 0.1 at 1.096 (bar 3): average 1.098, target 10 pips above: 1.099 in bar 4."""
    result, _ = play(market(DIP), {0: grid(target=0.001, tp=1.101)})
    assert rows(result) == [
        (0.1, 1, 1.1, 4, 1.099, "tp"), (0.1, 2, 1.098, 4, 1.099, "tp"), (0.1, 3, 1.096, 4, 1.099, "tp"),
    ]  # fmt: skip
    result, _ = play(market(mirrored(DIP)), {0: grid(kind="sell", target=0.001, tp=1.099)})
    assert [row[2:5] for row in rows(result)] == [(1.1, 4, 1.101), (1.102, 4, 1.101), (1.104, 4, 1.101)]


def test_each_order_is_larger_by_the_factor_rounded_down():
    """0.1, 0.15, 0.22 (0.225): the k-th is the first volume times 1.5 to the power of k."""
    result, _ = play(market(DIP), {0: grid(factor=1.5)})
    assert [row[0] for row in rows(result)] == [0.1, 0.15, 0.22]


def test_scaling_in_ahead_of_the_position_uses_stop_orders():
    """Up 20 and 40 pips; the third order, 60 pips away, is not reached and is gone with the entry."""
    up = market(mirrored(DIP))
    result, _ = play(up, {0: grid(way="ahead"), 5: close_all})
    assert [row[1:3] for row in rows(result)] == [(1, 1.1), (2, 1.102), (3, 1.104)]
    assert {row[3:] for row in rows(result)} == {(6, 1.1001, "signal")}
    assert result.unfilled == 1


def test_all_positions_share_the_stop_of_the_first_fill():
    """Stop 35 pips below the first fill: in bar 3 it takes all that is open; orders beyond it are never placed."""
    result, _ = play(market(DIP), {0: grid(times=5, sl=1.0965)})
    assert rows(result) == [(0.1, 1, 1.1, 3, 1.0965, "sl"), (0.1, 2, 1.098, 3, 1.0965, "sl")]
    assert result.refused == ()
    assert result.unfilled == 0


def test_the_orders_go_when_the_entry_is_over():
    """Closed by a signal at the open of bar 2: nothing is added in bars 2 and 3."""
    result, _ = play(market(DIP), {0: grid(), 1: close_all})
    assert rows(result) == [(0.1, 1, 1.1, 2, 1.1, "signal")]
    assert result.unfilled == 3


def test_the_age_of_the_entry_counts_from_its_first_fill():
    """Closed after 3 bars: everything at the open of bar 4, however young."""
    result, _ = play(market(DIP), {0: grid(plan={"close_after": 3})})
    assert {row[3:] for row in rows(result)} == {(4, 1.096, "time")}
    assert len(result.trades) == 3


def test_a_new_target_acts_from_the_next_bar_on():
    """Bar 2 buys at 1.098 and rises to 1.1: the target 1.0995 (average 1.099) is only there from bar 3 on."""
    bars = market([*flat(1.1, 2), (1.1, 1.1, 1.0978, 1.0991), (1.0991, 1.0996, 1.099, 1.0992), *flat(1.0992, 2)])
    result, _ = play(bars, {0: grid(times=1, target=0.0005, tp=1.1005)})
    assert {row[3:] for row in rows(result)} == {(3, 1.0995, "tp")}


def test_a_market_beyond_the_new_target_closes_all_at_the_open():
    """Bar 3 opens at 1.0996, beyond the target 1.0995."""
    bars = market([*flat(1.1, 2), (1.1, 1.1, 1.0978, 1.0996), *flat(1.0996, 3)])
    result, _ = play(bars, {0: grid(times=1, target=0.0005, tp=1.1005)})
    assert {row[3:] for row in rows(result)} == {(3, 1.0996, "tp")}


def test_a_target_at_a_price_stays():
    """No distance: 1.1001 for all of them, reached in bar 5."""
    result, _ = play(market([*DIP[:5], (1.0999, 1.1002, 1.0999, 1.1), *flat(1.1)]), {0: grid(tp=1.1001)})
    assert {row[3:] for row in rows(result)} == {(5, 1.1001, "tp")}
    assert len(result.trades) == 3


def test_adds_belong_to_their_entry():
    """They do not count as entries, neither open nor of the day."""
    seen = []

    def look(client):
        seen.append((client.entries_open("EURUSD"), client.entries_today(), len(client.trades("EURUSD"))))

    play(market(DIP), {0: grid(), 3: look})
    assert seen == [(1, 1, 3)]


def test_a_volume_that_would_be_too_large_is_deleted_when_it_fills():
    """0.1 and 0.1 are within 0.25 lots, a third 0.1 is not."""

    def enter(client):
        client.entry_side("EURUSD", long=True, short=False, limits=Limits(volume_at_most=0.25))
        grid()(client)

    result, _ = play(market(DIP), {0: enter})
    assert [row[2] for row in rows(result)] == [1.1, 1.098]
    assert result.held_back == {"volume": 1}


def test_adds_are_cancelled_with_the_waiting_orders():
    """`cancel orders at 02:00`: gone before bar 2 could fill one."""
    result, _ = play(market(DIP), {0: grid(plan={"cancel_at": ((120, None, ()),)})})
    assert len(result.trades) == 1
    assert MONDAY % 86_400 == 0  # the day begins with bar 0


@pytest.mark.parametrize("wrong", [{"way": "sideways"}, {"times": -1}, {"times": 5000}, {"factor": 0.0}])
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ParameterError):
        Adds(**{"times": 3, "every": 0.1, "way": "against", **wrong})
