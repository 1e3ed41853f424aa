"""Columns of pyarrow from Python lists, made of their bytes: `pyarrow.array` would load pandas to ask what a list is,
which takes as long as ten configurations of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow


def numbers(values: Sequence[float | None]) -> pyarrow.DoubleArray:
    """float64, null where None."""
    import pyarrow as pa

    known = np.packbits([value is not None for value in values], bitorder="little")
    floats = np.array([0.0 if value is None else value for value in values], np.float64)
    return pa.Array.from_buffers(pa.float64(), len(floats), [pa.py_buffer(known), pa.py_buffer(floats)])


def places(values: Sequence[int]) -> pyarrow.Int64Array:
    """int64."""
    import pyarrow as pa

    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(np.array(values, np.int64))])


def texts(values: Sequence[str]) -> pyarrow.StringArray:
    """UTF-8."""
    import pyarrow as pa

    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))
