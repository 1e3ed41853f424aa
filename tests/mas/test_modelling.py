"""Modelling modes: hand-made paths, agreement of the modes, and recorded ticks against a plain loop."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mas
from mas.backtest import run_backtest
from mas.bars import Bars
from mas.data import read_bars, read_ticks, resample
from mas.errors import DataError, ParameterError
from mas.modelling import MODES, mode_called, mode_for
from mas.symbols import symbol_spec
from mas.ticks import Ticks, corners, generated
from tests.mas.scenarios import BOTH, MONDAY, WIDE, flat, market, minutes, order, play, trades_of

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the shared price files are not here")


def ticks(prices, hour=1, gap=0.0):
    """One tick a second, from the start of an hour of Monday."""
    bid = np.array(prices, dtype=float)
    times = 1000 * (MONDAY + 3600 * hour + np.arange(len(prices), dtype=np.int64))
    return Ticks("EURUSD", times, bid, np.round(bid + gap, 8), symbol_spec("EURUSD"))


STOPPED, TARGETED = [("long", 1, 1.1, 1, 1.097, "sl")], [("long", 1, 1.1, 1, 1.103, "tp")]


# ------------------------------------------------------------------ what came first


def test_minutes_decide_what_came_first():
    """Rule 11: the minute that reached the target lies before the one that reached the stop, and the other way."""
    up, down = (1.1, 1.104, 1.1, 1.1), (1.1, 1.1, 1.096, 1.1)
    assert trades_of(market(WIDE), BOTH) == STOPPED
    assert trades_of(market(WIDE), BOTH, intrabar=minutes([up, down])) == TARGETED
    assert trades_of(market(WIDE), BOTH, intrabar=minutes([down, up])) == STOPPED


def test_without_minutes_the_bar_goes_over_its_own_corners():
    """Rising bars visit the low first, falling ones the high; a doji goes the other way than the bar before it."""
    rising, falling = (1.1, 1.104, 1.096, 1.101), (1.1, 1.104, 1.096, 1.099)
    for mode in ("ohlc", "open"):
        assert trades_of(market([*flat(1.1), rising, *flat(1.1)]), BOTH, modelling=mode) == STOPPED
        assert trades_of(market([*flat(1.1), falling, *flat(1.1)]), BOTH, modelling=mode) == TARGETED
        before = (1.1005, 1.1005, 1.1, 1.1)
        assert trades_of(market([before, WIDE[1], *flat(1.1)]), BOTH, modelling=mode) == STOPPED


def test_a_minute_that_opens_beyond_a_level_fills_at_its_open():
    """Rule 10 at the seams of the minutes; without minutes the fill is at the level."""
    rows = [*flat(1.1), (1.1, 1.1, 1.095, 1.095), *flat(1.095)]
    jump = minutes([*flat(1.1), *flat(1.095)])
    assert trades_of(market(rows), {0: order("buy", sl=1.097)}) == STOPPED
    assert trades_of(market(rows), {0: order("buy", sl=1.097)}, intrabar=jump) == [("long", 1, 1.1, 1, 1.095, "sl")]


def test_a_waiting_order_may_take_its_profit_in_the_bar_of_its_fill():
    """Rule 14 forbids it only where the course is unknown: minutes show the target after the fill."""
    rows = [*flat(1.1), (1.1, 1.104, 1.098, 1.1), *flat(1.1, 2)]
    script = {0: order("buy_limit", price=1.098, sl=1.09, tp=1.102)}
    after = minutes([(1.1, 1.1, 1.098, 1.099), (1.099, 1.104, 1.099, 1.1)])
    before = minutes([(1.1, 1.104, 1.1, 1.1), (1.1, 1.1, 1.098, 1.1)])
    still_open = [("long", 1, 1.098, 3, 1.1, "end_of_data")]
    assert trades_of(market(rows), script) == still_open
    assert trades_of(market(rows), script, intrabar=after) == [("long", 1, 1.098, 1, 1.102, "tp")]
    assert trades_of(market(rows), script, intrabar=before) == still_open


def test_a_stop_seen_before_the_fill_does_not_count():
    """A buy stop fills on the way up; the low came before it, and so did its stop's level."""
    rows = [*flat(1.1), (1.1, 1.103, 1.097, 1.103), *flat(1.103, 2)]
    script = {0: order("buy_stop", price=1.102, sl=1.098)}
    assert trades_of(market(rows), script) == [("long", 1, 1.102, 1, 1.098, "sl")]
    held = [("long", 1, 1.102, 3, 1.103, "end_of_data")]
    assert trades_of(market(rows), script, modelling="ohlc") == held
    assert trades_of(market(rows), script, intrabar=minutes([rows[1]])) == held


