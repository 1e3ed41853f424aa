"""The ways of writing bars and ticks as text that are recognised, one entry each.

To add one, add an entry: a pattern for the first line, and the columns if the file names none. Files with a header
need no entry of their own unless something beyond the header is known about them: `FIELDS` lists the spellings of
column names that are understood anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mas.dataclass import dataclass


@dataclass(frozen=True)
class Dialect:
    """One way of writing market data.

    `first_line` is matched at the start of the first line of the table (header or not), ignoring case. `columns`
    names the fields of a file without a header, "" for one that is not used. `zone` is the IANA zone of the stamps
    where the format itself fixes it. `note` is told to the user.
    """

    name: str
    first_line: str
    columns: tuple[str, ...] = ()
    zone: str = ""
    note: str = ""


DIALECTS = (
    Dialect("MetaTrader 5 ticks", r"<DATE>\t<TIME>\t<BID>\t<ASK>"),
    Dialect("MetaTrader 5 export", r"<?DATE>?\t(<?TIME>?\t)?<?OPEN>?\t<?HIGH>?\t<?LOW>?\t<?CLOSE>?\t<?TICKVOL>?"),
    Dialect(
        "MetaTrader 4 history",  # HistData's "MetaTrader" files are written in the same way
        r"\d{4}\.\d\d\.\d\d,\d{1,2}:\d\d(:\d\d)?,[\d.]+,[\d.]+,[\d.]+,[\d.]+",
        columns=("date", "time", "open", "high", "low", "close", "volume"),
    ),
    Dialect(
        "HistData ASCII",
        r"\d{8} \d{6};[\d.]+;[\d.]+;[\d.]+;[\d.]+",
        columns=("time", "open", "high", "low", "close", "volume"),
        note="HistData calls its clock New York winter time all year (zone Etc/GMT+5); not all of its files keep to it",
    ),
    Dialect("HistData ticks", r"\d{8} \d{9},[\d.]+,[\d.]+,", columns=("time", "bid", "ask", "volume")),
    Dialect("Dukascopy ticks", r"(gmt |local )?time( \(\w+\))?,ask,bid,"),
    Dialect("Dukascopy candles", r"(gmt time|time \(utc\)),open,high,low,close"),
    Dialect("Dukascopy candles, local time", r"(local time|time \(e\w+\)),open,high,low,close"),
    Dialect(
        "Binance klines",
        r"\d{13,16},[\d.]+,[\d.]+,[\d.]+,[\d.]+,[\d.]+,\d{13,16},",
        columns=("time", "open", "high", "low", "close", "volume", *[""] * 6),
        zone="UTC",
    ),
    Dialect("plain header", r".*[a-z]"),
)
"""First match wins, so the particular stand before the general."""

FIELDS = {
    "date": "date day tradedate dateutc dategmt",
    "time": (
        "time timestamp datetime gmttime localtime timeutc timegmt opentime bartime starttime unix epoch unixtimestamp "
        "datetimeutc datetimegmt timestamputc ts"
    ),
    "open": "open o bidopen openbid openprice",
    "high": "high h max bidhigh highbid highprice",
    "low": "low l min bidlow lowbid lowprice",
    "close": "close c bidclose closebid closeprice closelast last price",
    "tick_volume": "tickvolume tickvol ticks tickqty tickcount",
    "volume": "volume vol v realvolume basevolume",
    "spread": "spread",
    "bid": "bid bidprice",
    "ask": "ask askprice offer",
    "symbol": "symbol ticker pair instrument",
}
"""Field -> spellings of its column name, best first, in small letters without blanks and punctuation."""

_SPELLINGS = {name: spellings.split() for name, spellings in FIELDS.items()}


def recognise(first_line: str) -> Dialect | None:
    """The dialect that a table's first line is written in, None if it is none of them."""
    return next((d for d in DIALECTS if re.match(d.first_line, first_line, re.IGNORECASE)), None)


def fields_in(header: Sequence[str]) -> dict[str, int]:
    """Field -> position of its column, for a header or the names of a table's columns."""
    plain = [re.sub(r"\(.*?\)|\[.*?\]", "", column) for column in header]  # "Time (UTC)", "Volume [lots]"
    names = [re.sub(r"[^a-z]", "", column.lower()) for column in plain]
    found = {}
    for name, spellings in _SPELLINGS.items():
        present = [names.index(s) for s in spellings if s in names]
        if present:
            found[name] = present[0]
    if not found.keys() & {"date", "time"} and header and header[0] in ("", "index", "Unnamed: 0"):
        found["time"] = 0  # pandas writes the index without a name
    return found


def says_utc(column: str) -> bool:
    """Whether the name of a time column says that its stamps are UTC ("Gmt time", "Time (UTC)", "datetime_utc")."""
    return bool(re.search(r"(?<![a-z])(utc|gmt)(?![a-z])", column.lower()))
