"""Real files of every dialect, and the real Parquet files, are read as their description says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mas.data import read_bars
from mas.data.suspicion import day_range_bars
from mas.errors import DataError

SHARED = Path(__file__).parents[4] / "shared"
DATA, SAMPLES, CASES = SHARED / "data", SHARED / "data" / "samples", SHARED / "cases" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared market data is not beside the repository")


def stamp(seconds: int) -> str:
    return str(np.datetime64(int(seconds), "s")).replace("T", " ")


@pytest.mark.parametrize(
    ("file", "dialect", "symbol", "timeframe", "bars", "first", "last", "zone", "known", "digits"),
    [
        ("MT5_EURUSD_H1.csv", "MetaTrader 5 export", "EURUSD", "H1", 3608,
         "2025-06-23 00:00:00", "2026-01-21 10:00:00", "UTC", False, 5),
        ("US30m_H1_202401012300_202509082200.csv", "MetaTrader 5 export", "US30m", "H1", 9890,
         "2024-01-01 23:00:00", "2025-09-08 22:00:00", "UTC", False, 1),
        ("DAT_ASCII_EURUSD_M1_202306.csv", "HistData ASCII", "EURUSD", "M1", 16_752,
         "2023-06-01 00:00:00", "2023-06-23 14:58:00", "UTC", False, 5),
        ("DAT_MT_EURUSD_M1_202006.csv", "MetaTrader 4 history", "EURUSD", "M1", 6771,
         "2020-06-01 00:00:00", "2020-06-05 16:58:00", "UTC", False, 5),
        ("MT4_EURUSD1.csv", "MetaTrader 4 history", "EURUSD", "M1", 18_000,
         "2022-08-15 10:06:00", "2022-10-03 16:10:00", "UTC", False, 5),
        ("EURUSD_Candlestick_1_Hour_BID_01.07.2020-15.07.2023.csv", "Dukascopy candles", "EURUSD", "H1", 3151,
         "2020-07-01 00:00:00", "2020-12-31 21:00:00", "UTC", True, 5),
        ("EURUSD_Candlestick_1_D_ASK_05.05.2003-30.06.2021.csv", "Dukascopy candles, local time", "EURUSD", "D1", 4624,
         "2003-05-05 00:00:00", "2015-12-31 00:00:00", "Europe/Helsinki", True, 5),
        ("CADJPY_tick.csv", "Dukascopy ticks", "CADJPY", "M1", 517,
         "2012-05-01 00:00:00", "2012-05-01 08:36:00", "UTC", False, 3),
    ],
)  # fmt: skip
def test_each_dialect_is_recognised_by_its_content(
    file, dialect, symbol, timeframe, bars, first, last, zone, known, digits
):
    """Dialect, symbol, timeframe, number of bars, first and last time, zone and digits are right."""
    read = read_bars(SAMPLES / file)
    assert (read.report.dialect, read.symbol, read.timeframe, len(read)) == (dialect, symbol, timeframe, bars)
    assert (stamp(read.time[0]), stamp(read.time[-1])) == (first, last)
    assert (read.timezone, read.timezone_known, read.spec.digits) == (zone, known, digits)
    assert (read.report.symbol_source, read.source) == ("file name", file)


def test_the_dialect_does_not_depend_on_the_files_name(tmp_path):
    """A file renamed is read the same; only what the name said is missing."""
    copy = tmp_path / "download (3).txt"
    copy.write_bytes((SAMPLES / "MT5_EURUSD_H1.csv").read_bytes())
    read, named = read_bars(copy), read_bars(SAMPLES / "MT5_EURUSD_H1.csv")
    assert (read.report.dialect, read.timeframe) == ("MetaTrader 5 export", "H1")
    assert (read.symbol, read.report.symbol_source) == ("EURUSD", "default")
    assert np.array_equal(read.close.values, named.close.values)


def test_spread_and_tick_volume_of_a_metatrader_export_are_kept():
    """The first bar's numbers stand as in the file."""
    bars = read_bars(SAMPLES / "MT5_EURUSD_H1.csv")
    row = [bars.open, bars.high, bars.low, bars.close, bars.volume]
    assert [float(s.values[0]) for s in row] == [1.14565, 1.14745, 1.14565, 1.14721, 644.0]
    assert bars.spread is not None
    assert (bars.spread[0], bars.spread.min(), bars.spread.max()) == (7, 7, 27)


