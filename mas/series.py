"""One value per bar, and one truth per bar: the two kinds of array that strategies are written with.

Prices, and what is averaged from them, are compared as decimals: two numbers within 1e-9 of each other, relative
to the larger, are equal, so that the last bit of a float never decides a trade (EXECUTION rule 5). A difference
that small is exactly zero. NaN is "not available"; a condition that needs an unavailable value is neither true
nor false (Kleene logic), and whoever acts on conditions acts on `true` only.

Position 0 is the oldest bar. `s[n]` looks n bars back; nothing here can look forward.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mas.errors import ParameterError

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

TOLERANCE = 1e-9
"""Relative difference up to which two numbers are the same number."""


class Series:
    """Numbers over bars, `values` of shape (bars,), float64, NaN where not available.

    Arithmetic takes other series of the same bars and plain numbers; a comparison gives a `Condition`.
    """

    __slots__ = ("values",)
    __array_ufunc__ = None  # numpy numbers on the left leave the operation to this class
    __iter__ = None  # the old iteration protocol would walk into the past for ever
    __hash__ = object.__hash__

    def __init__(self, values: ArrayLike) -> None:
        self.values: FloatArray = np.ascontiguousarray(values, dtype=np.float64)
        if self.values.ndim != 1:
            raise ParameterError("a series holds one number per bar: give a one-dimensional array")

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        last = f", last {self.values[-1]:g}" if len(self) else ""
        return f"Series({len(self)} bars{last})"

    def __bool__(self) -> NoReturn:
        raise ParameterError("a series has one value per bar and is not true or false by itself: compare it")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype=dtype) if copy else np.asarray(self.values, dtype=dtype)

    def __getitem__(self, bars: int) -> Series:
        """The values that many bars ago, NaN before the first bar."""
        n = _past(bars)
        shifted = np.full(len(self), np.nan)
        shifted[n:] = self.values[: len(self) - n] if n < len(self) else ()
        return Series(shifted)

    # arithmetic
    def __neg__(self) -> Series:
        return Series(-self.values)

    def __abs__(self) -> Series:
        return Series(np.abs(self.values))

    def __add__(self, other: Operand) -> Series:
        return Series(_snapped(np.add, self.values, _raw(other, self)))

    def __sub__(self, other: Operand) -> Series:
        return Series(_snapped(np.subtract, self.values, _raw(other, self)))

    def __rsub__(self, other: float) -> Series:
        return Series(_snapped(np.subtract, _raw(other, self), self.values))

    def __mul__(self, other: Operand) -> Series:
        with np.errstate(all="ignore"):
            return Series(self.values * _raw(other, self))

    def __truediv__(self, other: Operand) -> Series:
        """Division by zero is not available, never infinite."""
        return Series(_quotient(self.values, _raw(other, self)))

    def __rtruediv__(self, other: float) -> Series:
        return Series(_quotient(_raw(other, self), self.values))

    __radd__ = __add__
    __rmul__ = __mul__

    # comparisons
    def __gt__(self, other: Operand) -> Condition:
        return _greater(self.values, _raw(other, self))

    def __lt__(self, other: Operand) -> Condition:
        return _greater(_raw(other, self), self.values)

    def __ge__(self, other: Operand) -> Condition:
        return ~_greater(_raw(other, self), self.values)

    def __le__(self, other: Operand) -> Condition:
        return ~_greater(self.values, _raw(other, self))

    def __eq__(self, other: Operand) -> Condition:  # type: ignore[override]
        return ~_different(self.values, _raw(other, self))

    def __ne__(self, other: Operand) -> Condition:  # type: ignore[override]
        return _different(self.values, _raw(other, self))


class Condition:
    """Truth over bars: `true` and `false`, bool arrays of shape (bars,); unknown where neither.

    `Condition(true)` alone is known everywhere. `&`, `|` and `~` follow Kleene: unknown and false is false.
    """

    __slots__ = ("false", "true")
    __iter__ = None

    def __init__(self, true: ArrayLike, false: ArrayLike | None = None) -> None:
        self.true: BoolArray = np.ascontiguousarray(true, dtype=np.bool_)
        self.false: BoolArray = ~self.true if false is None else np.ascontiguousarray(false, dtype=np.bool_)
        if self.true.ndim != 1 or self.true.shape != self.false.shape:
            raise ParameterError("a condition holds one truth per bar: give two arrays of the same length")

    def __len__(self) -> int:
        return len(self.true)

    def __repr__(self) -> str:
        return f"Condition({len(self)} bars, true on {int(self.true.sum())}, unknown on {int(self.unknown.sum())})"

    def __bool__(self) -> NoReturn:
        raise ParameterError("a condition has one truth per bar: combine conditions with & | ~, not with and, or, not")

    @property
    def unknown(self) -> BoolArray:
        """Where a value that the condition needs is not available."""
        return ~(self.true | self.false)

    def __getitem__(self, bars: int) -> Condition:
        """The truth that many bars ago, unknown before the first bar."""
        n = _past(bars)
        return Condition(_shifted(self.true, n), _shifted(self.false, n))

    def __and__(self, other: Condition) -> Condition:
        _same_bars(self, other)
        return Condition(self.true & other.true, self.false | other.false)

    def __or__(self, other: Condition) -> Condition:
        _same_bars(self, other)
        return Condition(self.true | other.true, self.false & other.false)

    def __invert__(self) -> Condition:
        return Condition(self.false, self.true)


Operand: TypeAlias = Series | float

# ------------------------------------------------------------------ crossings and runs


def crosses_above(a: Operand, b: Operand) -> Condition:
    """True where a was at or below b one bar ago and is above b now; a number counts as a constant series."""
    return _begins(_above(a, b))


def crosses_below(a: Operand, b: Operand) -> Condition:
    """True where a was at or above b one bar ago and is below b now."""
    return _begins(_above(b, a))


def crosses(a: Operand, b: Operand) -> Condition:
    """True where a crosses b either way."""
    return crosses_above(a, b) | crosses_below(a, b)


def for_bars(condition: Condition, bars: int) -> Condition:
    """True where the condition was true on each of the last so many bars, this one included."""
    n = whole("bars", bars, 1)
    if n == 1:
        return condition
    count = np.cumsum(condition.true, dtype=np.int32)
    misses = np.cumsum(condition.false, dtype=np.int32)
    true = np.zeros(len(condition), dtype=np.bool_)
    true[n - 1 :] = _last(count, n)[n - 1 :] == n
    return Condition(true, _last(misses, n) > 0)


def within_bars(condition: Condition, bars: int) -> Condition:
    """True where the condition was true on at least one of the last so many bars, this one included."""
    return ~for_bars(~condition, bars)


def available(*values: Operand) -> Condition:
    """True where every one of the values is known, false (never unknown) elsewhere: what an order must not lack."""
    series = [value for value in values if isinstance(value, Series)]
    if not series:
        raise ParameterError("available() asks about series: give at least one")
    for other in series[1:]:
        _same_bars(series[0], other)
    return Condition(np.logical_and.reduce([np.isfinite(one.values) for one in series]))


# ------------------------------------------------------------------ the same comparisons on two numbers


def above(a: float | None, b: float | None) -> bool:
    """Whether a > b beyond the tolerance; False when either is not available."""
    return _order(a, b) == 1


def below(a: float | None, b: float | None) -> bool:
    """Whether a < b beyond the tolerance; False when either is not available."""
    return _order(a, b) == -1


def at_least(a: float | None, b: float | None) -> bool:
    """Whether a >= b, equal within the tolerance included; False when either is not available."""
    return _order(a, b) in (0, 1)


def at_most(a: float | None, b: float | None) -> bool:
    """Whether a <= b, equal within the tolerance included; False when either is not available."""
    return _order(a, b) in (0, -1)


def equal(a: float | None, b: float | None) -> bool:
    """Whether a and b are the same within the tolerance; False when either is not available."""
    return _order(a, b) == 0


def differ(a: float | None, b: float | None) -> bool:
    """Whether a and b differ beyond the tolerance; False when either is not available."""
    return _order(a, b) in (1, -1)


# ------------------------------------------------------------------ arguments


def whole(name: str, value: float, low: int = 0) -> int:
    """`value` as an int.

    Raises: ParameterError: it is not a whole number, or below `low`; the message names the argument.
    """
    if not isinstance(value, (int, float, np.number)) or isinstance(value, bool) or value != _whole_part(value):
        raise ParameterError(f"{name} must be a whole number, not {value!r}")
    if value < low:
        raise ParameterError(f"{name} must be at least {low}, not {value:g}")
    return int(value)


def _whole_part(value: float | np.number[Any]) -> float:
    """The whole part of a number; NaN for what has none, so that comparing with it fails."""
    return int(value) if np.isfinite(value) else np.nan


def _past(bars: int) -> int:
    if isinstance(bars, (int, np.integer)) and bars < 0:
        raise ParameterError(f"[{bars}] would look into the future: bars are counted back from now, 0 or more")
    return whole("bars ago", bars)


def _raw(other: object, like: Series) -> Any:
    """The operand as an array of the same bars or a plain number."""
    if isinstance(other, Series):
        _same_bars(other, like)
        return other.values
    if isinstance(other, (int, float, np.number)) and not isinstance(other, bool):
        return other
    raise ParameterError(f"a series works with series and numbers, not with {type(other).__name__}")


def _same_bars(a: Series | Condition, b: object) -> None:
    if not isinstance(b, (Series, Condition)):
        raise ParameterError(f"conditions combine with conditions, not with {type(b).__name__}")
    if len(a) != len(b):
        raise ParameterError(f"{len(a)} and {len(b)} bars do not go together: align the other timeframe first")


# ------------------------------------------------------------------ arithmetic with tolerance


def _margin(a: Any, b: Any) -> FloatArray:
    """How far apart a and b may be and still be equal."""
    margin: FloatArray = np.maximum(np.abs(a), np.abs(b))
    margin *= TOLERANCE
    return margin


@np.errstate(all="ignore")
def _snapped(operation: Callable[[Any, Any], FloatArray], a: Any, b: Any) -> FloatArray:
    """A sum or difference, exactly zero where only rounding is left of it."""
    result = operation(a, b)
    result[np.abs(result) <= _margin(a, b)] = 0.0
    return result


@np.errstate(all="ignore")
def _quotient(a: Any, b: Any) -> FloatArray:
    result: FloatArray = np.divide(a, b)
    result[~np.isfinite(result)] = np.nan
    return result


_CHUNK = 32_768
"""Bars that are compared at a time: what is worked out on the way then stays in the processor's cache."""


