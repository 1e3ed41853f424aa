"""Rules that can never act because of the other rules: an entry outside every window, a second one where one is all.

What the other rules ask is put beside the rule's own condition, and the two are judged together.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from nl2strat.language import ast
from nl2strat.language.intervals import Reasoner
from nl2strat.language.scope import Scope

DAYS: dict[str, ast.FlagName] = {
    "mon": "monday", "tue": "tuesday", "wed": "wednesday", "thu": "thursday", "fri": "friday", "sat": "saturday",
    "sun": "sunday",
}  # fmt: skip

CHANGE = "change one of them"

Asked = tuple[ast.Expr, str, str]
"""A condition, whose it is in words, and a hint."""


def check_reach(program: ast.Program, scope: Scope, reasoner: Reasoner) -> None:
    """Refuses entries, exits and reductions whose conditions exclude what the rest of the program asks."""
    for rule in program.rules:
        if isinstance(rule, ast.Entry):
            _judge(rule, list(_asked_of_entry(rule, program)), scope, reasoner)
        elif isinstance(rule, (ast.Exit, ast.Reduce)):
            _judge(rule, list(_asked_of_exit(rule, program)), scope, reasoner)


def _judge(rule: ast.Entry | ast.Exit | ast.Reduce, asked: list[Asked], scope: Scope, reasoner: Reasoner) -> None:
    word = {ast.Entry: "entry", ast.Exit: "exit", ast.Reduce: "reduction"}[type(rule)]
    for condition, whose, hint in asked:
        if reasoner.impossible(_both(rule.when, condition)):
            scope.refuse("R511", rule, f"this {word} can never act: its condition excludes {whose}", hint)
            return
    if len(asked) > 1 and reasoner.impossible(_both(rule.when, *(condition for condition, _, _ in asked))):
        message = f"this {word} can never act: its condition excludes what the other rules ask together"
        scope.refuse("R511", rule, message, CHANGE)


def _both(*conditions: ast.Expr) -> ast.Expr:
    parts = [part for c in conditions for part in (c.conditions if isinstance(c, ast.AllOf) else (c,))]
    return ast.AllOf(tuple(parts)) if len(parts) > 1 else parts[0]


# --------------------------------------------------------------------- entries


def _asked_of_entry(rule: ast.Entry, program: ast.Program) -> Iterator[Asked]:
    kinds = {type(other) for other in program.rules}
    windows = [other for other in program.rules if isinstance(other, ast.Trade)]
    if windows and all(window.start is not None or window.days for window in windows):
        yield _either([_inside(window) for window in windows]), "the hours and days of trading", CHANGE
    if ast.Pyramid not in kinds and rule.order is None:
        held: ast.AccountFlag = ast.AccountFlag("holding long" if rule.side == "long" else "holding short")
        yield ast.Negation(held), "one position at a time", "to enter the same way again, say: pyramid 2"
        if ast.Hedging not in kinds:
            yield _count("trades open", "<=", 1), "one position at a time", "to hold more, say: pyramid 2"
    if ast.NoReversal in kinds:
        other_side: ast.AccountFlag = ast.AccountFlag("holding short" if rule.side == "long" else "holding long")
        yield ast.Negation(other_side), '"no reversal"', CHANGE
    for other in program.rules:
        yield from _limit(other)


def _limit(rule: ast.Rule) -> Iterator[Asked]:
    """What a limit lets through."""
    match rule:
        case ast.DailyLimit(ast.Number(trades)):
            yield _count("trades today", "<", int(trades)), f'"limit {trades:f} trades per day"', CHANGE
        case ast.Wait(ast.Number(bars), "exit" | "loss" | "win" as event):
            # Before the first such event nothing is waited for; a condition on its age is not true then either.
            yield _count(f"bars since {event}", ">=", int(bars)), f'"wait {bars:f} bars after {event}"', CHANGE
        case ast.DailyCap("loss", ast.Number(amount), False):
            floor = ast.Minus(ast.Number(amount))
            yield ast.Compare(">", ast.AccountValue("result today"), floor), '"daily loss at most"', CHANGE
        case ast.DailyCap("profit", ast.Number(amount), False):
            ceiling = ast.Number(amount)
            yield ast.Compare("<", ast.AccountValue("result today"), ceiling), '"daily profit at most"', CHANGE


def _inside(window: ast.Trade) -> ast.Expr:
    """A window of trading as a condition on the decision time."""
    parts: list[ast.Expr] = []
    if window.start is not None and window.end is not None:
        since = ast.Compare(">=", _there(ast.Price("time"), window), window.start)
        until = ast.Compare("<", _there(ast.Price("time"), window), window.end)
        wraps = (window.start.hour, window.start.minute) > (window.end.hour, window.end.minute)
        parts += [ast.AnyOf((since, until))] if wraps else [since, until]
    if window.days:
        parts.append(_either([_there(ast.Flag(DAYS[day]), window) for day in window.days]))
    return _both(*parts)


def _there(expr: ast.Expr, window: ast.Trade) -> ast.Expr:
    return expr if window.zone is None else ast.InZone(expr, window.zone)


def _either(parts: list[ast.Expr]) -> ast.Expr:
    return ast.AnyOf(tuple(parts)) if len(parts) > 1 else parts[0]


def _count(name: str, operator: str, number: int) -> ast.Expr:
    value = ast.AccountValue(name)  # type: ignore[arg-type]
    return ast.Compare(operator, value, ast.Number(Decimal(number)))  # type: ignore[arg-type]


# ----------------------------------------------------------------------- exits


def _asked_of_exit(rule: ast.Exit | ast.Reduce, program: ast.Program) -> Iterator[Asked]:
    yield _count("trades open", ">=", 1), "an open position", CHANGE
    if rule.side != "all":
        flags: tuple[ast.AccountFlag, ...] = (ast.AccountFlag("holding long"), ast.AccountFlag("holding short"))
        held, other = flags if rule.side == "long" else flags[::-1]
        hedged = any(isinstance(other_rule, ast.Hedging) for other_rule in program.rules)
        asked = held if hedged else _both(held, ast.Negation(other))
        yield asked, f"an open {rule.side} position", CHANGE
    lives = [
        entry.close_after.value if isinstance(entry.close_after, ast.Number) else None
        for entry in program.rules
        if isinstance(entry, ast.Entry) and rule.side in (entry.side, "all") and entry.symbol == rule.symbol
    ]
    known = [life for life in lives if life is not None]
    if known and len(known) == len(lives):
        age = ast.Compare("<", ast.PositionValue("bars since entry"), ast.Number(max(known)))
        yield age, f'"close after {max(known):f} bars"', CHANGE
