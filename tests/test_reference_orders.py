"""The reference on paper: what an entry may say of its orders, stops, targets, parts and size."""

from __future__ import annotations

from decimal import Decimal

from tests.reference.bars import History
from tests.reference.simulate import Account
from tests.small_markets import FLAT, LONG, MONDAY, SHORT, account, bars, program, run, told

UP = (0, 15, -5, 12)
"""Reaches a buy stop at +10."""


def test_valid_until_removes_the_order_before_it_can_fill():
    """Placed at 1:00; the bar that opens at 3:00 is the first at or after 3:00."""
    clauses = "place stop at 1.1010\nvalid until 03:00"
    assert run(LONG.format(clauses), FLAT, FLAT, UP, FLAT)[0][:3] == ("long", 2, 10)
    assert run(LONG.format(clauses), FLAT, FLAT, FLAT, UP) == []


def test_valid_until_looks_at_moments_after_its_placement():
    """Placed at 1:00 until 1:00: that of the next day. 2:30 in Berlin is 1:30, so bar 2 is the first after it."""
    rows = [FLAT] * 4
    assert run(LONG.format("place stop at 1.1010\nvalid until 01:00"), *rows, UP)[0][:3] == ("long", 4, 10)
    clauses = 'place stop at 1.1010\nvalid until 02:30 in "Europe/Berlin"'
    assert run(LONG.format(clauses), FLAT, FLAT, UP) == []
    assert len(run(LONG.format(clauses), FLAT, UP, FLAT)) == 1


def test_a_target_step_acts_from_the_bar_after_it_is_reached():
    """Of age 2 at the close of bar 2; bar 2 itself reaches 6 without leaving."""
    clauses = LONG.format("target 30 pips\ntarget 5 pips after 2 bars")
    rows = FLAT, FLAT, (0, 6, -5, 0)
    assert run(clauses, *rows, (0, 6, -5, 0)) == [("long", 1, 0, 3, 5, "tp")]
    assert run(clauses, *rows, (8, 9, 7, 8)) == [("long", 1, 0, 3, 8, "tp")]


def test_the_latest_target_step_holds_and_may_lie_at_or_below_the_entry():
    """From age 1 on it is 20 pips, from age 2 on the entry itself: bar 3 opens below and comes back to it."""
    clauses = LONG.format("target 20 pips after 1 bars\ntarget 0% after 2 bars")
    assert run(clauses, FLAT, FLAT, (-2, -1, -8, -5), (-5, 3, -6, 2)) == [("long", 1, 0, 3, 0, "tp")]
    mirrored = SHORT.format("target 20 pips after 1 bars\ntarget -2 pips after 2 bars")
    assert run(mirrored, FLAT, FLAT, (4, 8, 3, 5), (5, 6, 1, 2)) == [("short", 1, 0, 3, 2, "tp")]


def test_a_target_step_at_a_price_is_taken_from_its_bar():
    """The high of bar 2 is 6; the exit by its condition would have come at the same tick, after the plan."""
    body = LONG.format("target at high after 2 bars") + "\nexit long when time == 03:00"
    assert run(body, FLAT, FLAT, (0, 6, -5, 0), (7, 8, 6, 7)) == [("long", 1, 0, 3, 7, "tp")]
    assert run(body, FLAT, FLAT, (0, 6, -5, 0), (5, 8, 3, 7)) == [("long", 1, 0, 3, 5, "signal")]


def test_a_line_moves_the_stop_and_never_back():
    """Low - 5 at each close: -10 after bar 1, 5 after bar 2 (low 10), and not back to -5 after bar 3."""
    rows = FLAT, FLAT, (10, 20, 10, 15), (15, 20, 6, 8), (8, 9, 4, 5)
    assert run(LONG.format("trail at low - 5 pips"), *rows) == [("long", 1, 0, 4, 5, "trailing")]
    assert run(LONG.format("trail at low - 5 pips"), FLAT, FLAT, (0, 1, -10, -9)) == [
        ("long", 1, 0, 2, -10, "trailing")
    ]


def test_a_line_that_the_market_is_beyond_closes_at_the_first_tick():
    """High + 5 is above the close of bar 1: out at the open of bar 2."""
    assert run(LONG.format("trail at high + 5 pips"), FLAT, FLAT, (2, 3, 1, 2)) == [("long", 1, 0, 2, 2, "trailing")]


def test_a_line_may_wait_for_a_profit():
    """5 pips are not 8; after bar 2, whose high is 20, the stop is 10 - 5."""
    rows = FLAT, FLAT, (10, 20, 10, 15), (8, 9, 4, 5)
    assert run(LONG.format("trail at low - 5 pips after 8 pips"), *rows) == [("long", 1, 0, 3, 5, "trailing")]
    deeper = FLAT, FLAT, (0, 5, -12, -9), FLAT
    assert run(LONG.format("trail at low - 5 pips after 8 pips"), *deeper)[0][5] == "end_of_data"


