"""What no single rule shows: nothing to enter, no way out, rules that can never act."""

from __future__ import annotations

from collections import Counter

from nl2strat.language import ast
from nl2strat.language.scope import Scope


def check_whole(program: ast.Program, scope: Scope) -> None:
    """Refuses and warns about a program as a whole."""
    entries = [rule for rule in program.rules if isinstance(rule, ast.Entry)]
    if not entries and not any(isinstance(rule, ast.Alert) for rule in program.rules):
        hint = "add: enter long when CONDITION ... end"
        scope.refuse("R500", program, "this strategy never enters a trade", hint)
    for entry in entries:
        if not _has_way_out(entry, program):
            scope.warn("W901", entry, f"nothing closes this {entry.side}: no stop, target or exit", "add a stop")
        if entry.symbol is not None:
            _prices_of_another(entry, entry.symbol, scope)
    _opposites(program, entries, scope)
    for rule in program.rules:
        if isinstance(rule, ast.Trade) and rule.start is None and not rule.days:
            scope.refuse("R509", rule, "this allows no time and no day at all", "name a window or days")
        if isinstance(rule, (ast.Exit, ast.Reduce)):
            _closes_something(rule, program, entries, scope)
        _waiting(rule, entries, scope)
        _policy(rule, program, entries, scope)
    names: tuple[ast.Input | ast.Let, ...] = (*program.inputs, *program.lets)
    for item in names:
        if item.name not in scope.used:
            scope.warn("W903", item, f'"{item.name}" is not used')
    acting = (ast.Entry, ast.Exit, ast.Reduce, ast.Alert, ast.CancelWhen, ast.CancelAt, ast.CloseAt)
    for rule, count in Counter(rule for rule in program.rules if isinstance(rule, acting)).items():
        if count > 1:
            scope.warn("W904", rule, "this rule stands here twice", "keep one of them")


def _prices_of_another(entry: ast.Entry, symbol: str, scope: Scope) -> None:
    """Prices and distances of the strategy's own bars are hardly meant for an order in another symbol."""
    for expr in _measures(entry):
        series = [node for node in ast.walk(expr) if isinstance(node, (ast.Price, ast.Call))]
        named = [node for node in ast.walk(expr) if isinstance(node, ast.Name) and node.id in scope.lets]
        if (series or named) and not scope.is_foreign(expr):
            message = f"this is worked out on the strategy's own bars, and the order is in {symbol}"
            scope.warn("W909", expr, message, f"write it of {symbol}: (...) of {symbol}")


def _measures(entry: ast.Entry) -> list[ast.Expr]:
    """The prices and distances of an entry's clauses."""
    found: list[ast.Expr | None] = [_measure(entry.stop), _measure(entry.target)]
    found += [_measure(take.bracket) for take in entry.takes] + [_measure(s.bracket) for s in entry.target_steps]
    if entry.order is not None:
        found += [entry.order.price, entry.order.limit]
    if entry.trail is not None:
        found.append(entry.trail.distance)
    if entry.trail_line is not None:
        found.append(entry.trail_line.price)
    if entry.add is not None:
        found.append(entry.add.every)
    return [expr for expr in found if expr is not None]


def _measure(bracket: ast.Bracket | None) -> ast.Expr | None:
    return bracket.price if isinstance(bracket, ast.Level) else bracket.distance if bracket is not None else None


def _opposites(program: ast.Program, entries: list[ast.Entry], scope: Scope) -> None:
    """A long and a short at the market on one condition cancel out every time (EXECUTION rule 6)."""
    if any(isinstance(rule, ast.Only) for rule in program.rules):
        return
    longs = {(entry.when, entry.symbol) for entry in entries if entry.side == "long" and entry.order is None}
    for entry in entries:
        if entry.side == "short" and entry.order is None and (entry.when, entry.symbol) in longs:
            message = (
                "a long and a short are entered on the same condition, so they cancel out and neither is ever taken"
            )
            scope.refuse("R508", entry, message, "change one of the conditions, or drop one of the sides")


