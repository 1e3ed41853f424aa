"""Ways of writing the same bars: headers, delimiters, encodings, dates, decimals, time zones."""

from __future__ import annotations

import numpy as np
import pytest

from mas.data import read_bars

START = np.datetime64("2024-03-11T00:00")
PRICES = [(1.1, 1.10123, 1.0998, 1.1005), (1.1005, 1.102, 1.1001, 1.1011), (1.1011, 1.1011, 1.095, 1.0966)] * 20


def table(layout: str, header: str = "", *, step: int = 60, end: str = "\n") -> str:
    """Bars written by a format string with t (datetime), o, h, l, c, n."""
    lines = [header] if header else []
    for n, (o, h, low, c) in enumerate(PRICES):
        t = (START + np.timedelta64(n * step, "m")).astype(object)
        lines.append(layout.format(t=t, o=o, h=h, l=low, c=c, n=n))
    return end.join(lines) + end


OHLC = "{o:.5f},{h:.5f},{l:.5f},{c:.5f}"


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        (table("{t:%Y-%m-%d %H:%M:%S}," + OHLC, "time,open,high,low,close"), "plain header"),
        (table("{t:%Y-%m-%dT%H:%M:%S}," + OHLC + ",{n}", "Datetime,Open,High,Low,Close,Volume"), "plain header"),
        (table("{t:%Y-%m-%d};{t:%H:%M};" + OHLC.replace(",", ";"), "Date;Time;O;H;L;C"), "plain header"),
        (table('"{t:%Y-%m-%d %H:%M}","{o}","{h}","{l}","{c}"', '"ts","OPEN","HIGH","LOW","LAST"'), "plain header"),
        (table(OHLC + ",{t:%Y/%m/%d %H:%M}", "open,high,low,close,date"), "plain header"),
        (table("{t:%m/%d/%Y %H:%M}," + OHLC, "date,open,high,low,close"), "plain header"),
        (table("{t:%m/%d/%Y %I:%M:%S %p}," + OHLC, "date,open,high,low,close"), "plain header"),
        (table("{t.month}/{t.day}/{t.year} {t.hour}:{t:%M}," + OHLC, "date,open,high,low,close"), "plain header"),
        (table("{t:%d.%m.%Y %H:%M:%S.000}," + OHLC, "Gmt time,Open,High,Low,Close"), "Dukascopy candles"),
        (table("{t:%Y%m%d %H%M%S};" + OHLC.replace(",", ";") + ";0"), "HistData ASCII"),
        (table("{t:%Y.%m.%d,%H:%M}," + OHLC + ",{n}", end="\r\n"), "MetaTrader 4 history"),
        (
            table(
                "{t:%Y.%m.%d}\t{t:%H:%M:%S}\t" + OHLC.replace(",", "\t") + "\t{n}\t0\t7",
                "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>",
            ),
            "MetaTrader 5 export",
        ),
        ("# from somewhere\n" + table("{t:%Y-%m-%d %H:%M:%S}," + OHLC, "time,open,high,low,close"), "plain header"),
        (table("{t:%Y-%m-%d %H:%M:%S};1,{n};{o};{h};{l};{c}", "time;x;open;high;low;close").replace(".", ","), None),
    ],
)  # fmt: skip
def test_the_same_bars_are_read_however_they_are_written(tmp_path, text, dialect):
    """Sixty hourly bars with the same prices come out of every dialect."""
    file = tmp_path / "bars.csv"
    file.write_text(text, newline="")
    bars = read_bars(file)
    assert dialect in (None, bars.report.dialect)
    assert (bars.timeframe, len(bars), bars.spec.digits) == ("H1", 60, 5)
    assert np.array_equal(bars.time, START.astype("datetime64[s]").astype(np.int64) + np.arange(60) * 3600)
    for name, expected in zip(("open", "high", "low", "close"), zip(*PRICES, strict=True), strict=True):
        assert getattr(bars, name).values.tolist() == list(expected)