def test_locks_are_like_break_even_with_a_profit():
    """At 10 pips the stop goes to 2, at 30 to 15."""
    clauses = LONG.format("lock 2 pips after 10 pips\nlock 15 pips after 30 pips")
    rows = FLAT, FLAT, (5, 12, 4, 10)
    assert run(clauses, *rows, (10, 11, 1, 2)) == [("long", 1, 0, 3, 2, "breakeven")]
    assert run(clauses, *rows, (10, 30, 9, 28), (28, 29, 10, 12)) == [("long", 1, 0, 4, 15, "breakeven")]


def test_a_part_in_lots_is_split_off_and_the_rest_has_the_target():
    """0.04 of 0.1 lots; no more than there is; less than the minimum not at all."""
    rows = FLAT, FLAT, (0, 12, -5, 10), (10, 21, 9, 20)
    clauses = "target 20 pips\ntake {} lots after 10 pips"
    assert volumes(LONG.format(clauses.format("0.04")), *rows) == [("0.04", 2, "tp"), ("0.06", 3, "tp")]
    assert volumes(LONG.format(clauses.format("0.3")), *rows) == [("0.10", 2, "tp")]
    assert volumes(LONG.format(clauses.format("0.005")), *rows) == [("0.10", 3, "tp")]


def test_parts_in_lots_and_shares_come_in_written_order():
    """Half of the whole first, then 0.08 lots, of which 0.05 are left: nothing remains for the target."""
    clauses = "target 30 pips\ntake 50% after 10 pips\ntake 0.08 lots after 20 pips"
    rows = FLAT, FLAT, (0, 12, -5, 10), (10, 35, 9, 20)
    assert volumes(LONG.format(clauses), *rows) == [("0.05", 2, "tp"), ("0.05", 3, "tp")]


