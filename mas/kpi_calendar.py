"""Returns by calendar month, quarter and year, and the same day some months earlier."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.timeframes import DAY

if TYPE_CHECKING:
    from mas.kpi_series import ReturnSeries

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


def returns_by(series: ReturnSeries, period: str) -> Floats:
    """Returns compounded by calendar period, in order of time; periods without a bar are left out.

    Args: period: "D" day, "W" week, "M" month, "Q" quarter, "Y" year.
    """
    return np.multiply.reduceat(1 + series.returns, _starts(series.time, period)) - 1


def sums_by(series: ReturnSeries, period: str) -> Floats:
    """Plain sums of the returns by calendar period."""
    return np.add.reduceat(series.returns, _starts(series.time, period))


def period_numbers(time: Times, period: str) -> Times:
    """Weeks (from Monday), months, quarters or years of epoch seconds, counted from 1970; days for "D"."""
    if period in ("D", "W"):
        days = time // DAY
        return days if period == "D" else (days + 3) // 7  # 1970-01-01 was a Thursday
    months = time.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    return months // {"M": 1, "Q": 3, "Y": 12}[period]


def _starts(time: Times, period: str) -> NDArray[np.intp]:
    number = period_numbers(time, period)
    return np.flatnonzero(np.diff(number, prepend=number[:1] - 1))


def months_before(moment: int, months: int) -> int:
    """The same day and time so many months earlier, or the last day of that month."""
    date = datetime.fromtimestamp(moment, UTC)
    year, month = divmod(date.year * 12 + date.month - 1 - months, 12)
    for day in (date.day, 30, 29, 28):
        try:
            return int(date.replace(year=year, month=month + 1, day=day).timestamp())
        except ValueError:
            continue
    raise AssertionError(date)


def month_start(moment: int) -> int:
    """The first of the moment's month, midnight."""
    date = datetime.fromtimestamp(moment, UTC)
    return int(datetime(date.year, date.month, 1, tzinfo=UTC).timestamp())
