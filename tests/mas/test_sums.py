"""Sums are the same on every Python: added from left to right."""

from mas.sums import in_order


def test_what_is_lost_in_rounding_stays_lost() -> None:
    assert in_order([0.1] * 10) == 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 != 1.0
    assert in_order([1e16, 1.0, -1e16]) == 0.0


def test_none_is_nothing() -> None:
    assert in_order([]) == 0.0