def volumes(body: str, *rows: tuple[float, ...]) -> list[tuple[str, int, str]]:
    """(volume, bar out, reason) of each row."""
    trades = sorted(account(body, *rows).trades, key=lambda t: (t.exit_time, t.volume))
    return [(str(t.volume), (t.exit_time - MONDAY) // 3600, t.exit_reason) for t in trades]


def test_a_size_in_money_is_the_value_of_the_position():
    """22 000 at 1.1 are 20 000 units; 25 000 are 0.227 lots, rounded down."""
    assert volumes(LONG.format("size 22000 money"), FLAT, FLAT)[0][0] == "0.20"
    assert volumes(LONG.format("size 25000 money"), FLAT, FLAT)[0][0] == "0.22"


def test_the_size_is_scaled_after_losses_up_to_so_many_times():
    """Stopped in bars 1, 2 and 3: 0.1, 0.2, 0.4 lots, and again 0.4 for at most twice."""
    body = "enter long when close > 0\nstop 10 pips\nscale size by 2 after loss at most 2 times\nend"
    lose = (0, 5, -15, 0)
    trades = account(body, FLAT, lose, lose, lose, lose).trades
    assert [t.volume for t in trades] == [Decimal("0.1"), Decimal("0.2"), Decimal("0.4"), Decimal("0.4")]


GRID = "stop 40 pips\ntarget 10 pips\nadd 2 times every 10 pips against\nsize 0.1 lots"


def test_a_grid_buys_lower_and_aims_at_its_average():
    """In at 0 and at -10: -5 on average, so all leave at 5 from bar 3 on."""
    rows = FLAT, FLAT, (0, 2, -12, -8), (-8, 6, -9, 4)
    assert run(LONG.format(GRID), *rows) == [("long", 1, 0, 3, 5, "tp"), ("long", 2, -10, 3, 5, "tp")]


def test_a_grid_keeps_the_old_target_in_the_bar_of_the_add():
    """Bar 2 fills -10, which is nearer, and reaches 10: the first leaves at its 10, the new one at 5 from bar 3 on."""
    rows = FLAT, FLAT, (-2, 10, -12, 8), (0, 6, -2, 4)
    assert run(LONG.format(GRID), *rows) == [("long", 1, 0, 2, 10, "tp"), ("long", 2, -10, 3, 5, "tp")]


def test_a_grid_stands_from_the_bar_of_its_first_fill_and_shares_one_stop():
    """Bar 1 itself goes through both adds to the stop at -40, where all three leave."""
    rows = FLAT, (0, 2, -45, -42), FLAT
    assert sorted(run(LONG.format(GRID), *rows)) == [("long", 1, at, 1, -40, "sl") for at in (-20, -10, 0)]


def test_adds_go_with_the_entry():
    """Out at 10 in bar 2: nothing is bought at -10 in bar 3."""
    rows = FLAT, FLAT, (0, 12, -5, 10), (0, 2, -30, -8)
    assert run(LONG.format(GRID), *rows) == [("long", 1, 0, 2, 10, "tp")]


def test_adds_ahead_are_stop_orders_scaled_from_one_to_the_next():
    """Sold at 0; a sell stop at -10 with twice 0.1 and one at -20 with four times; the ask must reach nothing."""
    clauses = "stop 40 pips\nadd 2 times every 10 pips ahead scaled 2\nsize 0.1 lots"
    trades = account(SHORT.format(clauses), FLAT, FLAT, (0, 1, -12, -11), (-25, -24, -28, -26), spread=1).trades
    assert [(told([t])[0][1:3], str(t.volume)) for t in trades] == [
        ((1, 0), "0.10"), ((2, -10), "0.20"), ((3, -25), "0.40"),
    ]  # fmt: skip


def test_close_after_counts_from_the_first_fill_and_closes_all():
    clauses = LONG.format(GRID + "\nclose after 3 bars")
    rows = FLAT, FLAT, (0, 2, -12, -8), (-8, 0, -9, -4), (-3, 0, -5, -2)
    assert run(clauses, *rows) == [("long", 1, 0, 4, -3, "time"), ("long", 2, -10, 4, -3, "time")]


def test_one_cancels_other_in_one_bar():
    """The buy stop at 10 is nearer to the open than the sell stop at -20, and takes it away."""
    body = "enter long when time == 01:00\nplace stop at 1.1010\nend\n"
    body += "enter short when time == 01:00\nplace stop at 1.0980\nend\none cancels other"
    assert run(body, FLAT, (0, 30, -30, 0), FLAT) == [("long", 1, 10, 2, 0, "end_of_data")]
    assert run(body, FLAT, (0, 5, -30, 0), (0, 30, -5, 0)) == [("short", 1, -20, 2, 0, "end_of_data")]


def in_gold(
    body: str, *rows: tuple[float, ...], gold: dict[int, tuple[float, ...]]
) -> list[tuple[str, int, float, int, float, str]]:
    """A strategy on EURUSD whose rules trade XAUUSD, which has a bar (open, high, low, close) at these hours."""
    spec = bars(FLAT, name="XAUUSD").symbol
    columns = [[row[k] for row in gold.values()] for k in range(4)]
    history = History(spec, "H1", [MONDAY + 3600 * h for h in gold], *columns, [1.0] * len(gold), [0.0] * len(gold))
    trades = Account(program(body), bars(*rows), others={"XAUUSD": history}).run().trades
    hours = [((t.entry_time - MONDAY) // 3600, (t.exit_time - MONDAY) // 3600) for t in trades]
    return [
        (t.symbol, a, t.entry_price, b, t.exit_price, t.exit_reason) for t, (a, b) in zip(trades, hours, strict=True)
    ]


def test_an_entry_in_another_symbol_fills_at_its_open_or_its_last_price():
    """Decided at 1:00 on EURUSD; gold opens then at 1301, or stands at its last close of 1300.5."""
    body = "enter long in XAUUSD when time == 01:00\nstop 20 pips\nend"
    full = {0: (1300, 1301, 1299, 1300.5), 1: (1301, 1302, 1300, 1301), 2: (1301, 1302, 1298.5, 1299)}
    assert in_gold(body, FLAT, FLAT, FLAT, gold=full) == [("XAUUSD", 1, 1301, 2, 1299, "sl")]
    gap = {0: full[0], 2: full[2]}
    assert in_gold(body, FLAT, FLAT, FLAT, gold=gap) == [("XAUUSD", 1, 1300.5, 2, 1298.5, "sl")]


def test_an_exit_in_another_symbol_leaves_the_own_one_alone():
    body = "enter long in XAUUSD when time == 01:00\nend\nenter long when time == 01:00\nend\n"
    body += "exit all in XAUUSD when time == 02:00"
    full = {h: (1300 + h, 1301 + h, 1299 + h, 1300 + h) for h in range(3)}
    assert in_gold(body, FLAT, FLAT, FLAT, gold=full) == [
        ("XAUUSD", 1, 1301, 2, 1302, "signal"), ("", 1, 1.1, 2, 1.1, "end_of_data"),
    ]  # fmt: skip


def test_the_same_rules_on_several_symbols_share_the_days_trades():
    """Two symbols want to buy at 1:00; one trade a day goes to the one written first."""
    body = "symbol EURUSD, XAUUSD\nenter long when time == 01:00\nend"
    full = {h: (1300 + h, 1301 + h, 1299 + h, 1300 + h) for h in range(2)}
    assert [t[0] for t in in_gold(body, FLAT, FLAT, gold=full)] == ["EURUSD", "XAUUSD"]
    assert [t[0] for t in in_gold(body + "\nlimit 1 trades per day", FLAT, FLAT, gold=full)] == ["EURUSD"]
