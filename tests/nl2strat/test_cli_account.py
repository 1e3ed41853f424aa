"""The account on the command line: each option by what it does to the result, the account file, and refusals."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nl2strat.cli import main

CROSS = """strategy "Cross"
enter long when sma(close, 5) crosses above sma(close, 15)
  stop 30 pips
  target 60 pips
end
enter short when sma(close, 5) crosses below sma(close, 15)
  stop 30 pips
end
end strategy
"""
IN_PARTS = CROSS.replace("  target 60 pips\n", "  take 50% after 20 pips\n  target 60 pips\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Strategies, and EURUSD H1 bars of the bundled generator."""
    from mas.data import sample_bars

    folder = tmp_path_factory.mktemp("account")
    bars = sample_bars("EURUSD", "H1", 900)
    lines = ["time,open,high,low,close"]
    for i in range(len(bars)):
        prices = ",".join(f"{column.values[i]:.5f}" for column in (bars.open, bars.high, bars.low, bars.close))
        lines.append(f"{int(bars.time[i])},{prices}")
    (folder / "EURUSD_H1.csv").write_text("\n".join(lines) + "\n")
    (folder / "cross.strat").write_text(CROSS)
    (folder / "parts.strat").write_text(IN_PARTS)
    (folder / "pyramid.strat").write_text(CROSS.replace("end strategy", "pyramid 3\nend strategy"))
    return folder


@pytest.fixture
def backtest(folder: Path, tmp_path: Path) -> Any:
    """Runs a backtest with further options; gives the exit code and the JSON object."""

    def run(*options: str, source: str = "cross.strat") -> tuple[int, dict[str, Any]]:
        out = tmp_path / "out.json"
        data = str(folder / "EURUSD_H1.csv")
        code = main(["backtest", str(folder / source), "--data", data, "--json", str(out), *options])
        return code, json.loads(out.read_text(encoding="utf-8"))

    return run


def sums(result: dict[str, Any], key: str) -> float:
    return float(round(sum(trade[key] for trade in result["trades"]), 2))


def test_commission_counts_by_lot_by_deal_and_by_percent(backtest: Any) -> None:
    """0.1 lot each: 0.70, 4.00 and 0.002 % of the value of both deals for every trade."""
    plain = backtest()[1]
    count = len(plain["trades"])
    assert count > 10
    assert sums(plain, "commission") == 0.0
    assert sums(backtest("--commission", "3.5")[1], "commission") == round(-0.70 * count, 2)
    by_deal = backtest("--commission", "2", "--commission-per", "deal")[1]
    assert sums(by_deal, "commission") == -4.0 * count
    by_value = backtest("--commission", "0.002", "--commission-per", "percent")[1]
    value = sum(10_000 * (trade["entry_price"] + trade["exit_price"]) for trade in by_value["trades"])
    assert sums(by_value, "commission") == pytest.approx(-0.00002 * value, abs=0.02 * count)
    assert by_value["account"]["commission"]["per"] == "percent"


def test_slippage_swap_and_currency(backtest: Any) -> None:
    """Each entry is 10 points worse; nights cost; profit in euros is that in dollars by the price of the exit."""
    plain, slipped = backtest()[1], backtest("--slippage", "10")[1]
    assert slipped["account"]["slippage"] == 10.0
    first, worse = plain["trades"][0], slipped["trades"][0]
    sign = 1 if first["side"] == "long" else -1
    assert round(sign * (worse["entry_price"] - first["entry_price"]), 5) == 0.0001
    assert sums(plain, "swap") == 0.0
    assert sums(backtest("--swap")[1], "swap") < 0.0
    in_euros = backtest("--currency", "eur")[1]
    assert in_euros["account"]["currency"] == "EUR"
    assert in_euros["trades"][0]["profit"] == pytest.approx(first["profit"] / first["exit_price"], abs=0.006)


def test_one_position_at_a_time_trades_the_same_on_a_netting_account(backtest: Any) -> None:
    """Rule 6 never has two positions at once, reversals included, so that the kind of account makes no difference."""
    hedging, netting = backtest("--hedging")[1], backtest("--netting")[1]
    assert (hedging["account"]["netting"], netting["account"]["netting"]) == (False, True)
    assert {trade["exit_reason"] for trade in netting["trades"]} >= {"sl", "tp", "reverse"}
    assert netting["trades"] == hedging["trades"]


def test_exits_in_parts_trade_the_same_on_a_netting_account(backtest: Any) -> None:
    """Rule 16: the parts' targets rest as limit orders there; the rows are the same."""
    hedging, netting = (backtest(option, source="parts.strat")[1] for option in ("--hedging", "--netting"))
    rows = [
        [{key: value for key, value in trade.items() if key != "order_id"} for trade in result["trades"]]
        for result in (hedging, netting)
    ]
    assert len({trade["entry_time"] for trade in hedging["trades"]}) < len(hedging["trades"])
    assert rows[0] == rows[1]


def test_what_a_netting_account_cannot_keep_apart_is_refused(backtest: Any) -> None:
    """Rather than run as something else."""
    assert backtest(source="pyramid.strat")[0] == 0
    code, result = backtest("--netting", source="pyramid.strat")
    assert code == 2
    assert "several entries the same way" in result["errors"][0]["message"]
    assert "one position per symbol" in result["errors"][0]["message"]


