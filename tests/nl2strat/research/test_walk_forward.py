"""Walk-forward: windows by the calendar, choices that know nothing of what follows, pieces joined into one account."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mas.bars import Bars
from mas.data import sample_bars
from nl2strat.cli import main
from nl2strat.errors import UsageError
from nl2strat.research.bench import LocalBench
from nl2strat.research.evaluating import Evaluator
from nl2strat.research.markets import Market
from nl2strat.research.studies import Search
from nl2strat.research.walk_forward import Walked, walk_forward
from nl2strat.research.windows import Windows, span_of, windows_of
from tests.backtests import some_bars
from tests.nl2strat.research.searches import PROGRAMS, bars_of, evaluator_on, search_of

DAYS = 86_400
COUNT = 700


def windows(bars: Bars, train: str, test: str, *, anchored: bool = False) -> Windows:
    """By the options' words."""
    return windows_of(bars, span_of(train, "--train"), span_of(test, "--test"), anchored=anchored)


def walked_on(bars: Bars, steps: Windows, constraints: tuple[str, ...] = (), **plan: Any) -> Walked:
    """A walk of the crossing, over a small grid unless the plan says otherwise."""
    evaluator = evaluator_on("crossing", bars)
    market = Market("here", None, evaluator)
    inputs = ("fast=3..9:3", "slow=20..40:10")
    space, made, _ = search_of((market,), inputs=inputs, constraints=constraints, **(plan or {"grid": True}))
    with LocalBench((evaluator,), workers=1) as bench:
        return walk_forward(evaluator, steps, lambda window: Search(space, made, window, bench, {}))


@cache
def usual() -> tuple[Evaluator, Walked]:
    """One walk that several tests look at."""
    bars = bars_of(COUNT)
    steps = windows(bars, "300b", "100b")
    return evaluator_on("crossing", bars), walked_on(bars, steps)


# ------------------------------------------------------------------ windows


def test_windows_follow_the_calendar() -> None:
    """Months of different lengths: tests follow one another without a gap, trainings have the months before them."""
    bars = sample_bars("EURUSD", "H4", 3000)
    found = windows(bars, "6m", "1m")
    assert len(found.steps) >= 12
    for one, after in pairwise(found.steps):
        assert one.test[1] == after.test[0]
    for step in found.steps:
        assert step.train[1] == step.test[0]
        start, split = (bars.time[place].astype("datetime64[s]") for place in (step.train[0], step.test[0]))
        months = (split.astype("datetime64[M]") - start.astype("datetime64[M]")).astype(int)
        assert months == 6
        assert (split - split.astype("datetime64[M]")) / np.timedelta64(1, "D") < 6  # a weekend later at most
    anchored = windows(bars, "6m", "1m", anchored=True)
    assert [step.test for step in anchored.steps] == [step.test for step in found.steps]
    assert {step.train[0] for step in anchored.steps} == {0}


def test_months_that_are_too_short_do_not_shift_what_follows() -> None:
    """From the 31st: the end of February, then the end of March."""
    month = span_of("1m", "--test")
    start = int(np.datetime64("2023-12-31", "s").astype(int))
    days = [str(np.datetime64(month.after(start, n), "s"))[:10] for n in (0, 1, 2, 3)]
    assert days == ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"]
    assert str(np.datetime64(span_of("1y", "").after(start, 1), "s"))[:10] == "2024-12-31"


def test_the_last_window_may_be_short_and_is_said() -> None:
    """By bars and by days; a weekend at its end makes none short."""
    by_bars = windows(some_bars(1000), "400b", "250b")
    assert [(step.test, step.short) for step in by_bars.steps] == [
        ((400, 650), False), ((650, 900), False), ((900, 1000), True),
    ]  # fmt: skip
    assert "the last window is short" in by_bars.notes[-1]
    by_days = windows(some_bars(24 * 20), "10d", "4d")
    assert [step.short for step in by_days.steps] == [False, False, True]
    weekends = sample_bars("EURUSD", "H1", 24 * 5 * 4)  # four weeks from a Monday to a Friday
    assert [step.short for step in windows(weekends, "14d", "7d").steps] == [False, False]
    assert [step.short for step in windows(weekends[:-24], "14d", "7d").steps] == [False, True]


def test_a_gap_in_the_data_leaves_out_its_windows() -> None:
    """And says so."""
    bars = some_bars(24 * 60)
    kept = (bars.time < bars.time[0] + 20 * DAYS) | (bars.time >= bars.time[0] + 40 * DAYS)
    columns = (getattr(bars, name).values[kept] for name in ("open", "high", "low", "close"))
    found = windows(Bars.from_arrays("EURUSD", "H1", bars.time[kept], *columns), "5d", "5d")
    assert len(found.notes) >= 3
    assert all("is left out: it has too few bars" in note for note in found.notes[:3])
    assert all(step.train[1] - step.train[0] >= 2 and step.test[1] - step.test[0] >= 2 for step in found.steps)


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ("5y", "1m", "--train 5 years leaves nothing to test on: the data have 1,000 bars"),
        ("1000b", "10b", "leaves nothing to test on"),
        ("300b", "1m", "both be counted in bars"),
        ("soon", "1m", "--train 'soon' is no length; write 12m"),
        ("0d", "1m", "is no length"),
        ("10d", "-3d", "--test '-3d' is no length"),
        ("9999999999b", "1b", "longer than any data"),
        ("1b", "1b", "every window has too few bars"),
    ],
)
def test_windows_that_cannot_be(train: str, test: str, message: str) -> None:
    """Each with what to change."""
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        windows(some_bars(1000), train, test)