def test_a_stop_limit_order_may_fill_in_the_bar_that_triggers_it():
    """The path shows that the price came back after the trigger."""
    rows = [*flat(1.1), (1.1, 1.103, 1.1, 1.1005), *flat(1.1005, 2)]
    script = {0: order("buy_stop_limit", price=1.102, stoplimit=1.101)}
    assert trades_of(market(rows), script) == [("long", 2, 1.1005, 3, 1.1005, "end_of_data")]
    assert trades_of(market(rows), script, modelling="ohlc") == [("long", 1, 1.101, 3, 1.1005, "end_of_data")]


def test_shorts_leave_at_the_ask_of_the_path():
    """Rule 9 on the path: 20 points of spread bring the stop of a short nearer and its target further."""
    bars = market(WIDE, spread=np.full(4, 20.0))
    script = {0: order("sell", sl=1.1035, tp=1.0965)}
    up_first = minutes([(1.1, 1.104, 1.1, 1.1), (1.1, 1.1, 1.096, 1.1)])
    down_first = minutes([(1.1, 1.1, 1.096, 1.1), (1.1, 1.104, 1.1, 1.1)])
    assert trades_of(bars, script, intrabar=up_first) == [("short", 1, 1.1, 1, 1.1035, "sl")]
    assert trades_of(bars, script, intrabar=down_first) == [("short", 1, 1.1, 1, 1.0965, "tp")]


# ------------------------------------------------------------------ ticks


def test_recorded_ticks_fill_at_their_own_prices():
    """Entries pay the first tick's ask; a stop fills at the first tick beyond it, a target likewise."""
    rows = [*flat(1.1), (1.1, 1.1, 1.0965, 1.0965), *flat(1.0965)]
    fine = ticks([1.1, 1.0975, 1.0965], gap=0.0002)
    assert trades_of(market(rows), {0: order("buy", sl=1.097)}, intrabar=fine) == [("long", 1, 1.1002, 1, 1.0965, "sl")]
    result, _ = play(market(rows), {0: order("sell", tp=1.098)}, intrabar=fine)
    assert [(t.entry_price, t.exit_price) for t in result.trades] == [(1.1, 1.0977)]
    assert (result.modelling, result.spread, result.fallback) == ("real_ticks", "the ticks' own", 2)
    wide, _ = play(market(rows), {0: order("sell", tp=1.098)}, intrabar=fine, spread=50)
    assert [t.exit_price for t in wide.trades] == [1.098], "the spread that was asked for"


def test_generated_ticks_follow_the_documented_legs():
    """One tick is the close, two are open and close, eleven are 3 + 5 + 3 after the open, with steps back."""
    spec = symbol_spec("EURUSD")
    rising = corners(*(np.array([v]) for v in (1.1, 1.11, 1.09, 1.105)))
    assert rising.tolist() == [[1.1, 1.09, 1.11, 1.105]]
    full = generated(rising, np.array([500.0]), spec)[0]
    assert np.isnan(full).sum() == 0
    assert (full[0], full[3], full[8], full[11]) == (1.1, 1.09, 1.11, 1.105)
    assert (np.diff(full[3:9]) < 0).any()
    assert np.isfinite(generated(rising, np.array([4.0]), spec)[0]).sum() == 5
    line = corners(*(np.array([v]) for v in (1.1, 1.11, 1.1, 1.11)))
    assert generated(line, np.array([2.0]), spec)[0, :3].tolist() == pytest.approx([1.1, 1.11, np.nan], nan_ok=True)
    dot = corners(*(np.array([1.1]),) * 4)
    assert np.isfinite(generated(dot, np.array([1.0]), spec)[0]).sum() == 1
    assert np.isfinite(generated(rising, np.array([1.0]), spec)[0]).sum() == 4, "one tick has no range"


