"""Stage 5p: conditions on the trading itself and on other markets: `after two losses in a row`, `gold is above ...`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from nl2strat.language import ast
from nl2strat.language.ast import Expr
from nl2strat.translate.offline import atoms, predicates, references, templates
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.phrases import Phrases, listed
from nl2strat.translate.offline.quantities import count
from nl2strat.translate.offline.settle import rewrite
from nl2strat.translate.offline.subjects import Subject

_WORDS = listed("facts")
_FLAGS = ("last trade lost", "last trade won", "holding long", "holding short")
_VALUES = (
    "losses in a row", "wins in a row", "trades open", "trades today", "bars since loss", "bars since win",
    "bars since exit",
)  # fmt: skip
_MORE: Phrases[str] = Phrases.of(
    {
        ">": _WORDS["more"],
        ">=": _WORDS["at least"],
        "<": _WORDS["fewer"],
        "<=": _WORDS["at most"],
        "==": _WORDS["exactly"],
    }
)
_COUNTS_UP = ("losses in a row", "wins in a row", "bars since loss", "bars since win", "bars since exit")


def fact(p: Cursor) -> Expr | None:
    """What the account knows: how trades ended, how many there are, how long ago the last one was."""
    found = templates.match(p, templates.table("facts", (*_FLAGS, *_VALUES)), {"counted": _counted}, inside=True)
    if found is None:
        return None
    name, filled = found
    if name in _FLAGS:
        return ast.AccountFlag(name)  # type: ignore[arg-type]
    operator, number = filled["counted"]
    value = ast.AccountValue(name)  # type: ignore[arg-type]
    if not operator:
        if name not in _COUNTS_UP:
            operator = "=="
        else:
            operator = ">="
            p.note(f'"{_shown(number)} {name}" means that many or more.')
    return ast.Compare(operator, value, number)


def _counted(p: Cursor) -> tuple[Any, ast.Count] | None:
    """`two`, `at least 3`, `fewer than 2`, `no`."""
    if p.accept("no"):
        return "==", ast.Number(Decimal(0))
    operator = p.match(_MORE) or ""
    number = count(p)
    return (operator, number) if number is not None else None


def _shown(number: ast.Count) -> str:
    return str(number.value) if isinstance(number, ast.Number) else number.id


# ------------------------------------------------------------------ other markets


def of_market(p: Cursor) -> Expr | None:
    """`gold is above its 50-bar average`, `EURUSD's RSI is below 30`: said of a market by name.

    Where that market is the one that is traded, `own_market` takes the name off again.
    """
    name = references.market(p)
    if name is None:
        return None
    if p.accept("'s"):
        found = p.trial(atoms.clause)
    elif p.word() in _WORDS["predicates"]:
        found = predicates.predicate(p, Subject(ast.Price("close"), is_bar=True))
    else:
        return None
    p.context = replace(p.context, spoken_of=name)
    return ast.OfSymbol(found, name) if found is not None else None


def continued(p: Cursor, read: Callable[[Cursor], Expr | None], *, silent: bool = False) -> Expr | None:
    """A condition; what is said of "it", or of nothing named (`silent`), is of the market spoken of last."""
    pointing = silent or p.at("it", "they", "this")
    found = p.trial(read)
    if found is None:
        return None
    if not pointing:
        p.context = replace(p.context, spoken_of=None)
    name = p.context.spoken_of
    return found if name is None else ast.OfSymbol(found, name)


def markets_of(rules: Sequence[ast.Rule]) -> list[str]:
    """The markets that conditions name, in order."""
    return list(dict.fromkeys(n.symbol for r in rules for n in ast.walk(r) if isinstance(n, ast.OfSymbol)))


def only_of_markets(rules: Sequence[ast.Rule]) -> bool:
    """Whether every entry asks about named markets only."""
    entries = [rule for rule in rules if isinstance(rule, ast.Entry)]
    return bool(entries) and all(isinstance(part, ast.OfSymbol) for entry in entries for part in _parts(entry.when))


def _parts(condition: Expr) -> Sequence[Expr]:
    return condition.conditions if isinstance(condition, (ast.AllOf, ast.AnyOf)) else (condition,)


def own_market(rules: Sequence[ast.Rule], symbol: str) -> tuple[ast.Rule, ...]:
    """The rules with what is said of the market that is traded as what is said of its own bars."""

    def plain(node: ast.Node) -> ast.Node:
        return node.value if isinstance(node, ast.OfSymbol) and node.symbol == symbol else node

    return tuple(rewrite(rule, plain) for rule in rules)
