"""Which time zone a file's stamps are in, from what the file says: a name, or the offset beside each stamp.

A broker's "server time" that is UTC+2 in winter and UTC+3 in European summer time is the wall clock of Helsinki and is
called so: sessions in other zones can then be converted exactly. What cannot be named for certain keeps its wall
clock, is called UTC and is marked as not known.
"""

from __future__ import annotations

import re

import numpy as np

from mas.data.table import Ints
from mas.errors import ParameterError
from mas.zones import check_zone, convert

_EASTERN_EUROPE = re.compile(r"\bEET\b|\bEEST\b|UTC\+0?2\b.*UTC\+0?3\b|GMT\+0?2\b.*GMT\+0?3\b", re.IGNORECASE)
_CANDIDATES = (
    "Europe/London",
    "Europe/Berlin",
    "Europe/Helsinki",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Europe/Moscow",
    "Asia/Kolkata",
    "Australia/Sydney",
)

_AGREEING = 0.99  # of the stamps


def zone_called(text: str) -> tuple[str, bool] | None:
    """The IANA zone that a text names and whether that is certain; None if it names none.

    "UTC" -> UTC; "UTC (assumed)" -> UTC, not certain; "EET/EEST server time" -> Europe/Helsinki; "GMT+3" -> Etc/GMT-3.
    """
    certain = not re.search(r"assum|guess|\?", text, re.IGNORECASE)
    plain = re.sub(r"\(.*?\)", "", text).strip()
    if _EASTERN_EUROPE.search(text):
        return "Europe/Helsinki", certain
    if plain.upper() in ("UTC", "GMT", "Z", "ETC/UTC"):
        return "UTC", certain
    fixed = re.fullmatch(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?00)?", plain, re.IGNORECASE)
    if fixed and int(fixed[2]) <= 12:
        return _fixed(int(fixed[1] + fixed[2])), certain
    try:
        return check_zone(plain), certain
    except ParameterError:
        return None


def zone_of_offsets(wall: Ints, offset: Ints) -> tuple[str, Ints]:
    """A zone that has the offsets written beside the stamps, and its wall clock in seconds; UTC if there is none.

    Some exports write a wrong offset on the days on which the clocks change (Dukascopy's daily candles do), so a few
    stamps may differ: the moment that stamp and offset make together is right. A zone whose clock would show one
    time twice is no use for bars.
    Args: wall: seconds as written. offset: minutes east of Greenwich as written.
    """
    utc = wall - offset * 60
    hours, rest = divmod(int(offset[0]), 60)
    if (offset == offset[0]).all() and rest == 0 and -12 <= hours <= 14:
        return _fixed(hours), wall
    for zone in _CANDIDATES:
        shown = convert(utc, "UTC", zone)
        if np.mean(shown == wall) > _AGREEING and (np.diff(shown) != 0).all():
            return zone, shown
    return "UTC", utc


def _fixed(hours: int) -> str:
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"  # these names count westwards
