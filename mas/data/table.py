"""What a file holds before it is checked: columns of numbers, times, and what the file says about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from mas.dataclass import dataclass

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRICES = ("open", "high", "low", "close")


@dataclass
class Table:
    """Rows as they stand in the file, not yet sorted, checked or repaired."""

    name: str  # of the file, for messages
    dialect: str
    time_ms: Ints  # milliseconds since 1970 of the clock that the file is written in
    columns: dict[str, Floats]  # open high low close volume tick_volume spread, or bid ask
    where: Callable[[int], str]  # names row i of the table: "line 17"
    offset: Ints | None = None  # minutes east of Greenwich, if each stamp says so
    zone: str = ""  # what the file says about its time zone, in its own words
    zone_source: str = ""
    symbol: str = ""
    timeframe: str = ""
    digits: int | None = None
    point: float | None = None
    single: bool = False  # prices were stored as 32-bit floats: seven decimals at best
    from_ticks: bool = False  # the bars were built from quotes
    cut: int = 0  # incomplete last lines left out
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.time_ms)

    @property
    def is_ticks(self) -> bool:
        """Quotes (bid and ask) rather than bars."""
        return "bid" in self.columns and "open" not in self.columns

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Table:
        """The table with only these rows, in this order; rows keep their names."""
        kept = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        where = self.where
        return Table(
            **{
                **self.__dict__,
                "time_ms": self.time_ms[kept],
                "columns": {name: values[kept] for name, values in self.columns.items()},
                "offset": None if self.offset is None else self.offset[kept],
                "where": lambda row: where(int(kept[row])),
            }
        )
