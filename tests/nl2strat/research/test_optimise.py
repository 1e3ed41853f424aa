"""Searches: what is found, that it is found again, what stands beside it, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mas.bars import Bars
from nl2strat.cli import main
from nl2strat.errors import UsageError
from nl2strat.library.store import Library
from nl2strat.research.bench import LocalBench
from nl2strat.research.counting import Counter
from nl2strat.research.forward import kept_share, split_at
from nl2strat.research.identity import identity_of
from nl2strat.research.journal import Journal
from nl2strat.research.objectives import across, constraint_of, goal_of
from nl2strat.research.optimise import optimise, ranking
from nl2strat.research.space import Axis, Space, axes_of, sizing_inputs, space_of
from nl2strat.research.studies import Found, Job, Measured, Plan, Search, Tried, Window, study_of
from tests.nl2strat.research.searches import PROGRAMS, bars_of, compiled, evaluator_on, markets_on, search_of

BARS = 900


class Hill:
    """A bench that runs nothing: a configuration scores by how near it is to a peak. Counts what it was asked."""

    def __init__(self, **peak: float) -> None:
        self.peak, self.asked = peak, list[Job]()

    def figures(self, job: Job) -> dict[str, float]:
        """The nearer the better; a part of the bars gives that part of it."""
        away = sum((job.values[name] - top) ** 2 for name, top in self.peak.items())
        return {"net_profit": (1000.0 - away) * (job.stop - job.start) / 100, "trades": 40, "sharpe": -away}

    def measure(self, jobs: Sequence[Job]) -> Any:
        """As `Bench`, the last first: the order must not matter."""
        self.asked += jobs
        return [(job, Measured(self.figures(job), "hill")) for job in reversed(jobs)]


SPACE = Space(
    (Axis("a", tuple(float(n) for n in range(30))), Axis("b", tuple(n / 2 for n in range(40)))),
    {"a": 3.0, "b": 2.0, "c": 7.0},
)


def found_on(bench: Any, **plan: Any) -> Found:
    """A search on the hill."""
    made = Plan(tuple(map(goal_of, plan.pop("goals", ["net_profit"]))), **plan)
    return Search(SPACE, made, Window(((0, 100),)), bench, {}).run()


@pytest.mark.parametrize(("sampler", "trials"), [("tpe", 80), ("cmaes", 120), ("nsga2", 200)])
def test_each_sampler_climbs(sampler: str, trials: int) -> None:
    """The best comes near the peak of a smooth hill of 1 200 places, from the strategy's own values."""
    found = found_on(Hill(a=20, b=12), sampler=sampler, trials=trials)
    best = ranking([one for one in found.distinct if one.admissible])[0]
    assert len(found.trials) == trials
    assert found.trials[0].values == {"a": 3.0, "b": 2.0, "c": 7.0}
    assert (best.values["a"] - 20) ** 2 + (best.values["b"] - 12) ** 2 <= 8


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", "nsga2"])
def test_a_seed_gives_the_same_search(sampler: str) -> None:
    """And another seed another one."""
    one, again, other = (found_on(Hill(a=20, b=12), sampler=sampler, trials=32, seed=seed) for seed in (5, 5, 6))
    assert one == again
    assert one != other


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", "nsga2"])
@pytest.mark.parametrize("prune", [False, True])
def test_a_search_that_goes_on_is_the_one_that_was_not_interrupted(sampler: str, prune: bool) -> None:
    """With what was measured before in memory: the same trials in the same order, and nothing is run twice."""
    plan = Plan((goal_of("net_profit"),), sampler=sampler, trials=40, prune=prune)
    whole = Hill(a=20, b=12)
    expected = Search(SPACE, plan, Window(((0, 100),)), whole, {}).run()
    memory: dict[Any, Measured] = {}
    first, rest = Hill(a=20, b=12), Hill(a=20, b=12)

    def stop(done: int, of: int, seconds: float) -> None:
        if done >= 16:
            raise KeyboardInterrupt

    half = Search(SPACE, plan, Window(((0, 100),)), first, memory, tell=stop).run()
    assert half.ended == "interrupted"
    assert half.trials == expected.trials[:16]
    assert Search(SPACE, plan, Window(((0, 100),)), rest, memory).run() == expected
    assert sorted(job.name for job in (*first.asked, *rest.asked)) == sorted(job.name for job in whole.asked)


