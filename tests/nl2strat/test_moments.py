"""Days and times as users write them."""

from __future__ import annotations

import pytest

from nl2strat.errors import UsageError
from nl2strat.moments import moment, moment_or_none

DAY = 1_706_659_200
"""2024-01-31 00:00."""


@pytest.mark.parametrize(
    ("text", "seconds"), [("2024-01-31", DAY), (" 2024-01-31 14:00 ", DAY + 50_400), ("2024-01-31T00:00:05", DAY + 5)]
)
def test_a_day_with_or_without_a_time(text: str, seconds: int) -> None:
    assert moment(text) == seconds
    assert moment_or_none(text) == seconds


def test_the_end_of_a_day_is_its_last_second_and_a_time_is_itself() -> None:
    assert moment("2024-01-31", end_of_day=True) == DAY + 86_399
    assert moment("2024-01-31 14:00", end_of_day=True) == DAY + 50_400


def test_nothing_given_is_none() -> None:
    assert moment_or_none(None) is None
    assert moment_or_none("  ") is None


@pytest.mark.parametrize("text", ["soon", "", "2024-13-01", "31.01.2024"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--from .* is not a date; write 2024-01-31"):
        moment(text, "--from")


@pytest.mark.parametrize("text", ["2024-01-31T14:00+02:00", "2024-01-31T14:00Z"])
def test_a_zone_is_refused_as_the_data_have_one(text: str) -> None:
    with pytest.raises(UsageError, match="time zone"):
        moment(text)
