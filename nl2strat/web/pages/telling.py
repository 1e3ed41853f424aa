"""How the page says moments, days and sizes."""

from __future__ import annotations

from datetime import UTC, datetime

from nl2strat.web.pages.parts import Tag, tag


def moment(seconds: int) -> str:
    """A moment on this machine's clock: 2024-01-31 14:05."""
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


def moment_tag(seconds: int, classes: str = "") -> Tag:
    """The same, readable for programs."""
    stamp = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    return tag("time", moment(seconds), classes, datetime=stamp)


def stamp(seconds: int) -> str:
    """A moment of the data's own clock: 2024-01-31 14:05."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def day(seconds: int) -> str:
    """A day of the data's own clock."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def period(first: int, last: int) -> str:
    """From a day to a day."""
    return f"{day(first)} \N{EN DASH} {day(last)}"


def size(count: int) -> str:
    """Bytes: 4.2 MB."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} B"