def test_every_tick_fills_at_a_generated_tick():
    """A stop fills at the tick that passes it, so at its level or worse, never beyond the minute's low."""
    fine = minutes([(1.1, 1.104, 1.096, 1.1)], volume=np.array([90.0]))
    (trade,) = play(market(WIDE), {0: order("buy", sl=1.0971)}, modelling="every_tick", intrabar=fine)[0].trades
    assert 1.096 <= trade.exit_price <= 1.0971
    with pytest.raises(ParameterError, match="M1 bars"):
        play(market(WIDE), BOTH, modelling="every_tick")


# ------------------------------------------------------------------ what does not belong together


@pytest.mark.parametrize(
    ("fine", "message"),
    [
        (minutes([(1.1, 1.104, 1.096, 1.1)], symbol="GBPUSD"), "GBPUSD"),
        (minutes([(1.1, 1.105, 1.096, 1.1)]), "high is 1.10400, in the finer data 1.10500, and 1 of 1"),
        (minutes([(1.1, 1.104, 1.096, 1.1)], hour=50), "share no bar"),
        (market(WIDE), "H1 bars are not finer than H1"),
    ],
)
def test_finer_data_that_do_not_belong_to_the_bars_are_refused(fine, message):
    """The message says what differs: symbol, prices, period, timeframe."""
    with pytest.raises(DataError, match=message):
        play(market(WIDE), BOTH, intrabar=fine)


def test_two_known_clocks_must_be_the_same():
    """Minutes of Athens do not lie inside hours of London."""
    fine = minutes([(1.1, 1.104, 1.096, 1.1)], timezone="Europe/Athens", timezone_known=True)
    with pytest.raises(DataError, match="Europe/Athens"):
        play(market(WIDE, timezone="Europe/London", timezone_known=True), BOTH, intrabar=fine)


def test_weeks_at_open_prices_go_over_their_days():
    """MetaTrader's tester plays W1 and MN1 by daily bars: the day of the high lies before that of the low."""
    sunday, week = MONDAY - 86_400, 7 * 86_400
    weeks = market(
        [*flat(1.1), (1.1, 1.104, 1.096, 1.101), *flat(1.101)], timeframe="W1", time=sunday + week * np.arange(3)
    )
    days = market(
        [(1.1, 1.104, 1.1, 1.1), (1.1, 1.1, 1.096, 1.101)],
        timeframe="D1",
        time=sunday + week + 86_400 * np.array([1, 2]),
    )
    assert trades_of(weeks, BOTH, modelling="open") == STOPPED
    assert trades_of(weeks, BOTH, modelling="open", intrabar=days) == TARGETED
    with pytest.raises(ParameterError, match="days, D1, of weeks and months"):
        trades_of(market(WIDE), BOTH, modelling="open", intrabar=days)


def test_bars_without_minutes_fall_back_and_are_counted():
    """Bar 1 is covered and decided by its minute; bar 3 is not, and takes the stop first."""
    rows = [*WIDE[:2], *flat(1.1), WIDE[1], *flat(1.1)]
    fine = minutes([(1.1, 1.104, 1.1, 1.1), (1.1, 1.1, 1.096, 1.1)])
    result, _ = play(market(rows), {**BOTH, 2: BOTH[0]}, intrabar=fine)
    assert [t.exit_reason for t in result.trades] == ["tp", "sl"]
    assert (result.fallback, result.ambiguous, result.band.trades_depending) == (4, 1, 1)


