"""A day, or a day and a time, as users write it: 2024-01-31, or 2024-01-31 14:00. Light: imports next to nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from nl2strat.errors import UsageError


def moment(text: str, what: str = "", *, end_of_day: bool = False) -> int:
    """Epoch seconds of the data's clock.

    Args: what: how messages call it, such as "--from". end_of_day: a day without a time means its last second.
    Raises: UsageError: it is no date, or one with a time zone, which the data's clock has already.
    """
    named = f"{what} {text!r}".lstrip()
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{named} is not a date; write 2024-01-31 or 2024-01-31 14:00") from None
    if found.tzinfo is not None:
        raise UsageError(f"{named} names a time zone; times are those of the data's clock: leave the zone out")
    if end_of_day and len(text.strip()) <= 10:
        found += timedelta(days=1, seconds=-1)
    return int(found.replace(tzinfo=UTC).timestamp())


def moment_or_none(text: str | None, what: str = "") -> int | None:
    """The same; None where nothing was given. Raises: UsageError: as `moment`."""
    return moment(text, what) if text and text.strip() else None
