"""`approve` and `approvals`, through the real command line."""

import json

import pytest

from mas.data import sample_bars
from nl2strat.cli import main
from nl2strat.deploy.approval import NotApproved, approved, contract_differences
from nl2strat.library.store import Library
from nl2strat.pipeline import Market, compile_strategy
from nl2strat.source import read_source

PROGRAM = """strategy "Rising"
symbol EURUSD
timeframe H1
input length = 20 in 10..30 step 5
enter long when close crosses above sma(close, length)
  stop 30 pips
  target 60 pips
end
end strategy
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user with a strategy, some bars of a file, and an empty library."""
    monkeypatch.setenv("NL2STRAT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rising.strat").write_text(PROGRAM)
    bars = sample_bars("EURUSD", "H1")
    rows = ["time,open,high,low,close,tick_volume"]
    for i in range(600):
        rows.append(
            f"{bars.time[i]},{bars.open.values[i]:.5f},{bars.high.values[i]:.5f},{bars.low.values[i]:.5f},"
            f"{bars.close.values[i]:.5f},{bars.volume.values[i]:.0f}"
        )
    (tmp_path / "EURUSD_H1.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def run(*arguments):
    code = main([*arguments, "--json", "out.json"])
    with open("out.json") as stream:
        return code, json.load(stream)


def test_an_approval_is_of_a_backtest_that_was_run_before(home):
    code, told = run("approve", "rising.strat", "--yes", "--who", "ann")
    assert code == 2
    assert "has not been backtested" in told["errors"][0]["message"]
    assert run("backtest", "rising.strat", "--data", "EURUSD_H1.csv")[0] == 0
    code, told = run("approve", "rising.strat", "--yes", "--who", "ann")
    assert code == 0
    assert told["who"] == "ann"
    assert told["inputs"]["length"] == "20"
    assert told["backtest"]["bars"] == 600
    assert run("approvals")[1]["approvals"][0]["python_sha256"] == told["python_sha256"]


def test_made_up_bars_are_no_basis(home):
    assert run("backtest", "rising.strat")[0] == 0
    code, told = run("approve", "rising.strat", "--yes")
    assert code == 2
    assert "on real data" in told["errors"][0]["message"]


def test_what_differs_from_the_approved_file_is_said(home):
    assert run("approve", "rising.strat", "--data", "EURUSD_H1.csv", "--yes", "--who", "ann")[0] == 0
    library = Library.open()

    def compiled():
        return compile_strategy(read_source("rising.strat"), Market())

    assert approved(library, compiled()).who == "ann"
    (home / "rising.strat").write_text(PROGRAM.replace("length = 20", "length = 25"))
    with pytest.raises(
        NotApproved, match=r'ann approved: .*"input length = 20.*now "input length = 25.*length 20 -> 25'
    ):
        approved(library, compiled())
    (home / "rising.strat").write_text(PROGRAM.replace("Rising", "Other"))
    with pytest.raises(NotApproved, match='"Other" is not approved'):
        approved(library, compiled())
    (home / "rising.strat").write_text(PROGRAM)
    assert run("approvals", "--revoke", "1") == (0, {"status": "ok", "approvals": []})
    with pytest.raises(NotApproved, match="is not approved"):
        approved(library, compiled())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("approve", "rising.strat", "--data", "EURUSD_H1.csv"), "with --yes"),
        (("approve", "rising.strat", "--data", "EURUSD_H1.csv", "--yes", "--who", " "), "--who is empty"),
        (("approve", "rising.strat", "--data", "nothing.csv", "--yes"), "nothing.csv"),
        (("approve", "nothing.strat", "--yes"), "nothing.strat"),
        (("approvals", "--revoke", "7"), "no approval 7"),
    ],
)
def test_wrong_uses_are_told_and_approve_nothing(home, arguments, told):
    code, answer = run(*arguments)
    assert code == 2
    assert told in answer["errors"][0]["message"]
    assert not Library.open().approvals()


def test_a_contract_that_has_changed_is_said_in_words():
    before = {"digits": 5, "contract_size": 100_000.0, "swap_long": -1.0, "pip": None}
    assert contract_differences(before, {**before, "swap_long": -2.0, "pip": 0.0001}) == []
    assert contract_differences(before, {**before, "contract_size": 1000.0}) == [
        "contract size was 100000.0, is 1000.0"
    ]
