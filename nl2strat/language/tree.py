"""From Lark's parse tree to a program: one method per grammar rule or alias, named like it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lark import Token, v_args
from lark.tree import Meta

from nl2strat.language import ast
from nl2strat.language.tree_expressions import Expressions, decimal, place, string, token_place


@v_args(meta=True)
class TreeToAst(Expressions):
    """Builds `ast` nodes bottom-up. Meaning is checked later, on the finished program."""

    # program
    def start(self, meta: Meta, parts: Sequence[Any]) -> Any:
        return parts[0]

    def answer(self, meta: Meta, parts: Sequence[Any]) -> ast.Answer:
        return ast.Answer(tuple(parts), at=place(meta))

    def question(self, meta: Meta, parts: Sequence[Any]) -> str:
        return string(parts[0])

    def program(self, meta: Meta, parts: Sequence[Any]) -> ast.Program:
        title, *rest = parts
        head: dict[str, Any] = dict(part for part in rest if isinstance(part, tuple) and part[0] != "assume")
        return ast.Program(
            name=title,
            symbol=head.get("symbol", (None,))[0],
            also=head.get("symbol", ())[1:],
            timeframe=head.get("timeframe"),
            definitions=head.get("indicators", "textbook"),
            account=tuple(p for p in rest if isinstance(p, ast.Setting)),
            assumptions=tuple(p[1] for p in rest if isinstance(p, tuple) and p[0] == "assume"),
            inputs=tuple(p for p in rest if isinstance(p, ast.Input)),
            lets=tuple(p for p in rest if isinstance(p, ast.Let)),
            rules=tuple(p for p in rest if not isinstance(p, (tuple, ast.Setting, ast.Input, ast.Let))),
            at=place(meta),
        )

    def title(self, meta: Meta, parts: Sequence[Token]) -> str:
        return string(parts[0])

    def assume(self, meta: Meta, parts: Sequence[Token]) -> tuple[str, str]:
        return "assume", string(parts[0])

    def symbol(self, meta: Meta, parts: Sequence[Token]) -> tuple[str, tuple[str, ...]]:
        return "symbol", tuple(map(str, parts))

    def timeframe(self, meta: Meta, parts: Sequence[Token]) -> tuple[str, str]:
        return "timeframe", str(parts[0])

    def indicators(self, meta: Meta, parts: Sequence[Token]) -> tuple[str, str]:
        return "indicators", str(parts[0])

    def account(self, meta: Meta, parts: Sequence[Token]) -> ast.Setting:
        return ast.Setting(str(parts[0]), decimal(parts[1]), at=place(meta))  # type: ignore[arg-type]

    def input(self, meta: Meta, parts: Sequence[Any]) -> ast.Input:
        name, default, *rest = parts
        low = high = step = None
        if rest:
            low, high = (decimal(end.strip()) for end in str(rest[0]).split(".."))
        if len(rest) > 1:
            step = decimal(rest[1])
        number: Any = default.value if isinstance(default, ast.Minus) else default
        value: Decimal = -number.value if isinstance(default, ast.Minus) else number.value
        return ast.Input(str(name), value, low, high, step, at=token_place(name))

    def define(self, meta: Meta, parts: Sequence[Any]) -> ast.Let:
        return ast.Let(str(parts[0]), parts[1], at=token_place(parts[0]))

    # rules
    def entry(self, meta: Meta, parts: Sequence[Any]) -> ast.Entry:
        (side, symbol), (when, *clauses) = _side_and_symbol(parts)
        return ast.Entry(side, when, **_clauses(clauses), symbol=symbol, at=place(meta))

    def exit(self, meta: Meta, parts: Sequence[Any]) -> ast.Exit:
        (side, symbol), (when,) = _side_and_symbol(parts)
        return ast.Exit(side, when, symbol, at=place(meta))

    def reduce(self, meta: Meta, parts: Sequence[Any]) -> ast.Reduce:
        side, part, *rest = parts
        (_, symbol), (when,) = _side_and_symbol((side, *rest))
        return ast.Reduce(str(side), *_part(part, when), symbol, at=place(meta))  # type: ignore[arg-type]

    def alert(self, meta: Meta, parts: Sequence[Any]) -> ast.Alert:
        return ast.Alert(string(parts[0]), parts[1], at=place(meta))

    def trade(self, meta: Meta, parts: Sequence[Any]) -> ast.Trade:
        (start, end, zone), *days = parts
        return ast.Trade(start, end, zone, days[0] if days else (), at=place(meta))

    def trade_days(self, meta: Meta, parts: Sequence[Any]) -> ast.Trade:
        return ast.Trade(days=tuple(parts), at=place(meta))

    def window(self, meta: Meta, parts: Sequence[Any]) -> tuple[Any, Any, str | None]:
        return parts[0], parts[1], string(parts[2]) if len(parts) > 2 else None

    def days(self, meta: Meta, parts: Sequence[str]) -> tuple[str, ...]:
        return tuple(parts)

    def day(self, meta: Meta, parts: Sequence[Token]) -> str:
        return str(parts[0])

    def close_at(self, meta: Meta, parts: Sequence[Any]) -> ast.CloseAt:
        zone = next((string(p) for p in parts[1:] if isinstance(p, Token)), None)
        days = next((p for p in parts[1:] if isinstance(p, tuple)), ())
        return ast.CloseAt(parts[0], zone, days, at=place(meta))

    def dates_from(self, meta: Meta, parts: Sequence[Token]) -> ast.Dates:
        return ast.Dates(str(parts[0]), None, at=place(meta))

    def dates_between(self, meta: Meta, parts: Sequence[Token]) -> ast.Dates:
        return ast.Dates(str(parts[0]), str(parts[1]), at=place(meta))

    def dates_until(self, meta: Meta, parts: Sequence[Token]) -> ast.Dates:
        return ast.Dates(None, str(parts[0]), at=place(meta))

    def only(self, meta: Meta, parts: Sequence[Token]) -> ast.Only:
        return ast.Only(str(parts[0]), at=place(meta))  # type: ignore[arg-type]

    def cancel_at(self, meta: Meta, parts: Sequence[Any]) -> ast.CancelAt:
        same = self.close_at(meta, parts)
        return ast.CancelAt(same.clock, same.zone, same.days, at=same.at)

    def cancel_when(self, meta: Meta, parts: Sequence[Any]) -> ast.CancelWhen:
        side = str(parts[0]) if len(parts) > 1 else None
        return ast.CancelWhen(side, parts[-1], at=place(meta))  # type: ignore[arg-type]

    def daily_share(self, meta: Meta, parts: Sequence[Any]) -> ast.DailyCap:
        return ast.DailyCap(str(parts[0]), parts[1], True, at=place(meta))  # type: ignore[arg-type]

    def daily_money(self, meta: Meta, parts: Sequence[Any]) -> ast.DailyCap:
        return ast.DailyCap(str(parts[0]), parts[1], False, at=place(meta))  # type: ignore[arg-type]

    def spread_cap(self, meta: Meta, parts: Sequence[Any]) -> ast.SpreadCap:
        return ast.SpreadCap(parts[0], at=place(meta))

    def volume_cap(self, meta: Meta, parts: Sequence[Any]) -> ast.VolumeCap:
        return ast.VolumeCap(parts[0], at=place(meta))

    def wait(self, meta: Meta, parts: Sequence[Any]) -> ast.Wait:
        return ast.Wait(parts[0], str(parts[1]), at=place(meta))  # type: ignore[arg-type]

    def skip(self, meta: Meta, parts: Sequence[Any]) -> ast.Skip:
        return ast.Skip(parts[0], str(parts[1]), at=place(meta))  # type: ignore[arg-type]

    def hedging(self, meta: Meta, parts: Sequence[Any]) -> ast.Hedging:
        return ast.Hedging(at=place(meta))

    def one_cancels_other(self, meta: Meta, parts: Sequence[Any]) -> ast.OneCancelsOther:
        return ast.OneCancelsOther(at=place(meta))

    def daily_limit(self, meta: Meta, parts: Sequence[Any]) -> ast.DailyLimit:
        return ast.DailyLimit(parts[0], at=place(meta))

    def pyramid(self, meta: Meta, parts: Sequence[Any]) -> ast.Pyramid:
        return ast.Pyramid(parts[0], at=place(meta))

    def no_reversal(self, meta: Meta, parts: Sequence[Any]) -> ast.NoReversal:
        return ast.NoReversal(at=place(meta))

    # clauses of an entry: (field, value) pairs
    def place_stop(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "order", ast.Pending("stop", *parts, at=place(meta))

    def place_limit(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "order", ast.Pending("limit", parts[0], at=place(meta))

    def valid(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "valid", parts[0]

    def valid_until(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        zone = string(parts[1]) if len(parts) > 1 else None
        return "valid_until", ast.ValidUntil(parts[0], zone, at=place(meta))

    def target_step(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "target_steps", ast.TargetStep(*parts, at=place(meta))

    def trail_line(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "trail_line", ast.TrailLine(*parts, at=place(meta))

    def lock(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "locks", ast.Lock(*parts, at=place(meta))

    def add(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        times, every, way, *factor = parts
        return "add", ast.Add(times, every, str(way).strip(), *factor, at=place(meta))  # type: ignore[arg-type]

    def scale(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        factor, result, times = parts
        return "scale", ast.ScaleSize(factor, str(result), times, at=place(meta))  # type: ignore[arg-type]

    def size_money(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "size", ast.Money(parts[0], at=place(meta))

    def stop(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "stop", parts[0]

    def target(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "target", parts[0]

    def take_after(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        share, bracket, lots = _part(parts[0], ast.Offset(parts[1], at=parts[1].at))
        return "takes", ast.Take(share, bracket, lots, at=place(meta))

    def take_at(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        share, bracket, lots = _part(parts[0], ast.Level(parts[1], at=parts[1].at))
        return "takes", ast.Take(share, bracket, lots, at=place(meta))

    def trail(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "trail", ast.Trail(*parts, at=place(meta))

    def breakeven(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "breakeven", ast.Breakeven(*parts, at=place(meta))

    def size_lots(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "size", ast.Lots(parts[0], at=place(meta))

    def size_share(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "size", ast.Share(parts[0], str(parts[1]), at=place(meta))  # type: ignore[arg-type]

    def risk_share(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "size", ast.Risk(parts[0], str(parts[1]), at=place(meta))  # type: ignore[arg-type]

    def risk_money(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "size", ast.RiskMoney(parts[0], at=place(meta))

    def close_after(self, meta: Meta, parts: Sequence[Any]) -> tuple[str, Any]:
        return "close_after", parts[0]

    def offset(self, meta: Meta, parts: Sequence[Any]) -> ast.Offset:
        return ast.Offset(parts[0], at=place(meta))

    def level(self, meta: Meta, parts: Sequence[Any]) -> ast.Level:
        return ast.Level(parts[0], at=place(meta))


def _part(part: Any, of: Any) -> tuple[Any, Any, bool]:
    """A part of a position: how much, what it belongs to, and whether it is counted in lots."""
    return (part.lots, of, True) if isinstance(part, ast.Lots) else (part, of, False)


def _side_and_symbol(parts: Sequence[Any]) -> tuple[tuple[Any, str | None], Sequence[Any]]:
    """The side, the symbol if one is named, and what follows."""
    side, *rest = parts
    named = isinstance(rest[0], Token)
    return (str(side), str(rest[0]) if named else None), rest[named:]


def _clauses(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The clauses of an entry as fields; a clause said twice is kept under `twice` for the checker."""
    result: dict[str, Any] = {}
    twice: list[str] = []
    for name, value in pairs:
        if name in ("takes", "target_steps", "locks"):
            result[name] = (*result.get(name, ()), value)
        elif name in result:
            twice.append(name)
        else:
            result[name] = value
    if twice:
        result["twice"] = tuple(twice)
    return result
