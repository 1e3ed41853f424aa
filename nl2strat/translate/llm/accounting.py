"""The account over a model's answer: no number of the text may be lost, none of the program may come from nowhere.

Each number in the text must be in the program, with its unit or a conversion of it. Each number, timeframe and symbol
of the program must come from the text, be the default of the registry or the contract, or stand in an `assume` line.
An `assume "not used: ..."` line says of a number in the text that it is no part of a rule; a number with a unit always
is part of one, and a line that excuses a handful of numbers excuses none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from nl2strat.errors import Problem, Span
from nl2strat.language import ast
from nl2strat.language.checker import complete
from nl2strat.translate.llm.facts import Fact, Stated, facts_of, plain
from nl2strat.translate.llm.numbers import Said, numbers_of, other_facts
from nl2strat.translate.reading import Use

NOT_USED = "not used:"
_FREE = frozenset((plain(0), plain(1)))
"""Nothing, and the one before: `macd() > 0`, `close[1]`."""

_IN_A_LINE = 6
"""Numbers that one assumption can explain; a longer list is an excuse for anything."""


@dataclass(frozen=True)
class Account:
    """`lost`: of the text, in no rule; `unfounded`: of the program, from nowhere; `uses` and `usual` are the rest."""

    lost: tuple[Said, ...]
    unfounded: tuple[Stated, ...]
    uses: tuple[Use, ...]
    usual: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not self.lost and not self.unfounded

    @property
    def spans(self) -> tuple[Span, ...]:
        """The lost numbers as places of the text."""
        return tuple(Span(said.start, said.end, said.text) for said in self.lost)

    def problems(self) -> list[Problem]:
        """What is wrong, located in the program, for the model or a person."""
        found = [
            Problem(
                "A601",
                f'"{stated.text}" in `{stated.within}` is neither in the text nor a default',
                stated.at.line,
                stated.at.column,
                max(1, len(stated.text)),
                f'take the number from the text, leave it out, or say why in a line: assume "... {stated.text} ..."',
            )
            for stated in self.unfounded
        ]
        return found + [
            Problem(
                "A602",
                f'the text\'s number "{said.text}" (at character {said.start}) is nowhere in the program',
                hint="put the rule that it belongs to into the program with the text's own unit; if it is no part of a "
                f'rule, say so: assume "{NOT_USED} {said.text} ..."',
            )
            for said in self.lost
        ]


def account(text: str, program: ast.Program, symbol: str | None = None, timeframe: str | None = None) -> Account:
    """The account of a program (as parsed, defaults not yet filled in) over the text that it is to mean.

    symbol, timeframe: what the data says, which supports them too.
    """
    said, stated = numbers_of(text), facts_of(program)
    have = {fact for item in facts_of(complete(program)) for fact in item.facts} | _titles(program)
    if any(isinstance(rule, ast.Entry) and rule.size is None for rule in program.rules):
        have.add(plain(Decimal("0.1")))
    excused = _excused(program)
    lost = tuple(s for s in said if not s.soft and not _is_in(s, have) and (s.united or s.text.strip() not in excused))
    sources = {fact for s in said for fact in s.facts} | other_facts(text) | _assumed(program) | _FREE
    sources |= {("symbol", symbol.upper())} if symbol else set()
    sources |= {("frame", timeframe)} if timeframe else set()
    unsaid = [item for item in stated if not any(fact in sources for fact in item.facts)]
    usual = tuple(dict.fromkeys(f"{item.within}: {item.text} is {item.usual}" for item in unsaid if item.usual))
    unfounded = tuple(item for item in unsaid if not item.usual)
    return Account(lost, unfounded, tuple(_uses(said, stated)), usual)


def _is_in(said: Said, have: set[Fact]) -> bool:
    return any(all(part & have for part in way) for way in said.ways)


def _titles(program: ast.Program) -> set[Fact]:
    """Numbers inside symbols (US30) and timeframes (M15), which a text may write apart."""
    names = [s for s in (program.symbol, *program.also) if s is not None]
    return {plain(Decimal(digits)) for name in names for digits in re.findall(r"\d+", name)}


def _excused(program: ast.Program) -> set[str]:
    """Numbers of the text that an `assume "not used: ..."` line names."""
    lines = [line for line in program.assumptions if line.lower().startswith(NOT_USED)]
    named = [re.findall(r"[\w.,:%]*\w", line[len(NOT_USED) :]) for line in lines]
    return {word for words in named if sum(any(map(str.isdigit, w)) for w in words) <= _IN_A_LINE for word in words}


def _assumed(program: ast.Program) -> set[Fact]:
    """What the assume lines name: it is shown to the user, so it is no guess in silence."""
    found: set[Fact] = set()
    for line in program.assumptions:
        if line.lower().startswith(NOT_USED):
            continue
        found |= other_facts(line)
        numbers = numbers_of(line)
        if len(numbers) <= _IN_A_LINE:
            found |= {fact for said in numbers for fact in said.facts}
    return found


def _uses(said: list[Said], stated: list[Stated]) -> Iterator[Use]:
    """Which number of the text became which fragment of the program."""
    for one in said:
        wanted = one.facts
        within = next((s.within for s in stated if s.within and any(fact in wanted for fact in s.facts)), None)
        if within is not None:
            yield Use(one.start, one.end, one.text, within)