# ------------------------------------------------------------------ choices


def test_each_window_chooses_the_best_of_its_own_training() -> None:
    """Against every configuration evaluated by itself on those bars; what it made is its backtest on the test."""
    evaluator, walked = usual()
    assert [step.window.test for step in walked.steps] == [(300, 400), (400, 500), (500, 600), (600, 700)]
    balance = 10_000.0
    for step in walked.steps:
        nets = {}
        for fast in (3, 6, 9):
            for slow in (20, 30, 40):
                figures = evaluator.evaluate({"fast": fast, "slow": slow}, *step.window.train).metrics
                nets[fast, slow] = figures["net_profit"] if figures["trades"] else -np.inf
        assert step.chosen is not None
        assert step.test is not None
        chosen = (int(step.chosen.values["fast"]), int(step.chosen.values["slow"]))
        assert nets[chosen] == max(nets.values())  # type: ignore[type-var]
        alone = evaluator.evaluate(step.chosen.values, *step.window.test)
        assert step.figures["net_profit"] == pytest.approx(alone.metrics["net_profit"])
        assert step.test.deposit == pytest.approx(balance)
        balance += step.test.net


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(after=st.integers(300, COUNT - 1), seed=st.integers(0, 2**16))
def test_changed_bars_change_no_choice_before_them(after: int, seed: int) -> None:
    """Whatever comes after a bar: windows whose training ends before it choose the same, by the same search."""
    plain = bars_of(COUNT)
    other = shaken(plain, after, seed)
    steps = windows(plain, "300b", "100b")
    _, before = usual()
    changed = walked_on(other, steps)
    for one, two in zip(before.steps, changed.steps, strict=True):
        if one.window.train[1] <= after:
            assert one.found == two.found
            assert one.chosen == two.chosen
        if one.window.test[1] <= after:
            assert one.test is not None
            assert two.test is not None
            assert one.test.trades == two.test.trades
            assert np.array_equal(one.test.equity, two.test.equity)


def shaken(bars: Bars, after: int, seed: int) -> Bars:
    """The bars with other prices from a position on."""
    moves = np.random.default_rng(seed).normal(0, 0.004, len(bars))
    factor = np.exp(np.cumsum(np.where(np.arange(len(bars)) < after, 0.0, moves)))
    columns = {name: np.round(getattr(bars, name).values * factor, 5) for name in ("open", "high", "low", "close")}
    columns["high"] = np.max(list(columns.values()), axis=0)
    columns["low"] = np.min(list(columns.values()), axis=0)
    return Bars.from_arrays(bars.symbol, bars.timeframe, bars.time, **columns, spread=bars.spread, spec=bars.spec)


def test_signals_are_warm_at_the_first_bar_of_a_window() -> None:
    """A crossing of averages over 40 bars trades within fewer bars than that after a window has begun."""
    evaluator, walked = usual()
    early = 0
    for step in walked.steps:
        assert step.test is not None
        assert all(trade.entry_bar >= 1 for trade in step.test.trades)  # decided at the close of the first bar
        early += sum(trade.entry_bar < 20 for trade in step.test.trades)
    cold = evaluator_on("crossing", evaluator.bars[300:340]).evaluate({"fast": 9, "slow": 40})
    assert early > 0
    assert len(cold.trades) == 0


# ------------------------------------------------------------------ joined


def test_the_pieces_are_one_account() -> None:
    """Trades, equity and figures of the joined run are those of the tests, one after the other."""
    evaluator, walked = usual()
    joined = walked.joined
    pieces = [step.test for step in walked.steps if step.test is not None]
    assert len(joined.bars) == len(joined.equity) == 400
    assert joined.bars.time[0] == evaluator.bars.time[300]
    assert joined.net == pytest.approx(sum(piece.net for piece in pieces))
    assert joined.equity[-1] == pytest.approx(10_000 + joined.net)
    assert np.array_equal(joined.equity, np.concatenate([piece.equity for piece in pieces]))
    for trade in joined.trades:
        assert joined.bars.time[trade.entry_bar] == trade.entry_time
        assert joined.bars.time[trade.exit_bar] == trade.exit_time
    assert walked.figures["trades"] == len(joined.trades) == sum(len(piece.trades) for piece in pieces) > 10
    assert walked.figures["net_profit"] == pytest.approx(joined.net)