def _greater(a: Any, b: Any) -> Condition:
    return _compared(a, b, np.subtract)


def _different(a: Any, b: Any) -> Condition:
    return _compared(a, b, lambda one, other: np.abs(one - other))


def _compared(a: Any, b: Any, distance: Callable[[Any, Any], FloatArray]) -> Condition:
    """Where the distance of two operands is beyond what may be between equal numbers, and where not."""
    count = max((x.size for x in (a, b) if isinstance(x, np.ndarray) and x.ndim), default=1)
    true, false = np.empty(count, np.bool_), np.empty(count, np.bool_)
    for start in range(0, count, _CHUNK):
        part = slice(start, start + _CHUNK)
        one, other = (x[part] if isinstance(x, np.ndarray) and x.ndim else x for x in (a, b))
        gap, margin = distance(one, other), _margin(one, other)
        np.greater(gap, margin, out=true[part])
        np.less_equal(gap, margin, out=false[part])
    return Condition(true, false)


def _above(a: Operand, b: Operand) -> Condition:
    if isinstance(a, Series):
        return a > b
    if isinstance(b, Series):
        return b < a
    raise ParameterError("two plain numbers never cross: at least one side must be a series")


def _begins(condition: Condition) -> Condition:
    """True where the condition is true now and was false one bar ago."""
    true, false = condition.true.copy(), condition.false.copy()
    true[:1] = False
    true[1:] &= condition.false[:-1]
    false[1:] |= condition.true[:-1]
    return Condition(true, false)


def _shifted(truth: BoolArray, n: int) -> BoolArray:
    result = np.zeros(len(truth), dtype=np.bool_)
    if n < len(truth):
        result[n:] = truth[: len(truth) - n]
    return result


def _last(total: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """What a running total gained in the last n bars (fewer at the start)."""
    gained = total.copy()
    gained[n:] -= total[:-n]
    return gained


def _order(a: float | None, b: float | None) -> int | None:
    """1, 0 or -1 as a is above, equal to or below b; None when either is not available."""
    if a is None or b is None or a != a or b != b:
        return None
    gap = a - b
    if abs(gap) <= TOLERANCE * max(abs(a), abs(b)):
        return 0
    return 1 if gap > 0 else -1
