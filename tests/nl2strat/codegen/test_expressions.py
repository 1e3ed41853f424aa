"""What states, clocks, other symbols and the account become in Python, and that rules about them are woken in time."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mas.backtest import run_backtest
from mas.data import sample_bars
from nl2strat.codegen import load, render, verify
from nl2strat.errors import LanguageErrors
from nl2strat.language.checker import check
from nl2strat.language.parser import parse_program
from tests.nl2strat.codegen.programs import compiled, section
from tests.nl2strat.codegen.test_render import condition

# ------------------------------------------------------------------ arrays


@pytest.mark.parametrize(
    ("dsl", "python"),
    [
        ("green() then within 3 bars red()", "then_within(green(bars), 3, red(bars))"),
        (
            "green() then within 3 bars red() then within 2 bars green()",
            "then_within(then_within(green_now, 3, red(bars)), 2, green_now)",
        ),
        ("latch from green() until red()", "latch(green(bars), red(bars))"),
        ("(latch from green() until red()) and doji()", "latch(green(bars), red(bars)) & doji(bars)"),
        ("close > (remember high when green())", "bars.close > remember(bars.high, green(bars))"),
        ("close > (ratchet up low)", "bars.close > ratchet_up(bars.low)"),
        ("close < (ratchet down high until green())", "bars.close < ratchet_down(bars.high, green(bars))"),
        ('time in "Europe/London" >= 09:30', 'bars.clock_in("Europe/London") >= clock("09:30")'),
        ("close > session_high(08:00, 09:30)", 'bars.close > session_high(bars, "08:00", "09:30")'),
        ('close > session_open(08:00) in "UTC"', 'bars.close > session_open(bars, "08:00", zone="UTC")'),
        ('not friday in "Asia/Tokyo"', '~on_days(bars, "fri", zone="Asia/Tokyo")'),
    ],
)
def test_states_and_clocks(dsl: str, python: str) -> None:
    """Each construct is one call."""
    assert condition(dsl) == python


def test_another_symbol_is_a_view() -> None:
    """`of` computes over the other symbol's bars and aligns the result; pips are that symbol's."""
    source = compiled("enter long when (close - open > 20 pips) of XAUUSD\nend\nexit long when open - close > 5 pips")
    body = section(source, "    def signals", "    def receive_bars")
    assert 'xauusd = bars.of("XAUUSD")' in body
    assert "xauusd.align(xauusd.close - xauusd.open > 20 * xauusd.pip)" in body
    assert "bars.open - bars.close > 5 * bars.pip" in body
    assert '    others = ("XAUUSD",)  # read or traded besides\n' in source
    assert "    symbols =" not in source


def test_a_higher_timeframe_of_another_symbol_is_seen_on_its_bars_first() -> None:
    """`on H4 of X`: aligned with X's bars, and the result with the strategy's."""
    source = compiled(
        "enter long when (high - low > 5 pips) on H4 of XAUUSD\nend\nexit long when ema(close, 9) of XAUUSD < 1"
    )
    body = section(source, "    def signals", "    def receive_bars")
    assert body.count('xauusd = bars.of("XAUUSD")') == 1
    assert 'xauusd_h4 = xauusd.on("H4")' in body
    assert "xauusd.align(xauusd_h4.align(xauusd_h4.high - xauusd_h4.low > 5 * xauusd.pip))" in body
    assert "xauusd.align(ema(xauusd.close, 9)) < 1" in body


def test_names_of_brokers_become_names_of_python() -> None:
    """Dots, digits and marks in a symbol; two symbols with one such name; a symbol called like a local."""
    text = "close of #AAPL > 1 and close of US500.cash > 1 and close of US500_cash > 1 and close of Entry > 1"
    source = compiled(f"enter long when {text}\nend")
    verify(source)
    assert 'others = ("#AAPL", "US500.cash", "US500_cash", "Entry")' in source
    views = re.findall(r"(\w+) = bars\.of\(", source)
    assert views == ["aapl", "us500_cash", "us500_cash_now", "entry_now"]


def test_a_fixed_distance_of_another_symbol() -> None:
    """`30 pips of X` needs no alignment: in an array it is X's pip, in an order the runtime is asked."""
    assert condition("close - open > 30 pips of XAUUSD") == "bars.close - bars.open > 30 * xauusd.pip"
    source = compiled("enter long when green()\n  stop 2 * 30 pips of XAUUSD\nend")
    assert 'entry - 2 * 30 * self.pip("XAUUSD")' in source or '2 * (30 * self.pip("XAUUSD"))' in source


