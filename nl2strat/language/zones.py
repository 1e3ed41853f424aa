"""Time zones by their IANA names."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

CITIES = {
    "london": "Europe/London",
    "new york": "America/New_York",
    "tokyo": "Asia/Tokyo",
    "sydney": "Australia/Sydney",
    "est": "America/New_York",
    "edt": "America/New_York",
    "bst": "Europe/London",
    "cet": "Europe/Berlin",
    "frankfurt": "Europe/Berlin",
    "chicago": "America/Chicago",
}
"""What people call zones."""


@cache
def zone_problem(name: str) -> str:
    """Nothing if the zone is known, else a hint."""
    from zoneinfo import ZoneInfo, available_timezones

    if name.lower() not in CITIES or "/" in name:
        try:
            ZoneInfo(name)
            return ""
        except (ValueError, LookupError, OSError):
            pass
    near = CITIES.get(name.lower()) or next(iter(get_close_matches(name, available_timezones(), n=1, cutoff=0.6)), "")
    return f'did you mean "{near}"?' if near else 'zones have names like "Europe/London" or "UTC"'
