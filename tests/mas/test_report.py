"""Figures of a backtest as plain data: they say what the trades and the equity say, and survive JSON."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
import pytest

from mas.report import equity_chart, execution_notes, monthly_returns, pack, price_chart, trade_rows
from tests.backtests import MONDAY, a_backtest, a_trade, by_profits, some_bars


def unpack(column: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What the page does to a packed column."""
    steps = np.frombuffer(zlib.decompress(base64.b64decode(column["data"])), dtype="<" + column["type"])
    return (column["first"] + np.cumsum(steps.astype(np.float64))) * float(column["scale"])


@pytest.mark.parametrize(
    ("values", "kind"),
    [([1.1, 1.10001, 1.09], "i2"), ([1.1, 2.9, 0.5], "i4"), ([1.0, 1e9, -1e9], "f8"), ([], "i2"), ([5.0], "i2")],
)
def test_packed_columns_come_back(values: list[float], kind: str) -> None:
    """Packing keeps every value to its digits, in the smallest type that holds the steps."""
    column = pack(np.array(values), 5)
    assert column["type"] == kind
    assert unpack(json.loads(json.dumps(column))) == pytest.approx(values)


def test_price_chart_holds_every_bar() -> None:
    """All bars are in the chart, and the synthetic mark goes with them."""
    bars = some_bars(500, synthetic=True)
    chart = price_chart(a_backtest(bars))
    assert unpack(chart["time"]).tolist() == bars.time.tolist()
    assert unpack(chart["high"]) == pytest.approx(np.round(bars.high.values, 5))
    assert (chart["symbol"], chart["timeframe"], chart["digits"], chart["synthetic"]) == ("EURUSD", "H1", 5, True)


def test_equity_chart_is_the_equity() -> None:
    """Equity and balance to the cent."""
    backtest = by_profits(10.25, -3.1)
    chart = equity_chart(backtest)
    assert unpack(chart["equity"]) == pytest.approx(backtest.equity)
    assert unpack(chart["balance"]) == pytest.approx(backtest.balance)


def test_trade_rows_follow_the_exits() -> None:
    """Rows are numbered in order of the exits, with the balance after each and ISO times."""
    bars = some_bars(20)
    late, early = a_trade(bars, 1, 9, 10.0), a_trade(bars, 2, 4, -4.0, commission=-1.0)
    first, second = trade_rows(a_backtest(bars, [late, early]))
    assert (first["number"], first["net"], first["balance"]) == (1, -5, 9995)
    assert (second["number"], second["net"], second["balance"]) == (2, 10, 10_005)
    assert (first["entry_time"], first["exit_time"]) == ("2024-01-01T02:00:00", "2024-01-01T04:00:00")
    json.dumps([first, second], allow_nan=False)


def test_monthly_returns_multiply_to_the_year() -> None:
    """Each month starts from the last equity of the month before; months without bars stay empty."""
    bars = some_bars(60, "D1", start=MONDAY + 30 * 86_400)  # 31 January to 30 March
    equity = np.full(60, 10_100.0)
    equity[30:] = 9_090.0  # from 1 March
    (row,) = monthly_returns(a_backtest(bars, equity=equity))
    assert row["year"] == 2024
    assert row["months"][:3] == pytest.approx([1.0, 0.0, -10.0])
    assert row["months"][3:] == [None] * 9
    assert row["total"] == pytest.approx(-9.1)


def test_monthly_returns_span_years() -> None:
    """A new year starts from the last equity of the old one."""
    bars = some_bars(400, "D1")
    years = monthly_returns(a_backtest(bars, equity=np.linspace(10_000, 12_000, 400)))
    assert [row["year"] for row in years] == [2024, 2025]
    assert (1 + years[0]["total"] / 100) * (1 + years[1]["total"] / 100) == pytest.approx(1.2)


def test_notes_name_the_spread_and_the_ambiguous_trades() -> None:
    """What was charged and what was presumed is said in words."""
    text = " ".join(execution_notes(by_profits(1, -1, ambiguous=True)))
    assert "the spread column of the data (1 pips)" in text
    assert "depended on it: 2." in text
    assert "UTC, which is assumed" in text


def test_notes_describe_a_changing_spread() -> None:
    """A spread that varies is shown by its median and its usual range."""
    bars = some_bars(100, spread=np.arange(100.0))
    assert "median 49.5 points (4.95 pips)" in " ".join(execution_notes(a_backtest(bars)))
