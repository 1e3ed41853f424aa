"""Time stamps as text -> milliseconds since 1970 of the clock they were written in.

One regular expression per way of writing a date. The first stamp shows where each number stands; if all stamps are
equally long and agree in their separators, the numbers are cut out of the bytes as arrays (a million stamps in well
under 0.1 s), otherwise each stamp is matched by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mas.dataclass import dataclass
from mas.errors import DataError

Ints = NDArray[np.int64]
Where = Callable[[int], str]

_CLOCK = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]?(?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp][Mm])?)?"
)
_OFFSET = r"\s*(?P<zulu>Z|UTC|GMT)?(?:(?P<sign>[+-])(?P<off_hour>\d{2}):?(?P<off_minute>\d{2})?)?\s*$"
_YEAR_FIRST = r"^\s*(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})"
_YEAR_LAST = r"^\s*(?P<first>\d{1,2})[-./](?P<other>\d{1,2})[-./](?P<year>\d{4})"
_COMPACT = r"^\s*(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})"
_EPOCH = r"^\s*-?\d{1,10}(?:\.\d+)?\s*$|^\s*\d{11,19}\s*$"
_NUMBERS = ("year", "month", "day", "first", "other", "hour", "minute", "second", "fraction", "off_hour", "off_minute")

EPOCH_UNITS = ((1e11, 1000.0), (1e14, 1.0), (1e17, 1e-3), (np.inf, 1e-6))
"""Below this many units since 1970 -> milliseconds in one: seconds, milliseconds, microseconds, nanoseconds."""


@dataclass(frozen=True)
class Stamps:
    """Parsed stamps. `offset` is minutes east of Greenwich where the stamps say so, else None."""

    time_ms: Ints
    offset: Ints | None = None


def parse_stamps(texts: Any, where: Where) -> Stamps:
    """Stamps of one column.

    Args: texts: pyarrow string array (one chunk). where: names row i in errors.
    Raises: DataError: naming the row of the first stamp that is no date, or if day and month cannot be told apart.
    """
    if len(texts) == 0:
        return Stamps(np.empty(0, dtype=np.int64))
    first = texts[0].as_py() or ""
    for date in (_YEAR_FIRST, _COMPACT, _YEAR_LAST):
        pattern = re.compile(date + _CLOCK + _OFFSET)
        if pattern.match(first):
            parts = _cut(texts, pattern, first) or _match_each(texts, pattern, where)
            return _assemble(parts, texts, where, day_first="." in first[:3] or None)
    if re.match(_EPOCH, first):
        return Stamps(_epochs(texts, where))
    raise DataError(f'{where(0)}: "{first}" is not a time: write 2024-01-31 13:00:00')


def from_epoch(values: NDArray[np.float64]) -> Ints:
    """Numbers since 1970 -> milliseconds; the unit is read from the size of the largest."""
    largest = float(np.max(np.abs(values), initial=0.0))
    scale = next(scale for limit, scale in EPOCH_UNITS if largest < limit)
    return np.rint(values * scale).astype(np.int64)


def _cut(texts: Any, pattern: re.Pattern[str], first: str) -> dict[str, Ints] | None:
    """The numbers of all stamps by position, or None if the stamps are not laid out alike."""
    found = pattern.match(first)
    assert found is not None
    sample = np.frombuffer(first.encode(), dtype=np.uint8)
    table = _bytes(texts, len(sample))
    if table is None or found["half"]:
        return None
    parts: dict[str, Ints] = {}
    fixed = np.ones(len(sample), dtype=bool)
    for name in [n for n in _NUMBERS if n in pattern.groupindex and found[n]]:
        start, end = found.span(name)
        fixed[start:end] = False
        digits = table[:, start:end] - np.uint8(ord("0"))  # wraps around below "0"
        if digits.max() > 9:
            return None
        number = np.zeros(len(table), dtype=np.int64)
        for column in digits.T:
            number = number * 10 + column
        parts[name] = number
        if name == "fraction":
            parts[name] = parts[name] * 1000 // 10 ** (end - start)
    if found["sign"]:
        at = found.start("sign")
        fixed[at] = False
        parts["sign"] = np.where(table[:, at] == ord("-"), -1, 1)
    if found["zulu"]:
        parts["zulu"] = np.ones(len(table), dtype=np.int64)
    return parts if (table[:, fixed] == sample[fixed]).all() else None


def _bytes(texts: Any, width: int) -> NDArray[np.uint8] | None:
    """All texts as rows of bytes if each is `width` bytes long and none is missing."""
    _, offsets, data = texts.buffers()
    if texts.null_count or data is None:
        return None
    kind = np.int64 if str(texts.type) == "large_string" else np.int32
    ends = np.frombuffer(offsets, dtype=kind)[texts.offset : texts.offset + len(texts) + 1]
    if not (np.diff(ends) == width).all():
        return None
    return np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]].reshape(-1, width)


def _match_each(texts: Any, pattern: re.Pattern[str], where: Where) -> dict[str, Ints]:
    """The numbers of all stamps, matched one by one; absent ones are 0, absent offsets make no `sign` column."""
    names = [n for n in _NUMBERS if n in pattern.groupindex]
    rows: list[list[int]] = []
    signs: list[int] = []
    zulu = False
    for i, text in enumerate(texts.to_pylist()):
        found = pattern.match(text or "")
        if not found:
            raise DataError(f'{where(i)}: "{text}" is not a time like those before it')
        values = [int(found[n] or 0) for n in names]
        if found["fraction"]:
            values[names.index("fraction")] = int(found["fraction"][:3].ljust(3, "0"))
        if found["half"]:
            at = names.index("hour")
            values[at] = values[at] % 12 + (12 if found["half"].lower() == "pm" else 0)
        rows.append(values)
        signs.append({"+": 1, "-": -1}.get(found["sign"] or "", 0))
        zulu = zulu or bool(found["zulu"])
    columns = np.array(rows, dtype=np.int64).T
    parts: dict[str, Ints] = dict(zip(names, columns, strict=True))
    if any(signs):
        parts["sign"] = np.array(signs, dtype=np.int64)
    if zulu:
        parts["zulu"] = np.ones(len(rows), dtype=np.int64)
    return parts


def _assemble(parts: dict[str, Ints], texts: Any, where: Where, day_first: bool | None) -> Stamps:
    nothing = np.zeros(len(texts), dtype=np.int64)
    if "first" in parts:
        _order_day_month(parts, where, day_first)
    hour, minute, second = (parts.get(n, nothing) for n in ("hour", "minute", "second"))
    months = (parts["year"] - 1970) * 12 + parts["month"] - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + parts["day"] - 1
    same_month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) == months
    sound = same_month & (parts["month"] <= 12) & (parts["month"] >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    if not sound.all():
        bad = int(np.argmin(sound))
        raise DataError(f'{where(bad)}: "{texts[bad].as_py()}" is no date on the calendar and no time of the clock')
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    offset = None
    if "sign" in parts:
        offset = parts["sign"] * (parts.get("off_hour", nothing) * 60 + parts.get("off_minute", nothing))
    elif "zulu" in parts:
        offset = nothing
    return Stamps(seconds * 1000 + parts.get("fraction", nothing), offset)


def _order_day_month(parts: dict[str, Ints], where: Where, day_first: bool | None) -> None:
    """Decides which leading number is the day: one above 12 is; dots are day first; else what keeps the order."""
    first, other = parts.pop("first"), parts.pop("other")
    if first.max() > 12 or other.max() > 12:
        day_first = bool(first.max() > 12)
    if day_first is None:
        ordered = [_in_order(parts["year"], month, day) for month, day in ((other, first), (first, other))]
        if ordered[0] == ordered[1]:
            raise DataError(
                f"{where(0)}: day and month of the dates cannot be told apart: write them as 2024-01-31, year first"
            )
        day_first = ordered[0]
    parts["day"], parts["month"] = (first, other) if day_first else (other, first)


def _in_order(year: Ints, month: Ints, day: Ints) -> bool:
    steps = np.diff((year * 12 + month) * 31 + day)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _epochs(texts: Any, where: Where) -> Ints:
    values = np.empty(len(texts))
    for i, text in enumerate(texts.to_pylist()):
        try:
            values[i] = float(text)
        except (TypeError, ValueError):
            raise DataError(f'{where(i)}: "{text}" is no number of seconds since 1970 like those before') from None
    return from_epoch(values)
