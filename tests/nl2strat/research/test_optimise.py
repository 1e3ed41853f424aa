"""Optimising a real strategy: the best, its forward period and neighbours, counting, the journal, and the command."""

from __future__ import annotations

import json
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
from nl2strat.research.identity import identity_of
from nl2strat.research.journal import Journal
from nl2strat.research.objectives import goal_of
from nl2strat.research.optimise import optimise
from nl2strat.research.studies import Job, Measured, Plan, Search, Window
from tests.nl2strat.research.searches import PROGRAMS, bars_of, evaluator_on, markets_on, search_of

BARS = 900


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


def test_conditions_reports_and_inputs_with_one_value(at_home: Path) -> None:
    """`--where` holds for everything that is run; the printed command has the value that was given; a page has all."""
    options = ("--input", "fast=3..9:3", "--input", "slow=5..20:5", "--input", "stop_pips=55", "--where", "fast < slow")
    code, result = run("optimise", "crossing.strat", "--data", "EURUSD_H1.csv", *options, "--report", "r.html")
    found = result["optimised"]
    assert (code, found["of"], found["configurations"]) == (0, 10, 10)
    assert found["fixed"]["stop_pips"] == 55
    assert "--set stop_pips=55" in found["command"]
    assert all(one["inputs"]["fast"] < one["inputs"]["slow"] for one in found["best"])
    words = found["command"].split()[1:]
    code, again = run(*words)
    (figures,) = found["best"][0]["metrics"].values()
    assert again["metrics"]["net_profit"] == pytest.approx(figures["net_profit"])
    page = Path("r.html").read_text()
    assert "Optimised by net_profit" in page
    assert "fast across, slow down" in page
    assert "Can it be believed?" in page


def test_files_of_another_kind_are_never_written_over(at_home: Path) -> None:
    """Bars, notes and programs; and nothing is run before that is seen."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    Path("notes.txt").write_text("mine")
    pq.write_table(pa.table({"time": [1], "open": [1.0]}), "bars.parquet")
    kept = {name: Path(name).read_bytes() for name in ("notes.txt", "bars.parquet", "crossing.strat")}
    for option, name in (
        ("--table", "bars.parquet"), ("--table", "notes.txt"), ("--report", "notes.txt"), ("-o", "crossing.strat"),
        ("--program", "notes.txt"),
    ):  # fmt: skip
        words = ("optimise", "crossing.strat", "--data", "EURUSD_H1.csv", "--input", "fast=3..9:3", option, name)
        code, result = run(*words)
        assert code == 2
        assert f"{name} exists and is not" in result["errors"][0]["message"]
    assert {name: Path(name).read_bytes() for name in kept} == kept
    assert not (at_home / "home" / "tries.jsonl").exists()


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