def test_a_small_space_is_searched_whole() -> None:
    """No more trials than configurations, each once."""
    space = Space((Axis("a", (1.0, 2.0, 3.0)), Axis("b", (1.0, 2.0))), {"a": 1.0, "b": 1.0})
    found = Search(space, Plan((goal_of("net_profit"),), trials=50), Window(((0, 10),)), Hill(a=2, b=2), {}).run()
    assert len(found.trials) == len(found.distinct) == 6


def test_time_ends_a_search() -> None:
    """After the batch in which it is over."""
    found = found_on(Hill(a=20, b=12), trials=80, seconds=1e-9)
    assert (found.ended, len(found.trials)) == ("time", 8)


def test_pruning_gives_up_what_is_below_the_median_of_its_part() -> None:
    """After a quarter or half of the bars, on bars from the beginning; never one of the first; the best survives."""
    bench = Hill(a=20, b=12)
    found = found_on(bench, trials=80, prune=True)
    pruned = [one for one in found.trials if one.pruned is not None]
    assert {one.pruned for one in pruned} <= {0.25, 0.5}
    assert len(pruned) > 5
    assert min(one.number for one in pruned) >= 8
    assert all(not one.admissible for one in pruned)
    assert {(job.start, job.stop) for job in bench.asked} == {(0, 25), (0, 50), (0, 100)}
    whole = {tuple(job.values.values()) for job in bench.asked if job.stop == 100}
    assert all(tuple(one.values.values()) not in whole for one in found.distinct if one.pruned is not None)
    assert ranking([one for one in found.distinct if one.admissible])[0].scores[0] == pytest.approx(1000, abs=20)


def test_several_goals_leave_what_nothing_beats() -> None:
    """Two peaks: the front lies between them, and no member of it beats another."""

    class TwoHills(Hill):
        def figures(self, job: Job) -> dict[str, float]:
            a, b = job.values["a"], job.values["b"]
            return {
                "net_profit": -((a - 5) ** 2) - (b - 5) ** 2,
                "sharpe": -((a - 20) ** 2) - (b - 5) ** 2,
                "trades": 9,
            }

    found = found_on(TwoHills(), goals=["net_profit", "sharpe"], sampler="nsga2", trials=240)
    front = ranking([one for one in found.distinct if one.admissible])
    assert 3 <= len(front) < len(found.distinct) / 2
    for one in front:
        assert not any(
            all(x >= y for x, y in zip(other.scores, one.scores, strict=True)) and other.scores != one.scores  # type: ignore[operator]
            for other in found.distinct
        )
    assert 5 < front[0].values["a"] < 20  # the most balanced first


def test_constraints_and_undefined_goals_are_never_chosen() -> None:
    """Whatever they score."""

    class Fenced(Hill):
        def figures(self, job: Job) -> dict[str, Any]:
            found: dict[str, Any] = super().figures(job)
            found["trades"] = 10 if job.values["a"] > 12 else 50
            if job.values["b"] > 11:
                found["net_profit"] = None
            return found

    for sampler in ("tpe", "cmaes"):
        found = found_on(Fenced(a=20, b=12), trials=80, sampler=sampler, constraints=(constraint_of("trades >= 30"),))
        best = ranking([one for one in found.distinct if one.admissible])[0]
        assert best.values["a"] <= 12
        assert best.values["b"] <= 11
        assert (best.values["a"] - 12) ** 2 + (best.values["b"] - 11) ** 2 <= 10


def test_the_study_knows_no_more_than_it_was_told() -> None:
    """Its first question is the strategy's own configuration, or the nearest place to it."""
    space = Space((Axis("a", (10.0, 20.0, 30.0)),), {"a": 24.0})
    trial = study_of(Plan((goal_of("net_profit"),)), space).ask()
    assert trial.suggest_int("a", 0, 2) == 1


