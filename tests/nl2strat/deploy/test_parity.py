"""`parity`: undisturbed runs on paper are their backtests; whatever disturbs one is named as the reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mas.data import sample_bars
from mas.terminals.paper import PaperTerminal
from mas.trading import direct
from mas.trading.inputs import Command
from nl2strat.cli import main
from nl2strat.deploy.ending import release
from nl2strat.deploy.folders import RunFolder
from nl2strat.deploy.parity import Difference, ParityReport, parity, stored
from nl2strat.deploy.parity.causes import Cause
from nl2strat.language.reference.examples import Example
from nl2strat.library.store import Library
from tests.lengths import every
from tests.nl2strat.deploy.paper_runs import begun, finished, write_bars
from tests.test_examples import EXAMPLES, checked
from tests.test_live_examples import SINGLE

FEW = ("averaging_down", "breakeven_and_partial", "inside_bar_straddle", "prop_account_rules", "turtle_system_1")
REFUSED_AT_FILL = {"stop_limit_breakout"}
"""A server does not fill a waiting order beyond its own stop; a backtest measures the stop from that fill."""

CROSSING = """strategy "Crossing"
symbol EURUSD
timeframe H1
enter long when close crosses above sma(close, 10)
  stop 30 pips
  target 60 pips
end
exit long when close crosses below sma(close, 10)
end strategy
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    library = Library.open()
    yield library
    library.close()


def play(library: Library, example: Example, count: int, folder: Path, **options: Any) -> ParityReport:
    program = checked(example).program
    bars = sample_bars(str(program.symbol), str(program.timeframe))[:count]
    recording = write_bars(bars, folder / f"{program.symbol}_{program.timeframe}.csv")
    file = folder / f"{example.name}.strat"
    file.write_text(example.program)
    run = finished(library, begun(library, str(file), recording, **options))
    assert run.state == "finished"
    return parity(library, run)


def crossing(library: Library, folder: Path, count: int = 200, **options: Any) -> Any:
    """A run of the simple strategy that has not been carried out."""
    recording = write_bars(sample_bars("EURUSD", "H1")[:count], folder / "EURUSD_H1.csv")
    (folder / "crossing.strat").write_text(CROSSING)
    return begun(library, str(folder / "crossing.strat"), recording, **options)


def tell(monkeypatch: pytest.MonkeyPatch, told: dict[int, Callable[[RunFolder], None]]) -> None:
    """Have something happen at the n-th time when a run's process looks for commands."""
    looks, plain = iter(range(1_000_000)), RunFolder.commands

    def commands(self: RunFolder) -> Any:
        told.get(next(looks), lambda folder: None)(self)
        return plain(self)

    monkeypatch.setattr(RunFolder, "commands", commands)


def saying(*names: str, by: str = "ann", reason: str = "") -> Callable[[RunFolder], None]:
    """Leaves commands."""

    def say(folder: RunFolder) -> None:
        for name in names:
            folder.command(Command(name, by, reason))

    return say


def roots(report: ParityReport) -> list[Difference]:
    return [one for one in report.differences if one.follows is None]


def causes(report: ParityReport) -> set[Cause]:
    return {one.cause for one in roots(report)}


# ------------------------------------------------------------- undisturbed


@pytest.mark.parametrize("name", every(3, FEW))
def test_an_undisturbed_run_is_its_backtest(library: Library, tmp_path: Path, name: str) -> None:
    example = next(example for example in EXAMPLES if example.name == name)
    report = play(library, example, 200, tmp_path)
    assert report.differences == ()
    assert report.decisions == report.alike > 0
    assert (report.trades, round(report.net, 2)) == (report.backtest_trades, round(report.backtest_net, 2))


@pytest.mark.slow
@pytest.mark.parametrize("example", SINGLE, ids=[example.name for example in SINGLE])
def test_so_is_every_example(library: Library, tmp_path: Path, example: Example) -> None:
    report = play(library, example, 1500, tmp_path)
    assert report.unexplained == ()
    if example.name not in REFUSED_AT_FILL:
        assert report.differences == ()


@pytest.mark.slow
@pytest.mark.parametrize("example", SINGLE, ids=[example.name for example in SINGLE])
def test_so_it_is_with_costs_that_slip(library: Library, tmp_path: Path, example: Example) -> None:
    """Slippage, commission and swaps of a paper account are the backtest's, too; first levels slip otherwise."""
    account = {"slippage": 2.0, "commission": 3.5, "swap": True}
    report = play(library, example, 700, tmp_path, account=account)
    assert report.unexplained == ()


def test_a_run_may_begin_inside_its_recording(library: Library, tmp_path: Path) -> None:
    bars = sample_bars("EURUSD", "H1")
    run = finished(library, crossing(library, tmp_path, begin=int(bars.time[120])))
    report = parity(library, run)
    assert report.bars < 200
    assert report.first is not None
    assert report.first >= bars.time[119]
    assert report.differences == ()
    assert report.decisions > 0


