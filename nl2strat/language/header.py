"""The head of a program: the symbols it trades and the account a backtest presumes."""

from __future__ import annotations

from mas.symbols import canonical_symbol
from nl2strat.language import ast
from nl2strat.language.scope import Scope

LIMITS: dict[str, tuple[float, float]] = {
    "deposit": (1, 10**9),
    "leverage": (1, 5000),
    "commission": (0, 1000),
    "spread": (0, 100_000),
    "slippage": (0, 100_000),
}
"""Between what a setting of the account must lie."""


def check_header(program: ast.Program, scope: Scope) -> None:
    """Symbols named once and where they can be, settings said once and sane."""
    known: set[str] = set()
    for symbol in scope.symbols:
        name = canonical_symbol(symbol)
        if name in known:
            scope.refuse("V420", program, f"the symbol {symbol} is named twice", "name each symbol once")
        known.add(name)
    for rule in program.rules:
        if isinstance(rule, (ast.Entry, ast.Exit, ast.Reduce)) and rule.symbol is not None:
            _traded(rule, rule.symbol, program, scope)
    said: set[str] = set()
    for setting in program.account:
        if setting.name in said:
            scope.refuse("R505", setting, f'"account {setting.name}" is said twice', "keep one of the lines")
        said.add(setting.name)
        low, high = LIMITS[setting.name]
        scope.between(ast.Number(setting.value, at=setting.at), f"the {setting.name}", low, high)


def _traded(rule: ast.Entry | ast.Exit | ast.Reduce, symbol: str, program: ast.Program, scope: Scope) -> None:
    """`in B`: another symbol than the one whose bars decide."""
    word = {ast.Entry: "enter", ast.Exit: "exit", ast.Reduce: "reduce"}[type(rule)]
    if program.also:
        message = f'"in {symbol}" needs one symbol whose bars decide, and the header names several'
        hint = f'leave out "in {symbol}", or name one symbol in the header'
        scope.refuse("R513", rule, message, hint)
    elif program.symbol is not None and canonical_symbol(program.symbol) == canonical_symbol(symbol):
        message = f"{symbol} is the strategy's own symbol, in which it trades anyway"
        scope.refuse("R514", rule, message, f"write: {word} {rule.side} when ...")