def test_the_same_rules_on_several_symbols() -> None:
    """The class names them all, and so does its main."""
    rules = "enter long when green()\n  stop 30 pips\nend"
    text = f'strategy "A test"\nsymbol EURUSD, GBPUSD\ntimeframe H1\n{rules}\nend strategy\n'
    source = render(check(parse_program(text)).program)
    verify(source)
    assert '    symbols = ("EURUSD", "GBPUSD")  # the rules run on each of them\n' in source
    assert '"symbol": client.symbols,' in source
    assert "others" not in source


# ------------------------------------------------------------------ the account


def decided(when: str, clauses: str = "") -> str:
    """What `receive_bars` does about an entry with a condition."""
    return section(compiled(f"enter long when {when}\n{clauses}end"), "    def receive_bars", "    def enter_long")


@pytest.mark.parametrize(
    ("dsl", "python"),
    [
        ("trades open < 2", "self.entries_open(symbol) < 2"),
        ("2 > trades open", "self.entries_open(symbol) < 2"),
        ("trades today >= 1", "self.entries_today() >= 1"),
        ("losses in a row == 0", "self.losses_in_a_row() == 0"),
        ("wins in a row != 1", "self.wins_in_a_row() != 1"),
        ("result today > -100", "above(self.result_today(), -100)"),
        ("bars since exit > 5", 'above(self.bars_since(symbol, "exit"), 5)'),
        ("bars since loss <= 5", 'at_most(self.bars_since(symbol, "loss"), 5)'),
        ("not bars since win > 5", 'at_most(self.bars_since(symbol, "win"), 5)'),
        ("holding short", 'self.trades(symbol, "short")'),
        ("not holding long", 'not self.trades(symbol, "long")'),
        ("last trade won", 'self.last_trade() == "won"'),
        ("not last trade lost", 'self.last_trade() != "lost"'),
        ("losses in a row + wins in a row > 1", "above(self.losses_in_a_row() + self.wins_in_a_row(), 1)"),
    ],
)
def test_account_values_gate_an_entry(dsl: str, python: str) -> None:
    """They are asked when the position-free part is true; what may be unknown is compared with care."""
    body = decided(f"{dsl} and green()")
    assert python in body.replace("\n            ", " ")
    assert 'self.signal("enter_long") and' in body.replace("\n            ", " ")


def test_an_entry_without_bars_of_its_own_is_asked_every_bar() -> None:
    """Nothing in the arrays says when the account will allow it."""
    source = compiled("enter long when losses in a row < 3 or green()\nend")
    assert '"enter_long": bars.close > 0' in source
    assert '"enter_long_when": green(bars)' in source


def test_the_average_entry_is_asked_of_the_trade() -> None:
    """In exits only."""
    source = compiled("enter long when green()\n  stop 1%\nend\nexit long when close > average entry + 30 pips")
    assert "trade.average_entry" in source


def test_what_happens_in_another_symbol_is_asked_there() -> None:
    """`in X`: its trades, its pips."""
    rules = (
        "enter long in XAUUSD when green() and trades open < 1 and not holding short and bars since exit > 3\n"
        "  stop 1%\nend\n"
        "exit long in XAUUSD when last trade won and profit > 5 pips"
    )
    source = compiled(rules)
    assert 'self.entries_open("XAUUSD") < 1' in source
    assert 'self.bars_since("XAUUSD", "exit")' in source
    assert 'for trade in self.trades("XAUUSD", "long"):' in source
    assert 'self.trades("XAUUSD", "short")' in source


