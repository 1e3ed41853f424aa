"""Stage 8b: what an element of the text became in the program, as the language writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nl2strat.language import ast
from nl2strat.language.printer import print_expr, print_rule
from nl2strat.translate.offline import durations
from nl2strat.translate.offline.elements import (
    AtTime,
    Basket,
    Blocked,
    Clause,
    Definition,
    Element,
    Filter,
    Frame,
    Leave,
    Market,
    Mention,
    Only,
    Open,
    Policy,
    Presumed,
    Rule,
    Setting,
    Stay,
    When,
)

_LINKS = {"unless": "not", "until": "exit when"}


def node_of(element: Element, actions: dict[int, Open | Leave], rules: Sequence[ast.Rule]) -> str | None:
    """The fragment, or None for what frames a rule. `actions`: what each opening or closing turned out to be."""
    item = actions.get(element.first, element.item)
    match item:
        case Open(said):
            return f"enter {said}"
        case Leave(said):
            return f"exit {said or 'all'}"
        case Clause():
            return _clause(item)
        case Rule(rule):
            return print_rule(durations.shown(rule))
        case Blocked() | AtTime():
            times = [print_rule(r) for r in rules if isinstance(r, (ast.Trade, ast.CloseAt))]
            return "; ".join(times) or "when time"
        case Only(side):
            return f"enter {side} only"
        case Policy(name):
            return f"entries: {name}"
        case Market(symbol):
            return f"symbol {symbol}"
        case Basket(symbols):
            return f"symbol {', '.join(symbols)}"
        case Presumed(given):
            return f"account {given.name} {given.value}"
        case Frame(timeframe):
            return f"timeframe {timeframe}"
        case Setting(turned):
            return f"input {turned.name} = {turned.default}"
        case Mention(value):
            return print_expr(value)
        case Definition(name):
            return name
        case Stay(side):
            return f"hold {side} while"
        case When(_, link):
            return _LINKS.get(link, "when")
        case Filter(side):
            return f"when ({side} entries)" if side else "when"
        case _:
            return None


def _clause(clause: Clause) -> str:
    if len(clause.parts) > 1:
        return "; ".join(_clause(part) for part in clause.parts)
    value: Any = clause.value
    if clause.field == "close_after" and isinstance(value, tuple):
        return f"close after {print_expr(value[0])} {value[1]}s"
    entry = ast.Entry("long", ast.Flag("flat"))
    several = clause.field in ("takes", "locks", "target_steps")
    entry = replace(entry, **{clause.field: (durations.shown(value),) if several else value})  # type: ignore[arg-type]
    return " ".join(line.strip() for line in print_rule(entry).splitlines()[1:-1])
