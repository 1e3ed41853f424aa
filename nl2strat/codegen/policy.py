"""The rules of a program that all its entries share, and how generated code tells the runtime of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mas.dataclass import dataclass
from nl2strat.codegen.arrays import Signals
from nl2strat.codegen.code import Atom, Call, Code, Row, literal
from nl2strat.codegen.layout import Block
from nl2strat.codegen.position import Position, Scalars
from nl2strat.codegen.scope import Scope
from nl2strat.language import ast
from nl2strat.language.ast.statements import Side

Limit = ast.SpreadCap | ast.VolumeCap | ast.DailyCap | ast.Wait | ast.Skip


@dataclass(frozen=True)
class Policy:
    """What holds for every entry."""

    close_at: tuple[ast.CloseAt, ...] = ()
    cancel_at: tuple[ast.CancelAt, ...] = ()
    pyramid: ast.Count | None = None
    trades_per_day: ast.Count | None = None
    reversal: bool = True
    hedging: bool = False
    one_cancels_other: bool = False
    only: Side | None = None
    volume_at_most: ast.Count | None = None
    limits: tuple[Limit, ...] = ()
    """What else holds entries back, in written order."""

    @classmethod
    def of(cls, program: ast.Program) -> Policy:
        rules = program.rules
        pyramids = [rule.entries for rule in rules if isinstance(rule, ast.Pyramid)]
        per_day = [rule.trades for rule in rules if isinstance(rule, ast.DailyLimit)]
        volumes = [rule.lots for rule in rules if isinstance(rule, ast.VolumeCap)]
        hedging = any(isinstance(rule, ast.Hedging) for rule in rules)
        return cls(
            close_at=tuple(rule for rule in rules if isinstance(rule, ast.CloseAt)),
            cancel_at=tuple(rule for rule in rules if isinstance(rule, ast.CancelAt)),
            pyramid=pyramids[-1] if pyramids else None,
            trades_per_day=per_day[-1] if per_day else None,
            reversal=not hedging and not any(isinstance(rule, ast.NoReversal) for rule in rules),
            hedging=hedging,
            one_cancels_other=any(isinstance(rule, ast.OneCancelsOther) for rule in rules),
            only=next((rule.side for rule in rules if isinstance(rule, ast.Only)), None),
            volume_at_most=volumes[-1] if volumes else None,
            limits=tuple(rule for rule in rules if isinstance(rule, Limit)),
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
        if self.hedging:
            found.append(("hedging", Atom("True")))
        elif not self.reversal:
            found.append(("reversal", Atom("False")))
        if self.limits:
            found.append(("limits", Atom("limits")))
        return found

    def write_limits(self, block: Block, scope: Scope, signals: Signals, names: set[str]) -> None:
        """The local variable `limits`, if there are any."""
        if not self.limits:
            return
        items = [*self._caps(scope, signals, names), *self._events(scope)]
        names.add("Limits")
        block.statement("limits = ", Call("Limits", tuple(code for _, code in items), tuple(key for key, _ in items)))

    def _caps(self, scope: Scope, signals: Signals, names: set[str]) -> Iterator[tuple[str, Code]]:
        scalars = Scalars(scope, signals, Position())
        found: dict[str, Code] = {}
        for rule in self.limits:
            match rule:
                case ast.SpreadCap(distance):
                    found["spread_at_most"] = scalars.number(distance)
                case ast.VolumeCap(lots):
                    found["volume_at_most"] = scope.count(lots)
                case ast.DailyCap(tally, amount, percent):
                    count = scope.count(amount)
                    found[f"daily_{tally}"] = Call("Percent", (count,)) if percent else count
                    names |= {"Percent"} if percent else set()
        names |= scalars.imports
        yield from found.items()

    def _events(self, scope: Scope) -> Iterator[tuple[str, Code]]:
        waits = [(rule.event, rule.bars) for rule in self.limits if isinstance(rule, ast.Wait)]
        skips = [(rule.result, rule.entries) for rule in self.limits if isinstance(rule, ast.Skip)]
        for key, pairs in (("wait", waits), ("skip", skips)):
            if pairs:
                yield key, Row(tuple(Row((Atom(literal(what)), scope.count(count))) for what, count in pairs))


def daily(clock: ast.Clock, zone: str | None, days: Sequence[str] = ()) -> Code:
    """A daily time as the runtime takes it: `(clock("17:00"), "Europe/London", ("fri",))`."""
    time = Call("clock", (Atom(f'"{clock.hour:02d}:{clock.minute:02d}"'),))
    return Row((time, Atom("None" if zone is None else literal(zone)), Row(tuple(Atom(literal(day)) for day in days))))