@pytest.mark.parametrize(
    ("name", "finer", "message"),
    [
        ("tick", None, "there is no modelling mode"),
        ("pessimistic", market(WIDE), "does not look at finer data"),
        ("open", market(WIDE), "does not look at finer data"),
        ("real_ticks", market(WIDE), "needs recorded ticks"),
        ("real_ticks", None, "needs recorded ticks"),
        ("ohlc", ticks([1.1]), "not from ticks"),
    ],
)
def test_a_mode_that_does_not_go_with_the_data_is_refused(name, finer, message):
    """Each refusal says what would go."""
    with pytest.raises(ParameterError, match=message):
        mode_for(name, finer)


def test_metatraders_own_names_are_understood():
    """ "Open prices only", "1 minute OHLC", "Every tick" as the tester writes them."""
    for mode, name in MODES.items():
        if mode != "pessimistic":
            assert mode_called(name.title()) == mode
    assert mode_called("Every tick based on real ticks") == "real_ticks"


# ------------------------------------------------------------------ properties


class Alternating(mas):
    """Follows the last bar's colour, with a stop and a target at fixed distances; one position at a time."""

    near, far = 0.0008, 0.0011

    def signals(self, bars):
        return {"enter_long": bars.close > bars.open, "enter_short": bars.close < bars.open}

    def receive_bars(self, symbol, data, is_end):
        if self.trades(symbol):
            return
        if self.signal("enter_long"):
            self._enter(symbol, "buy", self.bid(symbol), 1)
        elif self.signal("enter_short"):
            self._enter(symbol, "sell", self.ask(symbol), -1)

    def _enter(self, symbol, kind, price, side):
        levels = {"sl": price - side * self.near, "tp": price + side * self.far}
        levels = {name: self.round_price(symbol, level) for name, level in levels.items()}
        self.send_order({"symbol": symbol, "order_type": kind, "volume": 0.1, **levels})


def wandering(seed, count=240, step=0.0002):
    """Minutes without seams: each opens where the last closed."""
    generator = np.random.default_rng(seed)
    moves = np.round(generator.normal(0, step, count), 5)
    closes = np.round(1.1 + np.cumsum(moves), 5)
    opens = np.concatenate(([1.1], closes[:-1]))
    reach = np.round(np.abs(generator.normal(0, step / 2, (2, count))), 5)
    rows = zip(opens, np.maximum(opens, closes) + reach[0], np.minimum(opens, closes) - reach[1], closes, strict=True)
    return minutes([tuple(np.round(row, 5)) for row in rows], hour=0)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.sampled_from(("M5", "M15", "H1")), st.sampled_from(tuple(MODES)))
def test_a_result_lies_in_its_own_band(seed, timeframe, mode):
    """Never better than its best case nor worse than its worst, and all three are one where nothing was ambiguous."""
    fine = wandering(seed)
    bars = resample(fine, timeframe)
    finer = fine if mode in ("ohlc", "every_tick") else None
    if mode == "real_ticks":
        mode = None
    result = run_backtest(Alternating(), bars, modelling=mode, intrabar=finer)
    assert result.band.worst - 1e-9 <= result.net <= result.band.best + 1e-9
    if not result.band.trades_depending:
        assert result.band.worst == result.net == result.band.best


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.sampled_from(("buy", "sell")), st.sampled_from(("ohlc", "every_tick", "open")))
def test_one_trade_ends_within_the_band_of_its_whole_bars(seed, kind, mode):
    """What a path makes of a single trade lies between stop first and target first, whatever the path."""
    fine = wandering(seed)
    bars = resample(fine, "H1")
    side, price = 1 if kind == "buy" else -1, float(bars.open.values[1])
    near, far = side * Alternating.near, side * Alternating.far
    script = {0: order(kind, sl=round(price - near, 5), tp=round(price + far, 5))}
    whole, _ = play(bars, script)
    modelled, _ = play(bars, script, modelling=mode, intrabar=None if mode == "open" else fine)
    slack = 15.0 if mode == "every_tick" else 1e-9  # a tick fills beyond the level by what it jumps
    assert whole.band.worst - slack <= modelled.net <= whole.band.best + slack
    assert whole.net == whole.band.worst


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_modes_that_fill_at_the_level_agree_where_nothing_is_ambiguous(seed):
    """Pessimistic, open prices only and OHLC with and without minutes make the same trades."""
    fine = wandering(seed, step=0.0001)
    bars = resample(fine, "M5")
    runs = [
        run_backtest(Alternating(), bars, modelling=mode, intrabar=finer)
        for mode, finer in ((None, None), ("open", None), ("ohlc", None), ("ohlc", fine))
    ]
    if runs[0].band.trades_depending == 0:
        assert runs[0].trades == runs[1].trades == runs[2].trades == runs[3].trades


