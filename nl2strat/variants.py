"""The same strategy with other values of its inputs: another program, and so another class."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches

from nl2strat.errors import UsageError
from nl2strat.language import ast
from nl2strat.pipeline import Compiled


def settings_given(texts: Sequence[str]) -> dict[str, float]:
    """What `--set NAME=VALUE`, given once for each input, means.

    Raises: UsageError: one that cannot be read, or an input given twice.
    """
    values: dict[str, float] = {}
    for text in texts:
        name, equals, written = (part.strip() for part in text.partition("="))
        try:
            value = float(written)
        except ValueError:
            value = math.nan
        if not name or not equals or not math.isfinite(value):
            raise UsageError(f"--set {text} cannot be read; write NAME=NUMBER, like --set fast=20")
        if name in values:
            raise UsageError(f"--set {name} is given twice; give each input one value")
        values[name] = value
    return values


def with_inputs_set(compiled: Compiled, inputs: Mapping[str, float]) -> Compiled:
    """The strategy with these values for its inputs, the others as they are.

    Raises: UsageError: it has no such input, or it is a class without a program. LanguageErrors: a value that cannot
    be.
    """
    if not inputs:
        return compiled
    program = with_values(compiled.program, inputs)
    if program == compiled.program:
        return compiled
    edited = any(warning.code == "W910" for warning in compiled.understanding.warnings)
    if not compiled.dsl or compiled.trusted or edited:
        raise UsageError(
            "the inputs of a class that was written or edited by hand cannot be set from outside, as the class would "
            "be made anew from the program; change them in the file"
        )
    return recompiled(compiled, program)


def with_ranges(compiled: Compiled, ranges: Mapping[str, tuple[float, float]]) -> Compiled:
    """The strategy with other ranges of its inputs, its own values moved into them.

    Raises: LanguageErrors: it cannot be run with every value of a range. UsageError: as `with_inputs_set`.
    """
    program = with_values(compiled.program, {name: ends[0] for name, ends in ranges.items()})

    def widened(item: ast.Input) -> ast.Input:
        if item.name not in ranges:
            return item
        low, high = (written(end) for end in ranges[item.name])
        return replace(
            item,
            low=low if item.low is None else min(item.low, low),
            high=high if item.high is None else max(item.high, high),
            step=item.step or Decimal(1),
        )

    return recompiled(compiled, replace(program, inputs=tuple(map(widened, program.inputs))))


def with_values(program: ast.Program, inputs: Mapping[str, float]) -> ast.Program:
    """The program with these values for its inputs; a range that does not hold one is made wider. Not checked.

    Raises: UsageError: it has no such input.
    """
    known = [item.name for item in program.inputs]
    for name in inputs:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            meant = f"did you mean {near[0]}? " if near else ""
            raise UsageError(f"there is no input {name}: {meant}the strategy has {', '.join(known) or 'none'}")
    values = {name: written(value) for name, value in inputs.items()}
    return replace(
        program,
        inputs=tuple(_holding(item, values[item.name]) if item.name in values else item for item in program.inputs),
    )


def _holding(item: ast.Input, value: Decimal) -> ast.Input:
    low = None if item.low is None else min(item.low, value)
    high = None if item.high is None else max(item.high, value)
    return replace(item, default=value, low=low, high=high)


def written(value: float) -> Decimal:
    """A number as the language writes it: in its shortest spelling, without an exponent."""
    short = Decimal(repr(float(value))).normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral() else short


def recompiled(compiled: Compiled, program: ast.Program) -> Compiled:
    """Another program in the place of a strategy's own. Raises: LanguageErrors: it does not check."""
    from nl2strat.codegen import render, verify
    from nl2strat.language.checker import check
    from nl2strat.language.english import explain
    from nl2strat.language.parser import parse
    from nl2strat.language.printer import print_program

    dsl = print_program(program)
    again = parse(dsl)  # so that an error is located in the text it shows
    assert isinstance(again, ast.Program)
    checked = check(again, dsl)
    understanding = replace(compiled.understanding, program=checked.program, warnings=checked.warnings)
    python = render(checked.program, english=understanding.english)
    verify(python)
    explanation = explain(replace(checked.program, assumptions=()))
    return Compiled(understanding, print_program(checked.program), explanation, python)
