"""The reference on paper: rules of the whole strategy, and what holds an entry back."""

from __future__ import annotations

from tests.small_markets import FLAT, LONG, MONDAY, account, run

LOSE = (0, 5, -15, 0)
WIN = (0, 15, -5, 0)
STOP_10 = "enter long when time >= 01:00\nstop 10 pips\ntarget 10 pips\nend\n"
ONE_BAR = "enter long when time >= 01:00\nclose after 1 bars\nend\n"


def entered(body: str, *rows: tuple[float, ...], spread: float = 0.0) -> list[int]:
    return [t[1] for t in run(body, *rows, spread=spread)]


def test_reduce_closes_a_share_once():
    """Half of 0.1 at the open of bar 2, though the condition stays true; the rest ends with the data."""
    body = LONG.format("") + "\nreduce long by 50% when time >= 02:00"
    trades = account(body, FLAT, FLAT, (3, 5, 1, 4), (4, 5, 1, 2)).trades
    assert [(str(t.volume), t.exit_price, t.exit_reason) for t in trades] == [
        ("0.05", 1.1003, "signal"), ("0.05", 1.1002, "end_of_data"),
    ]  # fmt: skip


def test_reduce_leaves_no_crumbs():
    """Of 0.1 lots: 9% are 0.009, nothing; 0.095 lots are 0.09; of 0.01 lots half is nothing; 0.3 lots are all."""
    rows = FLAT, FLAT, FLAT, FLAT
    cases = {"9%": ["0.10"], "0.095 lots": ["0.09", "0.01"], "0.3 lots": ["0.10"], "100%": ["0.10"]}
    for part, left in cases.items():
        body = LONG.format("") + f"\nreduce all by {part} when time == 02:00"
        assert [str(t.volume) for t in account(body, *rows).trades] == left, part


def test_a_closed_part_is_no_closed_entry():
    """Half is closed with a loss at the open of bar 2: no loss in a row, until the rest is out."""
    body = LONG.format("") + "\nreduce long by 50% when time == 02:00\nexit long when losses in a row == 1"
    assert run(body, FLAT, FLAT, (-3, 5, -4, -4), FLAT)[-1][5] == "end_of_data"


def test_alerts_say_when_it_was_decided():
    """At the closes of bars 1 and 2, the last one included."""
    ran = account('alert "now" when time >= 02:00', FLAT, FLAT, FLAT)
    assert [(a.time - MONDAY, a.text) for a in ran.alerts] == [(7200, "now"), (10800, "now")]
    assert ran.trades == []


def test_dates_gate_the_decision_and_widen_each_other():
    """The bar that closes at midnight decides on the second of January."""
    rows = [FLAT] * 50
    body = ONE_BAR.replace(">= 01:00", "== 00:00")
    assert entered(body, *rows) == [24, 48]
    assert entered(body + "trade from 2024-01-03", *rows) == [48]
    assert entered(body + "trade until 2024-01-02", *rows) == [24]
    assert entered(body + "trade from 2024-01-03 until 2024-01-03\ntrade until 2024-01-02", *rows) == [24, 48]
    assert entered(body + "trade from 2024-01-03\ntrade between 08:00 and 09:00", *rows) == []


def test_only_one_side_is_taken_without_conflict_or_reversal():
    body = "enter long when time == 01:00\nend\nenter short when time >= 01:00\nend\nonly long"
    assert run(body, FLAT, FLAT, FLAT) == [("long", 1, 0, 2, 0, "end_of_data")]


def test_orders_are_cancelled_by_the_clock_and_by_a_condition():
    """Before they can fill in that bar; a new one may be placed at the same tick."""
    order = LONG.format("place stop at 1.1010")
    reached = (0, 15, -5, 12)
    assert entered(order + "\ncancel orders at 02:00", FLAT, FLAT, reached) == []
    assert entered(order + "\ncancel orders at 02:00", FLAT, reached, FLAT) == [1]
    assert entered(order + "\ncancel orders at 02:00 on tue", FLAT, FLAT, reached) == [2]
    assert entered(order + "\ncancel long orders when time == 02:00", FLAT, FLAT, reached) == []
    assert entered(order + "\ncancel short orders when time == 02:00", FLAT, FLAT, reached) == [2]
    assert entered(order + "\ncancel orders when time == 01:00", FLAT, reached) == [1]


def test_a_days_loss_ends_its_entries():
    """10 pips of 0.1 lot are 10 of money and 0.1% of 10 000; 15 are reached by the second loss."""
    rows = [FLAT, LOSE, LOSE, LOSE, FLAT]
    assert entered(STOP_10 + "daily loss at most 10 money", *rows) == [1]
    assert entered(STOP_10 + "daily loss at most 15 money", *rows) == [1, 2]
    assert entered(STOP_10 + "daily loss at most 0.1%", *rows) == [1]
    assert entered(STOP_10 + "daily profit at most 10 money", FLAT, WIN, FLAT) == [1]


