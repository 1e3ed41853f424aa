"""Single bars, Heikin-Ashi, prices of the day and the day before, pivots, swings, events and the calendar."""

from __future__ import annotations

from collections.abc import Callable

from nl2strat.language.registry.entry import SOURCE, Category, Function, Param, Type, length, none

_CONDITION = Param("condition", "condition")


def _entry(
    name: str,
    title: str,
    result: Type,
    definition: str,
    synonyms: tuple[str, ...],
    *,
    params: tuple[Param, ...] = (),
    lookback: Callable[..., int] = none,
    category: Category = "candle",
    source: str = "textbook",
    limits: tuple[float | None, float | None] = (None, None),
) -> Function:
    return Function(name, title, "bars", params, result, definition, source, category, synonyms, lookback, *limits)


def _one() -> int:
    return 1


_BARS = (
    _entry("body", "body", "distance", "the distance between open and close",
           ("body", "candle body", "body of the candle", "real body", "bar body", "body size", "body of the bar",
            "size of the body"), limits=(0, None)),
    _entry("range", "range of the bar", "distance", "high minus low",
           ("range", "bar range", "candle range", "high low range", "range of the bar", "range of the candle",
            "bar's range", "candle's range", "size of the bar", "size of the candle", "bar size", "candle size",
            "bar's high low range"), limits=(0, None)),
    _entry("upper_wick", "upper wick", "distance", "high minus the larger of open and close",
           ("upper wick", "upper shadow", "top wick", "upper tail", "upside wick"), limits=(0, None)),
    _entry("lower_wick", "lower wick", "distance", "the smaller of open and close minus low",
           ("lower wick", "lower shadow", "bottom wick", "lower tail", "downside wick"), limits=(0, None)),
    _entry("gap", "gap", "distance", "the open minus the close of the bar before; negative for a gap down",
           ("opening gap", "size of the gap", "gap size"), lookback=_one),
    _entry("green", "green candle", "bool", "the bar closes above its open",
           ("green", "green candle", "green bar", "bullish candle", "bullish bar", "up candle", "up bar", "bull candle",
            "bull bar", "white candle", "closes above its open", "close above its open", "closed above its open",
            "closing above its open", "positive candle", "closes higher than it opened", "rising candle", "is green",
            "closes green", "closed green", "bullish close", "blue candle")),
    _entry("red", "red candle", "bool", "the bar closes below its open",
           ("red", "red candle", "red bar", "bearish candle", "bearish bar", "down candle", "down bar", "bear candle",
            "bear bar", "black candle", "closes below its open", "close below its open", "closed below its open",
            "closing below its open", "negative candle", "closes lower than it opened", "falling candle", "is red",
            "closes red", "closed red", "bearish close")),
    _entry("inside_bar", "inside bar", "bool", "the high is below the previous high and the low above the previous low",
           ("inside bar", "inside candle", "inside day"), lookback=_one),
    _entry("outside_bar", "outside bar", "bool",
           "the high is above the previous high and the low below the previous low",
           ("outside bar", "outside candle", "outside day"), lookback=_one),
    _entry("bullish_pin_bar", "bullish pin bar", "bool", "the lower wick is at least two thirds of the bar's range",
           ("bullish pin bar", "bullish pinbar", "bull pin bar", "bullish pin")),
    _entry("bearish_pin_bar", "bearish pin bar", "bool", "the upper wick is at least two thirds of the bar's range",
           ("bearish pin bar", "bearish pinbar", "bear pin bar", "bearish pin")),
    _entry("median_price", "median price", "price", "(high + low) / 2",
           ("median price", "hl2", "middle of the bar", "midpoint of the bar", "mid point of the bar", "bar midpoint",
            "midpoint of the candle", "middle of the candle")),
    _entry("typical_price", "typical price", "price", "(high + low + close) / 3", ("typical price", "hlc3")),
    _entry("weighted_price", "weighted close", "price", "(high + low + 2 * close) / 4",
           ("weighted price", "weighted close", "weighted close price", "hlcc4")),
    _entry("average_price", "average price of the bar", "price", "(open + high + low + close) / 4", ("ohlc4",
         "average price of the bar")),
    _entry("ha_open", "Heikin-Ashi open", "price", "the mean of the previous Heikin-Ashi open and close",
           ("heikin ashi open", "ha open", "heiken ashi open", "heikin ashi candle open"), source="D. Valcu (2004)"),
    _entry("ha_high", "Heikin-Ashi high", "price", "the highest of high, Heikin-Ashi open and close",
           ("heikin ashi high", "ha high", "heiken ashi high"), source="D. Valcu (2004)"),
    _entry("ha_low", "Heikin-Ashi low", "price", "the lowest of low, Heikin-Ashi open and close",
           ("heikin ashi low", "ha low", "heiken ashi low"), source="D. Valcu (2004)"),
    _entry("ha_close", "Heikin-Ashi close", "price", "(open + high + low + close) / 4",
           ("heikin ashi close", "ha close", "heiken ashi close",
         "heikin ashi candle close"), source="D. Valcu (2004)"),
    _entry("ha_green", "green Heikin-Ashi bar", "bool", "the Heikin-Ashi bar closes above its open",
           ("green heikin ashi candle", "green heikin ashi bar", "bullish heikin ashi candle",
            "green heiken ashi candle", "heikin ashi is green", "heikin ashi candle is green"),
           source="D. Valcu (2004)"),
    _entry("ha_red", "red Heikin-Ashi bar", "bool", "the Heikin-Ashi bar closes below its open",
           ("red heikin ashi candle", "red heikin ashi bar", "bearish heikin ashi candle",
            "red heiken ashi candle", "heikin ashi is red", "heikin ashi candle is red"), source="D. Valcu (2004)"),
)  # fmt: skip


