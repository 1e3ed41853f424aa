"""Markets, timeframes, sessions and days, as traders name them."""

from __future__ import annotations

from nl2strat.language.ast import FlagName

CURRENCIES = (
    "eur",
    "usd",
    "gbp",
    "jpy",
    "chf",
    "aud",
    "nzd",
    "cad",
    "sek",
    "nok",
    "dkk",
    "pln",
    "zar",
    "mxn",
    "try",
    "sgd",
    "hkd",
    "cnh",
    "huf",
    "czk",
)

SYMBOLS: dict[str, str] = {
    **{a + b: (a + b).upper() for a in CURRENCIES for b in CURRENCIES if a != b},
    **{
        name: name.upper()
        for name in (
            "xauusd",
            "xagusd",
            "xptusd",
            "xpdusd",
            "xaueur",
            "btcusd",
            "ethusd",
            "ltcusd",
            "xrpusd",
            "solusd",
            "bchusd",
            "adausd",
            "dogeusd",
            "us30",
            "us500",
            "us100",
            "ustec",
            "nas100",
            "spx500",
            "ger30",
            "ger40",
            "de30",
            "de40",
            "uk100",
            "jp225",
            "fra40",
            "eu50",
            "aus200",
            "hk50",
            "usoil",
            "ukoil",
            "xtiusd",
            "xbrusd",
            "nsxusd",
            "spxusd",
            "spy",
            "usdx",
            "btceur",
            "etheur",
            "qqq",
            "dia",
        )
    },
}
"""Markets by their code; pairs may be written with a slash."""

NAMED_MARKETS: dict[str, str] = {
    "gold": "XAUUSD",
    "spot gold": "XAUUSD",
    "silver": "XAGUSD",
    "bitcoin": "BTCUSD",
    "btc": "BTCUSD",
    "ethereum": "ETHUSD",
    "ether": "ETHUSD",
    "eth": "ETHUSD",
    "cable": "GBPUSD",
    "fiber": "EURUSD",
    "euro dollar": "EURUSD",
    "euro": "EURUSD",
    "dollar yen": "USDJPY",
    "pound dollar": "GBPUSD",
    "sterling": "GBPUSD",
    "aussie": "AUDUSD",
    "kiwi": "NZDUSD",
    "loonie": "USDCAD",
    "swissy": "USDCHF",
    "xau": "XAUUSD",
    "eur usd": "EURUSD",
    "usd jpy": "USDJPY",
    "gbp usd": "GBPUSD",
    "dollar swiss": "USDCHF",
    "euro yen": "EURJPY",
}
"""Markets by nickname: which symbol is meant is an assumption."""

UNCLEAR_MARKETS = (
    "nasdaq",
    "dow",
    "dow jones",
    "dax",
    "s&p",
    "sp",
    "ftse",
    "nikkei",
    "oil",
    "crude",
    "crude oil",
    "brent",
    "natural gas",
)
"""Markets whose broker symbol differs too much to guess."""

TIMEFRAME_CODES = {
    c.lower(): c
    for c in (
        "M1",
        "M2",
        "M3",
        "M4",
        "M5",
        "M6",
        "M10",
        "M12",
        "M15",
        "M20",
        "M30",
        "H1",
        "H2",
        "H3",
        "H4",
        "H6",
        "H8",
        "H12",
        "D1",
        "W1",
        "MN1",
    )
}

TIMEFRAME_WORDS = {
    "hourly": "H1",
    "daily": "D1",
    "weekly": "W1",
    "monthly": "MN1",
    "four hourly": "H4",
    "half hourly": "M30",
    "quarter hourly": "M15",
    "minutely": "M1",
}

UNIT_LETTERS = {
    "minute": "M",
    "min": "M",
    "m": "M",
    "hour": "H",
    "hr": "H",
    "h": "H",
    "day": "D",
    "d": "D",
    "week": "W",
    "w": "W",
    "month": "MN",
}
"""Units of time, as in "15 minute chart" or "4h"."""

SECONDS = {"M": 60, "H": 3600, "D": 86400, "W": 604800, "MN": 2592000}

SESSIONS: dict[str, tuple[str, str, str]] = {
    "london": ("08:00", "17:00", "Europe/London"),
    "european": ("08:00", "17:00", "Europe/London"),
    "europe": ("08:00", "17:00", "Europe/London"),
    "uk": ("08:00", "17:00", "Europe/London"),
    "new york": ("08:00", "17:00", "America/New_York"),
    "ny": ("08:00", "17:00", "America/New_York"),
    "us": ("08:00", "17:00", "America/New_York"),
    "american": ("08:00", "17:00", "America/New_York"),
    "tokyo": ("09:00", "18:00", "Asia/Tokyo"),
    "asian": ("09:00", "18:00", "Asia/Tokyo"),
    "asia": ("09:00", "18:00", "Asia/Tokyo"),
    "sydney": ("07:00", "16:00", "Australia/Sydney"),
}
"""EXECUTION.md, rule 15."""

ZONES = {
    "london time": "Europe/London",
    "uk time": "Europe/London",
    "gmt": "UTC",
    "utc": "UTC",
    "utc time": "UTC",
    "gmt time": "UTC",
    "new york time": "America/New_York",
    "ny time": "America/New_York",
    "eastern time": "America/New_York",
    "est": "America/New_York",
    "et": "America/New_York",
    "new york": "America/New_York",
    "london": "Europe/London",
    "tokyo time": "Asia/Tokyo",
    "tokyo": "Asia/Tokyo",
    "berlin time": "Europe/Berlin",
    "cet": "Europe/Berlin",
    "frankfurt time": "Europe/Berlin",
    "sydney time": "Australia/Sydney",
    "chicago time": "America/Chicago",
}

SERVER_TIME = (
    "time of data",
    "data 's own clock",
    "server time",
    "broker time",
    "chart time",
    "platform time",
    "local chart time",
    "data time",
    "exchange time",
    "metatrader time",
    "mt5 time",
)
"""The data's own clock, which is the default anyway."""

DAYS = {
    "monday": "mon",
    "mon": "mon",
    "tuesday": "tue",
    "tue": "tue",
    "tues": "tue",
    "wednesday": "wed",
    "wed": "wed",
    "thursday": "thu",
    "thu": "thu",
    "thurs": "thu",
    "friday": "fri",
    "fri": "fri",
    "saturday": "sat",
    "sat": "sat",
    "sunday": "sun",
    "sun": "sun",
}

FLAGS: dict[str, FlagName] = {
    "mon": "monday",
    "tue": "tuesday",
    "wed": "wednesday",
    "thu": "thursday",
    "fri": "friday",
    "sat": "saturday",
    "sun": "sunday",
}
