"""What a text says about the account, the markets and other clocks stands in the head of its program."""

from __future__ import annotations

from decimal import Decimal

import pytest

from nl2strat.errors import NotUnderstood
from nl2strat.language import ast
from nl2strat.translate.offline import translate
from nl2strat.translate.offline.templates import Choice, Hole, parse

RULE = "Buy when RSI crosses above 30. Stop 20 pips."


def test_several_markets_are_traded_alike() -> None:
    program = translate(f"Trade EURUSD, GBPUSD and USDJPY. {RULE}", symbol="EURUSD", timeframe="H1").program
    assert (program.symbol, program.also) == ("EURUSD", ("GBPUSD", "USDJPY"))


def test_data_of_another_market_is_a_question() -> None:
    with pytest.raises(NotUnderstood, match="AUDUSD"):
        translate(f"Trade EURUSD, GBPUSD and USDJPY. {RULE}", symbol="AUDUSD", timeframe="H1")


@pytest.mark.parametrize(
    ("words", "setting"),
    [
        ("Commission 7 dollars per lot round trip.", ast.Setting("commission", Decimal("3.5"))),
        ("Commission 3 dollars per lot and side.", ast.Setting("commission", Decimal(3))),
        ("Leverage 1:30.", ast.Setting("leverage", Decimal(30))),
        ("Slippage 2 points.", ast.Setting("slippage", Decimal(2))),
    ],
)
def test_what_a_backtest_presumes(words: str, setting: ast.Setting) -> None:
    assert translate(f"{RULE} {words}", symbol="EURUSD", timeframe="H1").program.account == (setting,)


def test_hours_are_bars_of_the_timeframe() -> None:
    rules = translate(f"{RULE} Pause for 3 hours after a loss.", symbol="EURUSD", timeframe="M15").program.rules
    assert ast.Wait(ast.Number(Decimal(12)), "loss") in rules


def test_a_template_has_words_choices_and_holes() -> None:
    assert parse("wait (for|) {bars}") == ("wait", Choice((("for",), ())), Hole("bars"))


def test_an_open_choice_is_a_mistake_in_the_vocabulary() -> None:
    with pytest.raises(ValueError, match="not closed"):
        parse("wait (for {bars}")
