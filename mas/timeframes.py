"""MetaTrader's 21 timeframes: their lengths, and where the bar that holds a moment starts and ends.

Times are int64 seconds of a wall clock since 1970-01-01 00:00 of that clock (no zone inside): all rules count
from midnight of the data's time zone. Weeks start on Sunday 00:00 and months on the 1st, as in MetaTrader.
Only MetaTrader's own names are known here; "1h" or "hourly" is translated elsewhere.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import overload

import numpy as np
from numpy.typing import NDArray

from mas.errors import ParameterError

MINUTE, HOUR, DAY = 60, 3600, 86_400

TIMEFRAMES: dict[str, int] = {
    **{f"M{n}": n * MINUTE for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)},
    **{f"H{n}": n * HOUR for n in (1, 2, 3, 4, 6, 8, 12)},
    "D1": DAY,
    "W1": 7 * DAY,
    "MN1": 30 * DAY,
}
"""Name -> seconds, shortest first. MN1 is nominal (30 days): use `bar_end` where the real length matters."""

_FIRST_SUNDAY = 3 * DAY  # 1970-01-01 was a Thursday

Times = NDArray[np.int64]


def check_timeframe(name: str) -> str:
    """`name` itself if it is a MetaTrader timeframe.

    Raises: ParameterError: it is not; the message lists the names.
    """
    if name in TIMEFRAMES:
        return name
    near = get_close_matches(str(name).upper(), TIMEFRAMES, n=1, cutoff=0.5)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    raise ParameterError(f'unknown timeframe "{name}": {hint}known are {", ".join(TIMEFRAMES)}')


@overload
def bar_start(time: int, timeframe: str) -> int: ...
@overload
def bar_start(time: Times, timeframe: str) -> Times: ...
def bar_start(time: int | Times, timeframe: str) -> int | Times:
    """Open time of the bar that holds `time` (seconds, any shape)."""
    seconds = TIMEFRAMES[check_timeframe(timeframe)]
    if timeframe == "MN1":
        return _like(time, _month(time).astype("datetime64[s]").astype(np.int64))
    origin = _FIRST_SUNDAY if timeframe == "W1" else 0
    return time - (time - origin) % seconds


@overload
def bar_end(start: int, timeframe: str) -> int: ...
@overload
def bar_end(start: Times, timeframe: str) -> Times: ...
def bar_end(start: int | Times, timeframe: str) -> int | Times:
    """Nominal end of the bar that opens at `start`; the open of the next bar if nothing is missing."""
    if check_timeframe(timeframe) != "MN1":
        return start + TIMEFRAMES[timeframe]
    return _like(start, (_month(start) + 1).astype("datetime64[s]").astype(np.int64))


def builds(fine: str, coarse: str) -> bool:
    """Whether whole `fine` bars fill `coarse` bars exactly (M5 -> H1 yes, H3 -> H4 and W1 -> MN1 no)."""
    small, large = TIMEFRAMES[check_timeframe(fine)], TIMEFRAMES[check_timeframe(coarse)]
    if coarse == "MN1":
        return fine != "W1"
    return small <= large and large % small == 0


def _month(time: int | Times) -> NDArray[np.datetime64]:
    seconds: NDArray[np.datetime64] = np.asarray(time, dtype=np.int64).astype("datetime64[s]").astype("datetime64[M]")
    return seconds


def _like(time: int | Times, result: Times) -> int | Times:
    return result if isinstance(time, np.ndarray) else int(result)