# ------------------------------------------------------------------ a real strategy


def test_the_best_of_a_grid_is_the_best_there_is() -> None:
    """Against every configuration evaluated by itself; forward, neighbours and plateau are those of the best."""
    markets = markets_on("crossing", BARS)
    evaluator = markets[0].evaluator
    space, plan, _ = search_of(markets, inputs=("fast=3..9:3", "slow=20..40:10"), grid=True)
    window, ahead = Window(((0, 600),)), Window(((600, BARS),))
    with LocalBench((evaluator,), workers=1) as bench:
        found = optimise(Search(space, plan, window, bench, {}), markets, ahead)
    expected = {key: evaluator.evaluate(space.values(key), 0, 600).metrics["net_profit"] or 0.0 for key in space.all()}
    best = max(expected, key=lambda key: expected[key])
    assert found.best[0].tried.key == best
    assert [one.tried.scores[0] for one in found.best] == sorted(expected.values(), reverse=True)
    forward = found.best[0].forward
    assert forward is not None
    assert forward.scores[0] == evaluator.evaluate(space.values(best), 600, BARS).metrics["net_profit"]
    around = {one.tried.key: one.tried.scores[0] for one in found.neighbours}
    assert around == {key: expected[key] for _, _, key in space.neighbours(best)}
    assert 2 <= len(around) <= 4
    if expected[best] > 0:
        assert found.plateau == pytest.approx(np.mean([max(0.0, v or 0.0) for v in around.values()]) / expected[best])


def test_the_search_never_sees_the_forward_period() -> None:
    """Other bars after the split change nothing but the forward results."""
    plain = bars_of(BARS)
    other = changed_after(plain, 600)
    results = []
    for bars in (plain, other):
        markets = markets_on("crossing", BARS, bars)
        space, plan, _ = search_of(markets, trials=16)
        with LocalBench((markets[0].evaluator,), workers=1) as bench:
            search = Search(space, plan, Window(((0, 600),)), bench, {})
            results.append(optimise(search, markets, Window(((600, BARS),))))
    assert results[0].found == results[1].found
    assert results[0].best[0].tried == results[1].best[0].tried
    assert results[0].best[0].forward != results[1].best[0].forward


def changed_after(bars: Bars, place: int) -> Bars:
    """The bars with other prices from a position on."""
    factor = np.where(np.arange(len(bars)) < place, 1.0, 1.0 + 0.004 * np.sin(np.arange(len(bars)) / 7.0))
    columns = {name: np.round(getattr(bars, name).values * factor, 5) for name in ("open", "high", "low", "close")}
    columns["high"] = np.max(list(columns.values()), axis=0)
    columns["low"] = np.min(list(columns.values()), axis=0)
    return Bars.from_arrays(bars.symbol, bars.timeframe, bars.time, **columns, spread=bars.spread, spec=bars.spec)


def test_over_several_data_sets_the_worst_counts() -> None:
    """Or the mean; of the same configuration on each."""
    markets = (*markets_on("crossing", 500), *markets_on("crossing", 500, changed_after(bars_of(500), 0)))
    space, _, window = search_of(markets, inputs=("fast=3..9:3",))
    found = {}
    with LocalBench(tuple(market.evaluator for market in markets), workers=1) as bench:
        for how in ("worst", "mean"):
            plan = Plan((goal_of("net_profit"),), across=how)
            found[how] = Search(space, plan, window, bench, {}).run()
    for worst, mean in zip(found["worst"].trials, found["mean"].trials, strict=True):
        each = [measured.figures["net_profit"] or 0.0 for measured in worst.measured]
        assert each[0] != each[1]
        assert worst.scores[0] == min(each)
        assert mean.scores[0] == pytest.approx(sum(each) / 2)