def test_an_account_file_says_the_rest_and_options_win_over_it(backtest: Any, tmp_path: Path) -> None:
    file = tmp_path / "broker.toml"
    file.write_text(
        '[account]\ndeposit = 5000\nleverage = 30\ncurrency = "EUR"\nswaps = true\nmargin_so_so = 20\n'
        'commission = {amount = 2, per = "deal", on = "in"}\n'
        '[symbol]\nvolume_limit = 5\nsessions = {mon = ["00:00-24:00"], tue = ["00:00-24:00"]}\n'
    )
    account = backtest("--account", str(file))[1]["account"]
    assert (account["deposit"], account["leverage"], account["currency"], account["swaps"]) == (5000, 30, "EUR", True)
    assert (account["margin_so_so"], account["commission"]["on"]) == (20.0, "in")
    assert account["symbol_terms"]["sessions"]["mon"] == ["00:00-24:00"]
    code, result = backtest("--account", str(file), "--deposit", "8000", "--no-swap", "--commission", "1")
    assert code == 0
    assert (result["account"]["deposit"], result["account"]["swaps"]) == (8000.0, False)
    commission = result["account"]["commission"]
    assert (commission["amount"], commission["per"], commission["on"], commission["most"]) == (1.0, "lot", "both", None)
    days = {date.fromisoformat(trade["entry_time"][:10]).weekday() for trade in result["trades"]}
    assert days <= {0, 1}
    assert {refusal["retcode"] for refusal in result["refused"]} == {10018}  # on the other days the market is closed


def test_a_file_of_symbols_is_used_and_named(backtest: Any, tmp_path: Path) -> None:
    """Its spread is charged, its swap as well; afterwards the library's count again."""
    file = tmp_path / "mine.toml"
    file.write_text("[EURUSD]\nspread = 30\nswap_long = -100\nswap_short = -100\n")
    result = backtest("--symbols", str(file), "--swap")[1]
    assert (result["data"]["spread"], result["data"]["spread_source"]) == (30.0, "30 points (from the file of symbols)")
    assert result["account"]["symbol_source"] == "file"
    assert sums(result, "swap") < sums(backtest("--swap")[1], "swap")
    assert backtest()[1]["data"]["spread"] == 10.0


def test_what_is_not_usual_is_said_on_the_screen_and_in_the_report(
    backtest: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing where everything is usual."""
    options = ("--netting", "--swap", "--slippage", "5", "--commission", "3.5", "--currency", "EUR")
    page = tmp_path / "report.html"
    backtest(*options, "--report", str(page))
    seen = " ".join(capsys.readouterr().out.split())
    html = page.read_text(encoding="utf-8")
    for line in (
        "Netting account: one position per symbol.",
        "Commission: 3.5 EUR per lot, on entries and exits.",
        "Swap: -7 long, 2.5 short a night (points), three times on wed.",
        "Slippage: market orders",
    ):
        assert line in seen
        assert line in html
    backtest("--report", str(page))
    assert "Netting" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--slippage", "-1"], "--slippage -1 is not possible"),
        (["--slippage", "nan"], "--slippage nan is not possible"),
        (["--commission", "-3"], "--commission -3 is not possible"),
        (["--commission-per", "deal"], "give --commission N as well"),
        (["--commission", "3", "--commission-per", "trade"], "'trade' is not known; use lot, deal, percent"),
        (["--commission", "500", "--commission-per", "percent"], "more than the deal is worth"),
        (["--currency", "euros!"], '--currency must be a currency such as "USD"'),
        (["--currency", "XXX"], "no rate is known from USD to XXX"),
        (["--deposit", "0"], "--deposit 0 is not possible"),
        (["--account", "nowhere.toml"], "the account file nowhere.toml does not exist"),
        (["--symbols", "nowhere.toml"], "--symbols nowhere.toml: there is no such file"),
    ],
)
def test_wrong_options_are_refused_by_name(backtest: Any, options: list[str], says: str) -> None:
    code, result = backtest(*options)
    assert (code, result["status"]) == (2, "error")
    assert says in result["errors"][0]["message"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[account]\nnettin = true\n", "[account] nettin is not known: did you mean netting?"),
        ('[account]\nnetting = "yes"\n', "[account] netting must be True or False, not 'yes'"),
        ("[account]\ncommission = {amount = 1, per = 'trade'}\n", "[account] commission: per must be one of lot, deal"),
        ('[account]\nstop_out = "some"\n', "[account] stop_out must be one of all, worst"),
        ("[account]\nlimit_orders = 1.5\n", "[account] limit_orders must be a whole number, 0 or more"),
        ("[account]\nleverage = 0\n", "[account] leverage must be a whole number, 1 or more"),
        ('[symbol]\nexecution = "fast"\n', "[symbol] execution must be one of request, instant, market, exchange"),
        ('[symbol]\nfilling_mode = ["all"]\n', "[symbol] filling_mode must be a list of fok, ioc, boc"),
        ('[symbol]\nsessions = {mon = ["9-17"]}\n', '[symbol] sessions has times such as "00:05-23:55"'),
        ("[symbol]\nspread = 3\n", "[symbol] spread is not known"),
        ("[broker]\nnetting = true\n", "[broker] is no table of an account file: it has [account] and [symbol]"),
        ("account = 5\n", "account must be a table of keys and values, not 5"),
        ("[account\n", "write key = value lines under [tables]"),
    ],
)
def test_a_wrong_account_file_is_refused_with_file_and_key(backtest: Any, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "broker.toml"
    file.write_text(text)
    code, result = backtest("--account", str(file))
    assert (code, result["status"]) == (2, "error")
    assert str(file) in result["errors"][0]["message"]
    assert says in result["errors"][0]["message"]
