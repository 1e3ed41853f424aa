"""Damaged input: repaired where there is one way to do it, else refused with the row and what to do."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest

from mas.bars import Bars
from mas.data import read_bars
from mas.errors import DataError, MasError, ParameterError

HEADER = "time,open,high,low,close,volume"


def rows(count: int = 40) -> list[str]:
    """Sound hourly bars from 2024-03-11 00:00, five decimals."""
    start = np.datetime64("2024-03-11T00:00")
    return [
        f"{start + np.timedelta64(n, 'h')},1.1000{n % 9},1.10123,1.09987,1.1005{n % 9},{n + 1}" for n in range(count)
    ]


@pytest.fixture
def read(tmp_path):
    """Reads bars from a list of lines, header included."""

    def read_lines(lines: list[str], name: str = "EURUSD_H1.csv", **options: str) -> Bars:
        file = tmp_path / name
        file.write_text("\n".join(lines) + "\n")
        return read_bars(file, **options)

    return read_lines


# ------------------------------------------------------------------ repaired and counted


def test_exact_repetitions_are_dropped_and_counted(read):
    """A row written twice is one bar."""
    lines = rows()
    bars = read([HEADER, *lines[:20], lines[19], *lines[20:]])
    assert (len(bars), bars.report.duplicates, bars.report.dropped) == (40, 1, 1)
    assert "1 row repeated exactly" in bars.report.lines()[0]


def test_rows_out_of_order_are_sorted_and_counted(read):
    """Unique times can be put in order in one way only; with the rows go their prices."""
    lines = rows()
    swapped = [*lines[:10], lines[11], lines[10], *lines[12:]]
    bars, sound = read([HEADER, *swapped]), read([HEADER, *lines])
    assert bars.report.backward == bars.report.repaired == 1
    assert np.array_equal(bars.time, sound.time)
    assert np.array_equal(bars.volume.values, sound.volume.values)


def test_a_file_that_is_newest_first_is_turned_round(read):
    """That is a habit of web exports, no damage: it is said but not counted."""
    bars = read([HEADER, *reversed(rows())])
    assert (np.diff(bars.time) > 0).all()
    assert bars.report.backward == 0
    assert "the file is newest first" in bars.report.lines()


def test_rows_without_prices_are_dropped(read):
    """Zeros or nothing in all four prices say nothing, wherever they stand."""
    lines = rows()
    lines[5] = "2024-03-11T05:00,0,0,0,0,0"
    lines[39] = "2024-03-12T15:00,,,,,"
    bars = read([HEADER, *lines])
    assert (len(bars), bars.report.empty, bars.report.other_gaps) == (38, 2, 1)


def test_a_last_line_that_was_cut_off_is_dropped(read):
    """A download that broke off loses its last line only."""
    bars = read([HEADER, *rows(), "2024-03-12T16:00,1.1,1.2"])
    assert (len(bars), bars.report.cut) == (40, 1)


def test_a_high_one_point_short_is_moved_and_counted(read):
    """Sources round highs and lows by themselves; more than a point is no rounding."""
    lines = rows()
    lines[7] = "2024-03-11T07:00,1.10000,1.10049,1.09987,1.10050,1"
    bars = read([HEADER, *lines])
    assert bars.report.widened == 1
    assert bars.high.values[7] == 1.1005


def test_gaps_are_counted_and_weekends_apart(read):
    """A missing Wednesday is a gap, a weekend is a weekend."""
    start = np.datetime64("2024-03-11")
    days = [d for d in range(26) if d % 7 < 5 and d != 9]
    lines = [f"{start + np.timedelta64(d, 'D')},1.1,1.2,1.0,1.15,1" for d in days]
    report = read([HEADER, *lines], "EURUSD.csv").report
    assert (report.weekend_gaps, report.other_gaps, report.missing_bars) == (3, 1, 1)
    assert (report.longest_gap, report.longest_gap_after) == (2 * 86_400, "2024-03-19 00:00")


def test_weekends_filled_with_still_bars_are_reported(read):
    """Some exports invent flat bars for Saturday and Sunday; indicators suffer, so the user hears of it."""
    start = np.datetime64("2024-03-08T00:00")
    flat = [f"{start + np.timedelta64(n, 'h')},1.1,1.1,1.1,1.1,0" for n in range(24, 72)]
    busy = [f"{start + np.timedelta64(n, 'h')},1.1,1.2,1.0,1.15,5" for n in [*range(24), *range(72, 120)]]
    lines = [*busy[:24], *flat, *busy[24:]]
    assert any("48 bars on Saturdays and Sundays never move" in line for line in read([HEADER, *lines]).report.lines())


def test_a_spread_column_of_zeros_is_not_a_free_market(read):
    """A spread that was never recorded is not used, and the report says so."""
    bars = read([HEADER + ",spread", *(f"{line},0" for line in rows())])
    assert bars.spread is None
    assert any("spread" in line for line in bars.report.lines())


def test_missing_spreads_are_those_of_the_bar_before(read):
    """As MetaTrader's tester does."""
    spreads = ["", "7", "", "9", *["8"] * 36]
    bars = read([HEADER + ",spread", *(f"{line},{s}" for line, s in zip(rows(), spreads, strict=True))])
    assert bars.spread is not None
    assert bars.spread[:5].tolist() == [7, 7, 7, 9, 8]
    assert bars.report.spread_filled == 2