@pytest.mark.parametrize(
    ("file", "rows", "weekends", "others", "missing", "spread"),
    [
        ("EURUSD_H1", 56_007, 469, 14, 281, 12),
        ("XAUUSD_D1", 2992, 510, 41, 42, 700),
        ("XAUUSD_H1", 58_489, 510, 203, 1544, 400),
        ("GBPUSD_H1", 35_705, 300, 5, 127, None),
        ("NSXUSD_M1", 689_942, 104, 1830, 47_502, None),
        ("EURUSD_M1_201405", 12_540, 2, 340, 420, 11),
    ],
)
def test_gaps_are_counted_as_the_data_describes_them(file, rows, weekends, others, missing, spread):
    """Rows, weekend gaps, other gaps, missing bars and the median spread agree with the description of the data."""
    bars = read_bars(DATA / f"{file}.parquet")
    report = bars.report
    assert (len(bars), report.rows, report.dropped, report.repaired) == (rows, rows, 0, 0)
    assert (report.weekend_gaps, report.other_gaps, report.missing_bars) == (weekends, others, missing)
    assert (None if bars.spread is None else np.median(bars.spread)) == spread


@pytest.mark.parametrize(
    ("file", "zone", "known", "digits", "pip"),
    [
        ("EURUSD_H1", "UTC", True, 5, 0.0001),
        ("GBPUSD_H1", "Europe/Helsinki", True, 5, 0.0001),
        ("USDJPY_D1", "Europe/Helsinki", True, 3, 0.01),
        ("SPY_D1", "America/New_York", True, 4, 0.01),
        ("BTCUSD_M1", "UTC", False, 3, 0.01),
        ("XAUUSD_D1", "UTC", True, 3, 0.1),
    ],
)
def test_parquet_metadata_gives_zone_and_digits(file, zone, known, digits, pip):
    """An assumed zone counts as not known; a server on Eastern European time has Helsinki's clock."""
    bars = read_bars(DATA / f"{file}.parquet")
    assert (bars.timezone, bars.timezone_known, bars.spec.digits, bars.pip) == (zone, known, digits, pip)
    assert (bars.report.symbol_source, bars.report.timeframe_source) == ("metadata", "metadata")


def test_ticks_become_the_same_minutes_that_the_source_made_of_them():
    """The real tick file gives the real M1 file of the same days, bar for bar."""
    built, real = read_bars(DATA / "EURUSD_TICKS_201405.parquet"), read_bars(DATA / "EURUSD_M1_201405.parquet")
    assert np.array_equal(built.time, real.time)
    for name in ("open", "high", "low", "close"):
        assert np.array_equal(getattr(built, name).values, getattr(real, name).values)
    assert built.volume.values.sum() == 416_618


@pytest.mark.parametrize("file", ["EURUSD_H1.csv", "USDJPY_H1.csv", "XAUUSD_H1.csv", "EURUSD_D1.csv"])
def test_the_acceptance_cases_data_needs_no_repair(file):
    """Plain headers; symbol and timeframe from the file name; nothing dropped or changed."""
    bars = read_bars(CASES / file)
    assert file == f"{bars.symbol}_{bars.timeframe}.csv"
    assert (bars.report.dropped, bars.report.repaired) == (0, 0)


def test_rows_of_zeros_are_dropped_and_reported():
    """The last 63 rows of the dirty file say nothing; the bars end with the last real one."""
    bars = read_bars(SAMPLES / "dirty_EURUSD_H1_zero_rows.csv")
    assert (bars.report.rows, len(bars), bars.report.empty, bars.report.dropped) == (10_000, 9937, 63, 63)
    assert bars.low.values.min() > 1
    assert bars.report.lines()[0] == "63 rows without prices (all zero or empty) dropped"


def test_midnight_bars_with_the_whole_days_range_are_refused():
    """Bars that know the day's high and low in advance make every backtest a lie: line, count and reason are named."""
    with pytest.raises(DataError, match=r"line 2: 25\d bars, the first at 2015-01-02 00:00, carry .* know the future"):
        read_bars(SAMPLES / "dirty_EURUSD_H1_day_range_at_midnight.csv")


@pytest.mark.parametrize("timeframe", ["H1", "H4"])
@pytest.mark.parametrize("file", ["XAUUSD_H1", "EURUSD_H1", "SPY_H1", "GBPUSD_H1"])
def test_sound_data_is_never_suspected(file, timeframe):
    """Not even four-hour bars of gold, the wildest of the clean data, are taken for contaminated."""
    bars = read_bars(DATA / f"{file}.parquet", timeframe=timeframe)
    assert len(day_range_bars(bars.time, bars.high.values, bars.low.values)) == 0