def test_every_configuration_is_counted_in_the_library_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the bars that it was run on, as a variant of its own; those that were known before are not counted again."""
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path))
    markets = markets_on("crossing", 500)
    space, plan, window = search_of(markets, trials=16)
    memory: dict[Any, Measured] = {}
    with LocalBench((markets[0].evaluator,), workers=1) as bench:
        counter = Counter(markets, "optimise")
        found = Search(space, plan, window, bench, memory, count=counter).run()
        Search(space, plan, window, bench, memory, count=counter).run()
    library = Library.open(tmp_path)
    rows = library.tries("EURUSD", "H1")
    library.close()
    assert len(rows) == len(found.distinct) == counter.count
    assert len({row.dsl_sha256 for row in rows}) == len(rows)
    assert {(row.kind, row.bars, row.synthetic) for row in rows} == {("optimise", 500, True)}
    assert sorted(row.net for row in rows) == sorted(one.measured[0].figures["net_profit"] for one in found.distinct)  # type: ignore[type-var]


def test_a_journal_gives_back_what_was_measured_and_refuses_what_is_not_its_own(tmp_path: Path) -> None:
    """A line that was cut off by a crash is measured again; a study of other data is refused, a second writer too."""
    evaluator = evaluator_on("crossing", bars_of(300))
    identity = identity_of([evaluator])
    assert identity != identity_of([evaluator_on("crossing", bars_of(299))])
    job = Job(0, {"fast": 3, "slow": 20.5}, 0, 300)
    measured = Measured({"net_profit": 0.1 + 0.2, "sharpe": None}, "class", 3)
    file = tmp_path / "study.jsonl"
    with Journal(file, identity) as journal:
        journal.keep(job, measured)
        with pytest.raises(UsageError, match="another search is writing"), Journal(file, identity):
            pass
    with file.open("a") as stream:
        stream.write('{"run": [0, 0, 30')
    for _ in range(2):
        with Journal(file, identity) as journal:
            assert journal.memory == {job.name: measured}
            journal.keep(job, measured)
    with pytest.raises(UsageError, match="other data"), Journal(file, "x" * 64):
        pass
    file.write_text("my notes\n")
    with pytest.raises(UsageError, match="is not a study"), Journal(file, identity):
        pass
    assert file.read_text() == "my notes\n"


# ------------------------------------------------------------------ goals, ranges, periods


def test_goals() -> None:
    """A figure, one that is made small, other names, weights."""
    figures = {"net_profit": 100.0, "equity_drawdown_relative_percent": 8.0, "sharpe": None, "trades": 7}
    assert goal_of("profit").score(figures) == 100
    drawdown = goal_of("drawdown")
    assert (drawdown.score(figures), drawdown.shown(-8.0)) == (-8.0, 8.0)
    assert goal_of("net_profit - 2.5*drawdown + trades").score(figures) == 100 - 20 + 7
    assert goal_of("-trades").score(figures) == -7
    assert goal_of("sharpe").score(figures) is None
    with pytest.raises(UsageError, match="no figure 'sharp_ratio'; did you mean sharpe_ratio"):
        goal_of("sharp_ratio")
    for wrong in ("", "2", "sharpe*2", "sharpe / 2", "sharpe +", "__import__('os')"):
        with pytest.raises(UsageError, match="cannot be read"):
            goal_of(wrong)


def test_constraints() -> None:
    """Kept or missed, by how much; what is not defined misses."""
    bound = constraint_of("trades>=30")
    assert [bound.violation({"trades": n}) for n in (30, 29, None)] == [0, 1, float("inf")]
    assert constraint_of("drawdown < 5").violation({"equity_drawdown_relative_percent": 5.0}) > 0
    for wrong in ("trades", "trades ~ 3", "trades >= many", ">= 3"):
        with pytest.raises(UsageError, match="cannot be read"):
            constraint_of(wrong)
    with pytest.raises(UsageError, match="no figure 'tradez'; did you mean trades"):
        constraint_of("tradez > 3")


def test_across() -> None:
    """One that is not defined makes the whole so."""
    assert [across(how, [3.0, 1.0, 8.0]) for how in ("worst", "mean", "median")] == [1.0, 4.0, 3.0]
    assert across("mean", [1.0, None]) is None


def test_ranges() -> None:
    """Steps from a to b, lists, the declared range; the values are the decimals that one writes."""
    inputs = evaluator_on("crossing", bars_of(300)).inputs
    assert axes_of(["fast=5..9:2", "slow"], inputs)[0].values == (5.0, 7.0, 9.0)
    assert axes_of(["lots_traded=0.1..0.3:0.1"], inputs)[0].values == (0.1, 0.2, 0.3)
    assert axes_of(["fast=9, 4,4"], inputs)[0].values == (4.0, 9.0)
    assert axes_of(["slow"], inputs)[0].values == tuple(float(n) for n in range(15, 51, 5))
    for wrong, why in {
        "fst=1..2": "did you mean fast", "fast=9..3": "from low to high", "fast=1..9:0": "steps above 0",
        "fast=a..b": "cannot be read", "fast=0..9:0.0000001": "larger step",
    }.items():  # fmt: skip
        with pytest.raises(UsageError, match=why):
            axes_of([wrong], inputs)
    with pytest.raises(UsageError, match="given twice"):
        axes_of(["fast=1..2", "fast"], inputs)
    with pytest.raises(UsageError, match="nothing to optimise"):
        space_of(axes_of(["fast=5"], inputs), inputs)


def test_sizes_are_not_turned_unless_they_are_named() -> None:
    """To find the largest lot is no finding."""
    program = compiled("crossing").program
    assert sizing_inputs(program) == {"lots_traded"}


def test_the_forward_period() -> None:
    """A part of the time, or a day; it must leave bars on both sides."""
    bars = bars_of(2400)
    place = split_at("1/4", bars)
    assert bars.time[place] >= bars.time[-1] - (bars.time[-1] - bars.time[0]) / 4 > bars.time[place - 1]
    day = str(bars.time[1000].astype("datetime64[s]"))[:10]
    assert str(bars.time[split_at(day, bars)].astype("datetime64[s]"))[:10] == day
    for wrong in ("0/3", "3/2", "1990-01-01", "2999-01-01", "soon", "1/0"):
        with pytest.raises(UsageError, match="--forward"):
            split_at(wrong, bars)


def test_what_a_forward_period_has_kept() -> None:
    """Money by the day, ratios as they are, what is made small the other way round."""
    assert kept_share(goal_of("net_profit"), 100.0, 25.0, (200, 100)) == 0.5
    assert kept_share(goal_of("sharpe"), 2.0, 1.0, (200, 100)) == 0.5
    assert kept_share(goal_of("drawdown"), -5.0, -10.0, (200, 100)) == 0.5
    assert kept_share(goal_of("sharpe"), -2.0, 1.0, (200, 100)) is None


# ------------------------------------------------------------------ the command


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a strategy."""
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for name, text in PROGRAMS.items():
        (tmp_path / f"{name}.strat").write_text(text)
    bars = bars_of(900)
    prices = (bars.open.values, bars.high.values, bars.low.values, bars.close.values)
    rows = zip(bars.time.astype("datetime64[s]"), *prices, strict=True)
    lines = ["time,open,high,low,close", *(f"{t},{o:.5f},{h:.5f},{low:.5f},{c:.5f}" for t, o, h, low, c in rows)]
    (tmp_path / "EURUSD_H1.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def run(*words: str) -> tuple[int, dict[str, Any]]:
    """A command with its JSON."""
    code = main([*words, "--json", "out.json"])
    return code, json.loads(Path("out.json").read_text())


def test_the_command_and_the_backtest_that_it_prints(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The best, forward beside it, Parquet, program; the printed command gives the same trades over both periods."""
    import pyarrow.parquet as pq

    options = ("--input", "fast=3..9:3", "--input", "slow=20..40:10", "--forward", "1/3", "--spread", "8")
    files = ("--table", "all.parquet", "--program", "best.strat")
    code, result = run("optimise", "crossing.strat", "--data", "EURUSD_H1.csv", *options, *files)
    found = result["optimised"]
    best = found["best"][0]
    assert (code, found["configurations"], found["sampler"]) == (0, 9, "grid")
    shown = capsys.readouterr().out
    assert "Best configurations" in shown
    assert found["command"] in shown
    table = pq.read_table("all.parquet").to_pydict()
    assert max(table["goal net_profit"]) == best["goals"]["net_profit"]
    words = found["command"].split()[1:]
    assert ("--set", f"fast={best['inputs']['fast']:g}") in list(pairwise(words))
    code, again = run(*words)
    (name,) = best["metrics"]
    split = found["data"][0]["forward"]["from"]
    before = sum(t["profit"] + t["commission"] for t in again["trades"] if t["exit_time"] < split)
    # one trade may be open at the split: the search closes it there
    largest = max(abs(t["profit"]) for t in again["trades"])
    assert abs(before - best["metrics"][name]["net_profit"]) <= largest
    assert again["account"]["deposit"] == 10_000
    written = Path("best.strat").read_text()
    assert f"input fast = {best['inputs']['fast']:g} in" in written


def test_a_second_command_runs_nothing_again(at_home: Path) -> None:
    """What was measured is in the user's folder, or where -o says; more trials go on from there."""
    tries = at_home / "home" / "tries.jsonl"
    words = ("optimise", "crossing.strat", "--data", "EURUSD_H1.csv", "--input", "fast", "-o", "mine.jsonl")
    first = run(*words, "--trials", "5")[1]["optimised"]
    counted = len(tries.read_text().splitlines())
    again = run(*words, "--trials", "5")[1]["optimised"]
    assert again == first
    assert len(tries.read_text().splitlines()) == counted >= 5
    more = run(*words, "--trials", "20")[1]["optimised"]
    assert more["configurations"] == 10
    assert len(tries.read_text().splitlines()) == 10


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("crossing.strat", "--input", "fats=1..5"), "there is no input fats: did you mean fast?"),
        (("crossing.strat", "--input", "fast=0..5"), "must be at least 1"),
        (("crossing.strat", "--goal", "net_proft"), "no figure 'net_proft'; did you mean net_profit"),
        (("crossing.strat", "--constraint", "trades => 3"), '"trades >= 30"'),
        (("crossing.strat", "--constraint", "trades >= 5000", "--trials", "4"), "the nearest has trades"),
        (("crossing.strat", "--sampler", "random"), "use tpe, cmaes, nsga2"),
        (("crossing.strat", "--trials", "0"), "1 or more"),
        (("crossing.strat", "--time", "soon"), "90s, 10m or 2h"),
        (("crossing.strat", "--across", "best"), "worst, mean, median"),
        (("crossing.strat", "--goal", "sharpe", "--goal", "net_profit", "--prune"), "give one --goal"),
        (("crossing.strat", "--forward", "2031-01-01"), "would have no bars"),
        (("never.strat", "--trials", "4"), "configurations has made a trade"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    at_home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    """And with what to do."""
    code, result = run("optimise", *words, "--data", "EURUSD_H1.csv")
    assert (code, result["status"]) == (2, "error")
    assert message in " ".join(error["message"] for error in result["errors"])
    assert "Traceback" not in capsys.readouterr().err


def test_a_folder_is_several_data_sets(at_home: Path) -> None:
    """Each symbol in it once; the strategy trades the symbol of each."""
    text = Path("EURUSD_H1.csv").read_text()
    Path("bars").mkdir()
    for symbol in ("EURUSD", "GBPUSD"):
        Path(f"bars/{symbol}_H1.csv").write_text(text)
    code, result = run("optimise", "crossing.strat", "--data", "bars", "--input", "fast=3..9:3", "--across", "mean")
    assert code == 0
    assert [one["name"][:9] for one in result["optimised"]["data"]] == ["EURUSD H1", "GBPUSD H1"]
    assert len(result["optimised"]["best"][0]["metrics"]) == 2
    words = result["optimised"]["command"].split()[1:]
    assert words[-2:] == ["--symbol", "EURUSD"]
    assert run(*words)[0] == 0
    code, result = run("optimise", "crossing.strat", "--data", "bars", "--symbol", "EURUSD")
    assert code == 2


def test_tried_is_plain() -> None:
    """What could not be run says why, and is not chosen."""
    tried = Tried(0, (0,), {"a": 1.0}, (None,), (), (Measured(error="no"),))
    assert (tried.error, tried.admissible) == ("no", False)