def test_volume_that_is_always_zero_is_not_available(read):
    """Sources without volume write 0: an indicator of it is not available rather than wrong."""
    bars = read([HEADER, *(line.rsplit(",", 1)[0] + ",0" for line in rows())])
    assert np.isnan(bars.volume.values).all()


# ------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2024-03-11T07:00,1.1,1.05,1.2,1.1,1", "line 9: high is below low"),
        ("2024-03-11T07:00,1.1,1.11,1.09,1.2,1", "line 9: open or close lies beyond the high"),
        ("2024-03-11T07:00,1.1,1.11,1.105,1.106,1", "line 9: open or close lies beyond the low"),
        ("2024-03-11T07:00,1.1,1.11,0,1.1,1", "line 9: low is not a price: zero, negative or infinite"),
        ("2024-03-11T07:00,-1.1,1.11,1.0,1.1,1", "line 9: open is not a price"),
        ("2024-03-11T07:00,1.1,,1.0,1.1,1", "line 9: no high price"),
        ("2024-03-11T07:00,1.1,inf,1.0,1.1,1", "line 9: high is not a price: zero, negative or infinite"),
        ("2024-03-11T07:00,1.1,abc,1.0,1.1,1", 'line 9: high "abc" is not a number'),
        ("2024-03-11T07:00,1.1,1.11,1.0", "line 9: 4 fields where the other lines have 6"),
        ("2024-02-30T07:00,1.1,1.11,1.0,1.1,1", 'line 9: "2024-02-30T07:00" is no date'),
        ("yesterday,1.1,1.11,1.0,1.1,1", 'line 9: "yesterday" is not a time'),
        (",1.1,1.11,1.0,1.1,1", 'line 9: "None" is not a time|line 9: "" is not a time'),
        ("2024-03-11T06:00,1.1,1.11,1.0,1.1,1", "line 9: a second row for 2024-03-11 06:00 .* than line 8"),
        ("2024-03-11T07:00:59,1.1,1.11,1.0,1.1,1", "line 9: bars start on whole minutes"),
    ],
)
def test_a_bad_row_is_refused_by_its_line(read, line, message):
    """The message names the line of the file and what is wrong with it."""
    lines = rows()
    lines[7] = line
    with pytest.raises(DataError, match=message):
        read([HEADER, *lines])


def test_line_numbers_count_blank_lines_and_comments(read):
    """The number is the line that an editor shows, also after sorting and dropping."""
    lines = rows()
    lines[20] = "2024-03-11T20:00,1.1,1.0,1.2,1.1,1"
    text = ["# exported", "", HEADER, *reversed(lines[:10]), "", "", *lines[10:]]
    with pytest.raises(DataError, match="line 26: high is below low"):
        read(text)