# ------------------------------------------------------------------ recorded ticks


@cache
def recorded() -> tuple[Bars, Ticks]:
    return read_bars(DATA / "EURUSD_M1_201405.parquet"), read_ticks(DATA / "EURUSD_TICKS_201405.parquet")


def by_loop(bars: Bars, quotes: Ticks) -> list[tuple[str, float, float, str]]:
    """`Alternating` tick by tick: enter at the first tick of the bar after a signal, then watch every tick."""
    times = quotes.time
    starts = np.searchsorted(times, bars.time).tolist()
    bid, ask = quotes.bid.tolist(), quotes.ask.tolist()
    opens, closes = bars.open.values.tolist(), bars.close.values.tolist()
    found, position = [], None
    for bar in range(1, len(bars)):
        first, end = starts[bar], starts[bar + 1] if bar + 1 < len(bars) else len(bid)
        side = (closes[bar - 1] > opens[bar - 1]) - (closes[bar - 1] < opens[bar - 1])
        if position is None and side:
            entry, other = (ask[first], bid[first]) if side > 0 else (bid[first], ask[first])
            sl, tp = (round(other + side * d, 5) for d in (-Alternating.near, Alternating.far))
            position = side, entry, sl, tp
        for i in range(first, end):
            if position is None:
                break
            side, entry, sl, tp = position
            price = bid[i] if side > 0 else ask[i]
            for level, reason in ((sl, "sl"), (tp, "tp")):
                beyond = (price - level) * side * (1 if reason == "tp" else -1) >= -1e-9
                if position is not None and beyond:
                    found.append(("long" if side > 0 else "short", round(entry, 6), round(price, 6), reason))
                    position = None
    if position is not None:
        side, entry, _, _ = position
        found.append(("long" if side > 0 else "short", entry, bid[-1] if side > 0 else ask[-1], "end_of_data"))
    return found


@needs_data
@pytest.mark.parametrize("timeframe", ["M1", "H1"])
def test_recorded_ticks_fill_as_a_plain_loop_over_them_does(timeframe):
    """Thirteen days of real ticks: every entry, exit price and reason."""
    minute_bars, quotes = recorded()
    bars = resample(minute_bars, timeframe)
    result = run_backtest(Alternating(), bars, intrabar=quotes)
    rows = [(t.side, round(t.entry_price, 6), round(t.exit_price, 6), t.exit_reason) for t in result.trades]
    assert rows == by_loop(bars, quotes)
    assert (result.fallback, len(rows) > 40, result.band.trades_depending) == (0, True, 0)


@needs_data
def test_minutes_and_ticks_of_the_same_days_agree_on_who_came_first():
    """With the same spread everywhere, minutes and ticks give the same exits; only the prices of stops slip."""
    minute_bars, quotes = recorded()
    bars = resample(minute_bars, "H1")
    runs = [run_backtest(Alternating(), bars, intrabar=finer, spread=10) for finer in (minute_bars, quotes)]
    assert runs[0].band.trades_depending == 0
    kept = [[(t.side, t.entry_time, t.exit_time, t.exit_reason) for t in run.trades] for run in runs]
    assert kept[0] == kept[1]
