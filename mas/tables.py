"""Tables of settings, as TOML files and dicts give them: every key is read by what it must be.

A `Reader` turns a value into what the program uses, or raises `Unfit` with what the value must be; `read_table` makes a
complaint of it that names the place and the key.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mas.errors import ParameterError

Reader = Callable[[Any], Any]
Table = Mapping[str, Any]

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""Days of the week, as MetaTrader counts them."""

_MINUTES = 24 * 60
_LARGEST = sys.float_info.max


class Unfit(Exception):
    """A value that a reader cannot use; the text continues "key ...", such as "must be a number above 0"."""


def read_table(table: Table, readers: Mapping[str, Reader], where: str = "") -> dict[str, Any]:
    """The values of a table, read.

    Args: readers: what each known key is read by. where: the place, for complaints: "broker.toml: [account]".
    Raises: ParameterError: a key that is not known, or a value that does not fit; the message names both.
    """
    place = f"{where} " if where else ""
    found = {}
    for key, value in table.items():
        if key not in readers:
            raise ParameterError(f"{place}{key} is not known: {_nearest(key, readers)}")
        try:
            found[key] = readers[key](value)
        except Unfit as complaint:
            raise ParameterError(f"{place}{key} {complaint}, not {value!r}") from None
        except ParameterError as error:  # of a table inside this one
            raise ParameterError(f"{place}{key}: {error}") from None
    return found


def load_toml(path: Path, what: str) -> dict[str, Any]:
    """The tables of a TOML file.

    Args: what: what the file is, for complaints: "the account file".
    Raises: ParameterError: it is missing, cannot be read, or is no TOML; the message names the file and the line.
    """
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ParameterError(f"{what} {path} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{what} cannot be read: {path}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{path}: {error}; write key = value lines under [tables], as TOML has them") from None


def table_of(value: Any, where: str) -> Table:
    """The value if it is a table. Raises: ParameterError: it is not."""
    if not isinstance(value, Mapping):
        raise ParameterError(f"{where} must be a table of keys and values, not {value!r}")
    return value


# ------------------------------------------------------------- readers


def switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit("must be True or False")
    return value


def number(value: Any) -> float:
    """Any finite number."""
    if not _is_number(value):
        raise Unfit("must be a number")
    return float(value)


def amount(value: Any) -> float:
    """0 or more."""
    if not _is_number(value) or value < 0:
        raise Unfit("must be a number 0 or more")
    return float(value)


def above_zero(value: Any) -> float:
    if not _is_number(value) or value <= 0:
        raise Unfit("must be a number above 0")
    return float(value)


def whole(value: Any) -> int:
    """A whole number, 0 or more."""
    if not _is_number(value) or value != int(value) or value < 0:
        raise Unfit("must be a whole number, 0 or more")
    return int(value)


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("must be a text")
    return value.strip()


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item.strip() for item in value):
        raise Unfit("must be a list of texts")
    return tuple(item.strip() for item in value)


def currency(value: Any) -> str:
    """The code of a currency, in capitals."""
    code = value.strip().upper() if isinstance(value, str) else ""
    if not (3 <= len(code) <= 5 and code.isascii() and code.isalpha()):
        raise Unfit('must be a currency such as "USD"')
    return code


def asset(value: Any) -> str:
    """The code of what is traded for money: a currency, a metal, a coin such as 1INCH."""
    code = value.strip().upper() if isinstance(value, str) else ""
    if not (1 < len(code) <= 12 and code.isascii() and code.isalnum()):
        raise Unfit('must be the code of a currency, a metal or a coin, such as "XAU"')
    return code


def named(words: Mapping[str, int]) -> Reader:
    """One of the words; gives its number."""

    def read(value: Any) -> int:
        if not isinstance(value, str) or value.strip().lower() not in words:
            raise Unfit(f"must be one of {', '.join(words)}")
        return words[value.strip().lower()]

    return read


def one_of(words: Iterable[str]) -> Reader:
    """One of the words, in whatever case; gives the word."""
    known = {word.lower(): word for word in words}

    def read(value: Any) -> str:
        if not isinstance(value, str) or value.strip().lower() not in known:
            raise Unfit(f"must be one of {', '.join(known.values())}")
        return known[value.strip().lower()]

    return read


def flags(words: Mapping[str, int]) -> Reader:
    """A list of the words; gives their bits together."""

    def read(value: Any) -> int:
        given = list(value) if isinstance(value, list | tuple) else [value]
        if not given or not all(isinstance(word, str) and word.strip().lower() in words for word in given):
            raise Unfit(f"must be a list of {', '.join(words)}")
        bits = 0
        for word in given:
            bits |= words[word.strip().lower()]
        return bits

    return read


def weekday(value: Any) -> int:
    """A day's name or MetaTrader's number of it."""
    if isinstance(value, str) and value.strip().lower()[:3] in DAYS:
        return DAYS.index(value.strip().lower()[:3])
    if type(value) is int and 0 <= value <= 6:
        return value
    raise Unfit(f"must be one of {', '.join(DAYS)}")


def by_weekday(value: Any) -> tuple[float, ...]:
    """Seven numbers, Sunday first: a list of them, or a table by days; a day that is not named has 0."""
    if isinstance(value, Mapping) and all(day in DAYS for day in value):
        value = [value.get(day, 0) for day in DAYS]
    if (
        not isinstance(value, list | tuple)
        or len(value) != 7
        or not all(_is_number(item) and item >= 0 for item in value)
    ):
        raise Unfit("must be a table of days and numbers, such as {mon = 1, wed = 3}, or seven numbers, Sunday first")
    return tuple(float(item) for item in value)


def sessions(value: Any) -> dict[int, tuple[tuple[int, int], ...]]:
    """{"mon": ["00:05-23:55"], ...} as minutes of the day by weekday; a day that is not named has none."""
    if not isinstance(value, Mapping):
        raise Unfit('must be a table of days, such as {mon = ["00:05-23:55"]}')
    found = {}
    for day, times in value.items():
        if str(day).strip().lower() not in DAYS:
            raise Unfit(f"has days {', '.join(DAYS)}")
        given = [times] if isinstance(times, str) else times
        if not isinstance(given, list | tuple):
            raise Unfit('has times such as ["00:05-23:55"] for each day')
        found[DAYS.index(day.strip().lower())] = tuple(_session(item) for item in given)
    return found


def _session(value: Any) -> tuple[int, int]:
    begin, dash, end = str(value).partition("-")
    try:
        start, stop = _minute(begin), _minute(end)
    except ValueError:
        start, stop = 0, 0
    if not dash or not 0 <= start < stop <= _MINUTES:
        raise Unfit('has times such as "00:05-23:55", the first before the second')
    return start, stop


def _minute(clock: str) -> int:
    hour, _, minute = clock.strip().partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(minute) < 60):
        raise ValueError(clock)
    return 60 * int(hour) + int(minute)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _nearest(key: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(str(key), names, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