def test_several_bad_rows_are_counted(read):
    """Three are named, the rest is a number."""
    lines = rows()
    for n in range(10, 20):
        lines[n] = f"2024-03-11T{n}:00,1.1,1.0,1.2,1.1,1"
    with pytest.raises(DataError, match="line 12, line 13, line 14 and 7 more: high is below low"):
        read([HEADER, *lines])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "x.csv is empty"),
        (b"\n\n  \n", "x.csv is empty"),
        (HEADER.encode(), "has no rows below its header"),
        (bytes(range(256)) * 20, "x.csv is no text"),
        (b"PK\x03\x04 something", "is a ZIP archive"),
        (b"\x1f\x8b something", "is a gzip archive"),
        (b"PAR1 but nothing else", "x.csv is a damaged Parquet file"),
        (b"Dear Sir,\nplease find enclosed\nthe bars\n", "x.csv is no table of bars"),
        (b"time,price\n2024-01-01,1.1\n", "x.csv is no table of bars"),
        (
            b"time,open,high,low\n2024-01-01,1.1,1.1,1.1\n",
            "has no column for close; its columns are time, open, high, low",
        ),
        (b"x1,x2,x3,x4,x5\n2024-01-01,1.1,1.1,1.1,1.1\n", "has no column for time, open, high, low, close"),
        (b"1,1.1,1.1,1.1,1.1\n2,1.1,1.1,1.1,1.1\n", "line 1: neither a header nor a known format"),
        (b"time,open,high,low,close\n2024-01-01,0,0,0,0\n", "has no row with prices"),
        (b"time,open,high,low,close\n2024-01-01,1,1,1,1\n", "has a single bar: its timeframe cannot be seen"),
        (
            b"time,open,high,low,close\n2024-01-01 00:00,1,1,1,1\n2024-01-01 00:07,1,1,1,1\n2024-01-01 00:14,1,1,1,1\n",
            "most bars are 7 minutes apart, which is no timeframe of MetaTrader",
        ),
        (b"date,open,high,low,close\n01/02/2024,1,1,1,1\n", "day and month of the dates cannot be told apart"),
        (
            b"time,symbol,open,high,low,close\n2024-01-01,A,1,1,1,1\n2024-01-02,B,1,1,1,1\n",
            r"holds several symbols \(A, B\)",
        ),
        (
            b"time,bid,ask\n2024-01-01 00:00:00.1,1.2,1.1\n2024-01-01 00:00:00.2,1.2,1.1\n",
            "are the two columns swapped",
        ),
    ],
)
def test_files_that_are_no_bars_are_refused_helpfully(tmp_path, content, message):
    """Empty, binary, packed, without prices, ambiguous: each has its own message."""
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_bars(file)


def test_a_missing_file_is_refused_with_the_nearest_name(tmp_path):
    """A slip of the keyboard is pointed out."""
    (tmp_path / "EURUSD_H1.csv").write_text("")
    with pytest.raises(DataError, match=r'there is no file .*EURUSD_H2.csv: did you mean "EURUSD_H1.csv"\?'):
        read_bars(tmp_path / "EURUSD_H2.csv")


def test_a_folder_is_refused_with_what_is_in_it(tmp_path):
    """The user is shown files to choose from."""
    (tmp_path / "EURUSD_H1.csv").write_text("")
    with pytest.raises(DataError, match=r"is a folder: name a file in it \(EURUSD_H1.csv"):
        read_bars(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind the superuser")
def test_a_file_without_permission_is_refused(tmp_path):
    """No traceback, a sentence."""
    file = tmp_path / "x.csv"
    file.write_text(HEADER)
    file.chmod(0)
    with pytest.raises(DataError, match="may not be read"):
        read_bars(file)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timezone": "Mars/Olympus"}, "unknown time zone"),
        ({"timeframe": "H5"}, "unknown timeframe"),
        ({"symbol": "???"}, "not a symbol name"),
    ],
)
def test_bad_arguments_are_named(read, options, message):
    """A wrong argument is a ParameterError that says which."""
    with pytest.raises(ParameterError, match=message):
        read([HEADER, *rows()], **options)


def test_garbled_files_never_end_in_a_traceback(tmp_path):
    """Whatever is done to the bytes of a file, the answer is bars or one of our errors."""
    chance = random.Random(5)
    sound = ("\n".join([HEADER, *rows(30)]) + "\n").encode()
    file = tmp_path / "EURUSD_H1.csv"
    for _ in range(300):
        garbled = bytearray(sound)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(garbled))
            kind = chance.random()
            if kind < 0.5:
                garbled[at] = chance.choice(b'0123456789.,;:-+eE"\n\r\t Zx\xff')
            elif kind < 0.8:
                del garbled[at : at + chance.randint(1, 30)]
            else:
                garbled[at:at] = garbled[max(0, at - 40) : at]
            garbled = garbled or bytearray(b",")
        file.write_bytes(bytes(garbled))
        try:
            bars = read_bars(file)
        except MasError:
            continue
        assert (np.diff(bars.time) > 0).all()
        assert (bars.high.values >= np.maximum(bars.open.values, bars.close.values)).all()
        assert (bars.low.values <= np.minimum(bars.open.values, bars.close.values)).all()