def _closes_something(
    rule: ast.Exit | ast.Reduce, program: ast.Program, entries: list[ast.Entry], scope: Scope
) -> None:
    word = "exit" if isinstance(rule, ast.Exit) else "reduction"
    here = [entry for entry in entries if entry.symbol == rule.symbol]
    if entries and not here:
        place = rule.symbol or program.symbol or "the strategy's own symbol"
        scope.warn("W902", rule, f"no rule enters {place}, so this {word} never acts")
    elif here and rule.side not in (*(entry.side for entry in here), "all"):
        scope.warn("W902", rule, f"no rule enters {rule.side}, so this {word} never acts")
    elif not entries:
        scope.warn("W902", rule, f"no rule enters a trade, so this {word} never acts")


def _waiting(rule: ast.Rule, entries: list[ast.Entry], scope: Scope) -> None:
    """Rules about waiting orders need some."""
    sides = [entry.side for entry in entries if entry.order is not None]
    deletable = {*sides, *(entry.side for entry in entries if entry.add is not None)}
    hint = "place an order with: place stop at PRICE, or place limit at PRICE"
    match rule:
        case ast.CancelAt() | ast.CancelWhen() if not deletable:
            scope.refuse("R517", rule, "no entry places an order that waits, so there is nothing to cancel", hint)
        case ast.CancelWhen(side, _) if side is not None and side not in deletable:
            message = f"no {side} entry places an order that waits, so there is nothing to cancel"
            scope.refuse("R517", rule, message, "leave out the side, or name the other one")
        case ast.OneCancelsOther() if not sides:
            scope.refuse("R517", rule, "no entry places an order that waits, so none can cancel another", hint)
        case ast.OneCancelsOther() if len(sides) == 1:
            message = "only one entry places an order that waits, so there is no other to cancel"
            scope.warn("W902", rule, message)


def _policy(rule: ast.Rule, program: ast.Program, entries: list[ast.Entry], scope: Scope) -> None:
    """Rules that rule each other out, or that nothing in the program can bring about."""
    sides = {entry.side for entry in entries}
    match rule:
        case ast.Only(side):
            if entries and side not in sides:
                message = f"only {side} entries are taken, and no rule enters {side}"
                scope.refuse("R518", rule, message, f"add: enter {side} when CONDITION ... end")
            for entry in entries:
                if entry.side != side:
                    scope.warn("W902", entry, f'"only {side}" stands here, so this entry never acts')
        case ast.Hedging():
            if any(isinstance(other, ast.NoReversal) for other in program.rules):
                message = '"allow hedging" opens an opposite entry, which "no reversal" ignores'
                scope.refuse("R520", rule, message, "keep the one that is meant")
            elif len(sides) == 1:
                scope.warn("W902", rule, f"no rule enters {_other(*sides)}, so there is nothing to hedge")
        case ast.VolumeCap(ast.Number(most)):
            for entry in entries:
                lots = entry.size.lots if isinstance(entry.size, ast.Lots) else None
                if isinstance(lots, ast.Number) and lots.value > most and entry.scale is None:
                    message = f"this entry of {lots.value:f} lots is more than the {most:f} lots allowed: it never acts"
                    scope.refuse("R519", entry, message, "make it smaller, or allow more")
        case ast.Wait(_, "stop") if entries and not any(_can_be_stopped(entry) for entry in entries):
            scope.warn("W902", rule, "no entry has a stop, so none is ever waited after")


def _other(side: str) -> str:
    return "short" if side == "long" else "long"


def _can_be_stopped(entry: ast.Entry) -> bool:
    return bool(entry.stop or entry.trail or entry.trail_line or entry.breakeven or entry.locks)


def _has_way_out(entry: ast.Entry, program: ast.Program) -> bool:
    own = (entry.stop, entry.target, entry.trail, entry.trail_line, entry.close_after, entry.breakeven)
    if any(part is not None for part in own) or entry.takes or entry.target_steps or entry.locks:
        return True
    reversal = not any(isinstance(rule, (ast.NoReversal, ast.Hedging)) for rule in program.rules)
    for rule in program.rules:
        if isinstance(rule, ast.CloseAt):
            return True
        if not isinstance(rule, (ast.Exit, ast.Entry)) or rule.symbol != entry.symbol:
            continue
        if isinstance(rule, ast.Exit) and rule.side in (entry.side, "all"):
            return True
        if isinstance(rule, ast.Entry) and rule.side != entry.side and reversal:
            return True
    return False