@pytest.mark.parametrize("unit", [1, 1000, 1_000_000, 1_000_000_000])
def test_times_may_be_numbers_since_1970(tmp_path, unit):
    """Seconds, milliseconds, microseconds and nanoseconds are told apart by their size."""
    seconds = START.astype("datetime64[s]").astype(np.int64) + np.arange(60) * 3600
    rows = [f"{t * unit},{o},{h},{low},{c}" for t, (o, h, low, c) in zip(seconds, PRICES, strict=True)]
    file = tmp_path / "x.csv"
    file.write_text("time,open,high,low,close\n" + "\n".join(rows))
    assert np.array_equal(read_bars(file).time, seconds)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_that_terminals_write_are_understood(tmp_path, encoding):
    """MetaTrader 5 exports UTF-16 with a byte order mark, editors add one to UTF-8."""
    file = tmp_path / "EURUSD_H1.csv"
    file.write_bytes(table("{t:%Y-%m-%d %H:%M}," + OHLC, "time,open,high,low,close").encode(encoding))
    assert len(read_bars(file)) == 60


@pytest.mark.parametrize(
    ("layout", "header", "zone", "known", "hour"),
    [
        ("{t:%Y-%m-%d %H:%M:%S},", "time", "UTC", False, 0),
        ("{t:%Y-%m-%dT%H:%M:%S}Z,", "time", "UTC", True, 0),
        ("{t:%Y-%m-%d %H:%M:%S}+00:00,", "time", "UTC", True, 0),
        ("{t:%Y-%m-%d %H:%M:%S}+02:00,", "time", "Etc/GMT-2", True, 0),
        ("{t:%d.%m.%Y %H:%M:%S.000} GMT-0500,", "Local time", "Etc/GMT+5", True, 0),
        ("{t:%Y-%m-%d %H:%M:%S},", "Time (UTC)", "UTC", True, 0),
    ],
)
def test_a_zone_is_known_only_if_the_file_says_it(tmp_path, layout, header, zone, known, hour):
    """Offsets beside the stamps or a header that names UTC are knowledge; plain stamps are not."""
    file = tmp_path / "x.csv"
    file.write_text(table(layout + OHLC, f"{header},open,high,low,close"))
    bars = read_bars(file)
    assert (bars.timezone, bars.timezone_known, bars.time[0] % 86_400 // 3600) == (zone, known, hour)


def test_changing_offsets_name_a_zone_that_changes_its_clocks(tmp_path):
    """Stamps of a New York week in which summer time begins are New York's wall clock."""
    rows = [f"2024-03-{d:02d} 09:00:00-0{5 if d < 10 else 4}00,1.1,1.2,1.0,1.1" for d in range(4, 16)]
    file = tmp_path / "x.csv"
    file.write_text("time,open,high,low,close\n" + "\n".join(rows))
    bars = read_bars(file)
    assert (bars.timezone, bars.timezone_known, bars.timeframe) == ("America/New_York", True, "D1")
    assert (bars.time % 86_400 == 9 * 3600).all()


def test_moments_are_put_on_the_clock_that_is_asked_for(tmp_path):
    """A stamp with a Z is a moment: asked for New York it shows New York's time; a plain stamp is taken as it is."""
    file = tmp_path / "x.csv"
    for suffix, first in (("Z", 20), ("", 0)):
        file.write_text(table("{t:%Y-%m-%dT%H:%M:%S}" + suffix + "," + OHLC, "time,open,high,low,close"))
        bars = read_bars(file, timezone="America/New_York")
        assert (bars.timezone, bars.time[0] % 86_400 // 3600) == ("America/New_York", first)


def test_tables_of_pandas_and_yfinance_are_read(tmp_path):
    """An index without a name is the time; yfinance writes three lines of header."""
    file = tmp_path / "EURUSD.csv"
    file.write_text(table("{t:%Y-%m-%d %H:%M:%S}," + OHLC, ",Open,High,Low,Close"))
    assert len(read_bars(file)) == 60
    header = "Price,Open,High,Low,Close\nTicker,EURUSD=X,EURUSD=X,EURUSD=X,EURUSD=X\nDatetime,,,,"
    file.write_text(table("{t:%Y-%m-%d %H:%M:%S}+00:00," + OHLC, header))
    bars = read_bars(file)
    assert (len(bars), bars.timezone_known, bars.close.values[0]) == (60, True, 1.1005)


def test_arguments_win_over_metadata_and_file_name(tmp_path):
    """Symbol and time zone given by the caller are taken; the report says so."""
    file = tmp_path / "EURUSD_H1.csv"
    file.write_text(table("{t:%Y-%m-%dT%H:%M:%S}Z," + OHLC, "time,open,high,low,close"))
    bars = read_bars(file, symbol="GBPUSD.r", timezone="Europe/London")
    assert (bars.symbol, bars.timezone, bars.timezone_known) == ("GBPUSD.r", "Europe/London", True)
    assert (bars.report.symbol_source, bars.report.timezone_source) == ("argument", "argument")


def test_a_symbol_column_names_the_symbol(tmp_path):
    """One ticker in all rows is what the data is about."""
    file = tmp_path / "export.csv"
    file.write_text(table("USDJPY,{t:%Y-%m-%d %H:%M}," + OHLC, "Ticker,Date,Open,High,Low,Close"))
    bars = read_bars(file)
    assert (bars.symbol, bars.report.symbol_source) == ("USDJPY", "metadata")


def test_metatrader_ticks_carry_the_side_that_did_not_change(tmp_path):
    """MetaTrader 5 writes only the changed side of a quote; bars of the bid come out."""
    file = tmp_path / "EURUSD_ticks.csv"
    file.write_text(
        "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n"
        "2024.03.11\t00:00:00.100\t1.10000\t\t\t\t2\n"
        "2024.03.11\t00:00:00.200\t1.10000\t1.10010\t\t\t6\n"
        "2024.03.11\t00:00:30.000\t1.10005\t\t\t\t2\n"
        "2024.03.11\t00:01:10.000\t\t1.10040\t\t\t4\n"
    )
    bars = read_bars(file)
    assert bars.high.values.tolist() == [1.10005, 1.10005]
    assert bars.open.values.tolist() == [1.1, 1.10005]
    assert bars.volume.values.tolist() == [2, 1]
    assert bars.spread is not None
    assert bars.spread.tolist() == [10, 35]


def test_digits_are_those_of_the_prices_not_of_the_writing(tmp_path):
    """Six written decimals of which the last is always 0 are five; 32-bit noise is not precision."""
    file = tmp_path / "EURUSD_H1.csv"
    file.write_text(table("{t:%Y-%m-%d %H:%M},{o:.6f},{h:.6f},{l:.6f},{c:.6f}", "time,open,high,low,close"))
    assert read_bars(file).spec.digits == 5
    noisy = [tuple(float(np.float32(p)) for p in row) for row in PRICES]
    rows = [f"{START + np.timedelta64(n, 'h')},{o!r},{h!r},{low!r},{c!r}" for n, (o, h, low, c) in enumerate(noisy)]
    file.write_text("time,open,high,low,close\n" + "\n".join(rows))
    bars = read_bars(file)
    assert bars.report.digits_source == "library"
    assert any("more than 8 decimals" in line for line in bars.report.lines())


def test_parquet_of_another_program_is_read_by_its_column_names(tmp_path):
    """No metadata, 32-bit prices, a zone in the type, an index column of any name: all ordinary."""
    import pyarrow as pa
    from pyarrow import parquet

    times = pa.array(
        (START + np.arange(60).astype("timedelta64[h]")).astype("datetime64[us]"), pa.timestamp("us", "UTC")
    )
    columns = {
        n: pa.array(np.array(v, dtype=np.float32))
        for n, v in zip(["Open", "High", "Low", "Close"], zip(*PRICES, strict=True), strict=True)
    }
    file = tmp_path / "gbpusd.parquet"
    parquet.write_table(pa.table({**columns, "__index_level_0__": times}), file)
    bars = read_bars(file)
    assert (bars.symbol, bars.timeframe, bars.timezone, bars.timezone_known) == ("GBPUSD", "H1", "UTC", True)
    assert bars.spec.digits == 5
    assert bars.close.values[0] == 1.1005


def test_a_coarser_timeframe_can_be_asked_for(tmp_path):
    """Hourly bars are put together to four-hour bars."""
    file = tmp_path / "EURUSD_H1.csv"
    file.write_text(table("{t:%Y-%m-%d %H:%M}," + OHLC, "time,open,high,low,close"))
    bars = read_bars(file, timeframe="H4")
    assert (bars.timeframe, len(bars)) == ("H4", 15)
