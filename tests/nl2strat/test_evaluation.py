"""What `why` shows for an expression is what the slow reference says of it, at any bar."""

from __future__ import annotations

import pytest

from nl2strat.evaluation import Evaluator
from nl2strat.language import ast
from tests import reference
from tests.lengths import for_all, lengths
from tests.reference import evaluate
from tests.strategies import GROUPS, Options, checked_programs
from tests.test_parity import SHARED, history, market

PERSONAL = (ast.PositionValue, ast.AccountValue, ast.AccountFlag)
OPTIONS = Options(functions=SHARED, groups=GROUPS, position_values=False)


def impersonal(program: ast.Program) -> list[ast.Expr]:
    """The conditions of the rules, and the lets, that ask nothing of the position or the account."""
    found: list[ast.Expr] = [let.value for let in program.lets]
    found += [rule.when for rule in program.rules if isinstance(rule, ast.Entry | ast.Exit | ast.Alert)]
    named = {let.name: let.value for let in program.lets}

    def personal(expr: ast.Expr) -> bool:
        for node in ast.walk(expr):
            if isinstance(node, PERSONAL) or node == ast.Flag("flat"):
                return True
            if isinstance(node, ast.Quantity) and node.unit == "R":
                return True
            if isinstance(node, ast.Name) and node.id in named and personal(named[node.id]):
                return True
        return False

    return [expr for expr in found if not personal(expr)]


def every_value_is_that_of_the_reference(program: ast.Program) -> None:
    bars = market(3, 260, "EURUSD", "H1")
    slow = evaluate.Evaluator(program, history(bars, None))
    for bar in (0, 61, 259):
        ours = Evaluator(program, bars[: bar + 1])
        for expr in impersonal(program):
            expected, found = slow.at(expr, bar), ours.at(expr)
            assert found == (expected if expected is None else pytest.approx(expected, rel=1e-6, abs=1e-9)), expr


@pytest.mark.parametrize("examples", lengths(10, 25))
def test_every_value_is_that_of_the_reference(examples: int) -> None:
    for_all(examples, every_value_is_that_of_the_reference, checked_programs(OPTIONS))


def test_the_reference_is_another_one() -> None:
    """The two share no code that computes: else they could be wrong together."""
    assert "mas" not in vars(evaluate)
    assert reference.__name__ != "nl2strat"
