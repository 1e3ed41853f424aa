"""No value knows a later bar: on bars cut short, the last value is what the whole history shows there.

Every registry entry, every form of state, every session function and every way of looking at other bars, on random
bars with missing ones, cut at a sample of places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from mas import latch, on_dates, on_days, ratchet_down, ratchet_up, remember, session, then_within
from mas.bars import Bars
from mas.indicators import rsi, sma
from mas.indicators.sessions import session_close, session_high, session_low, session_open
from mas.series import Condition, Series, crosses_above, for_bars, within_bars
from nl2strat.language.functions import FUNCTIONS
from tests.market import as_numbers, call, random_bars

COUNT, CUTS = 420, 12
ZONE = "America/New_York"

Form = Callable[[Bars], Series | Condition]


@cache
def some_bars(seed: int) -> Bars:
    """Three weeks of hours from before the change of New York's clocks, some missing, gold beside them with fewer."""
    whole = random_bars(500, seed=seed)
    time = whole.time - whole.time[0] + 1_267_401_600  # Monday 2010-03-01
    columns = {name: getattr(whole, name).values for name in ("open", "high", "low", "close", "volume")}

    def kept(symbol: str, share: float, times: float) -> Bars:
        keep = np.flatnonzero(np.random.default_rng(seed + len(symbol)).random(500) < share)[:COUNT]
        scaled = {name: values[keep] * (1.0 if name == "volume" else times) for name, values in columns.items()}
        return Bars.from_arrays(symbol, "H1", time[keep], **scaled)

    return kept("EURUSD", 0.95, 1.0).beside(kept("XAUUSD", 0.8, 1500.0))


def cuts(seed: int) -> list[int]:
    """Lengths to cut the bars to: the first few, the last but one, and some between."""
    count = len(some_bars(seed))
    between = np.random.default_rng(seed).integers(3, count - 1, CUTS)
    return sorted({1, 2, 3, *between.tolist(), count - 1})


def knows_nothing_later(form: Form, seed: int) -> None:
    """Compares the last value on cut bars with the one that the whole history shows at that bar."""
    bars = some_bars(seed)
    whole = as_numbers(form(bars))
    assert len(whole) == len(bars)
    for cut in cuts(seed):
        part = as_numbers(form(bars[:cut]))
        np.testing.assert_allclose(part[-1], whole[cut - 1], rtol=1e-9, atol=1e-9, err_msg=f"at bar {cut - 1}")


def cheap(bars: Bars) -> Condition:
    return rsi(bars.close, 5) < 35


def dear(bars: Bars) -> Condition:
    return rsi(bars.close, 5) > 65


def aligned(symbol: str, form: Form) -> Form:
    return lambda bars: bars.of(symbol).align(form(bars.of(symbol)))


STATES: dict[str, Form] = {
    "then within": lambda bars: then_within(cheap(bars), 4, bars.close > bars.open),
    "then within twice": lambda bars: then_within(then_within(cheap(bars), 9, dear(bars)), 9, bars.close > bars.open),
    "latch": lambda bars: latch(cheap(bars), dear(bars)),
    "remember": lambda bars: remember(bars.high, cheap(bars)),
    "ratchet up": lambda bars: ratchet_up(bars.low - 0.001),
    "ratchet up until": lambda bars: ratchet_up(sma(bars.close, 9), cheap(bars)),
    "ratchet down": lambda bars: ratchet_down(sma(bars.close, 9)),
    "ratchet down until": lambda bars: ratchet_down(bars.high, dear(bars)),
    "crosses": lambda bars: crosses_above(bars.close, sma(bars.close, 9)),
    "for bars": lambda bars: for_bars(bars.close > bars.open, 3),
    "within bars": lambda bars: within_bars(cheap(bars), 5),
    "the past": lambda bars: bars.close[3],
}

CLOCKS: dict[str, Form] = {
    "time": lambda bars: bars.clock,
    "time in a zone": lambda bars: bars.clock_in(ZONE),
    "hours": lambda bars: session(bars, "08:00", "17:00", zone=ZONE, days=("mon", "tue")),
    "weekday": lambda bars: on_days(bars, "mon", zone=ZONE),
    "dates": lambda bars: on_dates(bars, "2010-03-05", "2010-03-12"),
    "open": lambda bars: session_open(bars, "09:30"),
    "open in a zone": lambda bars: session_open(bars, "09:30", ZONE),
}

SPANS = [("08:00", "10:00"), ("09:30", "11:15"), ("22:00", "02:00"), ("18:00", "24:00")]
SESSIONS: dict[str, Form] = {
    f"{function.__name__} {start}-{end} {zone}": lambda bars, f=function, a=start, b=end, z=zone: f(bars, a, b, z)  # type: ignore[misc]
    for function in (session_high, session_low, session_close)
    for start, end in SPANS
    for zone in (None, ZONE)
}

ELSEWHERE: dict[str, Form] = {
    "a higher timeframe": lambda bars: bars.on("H4").align(sma(bars.on("H4").close, 5)),
    "a day": lambda bars: bars.on("D1").align(bars.on("D1").close > bars.on("D1").open),
    "another symbol": aligned("XAUUSD", lambda gold: sma(gold.close, 5)),
    "another symbol's state": aligned("XAUUSD", lambda gold: latch(cheap(gold), dear(gold))),
    "another symbol's session": aligned("XAUUSD", lambda gold: session_high(gold, "08:00", "10:00", ZONE)),
    "another symbol's higher timeframe": aligned(
        "XAUUSD", lambda gold: gold.close - gold.on("H4").align(sma(gold.on("H4").close, 5))
    ),
    "a state on a higher timeframe": lambda bars: bars.on("H4").align(ratchet_up(bars.on("H4").low)),
}

FORMS = {**STATES, **CLOCKS, **SESSIONS, **ELSEWHERE}


@pytest.mark.parametrize("name", FORMS)
def test_forms_know_nothing_later(name: str) -> None:
    for seed in (1, 2):
        knows_nothing_later(FORMS[name], seed)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_registry_entry_knows_nothing_later(name: str) -> None:
    entry = FUNCTIONS[name]
    knows_nothing_later(lambda bars: call(entry, bars), 3)


def test_the_comparison_finds_what_looks_ahead() -> None:
    """A deliberately wrong reading of a higher timeframe, the bar that is still being made, is caught; so is a later
    bar's close."""

    def unfinished(bars: Bars) -> Series:
        day = bars.on("D1")
        return Series(day.high.values[np.searchsorted(day.time, bars.time, side="right") - 1])

    def tomorrow(bars: Bars) -> Series:
        return Series(np.append(bars.close.values[1:], np.nan))

    for wrong in (unfinished, tomorrow):
        with pytest.raises(AssertionError, match="at bar"):
            knows_nothing_later(wrong, 1)


def test_bars_beside_are_cut_with_the_others() -> None:
    """What the comparison relies on: cut bars have no later bar of the other symbol at hand."""
    bars = some_bars(1)
    part = bars[:100]
    assert part.siblings["XAUUSD"].decision_time[-1] <= part.decision_time[-1]
    assert len(replace(part, siblings={}).siblings) == 0