def _level(name: str, title: str, definition: str, synonyms: tuple[str, ...]) -> Function:
    lookback = _one if name.startswith("yesterday") else none
    return _entry(name, title, "price", definition, synonyms, category="level", lookback=lookback)


def _pivot(name: str, title: str, formula: str, synonyms: tuple[str, ...]) -> Function:
    return _entry(
        name,
        title,
        "price",
        f"{formula}, of the day before",
        synonyms,
        category="level",
        source="floor traders' pivots",
        lookback=_one,
    )


_SWING = (length(5),)

_LEVELS = (
    _level("day_open", "today's open", "the open of the first bar of this bar's day, by the data's clock",
           ("today's open", "todays open", "day open", "day's open", "daily open", "open of the day",
         "opening price of the day",
            "session open", "today's opening price", "the day's opening price")),
    _level("day_high", "today's high so far", "the highest high of this bar's day up to and with this bar",
           ("today's high", "todays high", "day high", "day's high", "high of the day", "intraday high", "high of day",
            "today's high so far", "session high")),
    _level("day_low", "today's low so far", "the lowest low of this bar's day up to and with this bar",
           ("today's low", "todays low", "day low", "day's low", "low of the day", "intraday low", "low of day",
            "today's low so far", "session low")),
    _level("yesterday_open", "yesterday's open", "the open of the last day with bars before this bar's day",
           ("yesterday's open", "yesterdays open", "previous day's open", "previous day open", "prior day open",
            "prior day's open", "previous daily open", "open of the previous day", "open of yesterday")),
    _level("yesterday_high", "yesterday's high", "the high of the last day with bars before this bar's day",
           ("yesterday's high", "yesterdays high", "previous day's high", "previous day high", "prior day high",
            "prior day's high", "previous daily high", "high of the previous day", "pdh", "high of yesterday",
            "previous days high", "last day's high")),
    _level("yesterday_low", "yesterday's low", "the low of the last day with bars before this bar's day",
           ("yesterday's low", "yesterdays low", "previous day's low", "previous day low", "prior day low",
            "prior day's low", "previous daily low", "low of the previous day", "pdl", "low of yesterday",
            "previous days low", "last day's low")),
    _level("yesterday_close", "yesterday's close", "the close of the last day with bars before this bar's day",
           ("yesterday's close", "yesterdays close", "previous day's close", "previous day close", "prior day close",
            "prior day's close", "previous daily close", "close of the previous day", "pdc", "close of yesterday",
            "previous days close", "last day's close")),
    _pivot("pivot", "pivot point", "P = (high + low + close) / 3",
           ("pivot", "pivot point", "daily pivot", "daily pivot point", "floor pivot", "central pivot", "pivot level")),
    _pivot("r1", "first resistance", "2 * P - low", ("r1", "first resistance", "pivot r1", "resistance 1",
         "first pivot resistance")),
    _pivot("r2", "second resistance", "P + high - low", ("r2", "second resistance", "pivot r2", "resistance 2")),
    _pivot("r3", "third resistance", "high + 2 * (P - low)", ("r3", "third resistance", "pivot r3", "resistance 3")),
    _pivot("s1", "first support", "2 * P - high", ("s1", "first support", "pivot s1", "support 1",
         "first pivot support")),
    _pivot("s2", "second support", "P - (high - low)", ("s2", "second support", "pivot s2", "support 2")),
    _pivot("s3", "third support", "low - 2 * (high - P)", ("s3", "third support", "pivot s3", "support 3")),
    _entry("swing_high", "last swing high", "price",
           "the newest high that is not below the `length` highs before and above the `length` highs after it, from "
           "the bar on that proves it",
           ("swing high", "last swing high", "recent swing high", "latest swing high", "previous swing high",
         "pivot high",
            "most recent swing high"),
           params=_SWING, lookback=lambda n: 2 * n, category="level"),
    _entry("swing_low", "last swing low", "price",
           "the newest low that is not above the `length` lows before and below the `length` lows after it, from the "
           "bar on that proves it",
           ("swing low", "last swing low", "recent swing low", "latest swing low", "previous swing low", "pivot low",
            "most recent swing low"),
           params=_SWING, lookback=lambda n: 2 * n, category="level"),
    _entry("fractal_up", "last up fractal", "price",
           "the newest high that is not below the two highs before and above the two highs after it, known "
           "two bars later",
           ("up fractal", "upper fractal", "fractal high", "bearish fractal", "last up fractal", "fractal up"),
           lookback=lambda: 4, category="level", source="B. Williams (1995); MetaTrader's iFractals"),
    _entry("fractal_down", "last down fractal", "price",
           "the newest low that is not above the two lows before and below the two lows after it, known "
           "two bars later",
           ("down fractal", "lower fractal", "fractal low", "bullish fractal", "last down fractal", "fractal down"),
           lookback=lambda: 4, category="level", source="B. Williams (1995); MetaTrader's iFractals"),
)  # fmt: skip