def test_minutes_show_what_hours_do_not(library: Library, tmp_path: Path) -> None:
    """Played in minutes, hours have other spreads at their beginning; nothing is left without a reason."""
    recording = write_bars(sample_bars("EURUSD", "M5")[:1500], tmp_path / "EURUSD_M5.csv")
    (tmp_path / "crossing.strat").write_text(CROSSING)
    run = finished(library, begun(library, str(tmp_path / "crossing.strat"), recording))
    report = parity(library, run)
    assert report.decisions > 10
    assert report.unexplained == ()


# ------------------------------------------------------------- disturbed


def test_a_pause_is_the_reason(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = crossing(library, tmp_path)
    tell(monkeypatch, {60: saying("pause"), 260: saying("resume")})
    report = parity(library, finished(library, run))
    assert causes(report) == {Cause.PAUSED}
    assert report.backtest_trades > report.trades > 0


def test_so_is_a_command_to_close(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = crossing(library, tmp_path)
    tell(monkeypatch, {n: saying("flatten" if n % 2 else "resume", reason="news") for n in range(40, 400, 5)})
    report = parity(library, finished(library, run))
    assert report.unexplained == ()
    assert Cause.COMMAND in causes(report)
    closed = next(one for one in report.differences if one.cause is Cause.COMMAND)
    assert (closed.what, closed.backtest, closed.why) == ("exit", "", "told to news by ann")


def test_a_bar_that_was_missed_is_the_reason(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, run = direct._bars, crossing(library, tmp_path)

    def late(*given: Any, **more: Any) -> list[Any]:
        return [replace(bar, missed=bar.time % 86_400 < 12 * 3600) for bar in plain(*given, **more)]

    monkeypatch.setattr(direct, "_bars", late)
    report = parity(library, finished(library, run))
    assert causes(report) == {Cause.MISSED}
    assert report.backtest_trades > report.trades > 0


def test_fills_that_slip_are_named(library: Library, tmp_path: Path) -> None:
    """The broker fills 2 points worse than it has said; a strategy that sizes by its balance trades other lots then."""
    recording = write_bars(sample_bars("EURUSD", "M5")[:1500], tmp_path / "EURUSD_M5.csv")
    (tmp_path / "sized.strat").write_text(CROSSING.replace("  stop 30", "  risk 1% of balance\n  stop 30"))
    run = begun(library, str(tmp_path / "sized.strat"), recording, account={"slippage": 2.0})
    run = finished(library, run)
    run.options = {**run.options, "account": {}}
    report = parity(library, run)
    assert report.unexplained == ()
    assert Cause.SLIPPAGE in causes(report)
    assert any("filled +2.0 points from the quote" in one.why for one in report.differences)


class _Killed(BaseException):
    """The process is gone."""


def test_a_run_that_was_killed_and_goes_on_is_still_its_backtest(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(folder: RunFolder) -> None:
        raise _Killed

    run = crossing(library, tmp_path, 300)
    tell(monkeypatch, dict.fromkeys((30, 31, 95, 200), die))
    for _ in range(4):
        with pytest.raises(_Killed):
            finished(library, run)
    report = parity(library, finished(library, run))
    assert report.bars == 299
    assert report.differences == ()


def test_a_kill_that_is_taken_back_is_the_reason(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = crossing(library, tmp_path, 400)
    tell(monkeypatch, {67: saying("kill", reason="enough")})
    assert finished(library, run).state == "killed"
    release(library)
    report = parity(library, finished(library, run))
    assert report.bars == 399
    closed, missing = report.differences
    assert (closed.what, closed.backtest, closed.cause, closed.why) == (
        "exit",
        "",
        Cause.COMMAND,
        "told to kill by ann",
    )
    assert (missing.what, missing.run, missing.cause, missing.follows) == ("exit", "", Cause.FOLLOWS, closed.number)


def test_a_guard_that_acts_in_both_is_no_difference(library: Library, tmp_path: Path) -> None:
    (tmp_path / "guards.toml").write_text("[lots]\nper_order = 0.05\n")
    run = finished(library, crossing(library, tmp_path, guards=str(tmp_path / "guards.toml")))
    report = parity(library, run)
    assert report.trades == report.backtest_trades == 0
    assert report.differences == ()


def test_a_guard_of_the_run_alone_is_the_reason(library: Library, tmp_path: Path) -> None:
    """The file has been changed since, so that the backtest has no such guard."""
    guards = tmp_path / "guards.toml"
    guards.write_text("[lots]\nper_order = 0.05\n")
    run = finished(library, crossing(library, tmp_path, guards=str(guards)))
    guards.write_text("[lots]\nper_order = 5.0\n")
    report = parity(library, run)
    assert report.trades == 0
    assert report.backtest_trades > 5
    assert causes(report) == {Cause.GUARD}
    assert "lots.per_order" in report.differences[0].why


def test_what_a_guard_closes_is_named(library: Library, tmp_path: Path) -> None:
    """A run's guards look when it does; a backtest's find the moment inside the bar at which the limit was reached."""
    guards = tmp_path / "guards.toml"
    guards.write_text("[daily_loss]\namount = 9\n")
    run = finished(library, crossing(library, tmp_path, guards=str(guards)))
    report = parity(library, run)
    assert causes(report) == {Cause.GUARD}
    assert any(one.what == "exit" and "everything is closed" in one.why for one in report.differences)
    guards.write_text("[daily_loss]\namount = 900\n")
    report = parity(library, run)
    assert causes(report) == {Cause.GUARD}
    assert {one.run for one in roots(report)} == {""}


def sending(monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any], Any], Any]) -> None:
    """Have the broker answer otherwise. Args: change: gives the answer, from the request and how it was carried out."""
    plain = PaperTerminal.order_send

    def send(self: Any, request: Any = None, /, **fields: Any) -> Any:
        given = fields if request is None else request
        return change(given, lambda one: plain(self, one))

    monkeypatch.setattr(PaperTerminal, "order_send", send)


def test_a_refusal_is_the_reason(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, count = crossing(library, tmp_path), iter(range(1000))

    def change(request: dict[str, Any], carry_out: Any) -> Any:
        if not request.get("position") and next(count) % 3 == 1:
            return carry_out({**request, "volume": 1000.0})  # more than the account can pay for
        return carry_out(request)

    sending(monkeypatch, change)
    report = parity(library, finished(library, run))
    assert causes(report) == {Cause.REFUSED}
    assert any("10019" in one.why or "10014" in one.why for one in report.differences)


def test_a_volume_that_was_filled_in_part_is_the_reason(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = crossing(library, tmp_path)

    def change(request: dict[str, Any], carry_out: Any) -> Any:
        if request.get("position"):
            return carry_out(request)
        answer = carry_out({**request, "volume": 0.04})
        return answer._replace(retcode=10010)

    sending(monkeypatch, change)
    report = parity(library, finished(library, run))
    assert report.unexplained == ()
    assert causes(report) == {Cause.PARTIAL}


def test_what_nothing_explains_is_said_to_be_unexplained(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop that the broker has filled although no price was there, and one level that came out otherwise."""
    run = crossing(library, tmp_path)

    def change(request: dict[str, Any], carry_out: Any) -> Any:
        if not request.get("position") and request.get("sl"):
            return carry_out({**request, "sl": request["sl"] - 0.0007})
        return carry_out(request)

    sending(monkeypatch, change)
    report = parity(library, finished(library, run))
    assert report.unexplained


# ------------------------------------------------------------- other bars


def test_bars_that_were_revised_or_never_heard_of_are_listed(library: Library, tmp_path: Path) -> None:
    run = finished(library, crossing(library, tmp_path))
    lines = (tmp_path / "EURUSD_H1.csv").read_text().splitlines()
    cells = lines[100].split(",")
    cells[4] = repr(float(cells[4]) + 0.00001)
    lines[100] = ",".join(cells)
    (tmp_path / "again.csv").write_text("\n".join(lines) + "\n")
    report = parity(library, run, tmp_path / "again.csv")
    assert [(one.what, one.cause) for one in report.differences] == [("bar", Cause.REVISED)]


# ------------------------------------------------------------- the command


def test_the_command_tells_and_writes(library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = finished(library, crossing(library, tmp_path))
    assert main(["parity", run.id, "--strict", "--json", "parity.json"]) == 0
    shown = capsys.readouterr().out
    assert "Nothing differs." in shown
    told = json.loads(Path("parity.json").read_text())
    assert told["unexplained"] == 0
    assert told["decisions"] == told["alike"] > 0
    assert told["from"] < told["to"]
    kept = stored(library, run)
    assert kept is not None
    assert {**kept, "status": "ok"} == told


def test_a_run_that_never_began_is_refused(library: Library, tmp_path: Path) -> None:
    run = crossing(library, tmp_path)
    assert main(["parity", run.id]) == 2
    assert main(["parity", "nosuch"]) == 2


# ------------------------------------------------------------- on an account


def test_a_run_on_an_account_is_compared_with_the_bars_of_its_terminal(user: Any, broker_at: Any) -> None:
    _, address = broker_at()
    code, told = user.does("deploy", user.approved(), "--on", address, "--interval", "0.01", "--quiet")
    assert code == 0, told
    code, told = user.does("parity", told["run"], "--strict")
    assert code == 0, told
    assert told["trades"] > 2
    assert told["unexplained"] == 0
    assert told["alike"] == told["decisions"]
