"""English of states, other symbols and clocks, the account, orders and account rules: one pattern for each."""

from __future__ import annotations

import pytest

from nl2strat.language import ast
from nl2strat.language.english import explain, explain_clause, explain_rule, say
from nl2strat.language.parser import parse_program

TITLE = 'strategy "x"\n'


def condition(text: str) -> ast.Expr:
    rule = parse_program(f"{TITLE}exit all when {text}\nend strategy\n").rules[0]
    assert isinstance(rule, ast.Exit)
    return rule.when


EXPRESSIONS = [
    ("a then within 5 bars b", "[a] and then, within 5 bars, [b]"),
    ("a then within 1 bars b then within n bars c", "[a] and then, within 1 bar, [b] and then, within [n] bars, [c]"),
    (
        "a then within 5 bars (b then within 3 bars c)",
        "[a] and then, within 5 bars, ([b] and then, within 3 bars, [c])",
    ),
    ("(a and b) then within 5 bars (c or d)", "([a] and [b]) and then, within 5 bars, ([c] or [d])"),
    ("(a then within 5 bars b) and c", "([a] and then, within 5 bars, [b]) and [c]"),
    (
        "latch from green() until close > high[1]",
        "the state that begins when the bar is green and ends when the close is above the high 1 bar ago is on",
    ),
    ("not (latch from a until b)", "it is not true that (the state that begins when [a] and ends when [b] is on)"),
    ("close > (remember high when green())", "the close is above (the high on the last bar on which the bar is green)"),
    ("close > value_when(green(), high)", "the close is above the high when last the bar is green"),
    ("close < (ratchet up low)", "the close is below (the highest low since the first bar)"),
    (
        "close < (ratchet down high until red())[1]",
        "the close is below (the lowest high since the last bar on which the bar is red) 1 bar ago",
    ),
    ("close of XAUUSD > 2000", "the close of XAUUSD is above 2000"),
    ("(close > open) of XAUUSD", "(the close is above the open) of XAUUSD"),
    ("(close > open) on H4 of XAUUSD", "(the close is above the open) on H4 of XAUUSD"),
    ("atr(14) of XAUUSD > 5", "the 14-bar average true range of XAUUSD is above 5"),
    ("rsi(14, high) of XAUUSD > 5", "(the 14-bar relative strength index of the high) of XAUUSD is above 5"),
    ("rsi(14, high of XAUUSD) > 5", "the 14-bar relative strength index of the high of XAUUSD is above 5"),
    ('time in "Europe/London" >= 08:00', "the time in Europe/London is at or after 08:00"),
    ('monday in "UTC" or not friday in "UTC"', "it is Monday in UTC or it is not Friday in UTC"),
    ("close > session_open(09:30)", "the close is above the open of the session that starts at 09:30"),
    (
        'close > session_high(08:00, 09:00) in "Asia/Tokyo"',
        "the close is above the high of the session from 08:00 until 09:00 in Asia/Tokyo",
    ),
    ("session_low(22:00, 02:00) < 1", "the low of the session from 22:00 until 02:00 is below 1"),
    ("session_close(22:00, 02:00) < 1", "the close of the session from 22:00 until 02:00 is below 1"),
    ("trades open < 3", "the number of open trades is less than 3"),
    ("trades today >= 3", "the number of trades entered today is at least 3"),
    ("result today < -100", "the result of today's closed trades, in the account's currency, is below -100"),
    ("losses in a row == 2", "the number of losses in a row is 2"),
    ("wins in a row > 2", "the number of wins in a row is more than 2"),
    ("bars since exit > 5", "the number of bars since the last exit is more than 5"),
    ("bars since loss > 5", "the number of bars since the last loss is more than 5"),
    ("bars since win > 5", "the number of bars since the last win is more than 5"),
    ("holding long and not holding short", "a long position is open and no short position is open"),
    ("last trade won or not last trade lost", "the last trade was a win or the last trade was not a loss"),
    ("not last trade won or not holding long", "the last trade was not a win or no long position is open"),
    ("close > average entry", "the close is above the average entry price"),
]


