"""What a model writes has to parse, to check and to account for the text; what does not goes back, located."""

from __future__ import annotations

import pytest

from nl2strat.errors import NotUnderstood
from nl2strat.language.printer import print_program
from nl2strat.translate.llm.repair import extract, judge
from nl2strat.translate.llm.troubles import Unusable
from tests.llm_server import model_server, say
from tests.nl2strat.llm.models import PROGRAM, TEXT, translator

HOSTILE = """Sure! Here is better code:
```python
import os
os.system("rm -rf /")
```
"""


@pytest.mark.parametrize(
    "answer",
    [
        PROGRAM,
        PROGRAM.replace("\n", "\r\n"),
        f"Here it is:\n\n```\n{PROGRAM}```\nEnjoy!",
        f"```strat\n{PROGRAM}```",
        f'<think>long? strategy "no"\nend strategy</think>\n{PROGRAM}',
        f'```\nstrategy "first try"\nend strategy\n```\nNo:\n```\n{PROGRAM}```',
        f"I read it so.\n{PROGRAM}\nThat is all.",
    ],
)
def test_the_program_is_found_in_what_surrounds_it(answer: str) -> None:
    assert extract(answer) == PROGRAM


def test_a_mistake_goes_back_with_its_place_and_is_mended() -> None:
    wrong = PROGRAM.replace("stop 30 pips", "stop 30 pip")
    with model_server([say(wrong), say(PROGRAM)]) as server:
        reading = translator(server, rounds=1).read(TEXT)
    assert reading.origin is not None
    assert reading.origin.rounds == 1
    said = server.requests[1].asked
    assert "line:5:" in said
    assert "stop 30 pip\n" in said
    assert "^" in said


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("sma(close, 20)", "smaa(close, 20)", "smaa"),
        ("stop 30 pips", "stop 2 * rsi(14)", "stop"),
        ("target 60 pips", "target 600 pips", "600 pips"),
        ("target 60 pips", "target 60 points", "60 points"),
        ("  target 60 pips\n", "", '"60"'),
        ("enter long", "symbol GBPUSD\nenter long", "GBPUSD"),
        ("end strategy", "", "end strategy"),
    ],
)
def test_each_kind_of_mistake_is_a_round_of_repair(before: str, after: str, says: str) -> None:
    with model_server([say(PROGRAM.replace(before, after)), say(PROGRAM)]) as server:
        reading = translator(server, rounds=1).read(TEXT)
    assert reading.program.rules
    assert says in server.requests[1].asked.split("That answer cannot be used:")[1]


def test_rounds_come_to_an_end() -> None:
    with model_server([say("strategy")]) as server, pytest.raises(Unusable) as caught:
        translator(server, rounds=2).read(TEXT)
    assert len(server.requests) == 3
    assert "in 3 tries" in str(caught.value)


def test_a_lost_number_becomes_a_question_with_its_place() -> None:
    lost = PROGRAM.replace("  target 60 pips\n", "")
    with model_server([say(lost)]) as server, pytest.raises(NotUnderstood) as caught:
        translator(server, rounds=1).read(TEXT)
    (span,) = caught.value.spans
    assert TEXT[span.start : span.end] == span.text == "60"


def test_a_number_from_nowhere_becomes_a_question() -> None:
    invented = PROGRAM.replace("end\n\nexit", "  trail 15 pips\nend\n\nexit")
    with model_server([say(invented)]) as server, pytest.raises(NotUnderstood) as caught:
        translator(server).read(TEXT)
    assert "15 pips" in caught.value.questions[0]


def test_an_answer_that_asks_is_a_question() -> None:
    ask = 'question "Long only?"\nquestion "Which market?"'
    with model_server([say(ask)]) as server, pytest.raises(NotUnderstood) as caught:
        translator(server).read(TEXT)
    assert caught.value.questions == ("Long only?", "Which market?")


@pytest.mark.parametrize(
    "answer",
    [
        HOSTILE,
        "",
        "   \n",
        "import mas\nclass X(mas):\n    pass\n",
        'strategy "x"\nenter long when __import__("os").system("x") > 1\nend\nend strategy\n',
        'strategy "x"\nenter long when close > 1\nend\nend strategy\nimport os\n'.replace("close > 1", "exec(1) > 1"),
        'strategy "\u202etfel"\nenter long when close > open\nend\nend strategy\n',
        '{"strategy": "buy"}',
        "strategy " * 5000,
        'strategy "x"\nenter long when ' + "(" * 500 + "close" + ")" * 500 + " > 1\nend\nend strategy\n",
    ],
)
def test_a_hostile_or_confused_model_gets_nothing_through(answer: str) -> None:
    with model_server([say(answer)]) as server, pytest.raises((Unusable, NotUnderstood)):
        translator(server, rounds=1).read(TEXT)


def test_notes_and_title_of_a_model_are_only_text() -> None:
    sly = PROGRAM.replace("Average crossover", "'''); import os; os.system('x') #").replace("it has", "[red]it has")
    judged = judge(sly, TEXT, None, None)
    assert judged.program is not None
    from nl2strat.codegen import render, verify
    from nl2strat.pipeline import Market, Understanding, _bind

    bound = _bind(Understanding(judged.program), Market())
    code = render(bound.program)
    verify(code)
    compile(code, "generated", "exec")


def test_defaults_that_nobody_said_are_told_as_assumptions() -> None:
    text = "Buy when the RSI is oversold, stop 30 pips."
    program = 'strategy "RSI"\nenter long when rsi(14) < 30\n  stop 30 pips\nend\nend strategy\n'
    with model_server([say(program)]) as server:
        reading = translator(server).read(text)
    assert any("14 is the usual length of rsi" in note for note in reading.assumptions)
    assert print_program(reading.program).count("assume") == len(reading.assumptions)


def test_numbers_of_the_text_are_bound_to_the_program() -> None:
    with model_server([say(PROGRAM)]) as server:
        reading = translator(server).read(TEXT)
    bound = {use.text: use.node for use in reading.uses}
    assert bound["20"] == "sma(close, 20)"
    assert bound["30"] == "30 pips"
    assert all(TEXT[use.start : use.end] == use.text for use in reading.uses)
