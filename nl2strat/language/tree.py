"""From Lark's parse tree to the AST: one method per grammar rule or alias, named like it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lark import Token, Transformer, v_args
from lark.tree import Meta

from nl2strat.language import ast

_CLOCK = ((1, 2), (2,))
"""How many digits an hour and a minute may have: 9:05 is a time, 9:5 is a slip."""


def _place(meta: Meta) -> ast.Place:
    if meta.empty:
        return ast.NOWHERE
    width = meta.end_column - meta.column if meta.end_line == meta.line else 1
    return ast.Place(meta.line, meta.column, max(1, width))


def _token_place(token: Token) -> ast.Place:
    return ast.Place(token.line or 1, token.column or 1, len(token))


def _decimal(text: str) -> Decimal:
    """A decimal in its shortest spelling, so that 0.10 and 0.1 are one number."""
    value = Decimal(text).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral() else value


def _string(token: Token) -> str:
    return str(token)[1:-1]


@v_args(meta=True)
class TreeToAst(Transformer[Token, Any]):
    """Builds `ast` nodes bottom-up. Meaning is checked later, on the finished program."""

    # program
    def start(self, meta: Meta, parts: Sequence[Any]) -> Any:
        return parts[0]

    def answer(self, meta: Meta, parts: Sequence[Any]) -> ast.Answer:
        return ast.Answer(tuple(parts), at=_place(meta))

    def question(self, meta: Meta, parts: Sequence[Any]) -> str:
        return _string(parts[0])

    def program(self, meta: Meta, parts: Sequence[Any]) -> ast.Program:
        title, *rest = parts
        head: dict[str, Any] = dict(part for part in rest if isinstance(part, tuple) and part[0] != "assume")
        return ast.Program(
            name=title,
            symbol=head.get("symbol"),
            timeframe=head.get("timeframe"),
            definitions=head.get("indicators", "textbook"),
            assumptions=tuple(p[1] for p in rest if isinstance(p, tuple) and p[0] == "assume"),
            inputs=tuple(p for p in rest if isinstance(p, ast.Input)),
            lets=tuple(p for p in rest if isinstance(p, ast.Let)),
            rules=tuple(p for p in rest if not isinstance(p, (tuple, ast.Input, ast.Let))),
            at=_place(meta),
        )

    def title(self, meta: Meta, parts: Sequence[Token]) -> str:
        return _string(parts[0])

    def assume(self, meta: Meta, parts: Sequence[Token]) -> tuple[str, str]:
        return "assume", _string(parts[0])

    def symbol(self, meta: Meta, parts: Sequence[Token]) -> tuple[str, str]:
        return "symbol", str(parts[0])

    def timeframe(self, meta: Meta, parts: Sequence[Token]) -> tuple[str, str]:
        return "timeframe", str(parts[0])

    def indicators(self, meta: Meta, parts: Sequence[Token]) -> tuple[str, str]:
        return "indicators", str(parts[0])

    def input(self, meta: Meta, parts: Sequence[Any]) -> ast.Input:
        name, default, *rest = parts
        low = high = step = None
        if rest:
            low, high = (_decimal(end.strip()) for end in str(rest[0]).split(".."))
        if len(rest) > 1:
            step = _decimal(rest[1])
        number: Any = default.value if isinstance(default, ast.Minus) else default
        value: Decimal = -number.value if isinstance(default, ast.Minus) else number.value
        return ast.Input(str(name), value, low, high, step, at=_token_place(name))

    def define(self, meta: Meta, parts: Sequence[Any]) -> ast.Let:
        return ast.Let(str(parts[0]), parts[1], at=_token_place(parts[0]))

    # rules
    def entry(self, meta: Meta, parts: Sequence[Any]) -> ast.Entry:
        side, when, *clauses = parts
        return ast.Entry(str(side), when, **_clauses(clauses), at=_place(meta))  # type: ignore[arg-type]

    def exit(self, meta: Meta, parts: Sequence[Any]) -> ast.Exit:
        return ast.Exit(str(parts[0]), parts[1], at=_place(meta))  # type: ignore[arg-type]

    def trade(self, meta: Meta, parts: Sequence[Any]) -> ast.Trade:
        (start, end, zone), *days = parts
        return ast.Trade(start, end, zone, days[0] if days else (), at=_place(meta))

    def trade_days(self, meta: Meta, parts: Sequence[Any]) -> ast.Trade:
        return ast.Trade(days=tuple(parts), at=_place(meta))

    def window(self, meta: Meta, parts: Sequence[Any]) -> tuple[Any, Any, str | None]:
        return parts[0], parts[1], _string(parts[2]) if len(parts) > 2 else None

    def days(self, meta: Meta, parts: Sequence[str]) -> tuple[str, ...]:
        return tuple(parts)

    def day(self, meta: Meta, parts: Sequence[Token]) -> str:
        return str(parts[0])

    def close_at(self, meta: Meta, parts: Sequence[Any]) -> ast.CloseAt:
        zone = next((_string(p) for p in parts[1:] if isinstance(p, Token)), None)
        days = next((p for p in parts[1:] if isinstance(p, tuple)), ())
        return ast.CloseAt(parts[0], zone, days, at=_place(meta))

    def daily_limit(self, meta: Meta, parts: Sequence[Any]) -> ast.DailyLimit:
        return ast.DailyLimit(parts[0], at=_place(meta))

    def pyramid(self, meta: Meta, parts: Sequence[Any]) -> ast.Pyramid:
        return ast.Pyramid(parts[0], at=_place(meta))

    def no_reversal(self, meta: Meta, parts: Sequence[Any]) -> ast.NoReversal:
        return ast.NoReversal(at=_place(meta))

    # clauses of an entry: (field, value) pairs
    def place_stop(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "order", ast.Pending("stop", *parts, at=_place(meta))

    def place_limit(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "order", ast.Pending("limit", parts[0], at=_place(meta))

    def valid(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "valid", parts[0]

    def stop(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "stop", parts[0]

    def target(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "target", parts[0]

    def take_after(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "takes", ast.Take(parts[0], ast.Offset(parts[1], at=parts[1].at), at=_place(meta))

    def take_at(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "takes", ast.Take(parts[0], ast.Level(parts[1], at=parts[1].at), at=_place(meta))

    def trail(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "trail", ast.Trail(*parts, at=_place(meta))

    def breakeven(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "breakeven", ast.Breakeven(*parts, at=_place(meta))

    def size_lots(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "size", ast.Lots(parts[0], at=_place(meta))

    def size_share(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "size", ast.Share(parts[0], str(parts[1]), at=_place(meta))  # type: ignore[arg-type]

    def risk_share(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "size", ast.Risk(parts[0], str(parts[1]), at=_place(meta))  # type: ignore[arg-type]

    def risk_money(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "size", ast.RiskMoney(parts[0], at=_place(meta))

    def close_after(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "close_after", parts[0]

    def offset(self, meta: Meta, parts: Sequence[Any]) -> ast.Offset:
        return ast.Offset(parts[0], at=_place(meta))

    def level(self, meta: Meta, parts: Sequence[Any]) -> ast.Level:
        return ast.Level(parts[0], at=_place(meta))

    # expressions
    def expr(self, meta: Meta, parts: Sequence[Any]) -> ast.AnyOf:
        return ast.AnyOf(tuple(parts), at=_place(meta))

    def and_expr(self, meta: Meta, parts: Sequence[Any]) -> ast.AllOf:
        return ast.AllOf(tuple(parts), at=_place(meta))

    def negation(self, meta: Meta, parts: Sequence[Any]) -> ast.Negation:
        return ast.Negation(parts[0], at=_place(meta))

    def for_bars(self, meta: Meta, parts: Sequence[Any]) -> ast.ForBars:
        return ast.ForBars(parts[0], parts[1], at=_place(meta))

    def within_bars(self, meta: Meta, parts: Sequence[Any]) -> ast.WithinBars:
        return ast.WithinBars(parts[0], parts[1], at=_place(meta))

    def compare(self, meta: Meta, parts: Sequence[Any]) -> ast.Compare:
        return ast.Compare(str(parts[1]).strip(), parts[0], parts[2], at=_place(meta))  # type: ignore[arg-type]

    def cross(self, meta: Meta, parts: Sequence[Any]) -> ast.Cross:
        direction = str(parts[1]).split()[1]
        return ast.Cross(direction, parts[0], parts[2], at=_place(meta))  # type: ignore[arg-type]

    def sum(self, meta: Meta, parts: Sequence[Any]) -> Any:
        return _fold(parts, meta)

    def product(self, meta: Meta, parts: Sequence[Any]) -> Any:
        return _fold(parts, meta)

    def minus(self, meta: Meta, parts: Sequence[Any]) -> ast.Minus:
        return ast.Minus(parts[0], at=_place(meta))

    def on_timeframe(self, meta: Meta, parts: Sequence[Any]) -> ast.OnTimeframe:
        return ast.OnTimeframe(parts[0], str(parts[1]), at=_place(meta))

    def past(self, meta: Meta, parts: Sequence[Any]) -> ast.Past:
        return ast.Past(parts[0], parts[1], at=_place(meta))

    def group(self, meta: Meta, parts: Sequence[Any]) -> Any:
        return parts[0]

    def call(self, meta: Meta, parts: Sequence[Any]) -> ast.Call:
        return ast.Call(str(parts[0]), tuple(parts[1:]), at=_place(meta))

    def name(self, meta: Meta, parts: Sequence[Token]) -> ast.Name:
        return ast.Name(str(parts[0]), at=_place(meta))

    def price(self, meta: Meta, parts: Sequence[Token]) -> ast.Price:
        return ast.Price(str(parts[0]), at=_place(meta))  # type: ignore[arg-type]

    def flag(self, meta: Meta, parts: Sequence[Token]) -> ast.Flag:
        return ast.Flag(str(parts[0]), at=_place(meta))  # type: ignore[arg-type]

    def position(self, meta: Meta, parts: Sequence[Token]) -> ast.PositionValue:
        return ast.PositionValue(" ".join(str(parts[0]).split()), at=_place(meta))  # type: ignore[arg-type]

    def clock(self, meta: Meta, parts: Sequence[Token]) -> ast.Clock:
        # An hour like 9.5 or a minute of one digit is refused by the checker, with its place, not here.
        hour, minute = (
            int(p) if p.isdigit() and len(p) in digits else 99 for p, digits in zip(parts, _CLOCK, strict=True)
        )
        return ast.Clock(hour, minute, at=_place(meta))

    def number(self, meta: Meta, parts: Sequence[Token]) -> ast.Number:
        return ast.Number(_decimal(parts[0]), at=_place(meta))

    def minus_number(self, meta: Meta, parts: Sequence[Token]) -> ast.Minus:
        return ast.Minus(ast.Number(_decimal(parts[0])), at=_place(meta))

    def number_unit(self, meta: Meta, parts: Sequence[Token]) -> ast.Quantity:
        return ast.Quantity(ast.Number(_decimal(parts[0])), _unit(parts[1]), at=_place(meta))

    def name_unit(self, meta: Meta, parts: Sequence[Token]) -> ast.Quantity:
        return ast.Quantity(ast.Name(str(parts[0])), _unit(parts[1]), at=_place(meta))

    def number_percent(self, meta: Meta, parts: Sequence[Token]) -> ast.Quantity:
        return ast.Quantity(ast.Number(_decimal(parts[0])), "%", at=_place(meta))

    def number_r(self, meta: Meta, parts: Sequence[Token]) -> ast.Quantity:
        return ast.Quantity(ast.Number(_decimal(parts[0])), "R", at=_place(meta))

    def share_number(self, meta: Meta, parts: Sequence[Token]) -> ast.Number:
        return ast.Number(_decimal(parts[0]), at=_place(meta))

    def share_name(self, meta: Meta, parts: Sequence[Token]) -> ast.Name:
        return ast.Name(str(parts[0]), at=_place(meta))


def _unit(token: Token) -> Any:
    word = str(token).strip()
    return "%" if word == "percent" else word


def _fold(parts: Sequence[Any], meta: Meta) -> Any:
    """`a - b + c` is `(a - b) + c`."""
    result = parts[0]
    for operator, right in zip(parts[1::2], parts[2::2], strict=True):
        result = ast.Arithmetic(str(operator).strip(), result, right, at=_place(meta))  # type: ignore[arg-type]
    return result


def _clauses(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The clauses of an entry as fields; a clause said twice is kept under `twice` for the checker."""
    result: dict[str, Any] = {}
    twice: list[str] = []
    for name, value in pairs:
        if name == "takes":
            result["takes"] = (*result.get("takes", ()), value)
        elif name in result:
            twice.append(name)
        else:
            result[name] = value
    if twice:
        result["twice"] = tuple(twice)
    return result