@pytest.mark.parametrize(("expr", "words"), EXPRESSIONS)
def test_expressions_are_said_as_a_trader_says_them(expr: str, words: str) -> None:
    """One phrase for each construct; parentheses where words alone would be read two ways."""
    assert say(condition(expr)) == words


CLAUSES = [
    ("place stop at high\n valid until 17:00", "[a]. It is valid until 17:00 (time of the data)."),
    (
        'place stop at high\n valid for 3 bars\n valid until 17:00 in "UTC"',
        "It is valid for 3 bars, at most until 17:00 (UTC time).",
    ),
    ("target 2% after 12 bars", "After 12 bars the target is 2% from the entry price. There is no stop loss. Trades"),
    ("target at high after 1 bars", "After 1 bar the target is at the high."),
    ("take 0.1 lots after 1R", "Closes 0.1 lot of the position at a profit of 1R."),
    ("take 2 lots at high", "Closes 2 lots of the position at the high."),
    ("trail at low", "The stop follows the low at each close and never moves back. Trades 0.1 lot"),
    (
        "trail at low after 1R",
        "The stop follows the low at each close and never moves back, once the profit has reached 1R.",
    ),
    ("lock 1R after 2R", "The stop locks in a profit of 1R once the profit has reached 2R."),
    (
        "stop 1%\n target 2%\n add 5 times every 2% against scaled 1.5",
        "The target is 2% from the average entry price. Adds 5 further buy limit orders, one every 2% against the "
        "position from its first fill, each 1.5 times the size of the one before. All of them share its stop.",
    ),
    (
        "add 1 times every 20 pips ahead",
        "Adds 1 further buy stop order, one every 20 pips ahead of the position from its first fill, each of the same "
        "size. There is no stop loss",
    ),
    ("size 1000 money", "The position is worth 1000 of the account's currency."),
    (
        "size 1 lots\n scale size by 2 after loss at most 4 times",
        "Trades 1 lot. The size is multiplied by 2 for each loss in a row, at most 4 times.",
    ),
    ("scale size by n after win at most 1 times", "multiplied by [n] for each win in a row, at most 1 time."),
]


@pytest.mark.parametrize(("lines", "words"), CLAUSES)
def test_clauses_are_sentences(lines: str, words: str) -> None:
    """Each clause is a sentence with its units and defaults."""
    program = parse_program(f"{TITLE}enter long when a\n {lines}\nend\nend strategy\n")
    assert words in explain(program)


RULES = [
    ("enter long in XAUUSD when a\nend", "Buys XAUUSD at the next open when [a]."),
    ("enter short in XAUUSD when a\nend", "Sells short XAUUSD at the next open when [a]."),
    (
        "enter short in XAUUSD when a\nplace limit at high\nend",
        "Places a sell limit order in XAUUSD at the high when [a]. It waits until it is filled.",
    ),
    ("exit long in XAUUSD when a", "Closes a long position in XAUUSD at the next open when [a]."),
    ("reduce long by 50% when a", "Closes 50% of a long position at the next open, once, when [a]."),
    (
        "reduce all by 0.1 lots in XAUUSD when a",
        "Closes 0.1 lot of any position in XAUUSD at the next open, once, when",
    ),
    ('alert "Look" when a', 'Says "Look" when [a].'),
    ("trade from 2020-01-01 until 2023-12-31", "Enters only on days from 2020-01-01 up to 2023-12-31."),
    ("trade from 2020-01-01", "Enters only on days from 2020-01-01 on."),
    ("trade until 2023-12-31", "Enters only on days up to 2023-12-31."),
    ("trade from 2020-01-01\ntrade until 2019-01-01", "on days from 2020-01-01 on or up to 2019-01-01."),
    ("only short", "Takes short entries only."),
    ('cancel orders at 17:00 in "UTC" on fri', "Deletes all waiting orders at 17:00 (UTC time) on Friday."),
    ("cancel orders when a", "Deletes all waiting orders at the next open when [a]."),
    ("cancel short orders when a", "Deletes all waiting short orders at the next open when [a]."),
    ("daily loss at most 3%", "Enters no more on a day whose closed trades have lost 3% of the balance at its start."),
    ("daily profit at most n money", "a day whose closed trades have made [n] of the account's currency."),
    ("spread at most 2 pips", "Enters only while the spread is at most 2 pips."),
    ("volume at most 2 lots", "Holds at most 2 lots of a symbol."),
    ("wait 5 bars after loss", "After a loss it enters nothing for 5 bars."),
    ("wait 1 bars after stop", "After a stopped trade it enters nothing for 1 bar."),
    ("skip 1 entry after loss", "After a loss the next entry is skipped."),
    ("skip 3 entries after win", "After a win the next 3 entries are skipped."),
    ("allow hedging", "An opposite signal opens a position beside the one that is open."),
    ("one cancels other", "When a waiting order fills, the other waiting orders of its symbol are deleted."),
]


