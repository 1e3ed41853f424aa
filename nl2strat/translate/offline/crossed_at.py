"""Stage 5d: where two lines cross: `%K crosses over %D below 25`, with no word that joins the level to the crossing."""

from __future__ import annotations

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import conditions
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.kinds import is_price
from nl2strat.translate.offline.quantities import plain_number
from nl2strat.translate.offline.vocabulary.phrases import COMPARE

_NUMBERS = (ast.Number, ast.Minus, ast.Name)
_UNITS = ("pip", "point", "%", "percent", "atr", "times", "x", "period", "bar", "ema", "sma", "ma", "day", "*")


def both_lines(p: Cursor, part: Expr) -> Expr | None:
    """The crossing with both lines on one side of the level, which the line farther from it decides."""
    if not isinstance(part, ast.Cross) or isinstance(part.right, _NUMBERS) or is_price(part.left):
        return None
    p.accept("at level", "at reading", "at value", "while", "when")
    operator = p.match(COMPARE)
    if operator not in ("<", "<=", ">", ">="):
        return None
    negative = p.accept("-", "minus")
    amount = plain_number(p)
    p.accept("line", "level", "mark")
    if amount is None or p.base() in _UNITS:
        return None
    level: Expr = ast.Minus(amount) if negative else amount
    above = operator[0] == ">"
    nearer = part.left if above is (part.direction == "below") else part.right
    # After a cross above the left line is the upper one: if that is below the level, so is the other.
    if nearer == part.right:
        shown = print_expr(level)
        p.questions.append(
            f"Are both lines {'above' if above else 'below'} {shown}, or {print_expr(part.left)} only? "
            f'Say "... and both are {"above" if above else "below"} {shown}", or name the line.'
        )
    p.about(part.left, level)
    return conditions.all_of([part, ast.Compare(operator, nearer, level)])
