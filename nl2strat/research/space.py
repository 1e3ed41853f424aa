"""What an optimiser may turn: for each input the values of its range, and the places between them.

A configuration is a tuple of positions, one on each axis, so that equal configurations are equal tuples and neighbours
are one step apart. Values are the decimals that a user would write.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, product
from math import prod

from nl2strat.errors import UsageError
from nl2strat.language import ast
from nl2strat.research.inputs import Input, steps, unknown_input

Key = tuple[int, ...]
"""Positions on the axes."""

MOST_VALUES = 100_000
"""On one axis: more are a slip of the step."""
MOST_COUNTED = 1_000_000
"""Points of a grid that are gone through to see which of them a condition lets through."""
DRAWN = 10_000
"""Configurations that are drawn by chance before a condition is said to let nothing through."""

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?::({_NUMBER}))?")


@dataclass(frozen=True)
class Axis:
    """One input and the values that it may have, smallest first."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Space:
    """The inputs that are turned, with their values, and those that stay as they are."""

    axes: tuple[Axis, ...]
    defaults: Mapping[str, float]
    """The value of every input that is not turned: the strategy's own, or the only one that was given."""
    holds: Callable[[dict[str, float]], bool] | None = field(default=None, compare=False)
    """What the values must be like among each other (fast < slow); None: they may be anything."""

    @property
    def points(self) -> int:
        """How many there are, whether the condition lets them through or not."""
        return prod(len(axis.values) for axis in self.axes)

    @cached_property
    def size(self) -> int:
        """How many configurations there are; with a condition on very many points, how many there may be at most."""
        if self.holds is None or self.points > MOST_COUNTED:
            return self.points
        return sum(1 for _ in self.all())

    def fits(self, key: Key) -> bool:
        """Whether the condition lets it through."""
        return self.holds is None or self.holds(self.values(key))

    def values(self, key: Key) -> dict[str, float]:
        """The value of every input, in the order of the program."""
        turned = {axis.name: axis.values[place] for axis, place in zip(self.axes, key, strict=True)}
        return {name: turned.get(name, value) for name, value in self.defaults.items()}

    def all(self) -> Iterator[Key]:
        """Every configuration, the last axis first."""
        return filter(self.fits, product(*(range(len(axis.values)) for axis in self.axes)))

    def own(self) -> Key:
        """The strategy's own configuration, or the nearest to it."""
        return tuple(_nearest(axis.values, self.defaults[axis.name]) for axis in self.axes)

    def drawn(self, chance: random.Random) -> Key:
        """One by chance. Raises: UsageError: the condition lets next to nothing through."""
        draws = (tuple(chance.randrange(len(axis.values)) for axis in self.axes) for _ in range(DRAWN))
        for key in draws:
            if self.fits(key):
                return key
        first = next(islice(self.all(), 1), None) if self.points <= MOST_COUNTED else None
        if first is None:
            raise UsageError("--where lets no configuration through, or hardly one; widen it or the ranges")
        return first

    def neighbours(self, key: Key) -> Iterator[tuple[str, int, Key]]:
        """(input, -1 or 1, configuration) of all that are one step away on one axis."""
        for place, axis in enumerate(self.axes):
            for step in (-1, 1):
                other = (*key[:place], key[place] + step, *key[place + 1 :])
                if 0 <= key[place] + step < len(axis.values) and self.fits(other):
                    yield axis.name, step, other

    def edges(self, key: Key) -> tuple[str, ...]:
        """The inputs that stand at an end of their range."""
        return tuple(
            axis.name
            for axis, place in zip(self.axes, key, strict=True)
            if len(axis.values) > 2 and place in (0, len(axis.values) - 1)
        )


def axes_of(given: Sequence[str], inputs: Sequence[Input], left_out: frozenset[str] = frozenset()) -> tuple[Axis, ...]:
    """What `--input` means, each NAME=a..b:s, NAME=a..b, NAME=v1,v2,... or NAME; without any, every range declared.

    Args: left_out: inputs that are not turned unless they are named.
    Raises: UsageError: no such input, one given twice, or a range that cannot be.
    """
    if not given:
        return tuple(Axis(item.name, item.values) for item in inputs if item.name not in left_out)
    axes = [_axis(text, inputs) for text in given]
    twice = next((axis.name for i, axis in enumerate(axes) if axis.name in {one.name for one in axes[:i]}), None)
    if twice:
        raise UsageError(f"--input {twice} is given twice; give each input once")
    return tuple(axes)


def _axis(text: str, inputs: Sequence[Input]) -> Axis:
    name, equals, wanted = (part.strip() for part in text.partition("="))
    item = next((one for one in inputs if one.name == name), None)
    if item is None:
        raise unknown_input(name, [one.name for one in inputs])
    if not equals:
        if len(item.values) < 2:
            raise UsageError(f"--input {name}: the strategy declares no range for it; write {name}=a..b:s")
        return Axis(name, item.values)
    match = _RANGE.fullmatch(wanted)
    if match is None:
        return Axis(name, _listed(text, wanted))
    low, high = float(match[1]), float(match[2])
    step = float(match[3]) if match[3] else item.step or 1.0
    if step <= 0 or high < low:
        raise UsageError(f"--input {text}: a range goes from low to high in steps above 0, like {name}=5..50:5")
    if (high - low) / step > MOST_VALUES:
        raise UsageError(f"--input {text}: these are more than {MOST_VALUES:,} values; give a larger step")
    return Axis(name, steps(low, high, step))


def _listed(text: str, wanted: str) -> tuple[float, ...]:
    parts = [part.strip() for part in wanted.split(",")]
    if not all(re.fullmatch(_NUMBER, part) for part in parts):
        raise UsageError(f"--input {text} cannot be read; write NAME=a..b:s, like fast=5..50:5, or NAME=5,10,20")
    return tuple(sorted({float(part) for part in parts}))


def space_of(
    axes: Sequence[Axis], inputs: Sequence[Input], holds: Callable[[dict[str, float]], bool] | None = None
) -> Space:
    """The space of axes with more than one value each; an input with one value has that in every configuration.

    Raises: UsageError: there is nothing to turn.
    """
    turned = tuple(axis for axis in axes if len(axis.values) > 1)
    if not turned:
        raise UsageError(
            "there is nothing to optimise: no input has a range of more than one value; give one with "
            "--input NAME=a..b:s"
        )
    fixed = {axis.name: axis.values[0] for axis in axes if len(axis.values) == 1}
    space = Space(turned, {item.name: fixed.get(item.name, item.default) for item in inputs}, holds)
    if holds is not None:
        space.drawn(random.Random(0))
    return space


def fixed_object(space: Space) -> dict[str, float]:
    """The inputs that are not turned, with their values."""
    turned = {axis.name for axis in space.axes}
    return {name: value for name, value in space.defaults.items() if name not in turned}


def sizing_inputs(program: ast.Program) -> frozenset[str]:
    """Inputs that say nothing but how large an order is: to turn them is to choose a leverage, not a rule."""
    entries = [rule for rule in program.rules if isinstance(rule, ast.Entry)]
    sizes = {name for rule in entries if rule.size is not None for name in _names(rule.size)}
    rules = tuple(replace(rule, size=None) if isinstance(rule, ast.Entry) else rule for rule in program.rules)
    return frozenset(sizes - _names(replace(program, rules=rules)))


def _names(node: ast.Node) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _nearest(values: Sequence[float], wanted: float) -> int:
    return min(range(len(values)), key=lambda place: abs(values[place] - wanted))