def test_efficiency_is_the_return_a_day_after_over_before() -> None:
    """Of the window, and with an equal weight for each window of the whole."""
    evaluator, walked = usual()

    def by_day(figures: Any, part: tuple[int, int]) -> float:
        seconds = evaluator.bars.decision_time[part[1] - 1] - evaluator.bars.time[part[0]]
        return float(figures["total_return_percent"]) / (float(seconds) / DAYS)

    before, after = [], []
    for step in walked.steps:
        assert step.chosen is not None
        before.append(by_day(step.chosen.measured[0].figures, step.window.train))
        after.append(by_day(step.figures, step.window.test))
        expected = after[-1] / before[-1] if before[-1] > 0 else None
        assert step.efficiency == (None if expected is None else pytest.approx(expected))
    assert walked.efficiency == (pytest.approx(sum(after) / sum(before)) if sum(before) > 0 else None)


def test_a_window_without_a_choice_is_not_traded() -> None:
    """The account stands still in it, and the reason is there; if there is a choice in none, that is an error."""
    bars = bars_of(COUNT)
    _, plain = usual()
    bests = []
    for step in plain.steps:
        assert step.chosen is not None
        bests.append(max(int(one.measured[0].figures["trades"] or 0) for one in step.found.distinct))
    bound = sorted(bests)[-1]  # the busiest window only
    steps = windows(bars, "300b", "100b")
    walked = walked_on(bars, steps, constraints=(f"trades >= {bound}",), grid=True)
    idle = [step for step in walked.steps if step.chosen is None]
    assert 0 < len(idle) < len(walked.steps) or len(set(bests)) == 1
    for step in idle:
        start, stop = (place - 300 for place in step.window.test)
        assert len(set(walked.joined.equity[start:stop].tolist())) == 1
        assert f"trades >= {bound}" in step.why_not
    assert not np.isnan(walked.joined.equity).any()
    with pytest.raises(UsageError, match=r"nothing could be chosen in any of 4 windows; .*trades >= 9999"):
        walked_on(bars, steps, constraints=("trades >= 9999",), grid=True)


def test_a_sample_is_searched_by_its_seed() -> None:
    """The same seed walks the same way."""
    bars = bars_of(COUNT)
    steps = windows(bars, "400b", "150b")
    one, two = (walked_on(bars, steps, trials=5, seed=3) for _ in range(2))
    assert [step.chosen for step in one.steps] == [step.chosen for step in two.steps]
    assert all(len(step.found.trials) == 5 for step in one.steps)


# ------------------------------------------------------------------ the command


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Table, JSON and report on the bundled bars; every choice is counted; a second time nothing is run again."""
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("crossing.strat").write_text(PROGRAMS["crossing"])
    words = ["walk-forward", "crossing.strat", "--train", "60d", "--test", "20d", "--grid", "--to", "2023-04-26"]
    words += ["--input", "fast=3..9:3", "--input", "slow=20,40", "--json", "out.json", "--report", "report.html"]
    assert main(words) == 0
    found = json.loads(Path("out.json").read_text())["walk_forward"]
    assert (found["kind"], found["sampler"], len(found["windows"])) == ("rolling", "grid", 3)
    assert found["windows"][-1]["test"]["short"] is True
    assert len(found["trades"]) == found["metrics"]["trades"] > 0
    assert found["equity"][-1][1] == pytest.approx(10_000 + found["metrics"]["net_profit"], abs=0.01)
    for window in found["windows"]:
        assert window["train"]["to"] < window["test"]["from"]
        assert set(window["chosen"]) == {"fast", "slow"}
    shown = capsys.readouterr().out
    assert "walk-forward efficiency" in shown
    page = Path("report.html").read_text()
    assert "Walk-forward: rolling, by net_profit" in page
    assert page.count("<tr><td>") >= 3
    assert "SYNTHETIC" in page
    counted = len((tmp_path / "home" / "tries.jsonl").read_text().splitlines())
    assert counted == 3 * 6
    assert main([*words, "--anchored"]) == 0
    again = json.loads(Path("out.json").read_text())["walk_forward"]
    assert again["windows"][0] == found["windows"][0]  # the first training is the same
    assert len((tmp_path / "home" / "tries.jsonl").read_text().splitlines()) == counted + 2 * 6


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--train", "30y", "--test", "1m"), "leaves nothing to test on"),
        (("--train", "1m", "--test", "100b"), "both be counted in bars"),
        (("--train", "1m", "--test", "1m", "--goal", "luck"), "there is no figure 'luck'"),
        (("--train", "1m", "--test", "1m", "--input", "fats"), "did you mean fast"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    """Before anything is run."""
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("crossing.strat").write_text(PROGRAMS["crossing"])
    assert main(["walk-forward", "crossing.strat", *words, "--json", "out.json"]) == 2
    assert message in json.loads(Path("out.json").read_text())["errors"][0]["message"]
    assert not (tmp_path / "home" / "tries.jsonl").exists()
