"""What no grammar can say: the meaning of each construct in a line, with an example. Data, by section of the reference.

A test holds every name of the grammar to have its piece, and every example to be an instance of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "head", "rule", "clause", "condition", "value"]
"""Where an example can stand: a whole text, under the title, as a rule, in an entry, after `when`, after `let x =`."""


@dataclass(frozen=True)
class Piece:
    """The explanation of one construct: the name that it bears in the grammar, its meaning, an example."""

    name: str
    kind: Kind
    example: str
    meaning: str


@dataclass(frozen=True)
class Section:
    """A chapter: a heading, a paragraph, the constructs."""

    title: str
    opening: str
    pieces: tuple[Piece, ...]


_ENTRY = "enter long when close > open\n  stop 30 pips\nend"
_PROGRAM = f'strategy "Green"\nsymbol EURUSD\ntimeframe H1\n\n{_ENTRY}\nend strategy'

WHOLE = Section(
    "A program",
    "A text is a program, or (from a language model that has to ask) questions. The order is fixed: title, heading "
    "lines, inputs, lets, rules, `end strategy`. One statement stands on a line. Comments run from `#` to the end of "
    "the line; empty lines, indentation and the width of blanks do not matter.",
    (
        Piece("start", "text", _PROGRAM, "A text: a program or questions."),
        Piece("program", "text", _PROGRAM, "A whole strategy."),
        Piece("title", "text", _PROGRAM, "Its name. It becomes the name of the class."),
        Piece("assume", "head", 'assume "sell closes the long"',
              "Something that was presumed when the program was written from English. It is shown, and means "
              "nothing."),
        Piece("symbol", "head", "symbol EURUSD, GBPUSD",
              "What is traded. Several symbols follow the same rules, each by itself, on one account. Without the "
              "line the data says it."),
        Piece("timeframe", "head", "timeframe H1", "The length of the bars. Without the line the data says it."),
        Piece("indicators", "head", "indicators textbook",
              "Which definitions the functions follow: the textbook's (the default), or those of MetaTrader 5's "
              "charts."),
        Piece("account", "head", "account commission 3.5",
              "What a backtest presumes unless it is told otherwise: deposit and commission (per lot and side) in "
              "account currency, leverage (100 is 1:100), spread and slippage in points. Each once."),
        Piece("input", "head", "input length = 14 in 7..28 step 7",
              "A number with a name that a user may turn, in a range that sweeps and sliders use. It stands wherever"
              " a number may; with a unit behind it: `length pips`, `length percent`, `length R`."),
        Piece("minus_number", "head", "input offset = -5 in -10..10", "Inputs may be negative."),
        Piece("define", "head", "let trend = ema(close, 200)",
              "A name for a value or a condition. It may use inputs and the lets above it."),
        Piece("answer", "text", 'question "Which stop?"', "Instead of a program: what has to be known first."),
        Piece("question", "text", 'question "Which stop?"', "One question."),
    ),
)  # fmt: skip

ENTRIES = Section(
    "Entries and exits",
    "Conditions are looked at once per bar, when it closes; what they decide happens at the first tick of the next bar"
    " ([execution.md](execution.md)).",
    (
        Piece("entry", "rule", _ENTRY,
              "Opens a position while the condition is true: at the market, or with an order that waits. With `in` "
              "it is opened in another symbol than the one whose bars decide."),
        Piece("exit", "rule", "exit long when rsi(14) > 70 or bars since entry >= 48",
              "Closes the positions of that side when the condition is true. It may ask about the position."),
        Piece("reduce", "rule", "reduce long by 50% when profit > 2R",
              "Closes a part of each open position of that side, once in its life."),
        Piece("alert", "rule", 'alert "volume is high" when volume > 2 * sma(volume, 20)',
              "Says so, and trades nothing. A program may consist of alerts alone."),
    ),
)  # fmt: skip

CLAUSES = Section(
    "Clauses of an entry",
    "They stand between `enter` and `end`, in any order. Distances are counted from the price of the fill and use the "
    "values of the bar that gave the signal. `1R` is the distance from the fill to the stop.",
    (
        Piece("place_stop", "clause", "place stop at highest(high, 20) + 2 pips limit highest(high, 20) + 5 pips",
              "A stop order that waits at that price instead of an order at the market; with `limit` a stop-limit "
              "order."),
        Piece("place_limit", "clause", "place limit at close - 0.5 * atr(14)", "A limit order that waits."),
        Piece("valid", "clause", "place limit at low\n  valid for 3 bars",
              "A waiting order is deleted after so many bars. Without it, it waits until it is filled or replaced by"
              " the next signal of its rule."),
        Piece("valid_until", "clause", 'place limit at low\n  valid until 17:00 in "Europe/London"',
              "A waiting order is deleted at the first bar that opens at or after that time."),
        Piece("stop", "clause", "stop 2 * atr(14)", "The stop-loss: a distance, or `at` a price."),
        Piece("target", "clause", "target 3R", "The take-profit: a distance, or `at` a price."),
        Piece("offset", "clause", "stop 1.5%", "A distance from the fill: pips, points, percent, R, or a value."),
        Piece("level", "clause", "stop at lowest(low, 10) - 2 pips", "A price, as it is when the signal bar closes."),
        Piece("target_step", "clause", "target 3%\n  target 1% after 12 bars",
              "From that age of the position on the target is there; the latest step reached holds. The distance may"
              " be zero or negative."),
        Piece("take_after", "clause", "stop 30 pips\n  take 50% after 1R",
              "Closes a part at that profit. Percent are of the whole position."),
        Piece("take_at", "clause", "take 0.05 lots at highest(high, 50)", "Closes a part at that price."),
        Piece("lots", "clause", "take 0.05 lots after 20 pips", "A part as a number of lots."),
        Piece("share_number", "clause", "take 50% after 20 pips", "A part in percent."),
        Piece("share_name", "clause", "take length percent after 20 pips", "A part in percent, by an input."),
        Piece("trail", "clause", "trail 2 * atr(14) after 1%",
              "A stop that follows the best price at that distance, from the start or from a profit on. It never "
              "moves back."),
        Piece("trail_line", "clause", "trail at psar()",
              "At each close the stop moves to that price if it protects more there. It never moves back."),
        Piece("breakeven", "clause", "breakeven after 20 pips plus 2 pips",
              "Once that profit has been reached the stop moves to the entry price, or so far beyond it."),
        Piece("lock", "clause", "lock 10 pips after 30 pips",
              "Once the second profit has been reached the stop moves to the first. Several may stand here."),
        Piece("add", "clause", "stop 200 pips\n  add 3 times every 25 pips against scaled 1.5",
              "So many further orders, one every so far from the first fill: `against` the position (limit orders, a"
              " grid) or `ahead` of it (stop orders). Each is `scaled` times the size of the one before. All share "
              "the stop; a target distance counts from their average price."),
        Piece("size_lots", "clause", "size 0.25 lots", "The volume. Without any size it is 0.1 lot."),
        Piece("size_money", "clause", "size 1000 money", "The volume whose value is that much account currency."),
        Piece("size_share", "clause", "size 10% of equity", "The volume whose value is that share of the account."),
        Piece("risk_share", "clause", "stop 30 pips\n  risk 1% of balance",
              "The volume that loses that share of the account at the stop."),
        Piece("risk_money", "clause", "stop 30 pips\n  risk 100 money", "The volume that loses that much at the stop."),
        Piece("scale", "clause", "size 0.1 lots\n  scale size by 2 after loss at most 4 times",
              "The volume times the factor for each loss (or win) in a row, so many times at most."),
        Piece("close_after", "clause", "close after 24 bars", "Closes the position at that age."),
    ),
)  # fmt: skip

RULES = Section(
    "Rules for the whole strategy",
    "They stand among the entries and exits, in any order.",
    (
        Piece("trade", "rule", 'trade between 09:30 and 16:00 in "America/New_York" on mon, fri',
              "When entries are allowed, by the time at which they are decided. Several lines widen each other."),
        Piece("window", "rule", "trade between 22:00 and 02:00",
              "From one time up to before another; it may run over midnight. Without a zone it is the clock of the "
              "data."),
        Piece("days", "rule", "trade between 08:00 and 17:00 on tue", "On these days only."),
        Piece("trade_days", "rule", "trade on mon, tue", "The days on which entries are allowed."),
        Piece("day", "rule", "trade on wed", "A day of the week."),
        Piece("dates_from", "rule", "trade from 2020-01-01", "Entries are allowed from that day on."),
        Piece("dates_between", "rule", "trade from 2020-01-01 until 2023-12-31", "Between two days, both included."),
        Piece("dates_until", "rule", "trade until 2023-12-31", "Up to that day."),
        Piece("close_at", "rule", "close at 21:00 on fri",
              "Closes every position at the first bar that opens at or after that time."),
        Piece("only", "rule", "only long", "Entries of the other side are not taken."),
        Piece("cancel_at", "rule", "cancel orders at 12:00", "Deletes all waiting orders at that time."),
        Piece("cancel_when", "rule", "cancel long orders when close < open",
              "Deletes the waiting orders (of a side) when the condition is true."),
        Piece("one_cancels_other", "rule", "one cancels other",
              "When a waiting order fills, the strategy's other waiting orders of the symbol are deleted."),
        Piece("daily_limit", "rule", "limit 3 trades per day",
              "So many entries a day at most, by the day of the fill."),
        Piece("daily_share", "rule", "daily loss at most 3%",
              "No entry on a day whose closed trades have lost (or made) that share of the balance at its start."),
        Piece("daily_money", "rule", "daily profit at most 500 money", "The same in account currency."),
        Piece("spread_cap", "rule", "spread at most 2 pips", "No entry is sent while the spread is wider."),
        Piece("volume_cap", "rule", "volume at most 2 lots",
              "No entry that would bring the open volume of its symbol above that."),
        Piece("wait", "rule", "wait 5 bars after stop",
              "No entry is decided until so many bars after the event. `stop`: a trade that its stop has closed."),
        Piece("skip", "rule", "skip 1 entry after loss", "After each such trade so many entries are passed over."),
        Piece("pyramid", "rule", "pyramid 3",
              "Up to so many entries the same way. Without it an entry in the side already held is ignored."),
        Piece("no_reversal", "rule", "no reversal",
              "An opposite entry is ignored while a position is open. Without it, it closes the position and opens "
              "its own."),
        Piece("hedging", "rule", "allow hedging", "An opposite entry opens its position beside the one that is held."),
    ),
)  # fmt: skip

CONDITIONS = Section(
    "Conditions",
    "True, false, or unknown while something in them is not available yet; what is unknown is never acted on. Loosest "
    "first: `or`, `and`, `not`, `for` and `within`, comparisons. What keeps a state stands alone or in parentheses.",
    (
        Piece("or_expr", "condition", "close > open or rsi(14) < 30", "At least one is true."),
        Piece("and_expr", "condition", "close > open and rsi(14) < 30", "All are true."),
        Piece("negation", "condition", "not close > open", "It is false. What is unknown stays unknown."),
        Piece("compare", "condition", "close >= highest(high, 20)[1]",
              "Compares two values of the same kind: `>` `<` `>=` `<=` `==` `!=`. Prices are compared as decimals."),
        Piece("cross", "condition", "ema(close, 10) crosses above ema(close, 30)",
              "It was not on that side on the bar before, and is now. `through`: either way."),
        Piece("for_bars", "condition", "close > open for 3 bars", "True on each of the last so many bars."),
        Piece("within_bars", "condition", "rsi(14) < 30 within 5 bars",
              "True on at least one of the last so many bars."),
        Piece("sequence", "condition", "rsi(14) < 30 then within 5 bars close > high[1]",
              "The second is true now, and the first was on one of the so many bars before. May go on: a third "
              "within so many bars of that."),
        Piece("latch", "condition", "latch from high >= bb_upper(20, 2) until low <= bb_lower(20, 2)",
              "On from a bar on which the first is true until one on which the second is. The second wins where both"
              " are."),
        Piece("group", "condition", "(close > open or rsi(14) < 30) and monday", "Parentheses, as everywhere."),
        Piece("flag", "condition", "flat and friday",
              "A weekday: the decision falls on it. `flat`: no position is open in the symbol."),
        Piece("account_flag", "condition", "last trade lost or holding long",
              "What is held in the symbol, how the strategy's last closed entry ended."),
    ),
)  # fmt: skip

VALUES = Section(
    "Values",
    "A value has a unit: price, price distance, oscillator, volume, count, ratio, money, time of day, plain number. "
    "What makes no sense (a price above an oscillator, pips times pips) is refused with the reason.",
    (
        Piece("number", "value", "close + 14 * atr(14)", "A plain number takes the unit of what it meets."),
        Piece("number_unit", "value", "close - 30 pips",
              "An amount. A pip is ten points on symbols with three or five digits, else one; on gold it is 0.1."),
        Piece("name_unit", "value", "close - length pips", "An input with a unit."),
        Piece("number_percent", "clause", "stop 1.5%", "A percentage of the entry price."),
        Piece("number_r", "clause", "stop 30 pips\n  target 3R", "A multiple of the distance to the stop."),
        Piece("clock", "condition", "time >= 09:30", "A time of day."),
        Piece("price", "value", "(high + low + close) / 3",
              "A column of the bar. `time`: when the bar closes, as a time of day."),
        Piece("name", "value", "sma(close, length)", "An input or a let."),
        Piece("call", "value", "ema(close, 200)",
              "A function of the table below. Arguments that have a default may be left out from the right."),
        Piece("past", "value", "close[1]", "The value so many bars ago."),
        Piece("sum", "value", "close + 2 * atr(14)", "Addition and subtraction."),
        Piece("product", "value", "atr(14) * 2 / 3",
              "Multiplication and division; what is divided by zero is not available."),
        Piece("minus", "value", "-atr(14)", "The negative value."),
        Piece("on_timeframe", "value", "ema(close, 50) on D1",
              "Worked out on bars of a longer timeframe, as of the last one that has ended."),
        Piece("of_symbol", "value", "close of XAUUSD",
              "Worked out on the bars of another symbol, as of its last one that has ended. Both: `(...) on H4 of "
              "XAUUSD`."),
        Piece("in_zone", "condition", 'time in "Europe/London" >= 08:00',
              "The time, a weekday or a session by the clock of another zone."),
        Piece("remember", "value", "remember low when rsi(14) < 30",
              "The value on the last bar on which the condition was true."),
        Piece("ratchet", "value", "ratchet up close - 3 * atr(14) until close crosses above ema(close, 50)",
              "The highest (`down`: the lowest) value so far; it begins anew on a bar on which the condition is "
              "true."),
        Piece("position", "rule", "exit long when profit > 20 pips",
              "Only in exits and reductions: the fill price, the profit as a price distance, the age in bars, the "
              "average price of all that is open on the side."),
        Piece("account_value", "condition", "trades today < 3 and losses in a row < 2",
              "Only in rules, not in lets or functions: what the strategy has done so far. `result today` is money."),
    ),
)  # fmt: skip

SECTIONS: tuple[Section, ...] = (WHOLE, ENTRIES, CLAUSES, RULES, CONDITIONS, VALUES)

FRAMES: dict[Kind, str] = {
    "text": "{0}\n",
    "head": 'strategy "x"\n{0}\nenter long when close > open\nend\nend strategy\n',
    "rule": 'strategy "x"\n{0}\nend strategy\n',
    "clause": 'strategy "x"\ninput length = 14\nenter long when close > open\n  {0}\nend\nend strategy\n',
    "condition": 'strategy "x"\nenter long when {0}\nend\nend strategy\n',
    "value": 'strategy "x"\ninput length = 14\nlet y = {0}\nenter long when close > open\nend\nend strategy\n',
}
"""A program around an example of each kind."""
