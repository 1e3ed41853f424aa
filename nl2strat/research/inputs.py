"""What a strategy lets its user turn: names, defaults and ranges, and the values of one configuration."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from nl2strat.errors import UsageError
from nl2strat.language import ast


@dataclass(frozen=True)
class Input:
    """A number of a strategy that may be turned; without a range low, high and step are None."""

    name: str
    default: float
    low: float | None = None
    high: float | None = None
    step: float | None = None

    @property
    def values(self) -> tuple[float, ...]:
        """Every value of its range; only the default where it has none."""
        if self.low is None or self.high is None or not self.step:
            return (self.default,)
        return steps(self.low, self.high, self.step)

    def has(self, value: float) -> bool:
        """Whether it is one of these values, which may be very many."""
        if self.low is None or self.high is None or not self.step:
            return value == self.default
        return self.low <= value <= self.high and value == _step(
            self.low, self.step, round((value - self.low) / self.step)
        )


def steps(low: float, high: float, step: float) -> tuple[float, ...]:
    """low, low + step, ... up to high, each the decimal that it is written as."""
    count = math.floor((high - low) / step + 1e-9)
    return tuple(_step(low, step, i) for i in range(count + 1))


def _step(low: float, step: float, number: int) -> float:
    return float(f"{low + number * step:.10g}")


def inputs_of(program: ast.Program) -> tuple[Input, ...]:
    """The inputs that a program declares, in its order."""

    def number(value: Any) -> float | None:
        return None if value is None else float(value)

    return tuple(
        Input(item.name, float(item.default), number(item.low), number(item.high), number(item.step))
        for item in program.inputs
    )


def configuration(inputs: Sequence[Input], values: Mapping[str, float]) -> dict[str, float]:
    """A value for every input: what is given, else its default. Whole numbers are ints, as the class writes them.

    Raises: UsageError: an input that the strategy does not have, or a value that is no number.
    """
    names = [item.name for item in inputs]
    for name, value in values.items():
        if name not in names:
            raise unknown_input(name, names)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise UsageError(f"input {name}: {value!r} is no number")
    found = {item.name: values.get(item.name, item.default) for item in inputs}
    return {name: int(value) if value == int(value) else float(value) for name, value in found.items()}


def unknown_input(name: str, names: Sequence[str]) -> UsageError:
    """The error for an input that is not there, with what could have been meant."""
    if not names:
        return UsageError(f"there is no input {name}: this strategy has no inputs")
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    meant = f"did you mean {near[0]}? " if near else ""
    return UsageError(f"there is no input {name}: {meant}the strategy has {', '.join(names)}")
