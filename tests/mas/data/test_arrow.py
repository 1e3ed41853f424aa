"""Columns of arrow become arrays without pandas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mas.data.arrow import floats_of, milliseconds_of


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.int64(), pa.int32(), pa.uint8()])
def test_numbers_with_gaps_in_several_chunks(kind: pa.DataType) -> None:
    """Chunks are joined, slices keep their place, and what is missing is NaN."""
    column = pa.chunked_array([pa.array([9, 1, None], kind).slice(1), pa.array([4], kind)])

    assert np.array_equal(floats_of(column), [1.0, np.nan, 4.0], equal_nan=True)
    assert np.array_equal(floats_of(column.slice(2)), [4.0])


def test_other_types_are_converted_too() -> None:
    """Truths, columns without anything in them, and empty ones."""
    assert floats_of(pa.chunked_array([[True, False]])).tolist() == [1.0, 0.0]
    assert np.isnan(floats_of(pa.chunked_array([pa.nulls(2)]))).all()
    assert len(floats_of(pa.chunked_array([], pa.float64()))) == 0


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_stamps_of_every_unit(unit: str) -> None:
    """Milliseconds as arrow itself casts them, before 1970 too."""
    column = pa.chunked_array([pa.array([-1_500_000_001, 0, 1_500_000_001], pa.timestamp(unit))])

    expected = column.cast(pa.timestamp("ms"), safe=False).cast(pa.int64()).to_pylist()
    assert milliseconds_of(column).tolist() == expected


def test_reading_a_file_does_not_load_pandas(tmp_path: Path) -> None:
    """pandas takes longer to load than a short backtest takes."""
    price = [1.1 + i * 1e-5 for i in range(50)]
    time = pa.array([i * 60_000 for i in range(50)], pa.timestamp("ms"))
    file = tmp_path / "EURUSD_M1.parquet"
    pq.write_table(pa.table({"time": time, "open": price, "high": price, "low": price, "close": price}), file)
    code = (
        "import sys\n"
        "from mas.data import read_bars\n"
        f"assert len(read_bars({str(file)!r})) == 50\n"
        "print('pandas' in sys.modules)\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"
