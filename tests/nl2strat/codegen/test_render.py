"""What single constructs of the language become in Python."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from nl2strat.codegen import render
from nl2strat.codegen.template import template
from nl2strat.errors import LanguageErrors, UsageError
from nl2strat.language.parser import parse_program
from tests.nl2strat.codegen.programs import compiled, section

BUY = "enter long when close > open\n  stop 30 pips\nend"


def condition(text: str, head: str = "") -> str:
    """The code of an entry condition, as `signals` returns it or assigns it."""
    source = compiled(f"enter long when {text}\nend", head=head)
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "enter_long":
            return ast.unparse(node.value)
    return section(source, '"enter_long": ', ",\n").removeprefix('"enter_long": ')


@pytest.mark.parametrize(
    ("dsl", "python"),
    [
        ("close > open", "bars.close > bars.open"),
        ("close[3] <= high", "bars.close[3] <= bars.high"),
        ("close crosses above ema(close, 200)", "crosses_above(bars.close, ema(bars.close, 200))"),
        ("close crosses through open", "crosses(bars.close, bars.open)"),
        ("rsi(14) < 30", "rsi(bars.close, 14) < 30"),
        ("rsi(14, high) < 30", "rsi(bars.high, 14) < 30"),
        ("30 < rsi(14)", "rsi(bars.close, 14) > 30"),
        ("count(green(), 10) >= 7", "count(green(bars), 10) >= 7"),
        ("close > open for 3 bars", "for_bars(bars.close > bars.open, 3)"),
        ("close > open within 3 bars", "within_bars(bars.close > bars.open, 3)"),
        ("(close > open)[1]", "(bars.close > bars.open)[1]"),
        ("close - open > 30 pips", "bars.close - bars.open > 30 * bars.pip"),
        ("close - open > 30 points", "bars.close - bars.open > 30 * bars.point"),
        ("close / close[1] - 1 > 2%", "bars.close / bars.close[1] - 1 > 0.02"),
        ("time >= 09:30", 'bars.clock >= clock("09:30")'),
        ("monday", 'on_days(bars, "mon")'),
        ("not green()", "~green(bars)"),
        ("not (green() or red())", "~(green(bars) | red(bars))"),
        ("green() and not red()", "green(bars) & ~red(bars)"),
        ("green() or red() and inside_bar()", "green(bars) | (red(bars) & inside_bar(bars))"),
        ("close > open - (high - low)", "bars.close > bars.open - (bars.high - bars.low)"),
        ("-(open - close) > 5 pips", "-(bars.open - bars.close) > 5 * bars.pip"),
    ],
)
def test_conditions(dsl: str, python: str) -> None:
    """Each construct of a condition reads in Python as it does in the language."""
    assert condition(dsl) == python.replace("'", '"')


def test_a_let_is_a_local_variable() -> None:
    """Lets are computed once, only where used; a name that means something in Python gets an underscore."""
    head = "let trend = ema(close, 200)\nlet self = rsi(14)\n"
    body = section(compiled("enter long when close > trend and self < 30\nend", head=head), "    def signals")
    assert "trend = ema(bars.close, 200)" in body
    assert "self_ = rsi(bars.close, 14)" in body


def test_a_repeated_indicator_is_computed_once() -> None:
    """The same call in two rules becomes a variable."""
    body = section(compiled("enter long when rsi(14) < 30\nend\nexit long when rsi(14) > 70"), "    def signals")
    assert body.count("rsi(bars.close, 14)") == 1
    assert '"exit_long": rsi_14 > 70' in body


def test_a_higher_timeframe_is_a_view() -> None:
    """`on D1` computes over daily bars and aligns the result; the same view serves every rule."""
    source = compiled("enter long when (close > ema(close, 50)) on D1 and rsi(14) on D1 < 40\nend")
    body = section(source, "    def signals", "    def receive_bars")
    assert body.count('daily = bars.on("D1")') == 1
    assert "daily.align(daily.close > ema(daily.close, 50))" in body
    assert "daily.align(rsi(daily.close, 14)) < 40" in body


def test_a_stop_needs_its_value() -> None:
    """An entry whose stop needs an indicator is guarded by its availability; one in pips is not."""
    guarded = compiled("enter long when close > open\n  stop 2 * atr(14)\nend")
    assert '"enter_long": (bars.close > bars.open) & available(atr_14)' in guarded
    assert 'entry - 2 * self.value("atr_14")' in guarded
    assert "available" not in compiled(BUY)


def test_a_short_mirrors() -> None:
    """A short sells at the bid, with the stop above and the target below."""
    method = section(
        compiled("enter short when close < open\n  stop 30 pips\n  target 2R\nend"), "    def enter_short", "\n\n\n"
    )
    assert "entry = self.bid(symbol)" in method
    assert "stop = self.round_price(symbol, entry + 30 * pip)" in method
    assert "risk = stop - entry" in method
    assert "target = self.round_price(symbol, entry - 2 * risk)" in method
    assert '"order_type": "sell"' in method


def test_a_trailing_stop_alone_is_sent_as_the_first_stop() -> None:
    """Rule 12: without a stop, trailing starts at its distance from the entry; `after` waits."""
    at_once = compiled("enter long when close > open\n  trail 30 pips\nend")
    assert '"sl": stop' in at_once
    later = compiled("enter long when close > open\n  trail 30 pips after 20 pips\nend")
    assert '"sl"' not in later
    assert "self.manage(order_id, trail=30 * pip, trail_after=20 * pip)" in later


def test_sizes() -> None:
    """Lots, risk, money and share each say what they are; silence is 0.1 lot."""

    def volume(size: str) -> str:
        source = compiled(f"enter long when close > open\n  stop 30 pips\n{size}end")
        return section(source, '"volume": ', ",\n")

    assert volume("") == '"volume": 0.1'
    assert volume("  size 0.25 lots\n") == '"volume": 0.25'
    assert volume("  risk 1% of equity\n") == '"volume": self.lots_for_risk(symbol, 1, risk, of="equity")'
    assert volume("  risk 100 money\n") == '"volume": self.lots_for_money_risk(symbol, 100, risk)'
    assert volume("  size 10% of balance\n") == '"volume": self.lots_for_share(symbol, 10, of="balance")'


def test_negations_about_the_position_never_turn_unknown_into_true() -> None:
    """`not (profit >= x)` is written `below`, which is False when the profit is not known."""
    source = compiled(BUY + "\nexit long when not (profit >= 20 pips or close > ema(close, 20))")
    assert "below(trade.profit, 20 * self.pip(symbol))" in source
    assert '"exit_not_close_above_ema_20": ~(bars.close > ema(bars.close, 20))' in source
    assert "not self" not in source


def test_profit_in_percent_and_r() -> None:
    """Percent of the entry price, and multiples of the risk as sent."""
    source = compiled(BUY + "\nexit long when profit >= 2% or profit >= 1.5R or profit < 1R")
    assert "at_least(trade.profit, 0.02 * trade.entry)" in source
    assert "at_least(trade.profit, 1.5 * trade.risk)" in source
    assert "below(trade.profit, trade.risk)" in source


@pytest.mark.parametrize(
    ("exit_rule", "wakes"),
    [
        ("exit long when close < open", False),
        ("exit long when profit >= 20 pips", True),
        ("exit long when close < open and profit >= 20 pips", False),
        ("exit long when close < open or bars since entry >= 3", True),
        ("exit long when not (close < open or profit < 5 pips)", False),
    ],
)
def test_the_class_asks_to_be_woken_only_if_it_must(exit_rule: str, wakes: bool) -> None:
    """A rule that can only be true where one of its array conditions is needs no waking in between."""
    assert ("wake_while_open = True" in compiled(f"{BUY}\n{exit_rule}")) is wakes


def test_an_entry_without_conditions_of_its_own_is_asked_every_bar() -> None:
    """`enter long when flat` has a signal that is true on every bar."""
    assert '"enter_long": bars.close > 0' in compiled("enter long when flat\nend")


def test_trading_hours_gate_entries_only() -> None:
    """Entries are ANDed with the hours; exits are not."""
    source = compiled(BUY + "\nexit long when close < open\ntrade between 08:00 and 17:00")
    assert '"enter_long": (bars.close > bars.open) & allowed' in source
    assert '"exit_long": bars.close < bars.open,' in source


def test_a_waiting_order_keeps_its_distances_from_the_fill() -> None:
    """What depends on the fill is handed over as R or percent; fixed distances as they are."""
    place = "enter long when close > open\n  place stop at high + 2 pips\n"
    fixed = compiled(place + "  stop 20 pips\n  target 2R\nend")
    assert "stop_distance=risk" in fixed
    assert "target_distance=target - entry" in fixed
    level = compiled(place + "  stop at low\n  target 2R\n  breakeven after 1R\nend")
    assert "stop_distance" not in level
    assert "target_distance=R(2)" in level
    assert "break_even_after=R(1)" in level
    percent = compiled(place + "  stop 1%\n  target 2R\nend")
    assert "stop_distance=Percent(1)" in percent
    assert "target_distance=R(2)" in percent


def test_inputs_cannot_replace_the_runtime() -> None:
    """An input called like a method of the client gets an underscore."""
    source = compiled("enter long when close > ema(close, manage)\nend", head="input manage = 20 in 10..30 step 5\n")
    assert "self.manage_ = 20  # input, 10 to 30 in steps of 5" in source
    assert "ema(bars.close, self.manage_)" in source


def test_an_unbound_program_is_refused() -> None:
    """Symbol and timeframe must be decided before there is Python."""
    with pytest.raises(UsageError, match="symbol and timeframe"):
        render(parse_program(f'strategy "x"\n{BUY}\nend strategy\n'))


def test_fixed_numbers_are_refused() -> None:
    """A comparison of two numbers is located, not generated."""
    program = parse_program('strategy "x"\nsymbol EURUSD\ntimeframe H1\nenter long when 1 > 2\nend\nend strategy\n')
    with pytest.raises(LanguageErrors, match="fixed numbers"):
        render(program)


@pytest.mark.parametrize("content", [None, b"", b"cut off", b"j2" + bytes(300)])
def test_a_compiled_template_is_kept_and_done_without(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept, damaged or nowhere to be written: the class is the same."""
    expected = compiled(BUY)
    folder = tmp_path / "nl2strat"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    template.cache_clear()
    assert compiled(BUY) == expected
    [kept] = folder.glob("template-*")
    whole = kept.read_bytes()
    if content is not None:
        kept.write_bytes(content)

    template.cache_clear()

    assert compiled(BUY) == expected
    assert kept.read_bytes() == whole


def test_without_a_place_to_keep_it_a_template_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = compiled(BUY)
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    template.cache_clear()

    assert compiled(BUY) == expected
