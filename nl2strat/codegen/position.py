"""Expressions that look at the open position or the account, as plain code on numbers.

They cannot be arrays, because they depend on what was traded. Their largest position-free parts are asked for from
`signals`; the rest compares single numbers with the tolerant helpers `above`, `at_least` and so on, which are False
when a number is not available. Negations are pushed down to the comparisons (`not a >= b` is `a < b`), so that "not
available" never turns into true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mas.dataclass import dataclass
from nl2strat.codegen.arrays import MIRRORED, Signals, Wanted
from nl2strat.codegen.code import Atom, Call, Code, Infix, Prefix, joined, literal
from nl2strat.codegen.names import describe
from nl2strat.codegen.scope import Kind, Scope, number, refuse
from nl2strat.language import ast

COMPARISONS = {">": "above", "<": "below", ">=": "at_least", "<=": "at_most", "==": "equal", "!=": "differ"}
OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}
COLUMNS = ("open", "high", "low", "close", "volume")

IN_TIME = (
    ast.Past, ast.Cross, ast.ForBars, ast.WithinBars, ast.OnTimeframe, ast.OfSymbol, ast.InZone, ast.Then, ast.Latch,
    ast.Remember, ast.Ratchet,
)  # fmt: skip
"""What is worked out over many bars."""

NO_HISTORY = "the past of positions and of the account is not recorded; compare the value now"

ACCOUNT = {
    "trades open": "self.entries_open({symbol})",
    "trades today": "self.entries_today()",
    "result today": "self.result_today()",
    "losses in a row": "self.losses_in_a_row()",
    "wins in a row": "self.wins_in_a_row()",
    "bars since exit": 'self.bars_since({symbol}, "exit")',
    "bars since loss": 'self.bars_since({symbol}, "loss")',
    "bars since win": 'self.bars_since({symbol}, "win")',
}
"""What to ask the runtime for the values of the account."""

COUNTS = ("self.entries_", "self.losses_", "self.wins_")
"""How those of them begin that are whole numbers and always known."""


@dataclass(frozen=True)
class Position:
    """How the code names what it knows about the position; None where it cannot know."""

    entry: str | None = None
    profit: str | None = None
    bars: str | None = None
    risk: str | None = None
    average: str | None = None
    pip: str = "self.pip(symbol)"
    point: str = "self.point(symbol)"
    column: str = 'data["{}"]'
    """How a column of the signal bar is read; empty where it is asked for like any other value."""
    symbol: str = "symbol"
    """What is traded."""


OPEN_TRADE = Position("trade.entry", "trade.profit", "trade.bars", "trade.risk", "trade.average_entry")
"""Inside `for trade in self.trades(...)`."""


class Scalars:
    """Writes expressions for one place in the code.

    `imports` collects the helpers it used, `needs` the array values it asked for. The conditions it asks for are named
    after `rule`, what the place is about.
    """

    def __init__(self, scope: Scope, signals: Signals, position: Position, rule: str = "exit") -> None:
        self.scope = scope
        self.signals = signals
        self.position = position
        self.rule = rule
        self.imports: set[str] = set()
        self.needs: list[ast.Expr] = []

    # ------------------------------------------------------------------ numbers

    def number(self, expr: ast.Expr, percent_of: str | None = None) -> Code:
        """A number; `percent_of` is what a percentage is taken of (None: `2%` is 0.02)."""
        expr = self._const_or_position(expr)
        match expr:
            case ast.Number(value):
                return number(value)
            case ast.Name() if self.scope.kind(expr) is Kind.CONSTANT:
                return self.scope.count(expr)
            case ast.Quantity():
                return self._quantity(expr, percent_of)
            case ast.Clock(hour, minute):
                return self._call("clock", Atom(f'"{hour:02d}:{minute:02d}"'))
            case ast.PositionValue(name):
                return self._position_value(expr, name)
            case ast.AccountValue(name):
                return Atom(ACCOUNT[name].format(symbol=self.position.symbol), name=describe(expr))
            case ast.Minus(value) if self._taken_apart(expr):
                return Prefix("-", self.number(value, percent_of))
            case ast.Arithmetic(operator, left, right) if self._taken_apart(expr):
                return Infix(operator, (self.number(left, percent_of), self.number(right, percent_of)))
            case ast.Past(value) if self.scope.kind(value) is Kind.CONSTANT:
                return self.number(value, percent_of)
            case ast.OfSymbol(value, symbol) if self.scope.kind(value) is Kind.CONSTANT:
                return self._of(symbol).number(value, percent_of)
        if self.scope.kind(expr) is Kind.POSITION:
            raise refuse(expr, NO_HISTORY)
        return self._from_signals(expr)

    def _of(self, symbol: str) -> Scalars:
        """The same place with another symbol's pips and points."""
        pip, point = (f"self.{unit}({literal(symbol)})" for unit in ("pip", "point"))
        return Scalars(self.scope, self.signals, replace(self.position, pip=pip, point=point), self.rule)

    def _const_or_position(self, expr: ast.Expr) -> ast.Expr:
        """A let of arrays keeps its name; any other let is written out."""
        value = self.scope.expanded(expr)
        return expr if self.scope.kind(value) is Kind.ARRAY and isinstance(expr, ast.Name) else value

    def _taken_apart(self, expr: ast.Expr) -> bool:
        """Whether arithmetic stays plain code here: part of it is not an array."""
        return any(self.scope.kind(child) is not Kind.ARRAY for child in ast.children(expr)) or any(  # type: ignore[arg-type]
            isinstance(node, ast.Quantity) and node.unit in ("%", "R") for node in ast.walk(expr)
        )

    def _from_signals(self, expr: ast.Expr) -> Code:
        if isinstance(expr, ast.Price) and expr.field in COLUMNS and self.position.column:
            return Atom(self.position.column.format(expr.field))
        if expr not in self.needs and not isinstance(expr, ast.Price):
            self.needs.append(expr)
        return Call("self.value", (Atom(literal(self.signals.value(expr))),), name=describe(expr))

    def _quantity(self, expr: ast.Quantity, percent_of: str | None) -> Code:
        amount = expr.amount
        if expr.unit == "pips":
            return self.scope.scaled(amount, self.position.pip)
        if expr.unit == "points":
            return self.scope.scaled(amount, self.position.point)
        if expr.unit == "R":
            if self.position.risk is None:
                raise refuse(expr, "R needs an open position with a stop")
            return self.scope.scaled(amount, self.position.risk)
        share = self.scope.share(amount)
        return share if percent_of is None else Infix("*", (share, Atom(percent_of)))

    def _position_value(self, expr: ast.Expr, name: str) -> Code:
        place = self.position
        known = {"entry": place.entry, "profit": place.profit, "bars since entry": place.bars}
        text = {**known, "average entry": place.average}[name]
        if text is None:
            raise refuse(expr, "there is no open position to ask here")
        return Atom(text)

    # --------------------------------------------------------------- conditions

    def condition(self, expr: ast.Expr, name: str, *, negated: bool = False) -> tuple[Code, bool]:
        """The condition as a plain bool, and whether it can be true with every condition from `signals` false.

        Args: name: what to call its position-free part if that alone makes it true; else ("" too) it is described.
        """
        expr = self.scope.expanded(expr) if self.scope.kind(expr) is Kind.POSITION else expr
        if self.scope.kind(expr) is not Kind.POSITION:
            return self._signal(ast.Negation(expr) if negated else expr, name or self._part(expr)), False
        match expr:
            case ast.Negation(inner):
                return self.condition(inner, name, negated=not negated)
            case ast.AllOf(parts) | ast.AnyOf(parts):
                return self._several(isinstance(expr, ast.AllOf) != negated, expr, parts, name, negated)
            case ast.Flag("flat"):
                held = Call("self.trades", (Atom(self.position.symbol),))
                return (held if negated else Prefix("not", held)), True
            case ast.AccountFlag(name_):
                return self._account_flag(name_, negated), True
            case ast.Compare(operator, left, right):
                return self._compare(OPPOSITE[operator] if negated else operator, left, right), True
        if isinstance(expr, IN_TIME):
            raise refuse(expr, NO_HISTORY)
        raise refuse(expr, "this is not a condition")

    def _account_flag(self, name: str, negated: bool) -> Code:
        if name.startswith("holding"):
            side = literal(name.removeprefix("holding "))
            held = Call("self.trades", (Atom(self.position.symbol), Atom(side)), name=name.replace(" ", "_"))
            return Prefix("not", held) if negated else held
        result = literal(name.removeprefix("last trade "))
        answer = Infix("!=" if negated else "==", (Call("self.last_trade", ()), Atom(result)))
        return replace(answer, name=name.replace(" ", "_"))

    def _part(self, expr: ast.Expr) -> str:
        """What the position-free part of a condition is called."""
        return f"{self.rule}_{describe(expr) or 'part'}"

    def _several(
        self, every: bool, expr: ast.Expr, parts: Sequence[ast.Expr], name: str, negated: bool
    ) -> tuple[Code, bool]:
        """`and` (every) or `or` of the parts; the position-free ones are asked for together."""
        free = tuple(part for part in parts if self.scope.kind(part) is not Kind.POSITION)
        written: list[tuple[Code, bool]] = []
        if free:
            whole: ast.Expr = type(expr)(free) if len(free) > 1 else free[0]  # type: ignore[call-arg, arg-type]
            whole = ast.Negation(whole) if negated else whole
            called = name if name and not every else self._part(whole)
            written.append((self._signal(whole, called), False))
        for part in parts:
            if part not in free:
                written.append(self.condition(part, "" if every else name, negated=negated))
        wakes = all(w for _, w in written) if every else any(w for _, w in written)
        return joined("and" if every else "or", [code for code, _ in written]), wakes

    def _signal(self, expr: ast.Expr, name: str) -> Code:
        key = self.signals.condition(name, Wanted((expr,)))
        return Call("self.signal", (Atom(literal(key)),), name=key)

    def _compare(self, operator: str, left: ast.Expr, right: ast.Expr) -> Code:
        if self.scope.kind(left) is Kind.CONSTANT:
            left, operator, right = right, MIRRORED[operator], left
        percent_of = self.position.entry if any(map(self.scope.mentions_profit, (left, right))) else None
        first, second = self.number(left, percent_of), self.number(right, percent_of)
        name = describe(ast.Compare(operator, left, right))  # type: ignore[arg-type]
        whole = isinstance(first, Atom) and (first.text == self.position.bars or first.text.startswith(COUNTS))
        if whole and self.scope.kind(right) is Kind.CONSTANT:
            return Infix(operator, (first, second), name=name)  # whole numbers, always known: no tolerance needed
        return Call(self._import(COMPARISONS[operator]), (first, second), name=name)

    def _call(self, function: str, *arguments: Code) -> Call:
        return Call(self._import(function), arguments)

    def _import(self, name: str) -> str:
        self.imports.add(name)
        return name
