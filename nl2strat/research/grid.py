"""The configurations of a sweep: every point of its grid, or those of it that a condition lets through."""

from __future__ import annotations

import ast
import operator
import random
from collections.abc import Callable, Sequence
from typing import Any

from nl2strat.errors import UsageError
from nl2strat.research.inputs import unknown_input
from nl2strat.research.space import Key, Space

MOST = 10_000
"""Configurations that are run without asking back."""

MOST_EVER = 1_000_000
"""Configurations of a sweep at most."""

_SEED = 20_240_607

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip


def keys_of(space: Space, limit: int | None = None, *, sure: bool = False) -> list[Key]:
    """The configurations to run, the last input turning fastest.

    Args: limit: no more than so many, spread over the grid by chance, always the same ones. sure: however many there
        are.
    Raises: UsageError: too many configurations.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"--limit {limit} leaves nothing to run; give a number from 1")
    if (limit or 0) > MOST_EVER or (space.points > MOST_EVER and (limit is None or space.holds is not None)):
        raise UsageError(
            f"these are {limit or space.points:,} configurations, and {MOST_EVER:,} are the most of a sweep; narrow "
            "the ranges, take larger steps, or say --limit N for N of them, without --where (nl2strat optimise "
            "searches any number)"
        )
    if limit is not None and space.holds is None and limit < space.points:
        return [_key(space, number) for number in sorted(random.Random(_SEED).sample(range(space.points), limit))]
    keys = list(space.all())
    if limit is not None and len(keys) > limit:
        chosen = sorted(random.Random(_SEED).sample(range(len(keys)), limit))
        return [keys[place] for place in chosen]
    if len(keys) > MOST and limit is None and not sure:
        raise UsageError(
            f"these are {len(keys):,} configurations; narrow the ranges, take larger steps, say --limit N for N of "
            "them, or --yes if you mean it"
        )
    return keys


def _key(space: Space, number: int) -> Key:
    """The configuration of a number, counted in the order of `Space.all` without a condition."""
    places = []
    for axis in reversed(space.axes):
        number, place = divmod(number, len(axis.values))
        places.append(place)
    return tuple(reversed(places))


def condition(text: str, names: Sequence[str]) -> Callable[[dict[str, float]], bool]:
    """What `--where` says, as a function of the values.

    Raises: UsageError: it cannot be read; the message shows where.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        place = max((error.offset or 1) - 1, 0)
        raise UsageError(
            f'--where cannot be read:\n  {text}\n  {" " * place}^\nwrite a comparison of inputs, like "fast < slow"'
        ) from None
    _check(tree, text, names)
    if not isinstance(tree, ast.Compare | ast.BoolOp | ast.UnaryOp):
        raise _unreadable(tree, text)

    def holds(values: dict[str, float]) -> bool:
        try:
            return bool(_value(tree, values))
        except ZeroDivisionError:
            return False

    return holds


def _check(node: ast.expr, text: str, names: Sequence[str]) -> None:
    match node:
        case ast.Name(id=name):
            if name not in names:
                raise UsageError(f"--where {text!r}: {unknown_input(name, names)}")
        case ast.Constant(value=bool()):
            raise _unreadable(node, text)
        case ast.Constant(value=int() | float()):
            return
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            _check(left, text, names)
            _check(right, text, names)
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            _check(operand, text, names)
        case ast.BoolOp(values=values):
            for value in values:
                _check(value, text, names)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _OPERATORS for op in ops):
            for value in (left, *others):
                _check(value, text, names)
        case _:
            raise _unreadable(node, text)


def _unreadable(node: ast.expr, text: str) -> UsageError:
    return UsageError(
        f"--where cannot be read:\n  {text}\n  {' ' * node.col_offset}^\n"
        'write comparisons of inputs and numbers, like "fast < slow and slow - fast >= 20"'
    )


def _value(node: ast.expr, values: dict[str, float]) -> Any:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=value):
            return value
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, values), _value(right, values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, values)
        case ast.UnaryOp(operand=operand):
            return -_value(operand, values)
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_value(part, values) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_value(part, values) for part in parts)
        case ast.Compare(left=left, ops=ops, comparators=others):
            found = [_value(part, values) for part in (left, *others)]
            return all(_OPERATORS[type(op)](a, b) for op, a, b in zip(ops, found, found[1:], strict=False))
    raise UsageError(f"--where: {ast.unparse(node)} cannot be worked out")
