"""From a model's words to a program that holds, or to questions: parse, check, account; what is wrong goes back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nl2strat.errors import LanguageErrors, NotUnderstood, Problem
from nl2strat.language import ast
from nl2strat.language.checker import check
from nl2strat.language.parser import parse
from nl2strat.translate.llm import prompt
from nl2strat.translate.llm.accounting import Account, account
from nl2strat.translate.llm.messages import Reply, Turn, Usage
from nl2strat.translate.llm.troubles import Unusable

Ask = Callable[[tuple[Turn, ...]], Reply]

SENT_BACK = 8_000
"""Characters of a useless answer that go back with its errors."""

TOLD = 8
"""Errors that go back at once; more only confuse."""

_FENCE = re.compile(r"```[A-Za-z0-9_-]*\n(.*?)```", re.DOTALL)
_PROGRAM = re.compile(r'^[ \t]*strategy[ \t]+".*?^[ \t]*end[ \t]+strategy[ \t]*$', re.DOTALL | re.MULTILINE)
_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)


@dataclass(frozen=True)
class Judged:
    """What an answer is worth. Without `problems` it is a program that holds, or questions."""

    source: str
    program: ast.Program | None = None
    questions: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    account: Account | None = None


@dataclass(frozen=True)
class Draft:
    """A program that parses, checks and accounts for the text's numbers, as it was written."""

    program: ast.Program
    account: Account
    rounds: int
    usage: Usage


def judge(answer: str, text: str, symbol: str | None, timeframe: str | None) -> Judged:
    """What an answer to the text is worth."""
    source = extract(answer)
    if not source.strip():
        return Judged(source, problems=(Problem("A603", "the answer is empty", hint="write the program"),))
    try:
        program = parse(source)
        if isinstance(program, ast.Answer):
            return Judged(source, questions=program.questions)
        check(program, source)
    except LanguageErrors as error:
        return Judged(source, problems=error.problems)
    found = account(text, program, symbol, timeframe)
    return Judged(source, program, problems=tuple(found.problems()), account=found)


def extract(answer: str) -> str:
    """The program (or the questions) in an answer that may hold other words: the last fenced block, or the last piece
    from `strategy "` to `end strategy`; else the answer as it is, for the parser to refuse.
    """
    answer = _THINKING.sub("", answer.replace("\r\n", "\n")).strip()
    fenced = [block.strip() for block in _FENCE.findall(answer)]
    inner = next((block for block in reversed(fenced) if block.startswith(('strategy "', 'question "'))), answer)
    programs = _PROGRAM.findall(inner)
    if programs:
        return str(programs[-1]).strip() + "\n"
    lines = [line.strip() for line in inner.splitlines() if line.strip()]
    questions = [line for line in lines if line.startswith('question "')]
    if questions and 'strategy "' not in inner:
        return "\n".join(questions) + "\n"
    return inner + "\n"


def draft(
    ask: Ask,
    first: Sequence[Turn],
    text: str,
    *,
    symbol: str | None = None,
    timeframe: str | None = None,
    rounds: int = 2,
) -> Draft:
    """A program that holds, after at most so many rounds of repair.

    Raises: NotUnderstood: the model asks, or numbers of the text stay without a place. Unusable: nothing that it wrote
    is a program. ModelTrouble: as `ask` does.
    """
    turns, usage = tuple(first), Usage()
    for number in range(rounds + 1):
        reply = ask(turns)
        usage += reply.usage
        judged = judge(reply.text, text, symbol, timeframe)
        if judged.questions and not judged.problems:
            raise NotUnderstood(questions=judged.questions)
        if judged.program is not None and judged.account is not None and not judged.problems:
            return Draft(judged.program, judged.account, number, usage)
        told = judged.problems[:TOLD]
        echo = judged.source[:SENT_BACK]
        turns = (*first, Turn("assistant", echo), Turn("user", prompt.repair(told, judged.source)))
    raise _given_up(judged, rounds)


def _given_up(judged: Judged, rounds: int) -> NotUnderstood | Unusable:
    tries = f"{rounds + 1} tries" if rounds else "one try"
    if judged.account is not None:
        questions = [
            f'The model left out the number "{said.text}" in {tries}. What is it for? Say it in other words.'
            for said in judged.account.lost
        ]
        questions += [
            f'The model used {stated.text} in "{stated.within}", which the text does not say. What should it be?'
            for stated in judged.account.unfounded
        ]
        return NotUnderstood(tuple(dict.fromkeys(questions)), judged.account.spans)
    first = replace(judged.problems[0], hint="").render(judged.source, "line")
    return Unusable(
        f"the model gave no valid program in {tries}; its last answer has {len(judged.problems)} "
        f"error{'s' if len(judged.problems) != 1 else ''}, the first is\n{first}\n"
        "Use another model, say the text in simpler sentences, or use --translator offline"
    )