@pytest.mark.parametrize(("rules", "words"), RULES)
def test_rules_are_sentences(rules: str, words: str) -> None:
    """Each rule is a sentence of the whole text."""
    assert words in explain(parse_program(f"{TITLE}{rules}\nend strategy\n"))


HEADS = [
    ("symbol EURUSD, GBPUSD\ntimeframe H1\n", "x: trades EURUSD and GBPUSD on H1 bars, each by the same rules."),
    (
        "account deposit 5000\naccount leverage 30\naccount commission 3.5\naccount spread 12\naccount slippage 2\n",
        "A backtest presumes a deposit of 5000 of the account's currency, a leverage of 1:30, a commission of 3.5 of "
        "the account's currency per lot and side, a spread of 12 points and a slippage of 2 points.",
    ),
]


@pytest.mark.parametrize(("head", "words"), HEADS)
def test_the_head_names_symbols_and_the_account(head: str, words: str) -> None:
    """What is traded, and what a backtest takes for granted."""
    assert words in explain(parse_program(f"{TITLE}{head}enter long when a\nend\nend strategy\n"))


def test_what_is_held_is_said_where_no_rule_says_it() -> None:
    """One position, in each symbol, each way; alerts alone trade nothing."""
    both = "enter long when a\nend\nenter short when b\nend\n"
    plain = explain(parse_program(f"{TITLE}{both}end strategy\n"))
    assert plain.endswith(
        "Holds one position at a time. An opposite signal closes the position and opens the other one."
    )
    hedged = explain(parse_program(f"{TITLE}symbol EURUSD, GBPUSD\n{both}allow hedging\nend strategy\n"))
    assert hedged.endswith("Holds one position each way at a time in each symbol.")
    alerts = explain(parse_program(f'{TITLE}symbol EURUSD\nalert "x" when a\nend strategy\n'))
    assert alerts == 'x: watches EURUSD on the bars of the data.\n\nSays "x" when [a].\n\nTrades nothing.'


def test_lets_say_whether_they_are_conditions() -> None:
    """A state is a fact, what is remembered a value."""
    lets = "let s = latch from a until b\nlet r = remember high when a\nlet t = a then within 2 bars b\n"
    text = explain(parse_program(f"{TITLE}{lets}exit all when s\nend strategy\n"))
    assert "[s] means that the state" in text
    assert "[r] is the high on the last bar" in text
    assert "[t] means that [a] and then" in text


def test_parts_can_be_had_alone() -> None:
    """A rule or a clause in words."""
    program = parse_program(
        f"{TITLE}enter long when a\n stop 1%\n lock 1R after 2R\nend\nwait 2 bars after win\nend strategy\n"
    )
    entry, wait = program.rules
    assert isinstance(entry, ast.Entry)
    assert explain_clause(entry, "locks") == "The stop locks in a profit of 1R once the profit has reached 2R."
    assert explain_clause(entry, "add") == ""
    assert explain_rule(wait) == "After a win it enters nothing for 2 bars."
