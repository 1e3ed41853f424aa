"""Distances that wait for the fill, and values that an order must not lack."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mas import Percent, R, available
from mas.distances import settled
from mas.errors import ParameterError
from mas.series import Series


def test_distances_are_settled_at_the_fill() -> None:
    """R counts in the distance to the stop, Percent in the fill price, a number stays what it is."""
    assert settled(R(2), 1.1, 0.003) == pytest.approx(0.006)
    assert settled(Percent(1.5), 1.2, math.nan) == pytest.approx(0.018)
    assert settled(0.004, 1.1, 0.003) == 0.004


def test_available_is_never_unknown() -> None:
    """True where all values are known, false elsewhere, so that its negation says where one is missing."""
    first = Series([np.nan, 1.0, 2.0, np.inf])
    second = Series([1.0, 1.0, np.nan, 1.0])
    assert available(first, second).true.tolist() == [False, True, False, False]
    assert not available(first, second).unknown.any()


def test_available_asks_about_series_of_the_same_bars() -> None:
    """Numbers alone, or series of different lengths, are refused."""
    with pytest.raises(ParameterError, match="at least one"):
        available(1.0)
    with pytest.raises(ParameterError, match="do not go together"):
        available(Series([1.0]), Series([1.0, 2.0]))