@pytest.mark.parametrize("dsl", ["(trades open < 2)[1]", "trades open < 2 for 3 bars", "count(holding long, 5) > 1"])
def test_the_account_has_no_past(dsl: str) -> None:
    """Whatever would need its history is refused, not computed from today's value."""
    with pytest.raises(LanguageErrors):
        compiled(f"enter long when {dsl}\nend")


# ------------------------------------------------------------------ waking

WAKING = {
    "account only": "enter long when trades open < 1 and losses in a row < 3\n  stop 30 pips\n  target 20 pips\nend",
    "either": "enter long when rsi(14) < 30 or bars since loss > 12\n  stop 30 pips\n  target 20 pips\nend",
    "not both": "enter short when not (rsi(14) < 50 and trades today > 1)\n  stop 30 pips\n  target 30 pips\nend",
    "gated": "enter long when rsi(14) < 45 and trades today < 2\n  stop 30 pips\n  target 30 pips\nend",
    "exits": (
        "enter long when close crosses above ema(close, 10)\n  stop 50 pips\nend\n"
        "exit long when wins in a row >= 1 and rsi(14) > 55 or bars since exit > 30 or result today < -20"
    ),
    "flags": (
        "enter long when last trade lost or close crosses above ema(close, 10)\n  stop 30 pips\n  target 30 pips\nend\n"
        "enter short when holding long and rsi(14) > 60\n  stop 30 pips\n  target 30 pips\nend"
    ),
    "latched": (
        "enter long when (latch from rsi(14) < 35 until rsi(14) > 60) and not holding long\n  stop 20 pips\nend"
    ),
}


@pytest.mark.parametrize("rules", WAKING.values(), ids=WAKING.keys())
def test_a_strategy_is_woken_whenever_it_might_act(rules: str) -> None:
    """The same class asked at every bar makes the same trades."""
    kind: Any = load(compiled(rules))

    class Awake(kind):  # type: ignore[misc]
        wake_while_open = True

        def signals(self, bars: Any) -> Any:
            return {**super().signals(bars), "always": bars.close > 0}

    bars = sample_bars("EURUSD", "H1", 1500)
    some, all_ = run_backtest(kind(), bars), run_backtest(Awake(), bars)
    assert some.trades
    assert some.trades == all_.trades


# ------------------------------------------------------------------ exits

PYRAMID = "enter long when green()\n  stop 200 pips\nend\npyramid 3\n"


def test_an_exit_asks_the_account_before_it_closes_anything() -> None:
    """With three trades open `trades open > 2` closes all three, not one."""
    bars = sample_bars("EURUSD", "H1", 600)
    result = run_backtest(load(compiled(PYRAMID + "exit long when trades open > 2"))(), bars)
    by_exit: dict[int, int] = {}
    for trade in result.trades:
        if trade.exit_reason == "signal":
            by_exit[trade.exit_bar] = by_exit.get(trade.exit_bar, 0) + 1
    assert by_exit
    assert set(by_exit.values()) == {3}


def test_exits_about_the_account_keep_their_order() -> None:
    """The second rule sees what the first has closed; rules that do not ask stand together."""
    rules = (
        "exit long when red() for 3 bars\nexit all when result today < -20\nexit long when red()\nexit long when doji()"
    )
    body = section(compiled(PYRAMID + rules), "    def receive_bars", "    def enter_long")
    order = ["exit_long", "result_today_below", "for trade in self.trades(symbol):", "exit_long_2", "exit_long_3"]
    places = [body.index(piece) for piece in order]
    assert places == sorted(places)
    assert body.count("for trade in") == 3
