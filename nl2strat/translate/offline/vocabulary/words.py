"""Base forms, filler and number words."""

from __future__ import annotations


def _forms(base: str, forms: str) -> dict[str, str]:
    return {form: base for form in forms.split()}


FORMS: dict[str, str] = {
    **_forms(
        "is",
        "is are was were be been being am becomes become became remains remain stays stay sits lies gets get stands",
    ),
    **_forms("have", "has have had having"),
    **_forms("cross", "cross crosses crossed crossing"),
    **_forms("crossover", "crossover crossovers crossing-over"),
    **_forms("break", "break breaks broke broken breaking"),
    **_forms("breakout", "breakout breakouts"),
    **_forms("turn", "turn turns turned turning"),
    **_forms("flip", "flip flips flipped flipping"),
    **_forms("change", "change changes changed changing switches switch switched"),
    **_forms("cut", "cut cuts cutting"),
    **_forms("pierce", "pierce pierces pierced penetrates penetrate penetrated"),
    **_forms("touch", "touch touches touched touching tags tag tagged"),
    **_forms("rise", "rise rises rose risen climbs climb climbed"),
    **_forms("rising", "rising climbing increasing growing ascending"),
    **_forms("falling", "falling declining decreasing dropping descending shrinking"),
    **_forms(
        "fall",
        "fall falls fell fallen drops drop dropped dips dip dipped sinks sink sank declines decline declined "
        "slips slip slipped dives slides",
    ),
    **_forms("go", "go goes went gone going gets"),
    **_forms("move", "move moves moved moving-to"),
    **_forms("come", "come comes came coming"),
    **_forms("reach", "reach reaches reached hits hit hitting"),
    **_forms("exceed", "exceed exceeds exceeded surpasses surpass tops"),
    **_forms("trade", "trade trades traded"),
    **_forms("hold", "hold holds held holding"),
    **_forms("print", "print prints printed"),
    **_forms(
        "form",
        "form forms formed appears appear appeared occurs occur occurred happens happen happened shows show "
        "showed shown develops completes completed complete emerges arrives",
    ),
    **_forms("open", "open opens opened"),
    **_forms("opening", "opening"),
    **_forms("closes", "closes closed"),
    **_forms("buy", "buy buys buying bought"),
    **_forms("sell", "sell sells selling sold"),
    **_forms("short", "short shorts shorted shorting"),
    **_forms("long", "long longs"),
    **_forms("enter", "enter enters entered entering"),
    **_forms("entry", "entry entries"),
    **_forms("exit", "exit exits exited exiting"),
    **_forms("leave", "leave leaves left leaving"),
    **_forms("take", "take takes took taken taking"),
    **_forms("place", "place places placed placing"),
    **_forms("put", "put puts putting"),
    **_forms("set", "set sets setting"),
    **_forms("use", "use uses used using"),
    **_forms("risk", "risk risks risked risking"),
    **_forms("position", "position positions"),
    **_forms("order", "order orders"),
    **_forms("signal", "signal signals"),
    **_forms("bar", "bar bars candle candles candlestick candlesticks candlestick's"),
    **_forms("period", "period periods"),
    **_forms("day", "day days"),
    **_forms("hour", "hour hours hrs hr"),
    **_forms("minute", "minute minutes mins min"),
    **_forms("week", "week weeks"),
    **_forms("month", "month months"),
    **_forms("session", "session sessions"),
    **_forms("pip", "pip pips"),
    **_forms("point", "point points pts pt"),
    **_forms("lot", "lot lots"),
    **_forms("percent", "percent percents pct per-cent percentage"),
    **_forms("dollar", "dollar dollars usd$ bucks euros"),
    **_forms("deviation", "deviation deviations sigma sigmas stdev stdevs stddev std-dev std devs dev"),
    **_forms("average", "average averages avg"),
    **_forms("band", "band bands"),
    **_forms("line", "line lines"),
    **_forms("channel", "channel channels"),
    **_forms("high", "high highs"),
    **_forms("low", "low lows"),
    **_forms("stop", "stop stops stopped"),
    **_forms("target", "target targets"),
    **_forms("time", "time"),
    **_forms("times", "times"),
    **_forms("average", "average averages avg"),
    **_forms("atr", "atr atrs"),
    **_forms("ema", "ema emas"),
    **_forms("sma", "sma smas"),
    **_forms("ma", "ma mas"),
    **_forms("wma", "wma wmas"),
    **_forms("rule", "rule rules"),
    **_forms("condition", "condition conditions"),
    **_forms("deviate", "deviates deviate"),
    **_forms("trail", "trail trails trailed"),
    **_forms("profit", "profit profits"),
    **_forms("half", "half halves"),
    **_forms("color", "colour color colours"),
    **_forms("reverse", "reverse reverses reversed"),
    **_forms("protect", "protect protects protected"),
    **_forms("double", "double doubles doubled"),
    **_forms("exceeds", "exceeding"),
    **_forms("follow", "follow follows followed following"),
    **_forms("precede", "precede precedes preceded"),
    **_forms("consecutive", "consecutive successive straight"),
    **_forms("previous", "previous prior preceding"),
    **_forms("add", "add adds added adding"),
    **_forms("gap", "gap gaps gapped"),
    **_forms("cancel", "cancel cancels cancelled canceled delete deleted remove removed"),
    **_forms("expire", "expire expires expired expiring"),
    **_forms("fill", "fill fills filled triggered executed"),
    **_forms("ignore", "ignore ignores ignored disregard"),
    **_forms("liquidate", "liquidate liquidates liquidated"),
    **_forms("mean", "mean means meaning"),
    **_forms("call", "call calls called"),
    **_forms("define", "define defines defined"),
    **_forms("parameter", "parameter parameters"),
    **_forms("want", "want wants wanted"),
    **_forms(
        "not",
        "not isn't aren't wasn't doesn't don't didn't hasn't haven't cannot can't won't shouldn't isnt dont doesnt",
    ),
    **_forms("does", "does do did"),
    **_forms("will", "will shall should must would could can may has-to ought needs need"),
    **_forms("get", "get gets getting got"),
    **_forms("overbought", "overbought over-bought"),
}
"""Inflections a phrase table need not repeat. "close" stays as it is: a price or a verb, decided by the parser."""

ARTICLES = frozenset(("a", "an", "the"))
"""Dropped too; "a" as in "two trades a day" becomes "per" before that."""

HARMLESS = frozenset(
    """
    please kindly just simply again basically honestly actually really currently immediately clearly strictly
    also accordingly respectively quite very automatically simultaneously additionally
    furthermore moreover ok okay well so itself exactly already fully finally okay alright hereby therefore
    straightaway instantly however obviously plainly merely
    """.split()
)
"""Words that change nothing wherever they stand: dropped before parsing, and reported as harmless."""

UNITS = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
SCALES = {"hundred": 100, "thousand": 1000}
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}

NOT_A_NUMBER_BEFORE_ONE = frozenset(
    "short long fast slow this that first second other each every latter which only no bigger smaller quicker faster slower "
    "shorter longer last next previous same former upper lower new red green daily hourly".split()
)
"""After these, "one" is a pronoun."""
