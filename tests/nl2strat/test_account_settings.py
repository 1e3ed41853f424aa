"""What a program says of its account: used where the user says nothing, named in reports; and what it says in JSON."""

from __future__ import annotations

from nl2strat.language.parser import parse_program
from nl2strat.machine import said_object
from nl2strat.settings import account_lines, settings_of
from tests.mas.scenarios import flat, market, play

PROGRAM = parse_program(
    'strategy "A"\nsymbol EURUSD\ntimeframe H1\naccount deposit 50000\naccount leverage 30\naccount commission 3.5\n'
    "account spread 12\naccount slippage 2\nenter long when close > open\n  stop 10 pips\nend\nend strategy\n"
)


def test_the_program_decides_where_nobody_else_has() -> None:
    settings = settings_of().with_account_of(PROGRAM)
    assert (settings.deposit, settings.leverage, settings.spread) == (50_000, 30, 12)
    assert (settings.account_terms.commission.amount, settings.account_terms.slippage) == (3.5, 2)
    assert account_lines(settings, market(flat(1.1, 2)).spec)[0] == (
        "From the strategy: deposit 50000, leverage 30, commission 3.5, spread 12, slippage 2."
    )


def test_what_the_user_gives_wins_even_where_it_is_the_usual_value() -> None:
    settings = settings_of(deposit=10_000, spread=0, commission=0, slippage=0).with_account_of(PROGRAM)
    assert (settings.deposit, settings.leverage, settings.spread) == (10_000, 30, 0)
    assert (settings.account_terms.commission.amount, settings.account_terms.slippage) == (0, 0)
    assert [item.name for item in settings.presumed] == ["leverage"]


def test_alerts_stand_in_the_json_only_if_there_are_any() -> None:
    result, _ = play(market(flat(1.1, 3)), {0: lambda client: client.alert("EURUSD", "look")})
    assert said_object(result) == {"alerts": [{"time": "2024-01-01T01:00:00", "symbol": "EURUSD", "text": "look"}]}
    quiet, _ = play(market(flat(1.1, 3)), {})
    assert said_object(quiet) == {}
