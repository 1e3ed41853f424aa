"""A handful of bars that can be worked out on paper, and what the reference makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nl2strat.language import ast
from nl2strat.language.parser import parse_program
from tests.reference.bars import History, symbol
from tests.reference.evaluate import Evaluator
from tests.reference.simulate import Account, Trade, simulate

MONDAY = 1_704_067_200  # 2024-01-01 00:00, a Monday


def bars(*rows: Sequence[float], spread: float = 0.0, start: int = MONDAY, name: str = "EURUSD") -> History:
    """Hourly bars of (open, high, low, close) in pips above 1.1000; spread in pips."""
    spec = symbol(name)
    columns = [[round(1.1 + value / 10_000, 5) for value in column] for column in zip(*rows, strict=True)]
    times = [start + 3600 * k for k in range(len(rows))]
    return History(spec, "H1", times, *columns, [100.0] * len(rows), [spread * spec.pip] * len(rows))


def program(body: str) -> ast.Program:
    return parse_program(f'strategy "test"\n{body}\nend strategy\n')


def told(trades: list[Trade]) -> list[tuple[Any, ...]]:
    """Trades as (side, bar in, pips in, bar out, pips out, reason)."""

    def pips(price: float) -> float:
        return round((price - 1.1) * 10_000, 1)

    def bar(time: int) -> int:
        return (time - MONDAY) // 3600

    return [
        (t.side, bar(t.entry_time), pips(t.entry_price), bar(t.exit_time), pips(t.exit_price), t.exit_reason)
        for t in trades
    ]


def run(body: str, *rows: Sequence[float], spread: float = 0.0) -> list[tuple[Any, ...]]:
    return told(simulate(program(body), bars(*rows, spread=spread)))


FLAT = (0, 5, -5, 0)
LONG = "enter long when time == 01:00\n{}\nend"
SHORT = "enter short when time == 01:00\n{}\nend"


def account(body: str, *rows: Sequence[float], spread: float = 0.0) -> Account:
    return Account(program(body), bars(*rows, spread=spread)).run()


def values(expr: str, *rows: Sequence[float], others: dict[str, History] | None = None) -> list[Any]:
    """The value of an expression at the close of each bar."""
    tested = program(f"let value = {expr}\nenter long when close > 0\nend")
    evaluator = Evaluator(tested, bars(*rows), others)
    return [evaluator.at(tested.lets[0].value, i) for i in range(len(rows))]


def closing(*closes: float) -> list[tuple[float, ...]]:
    """Bars that open at the close before (the first at 0) and reach 5 pips further at both ends."""
    opens = (0, *closes[:-1])
    return [(o, max(o, c) + 5, min(o, c) - 5, c) for o, c in zip(opens, closes, strict=True)]