_EVENTS = (
    Function("bars_since", "bars since", "condition", (_CONDITION,), "count",
             "how many bars ago the condition was last true, 0 on such a bar itself; not available before the first",
             "textbook", "state", ("bars since", "number of bars since", "candles since"), none, 0),
    Function("count", "count", "condition", (_CONDITION, length()), "count",
             "on how many of the last `length` bars the condition was true",
             "textbook", "state", ("count of", "number of bars with", "number of times"), lambda n: n - 1, 0),
    Function("value_when", "value when", "condition", (_CONDITION, SOURCE), "same",
             "the value of the series on the last bar on which the condition was true; not available before the first",
             "textbook", "state", ("value when", "value at the last time"), none),
)  # fmt: skip

_CALENDAR = (
    _entry("hour", "hour", "number", "the hour of the decision time by the data's clock, 0 to 23",
           ("hour", "hour of the day"), category="calendar", limits=(0, 23)),
    _entry("day_of_month", "day of the month", "number", "the day of the decision time by the data's clock, 1 to 31",
           ("day of month", "day of the month"), category="calendar", limits=(1, 31)),
    _entry("month", "month", "number", "the month of the decision time by the data's clock, 1 to 12",
           ("month", "month of the year"), category="calendar", limits=(1, 12)),
)  # fmt: skip

ENTRIES: tuple[Function, ...] = (*_BARS, *_LEVELS, *_EVENTS, *_CALENDAR)