def test_a_days_loss_keeps_a_waiting_order_from_filling():
    """The long from bar 1 is stopped in bar 2 while the sell stop at -20 waits; bar 3 reaches it."""
    body = (
        "enter long when time == 01:00\nstop 10 pips\nend\nenter short when time == 01:00\nplace stop at 1.0980\nend\n"
    )
    rows = FLAT, FLAT, LOSE, (0, 1, -25, -22)
    assert entered(body, *rows) == [1, 3]
    assert entered(body + "daily loss at most 5 money", *rows) == [1]


def test_a_wide_spread_holds_an_entry_back():
    """Two pips are not more than 2 pips."""
    assert entered(ONE_BAR + "spread at most 2 pips", FLAT, FLAT, spread=2) == [1]
    assert entered(ONE_BAR + "spread at most 1.9 pips", FLAT, FLAT, spread=2) == []
    waiting = LONG.format("place stop at 1.1010") + "\nspread at most 1.9 pips"
    assert entered(waiting, FLAT, (0, 15, -5, 12), spread=2) == []


def test_the_volume_of_a_symbol_is_capped():
    """0.1 and 0.1 are 0.2; a third is too much. A waiting order that would be too much goes when it fills."""
    body = "enter long when time >= 01:00\nend\npyramid 5\n"
    assert entered(body + "volume at most 0.2 lots", *[FLAT] * 5) == [1, 2]
    waiting = body.replace("end\n", "end\nenter long when time == 01:00\nplace stop at 1.1010\nend\n", 1)
    assert entered(waiting + "volume at most 0.1 lots", FLAT, FLAT, (0, 15, -5, 12)) == [1]


def test_a_reversal_that_is_too_large_closes_nothing():
    """0.2 short against a long of 0.1: what it would close does not count, and stays if the short is too large."""
    body = LONG.format("") + "\nenter short when time == 02:00\nsize 0.2 lots\nend\nvolume at most {} lots"
    assert run(body.format(0.2), *[FLAT] * 4) == [
        ("long", 1, 0, 2, 0, "reverse"), ("short", 2, 0, 3, 0, "end_of_data"),
    ]  # fmt: skip
    assert run(body.format(0.19), *[FLAT] * 4) == [("long", 1, 0, 3, 0, "end_of_data")]


def test_a_pause_is_counted_in_bars_from_the_event():
    """Lost in bar 1: with 2 bars the close of bar 3 is the first that decides, so bar 4 buys."""
    rows = FLAT, LOSE, FLAT, FLAT, FLAT, FLAT
    assert entered(STOP_10 + "wait 1 bars after loss", *rows) == [1, 3]
    assert entered(STOP_10 + "wait 2 bars after loss", *rows) == [1, 4]
    assert entered(STOP_10 + "wait 2 bars after stop", *rows) == [1, 4]
    assert entered(STOP_10 + "wait 2 bars after exit", *rows) == [1, 4]
    assert entered(STOP_10 + "wait 2 bars after win", *rows) == [1, 2]
    assert entered(STOP_10 + "wait 3 bars after entry", *rows) == [1, 5]


def test_a_pause_holds_a_reversal_back_altogether():
    body = "enter long when time == 01:00\nend\nenter short when time == 02:00\nend\nwait 3 bars after entry"
    assert run(body, FLAT, FLAT, FLAT) == [("long", 1, 0, 2, 0, "end_of_data")]


def test_skipped_entries_count_down():
    """Lost in bar 1: the signals for bars 2 and 3 pass, bar 4 buys."""
    rows = FLAT, LOSE, FLAT, FLAT, FLAT
    assert entered(STOP_10 + "skip 2 entries after loss", *rows) == [1, 4]
    assert entered(STOP_10 + "skip 1 entry after win", *rows) == [1, 2]


def test_what_is_held_back_otherwise_is_not_counted_as_skipped():
    """The pause takes the signals for bars 2 and 3, the skip the one for bar 4."""
    rows = FLAT, LOSE, FLAT, FLAT, FLAT, FLAT
    assert entered(STOP_10 + "wait 2 bars after loss\nskip 1 entry after loss", *rows) == [1, 5]


def test_hedging_opens_beside_what_is_held():
    body = "enter long when time == 01:00\nend\nenter short when time == 02:00\nend\nallow hedging"
    assert run(body, FLAT, FLAT, FLAT) == [("long", 1, 0, 2, 0, "end_of_data"), ("short", 2, 0, 2, 0, "end_of_data")]
    both = "enter long when time == 01:00\nend\nenter short when time == 01:00\nend\nallow hedging"
    assert run(both, FLAT, FLAT) == []


def test_hedging_counts_the_entries_of_each_side():
    body = (
        "enter long when time >= 01:00\nend\nenter short when time >= 03:00\nplace limit at 1.1004\nend\nallow hedging"
    )
    assert [(t[0], t[1]) for t in run(body, *[FLAT] * 6)] == [("long", 1), ("short", 3)]


def test_what_held_entries_back_is_counted():
    ran = account(STOP_10 + "wait 2 bars after loss\nspread at most 2 pips", FLAT, LOSE, FLAT, FLAT, FLAT)
    assert ran.desks[""].held == {"wait": 2}
