"""The rules of a program that all its entries share, and how generated code tells the runtime of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nl2strat.codegen.code import Atom, Call, Code, Row, literal
from nl2strat.codegen.layout import Block
from nl2strat.codegen.scope import Scope
from nl2strat.language import ast
from nl2strat.language.ast.statements import Side


@dataclass(frozen=True)
class Policy:
    """What holds for every entry."""

    close_at: tuple[ast.CloseAt, ...] = ()
    pyramid: ast.Count | None = None
    trades_per_day: ast.Count | None = None
    reversal: bool = True
    only: Side | None = None

    @classmethod
    def of(cls, program: ast.Program) -> Policy:
        rules = program.rules
        pyramids = [rule.entries for rule in rules if isinstance(rule, ast.Pyramid)]
        limits = [rule.trades for rule in rules if isinstance(rule, ast.DailyLimit)]
        return cls(
            close_at=tuple(rule for rule in rules if isinstance(rule, ast.CloseAt)),
            pyramid=pyramids[-1] if pyramids else None,
            trades_per_day=limits[-1] if limits else None,
            reversal=not any(isinstance(rule, ast.NoReversal) for rule in rules),
            only=next((rule.side for rule in rules if isinstance(rule, ast.Only)), None),
        )

    def takes(self, side: Side) -> bool:
        """Whether entries of a side are taken at all."""
        return self.only in (None, side)

    def arguments(self, scope: Scope) -> list[tuple[str, Code]]:
        """The keywords of `self.entry_side` besides the conditions."""
        found: list[tuple[str, Code]] = []
        if self.pyramid is not None:
            found.append(("pyramid", scope.count(self.pyramid)))
        if self.trades_per_day is not None:
            found.append(("trades_per_day", scope.count(self.trades_per_day)))
        if not self.reversal:
            found.append(("reversal", Atom("False")))
        return found

    def write_limits(self, block: Block, scope: Scope, names: set[str]) -> None:
        """The local variable `limits`, if there are any."""


def daily(clock: ast.Clock, zone: str | None, days: Sequence[str] = ()) -> Code:
    """A daily time as the runtime takes it: `(clock("17:00"), "Europe/London", ("fri",))`."""
    time = Call("clock", (Atom(f'"{clock.hour:02d}:{clock.minute:02d}"'),))
    return Row((time, Atom("None" if zone is None else literal(zone)), Row(tuple(Atom(literal(day)) for day in days))))
