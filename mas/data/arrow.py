"""Arrow columns -> numpy arrays, without pandas.

`to_numpy` of a pyarrow column imports pandas, which takes longer than a short backtest; so what lies in the column's
buffers is read here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_PLAIN = {
    "double": np.float64, "float": np.float32, "int64": np.int64, "int32": np.int32, "int16": np.int16,
    "int8": np.int8, "uint64": np.uint64, "uint32": np.uint32, "uint16": np.uint16, "uint8": np.uint8,
}  # fmt: skip
"""Types whose buffer is an array of such numbers."""

_UNITS = {"s": (1000, 1), "ms": (1, 1), "us": (1, 1000), "ns": (1, 1_000_000)}
"""Milliseconds in a unit, and units in a millisecond."""


def one_chunk(column: Any) -> Any:
    """An arrow column as one array."""
    if getattr(column, "num_chunks", 0) == 1:
        return column.chunk(0)
    joined = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    return joined.chunk(0) if hasattr(joined, "chunk") else joined


def floats_of(column: Any) -> NDArray[np.float64]:
    """The numbers of a column, NaN where there is none.

    Raises: TypeError, ValueError: they are no numbers.
    """
    chunk = one_chunk(column)
    kind = _PLAIN.get(str(chunk.type))
    if kind is None:
        return np.asarray(chunk.to_numpy(zero_copy_only=False), dtype=np.float64)
    values = np.array(_buffer(chunk, kind), dtype=np.float64)
    if chunk.null_count:
        values[~_valid(chunk)] = np.nan
    return values


def milliseconds_of(column: Any) -> NDArray[np.int64]:
    """The moments of a column of time stamps, of which none is missing; what is finer is cut off towards 1970."""
    chunk = one_chunk(column)
    many, parts = _UNITS[chunk.type.unit]
    moments = np.array(_buffer(chunk, np.int64))
    if parts > 1 and (not len(moments) or moments.min() >= 0):
        moments //= parts
    elif parts > 1:
        moments = np.where(moments < 0, -(-moments // parts), moments // parts)
    return moments * many if many > 1 else moments


def _buffer(chunk: Any, kind: Any) -> NDArray[Any]:
    data = chunk.buffers()[1]
    if data is None:
        return np.empty(0, dtype=kind)
    return np.frombuffer(data, dtype=kind)[chunk.offset : chunk.offset + len(chunk)]


def _valid(chunk: Any) -> NDArray[np.bool_]:
    """Which rows are not missing."""
    bits = np.unpackbits(np.frombuffer(chunk.buffers()[0], dtype=np.uint8), bitorder="little")
    return bits[chunk.offset : chunk.offset + len(chunk)].astype(np.bool_)
