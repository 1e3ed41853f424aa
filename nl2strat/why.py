"""Why a strategy did what it did at one bar: each clause with its values and truth, and what came of it.

The strategy is run up to that bar and watched from inside while it decides, so that what is shown is what happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from nl2strat.errors import UsageError
from nl2strat.evaluation import Evaluator, Situation, Value
from nl2strat.language import ast
from nl2strat.language.printer import print_expr
from nl2strat.language.tuning import inlined

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.client import MAS
    from mas.results import Backtest, ClosedTrade
    from nl2strat.pipeline import Compiled
    from nl2strat.settings import Settings

_PROBE = "why_this_bar"
"""The signal that wakes the strategy at the bar in question, whatever its own signals say."""


@dataclass(frozen=True)
class Clause:
    """A condition or a part of one: its text, whether it is true, and the numbers in it by their text."""

    text: str
    truth: bool | None
    """None: not available, so it does not count as true."""
    values: Mapping[str, float | None] = field(default_factory=dict)
    depth: int = 0


@dataclass(frozen=True)
class RuleReading:
    """A rule at the bar: what it is, and its condition taken apart."""

    title: str
    clauses: tuple[Clause, ...]

    @property
    def truth(self) -> bool | None:
        return self.clauses[0].truth if self.clauses else None


@dataclass(frozen=True)
class Why:
    """Everything about one bar close."""

    bar: int
    time: str
    """Open time of the bar."""
    decided: str
    """When it closed and was decided on."""
    prices: Mapping[str, float]
    position: tuple[str, ...]
    rules: tuple[RuleReading, ...]
    gates: tuple[Clause, ...]
    """Whether time and dates allow an entry."""
    outcome: tuple[str, ...]
    """What was done, and what stood in the way."""


@dataclass
class _Seen:
    """What the probe has seen while the strategy decided."""

    facts: dict[str, dict[str, Value]] = field(default_factory=dict)
    """By symbol, as the rules see them; `trades` as well."""
    trades: dict[str, list[Any]] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    sides: list[tuple[str, bool, bool, str | None]] = field(default_factory=list)
    held_back: dict[str, int] = field(default_factory=dict)
    conflicts: int = 0


def explain_bar(compiled: Compiled, bars: Bars, settings: Settings, at: str) -> Why:
    """What the strategy saw and did at the close of the bar that `at` falls in.

    Args: at: a moment inside the bar, `2024-01-31 14:00`, by the clock of the data.
    Raises: UsageError: no such bar, or no program stands behind the class.
    """
    from nl2strat.backtesting import play

    if not compiled.dsl:
        raise UsageError("no program stands behind a class written by hand; its own code says what it does")
    bar = bar_at(bars, at)
    seen = _Seen()
    strategy = _probe(compiled.new(), bar, seen, symbols_of(compiled.program))
    until = bars[: min(len(bars), bar + 2)]
    result = play(compiled, until, settings, strategy=strategy)
    program = inlined(compiled.program)  # numbers tell more than the names of inputs
    evaluator = Evaluator(program, bars[: bar + 1])
    rules = tuple(_rules(program, evaluator, seen, bars))
    gates = tuple(_gates(compiled.program, bars, bar))
    return Why(
        bar=bar,
        time=_moment(int(bars.time[bar])),
        decided=_moment(int(bars.decision_time[bar])),
        prices={name: float(getattr(bars, name).values[bar]) for name in ("open", "high", "low", "close")},
        position=tuple(_position(t) for held in seen.trades.values() for t in held) or ("no position is open",),
        rules=rules,
        gates=gates,
        outcome=tuple(_outcome(compiled.program, bars, bar, seen, result, rules, gates)),
    )


def bar_at(bars: Bars, at: str) -> int:
    """The bar that a moment falls in. Raises: UsageError: there is none."""
    try:
        moment = int(datetime.fromisoformat(at.strip()).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise UsageError(f"--at {at!r} is not a moment; write 2024-01-31 14:00, by the clock of the data") from None
    bar = int(bars.time.searchsorted(moment, side="right")) - 1
    if bar < 0 or moment >= int(bars.decision_time[bar]):
        near = [_moment(int(bars.time[n])) for n in (bar, bar + 1) if 0 <= n < len(bars)]
        raise UsageError(f"--at {at}: there is no bar at that moment; the nearest are {' and '.join(near)}")
    return bar


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


# ------------------------------------------------------------- watching the decision


def symbols_of(program: ast.Program) -> tuple[str, ...]:
    """What the rules trade at one decision: the symbol itself, and others that they name."""
    named = (getattr(rule, "symbol", None) for rule in program.rules)
    return tuple(dict.fromkeys((program.symbol or "", *(symbol for symbol in named if symbol))))


def _probe(strategy: MAS, bar: int, seen: _Seen, symbols: tuple[str, ...]) -> MAS:
    """The strategy, woken at the bar and watched while it decides; what it does is not changed."""
    import numpy as np

    from mas.series import Condition

    kind = type(strategy)

    def signals(self: Any, bars: Bars) -> dict[str, Any]:
        here = np.arange(len(bars)) == bar
        return {**kind.signals(self, bars), _PROBE: Condition(here)}  # type: ignore[attr-defined]

    def receive_bars(self: Any, symbol: str, data: dict[str, Any], is_end: bool) -> None:
        if symbol != self.symbol or not self.signal(_PROBE):
            kind.receive_bars(self, symbol, data, is_end)
            return
        for each in symbols:
            seen.trades[each], seen.facts[each] = self.trades(each), account_facts(self, each)
        watched: Any = _Watched(self, seen, is_end)
        kind.receive_bars(watched, symbol, data, is_end)

    strategy.__class__ = type(kind.__name__, (kind,), {"signals": signals, "receive_bars": receive_bars})
    return strategy


class _Watched:
    """Stands in for the strategy during one call; every verb goes through to it, some are taken note of."""

    def __init__(self, strategy: Any, seen: _Seen, is_end: bool) -> None:
        self.__dict__.update(_strategy=strategy, _seen=seen, _is_end=is_end)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._strategy, name)
        function = getattr(found, "__func__", None)
        if function is not None and name.startswith("enter_"):
            return lambda *given: function(self, *given)
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._strategy, name, value)

    def entry_side(self, symbol: str, long: bool, short: bool, **more: Any) -> str | None:
        seen, session = self._seen, self._strategy._running().of(symbol)
        before = dict(session.management.ledger.held_back)
        conflicts = session.conflicts
        if not self._is_end:
            seen.facts[symbol] = account_facts(self._strategy, symbol)
        side: str | None = self._strategy.entry_side(symbol, long=long, short=short, **more)
        seen.sides.append((symbol, long, short, side))
        seen.conflicts += session.conflicts - conflicts
        for reason, count in session.management.ledger.held_back.items():
            if count > before.get(reason, 0):
                seen.held_back[reason] = count - before.get(reason, 0)
        return side

    def send_order(self, params: dict[str, Any]) -> str:
        answer: str = self._strategy.send_order(params)
        code = getattr(answer, "code", "")
        what = f"{params['order_type'].replace('_', ' ')} {params['volume']:g} lots"
        if "price" in params:
            what += f" at {params['price']:g}"
        self._seen.answers.append(f"{what}: refused ({code}), {answer}" if code else f"{what}: accepted")
        return answer


def account_facts(strategy: Any, symbol: str) -> dict[str, Value]:
    """What a rule may ask of the account, by the names of the language."""
    trades = strategy.trades(symbol)
    last = strategy.last_trade()
    since = {what: strategy.bars_since(symbol, what) for what in ("exit", "loss", "win")}
    return {
        "flat": not trades,
        "holding long": any(trade.side == "long" for trade in trades),
        "holding short": any(trade.side == "short" for trade in trades),
        "last trade won": last == "won",
        "last trade lost": last == "lost",
        "trades open": float(strategy.entries_open(symbol)),
        "trades today": float(strategy.entries_today()),
        "result today": float(strategy.result_today()),
        "losses in a row": float(strategy.losses_in_a_row()),
        "wins in a row": float(strategy.wins_in_a_row()),
        **{f"bars since {what}": None if bars != bars else float(bars) for what, bars in since.items()},
    }


def _position(trade: Any) -> str:
    text = f"{trade.side} {trade.volume:g} lots of {trade.symbol} from {trade.entry:g}, {trade.bars} bars old"
    return f"{text}, open profit {trade.profit:+.5g} in price"


# ------------------------------------------------------------- the rules, taken apart


def _rules(program: ast.Program, evaluator: Evaluator, seen: _Seen, bars: Bars) -> Iterator[RuleReading]:
    for rule in program.rules:
        symbol = getattr(rule, "symbol", None) or program.symbol or ""
        where = "" if symbol == program.symbol else f" in {symbol}"
        situation = Situation(seen.facts.get(symbol, {}), spec=bars.siblings[symbol].spec if where else None)
        match rule:
            case ast.Entry(side, when):
                order = "" if rule.order is None else f" with a {rule.order.kind} order"
                yield RuleReading(f"enter {side}{where}{order}", tuple(_clauses(when, evaluator, situation)))
            case ast.Alert(text, when):
                yield RuleReading(f'alert "{text}"', tuple(_clauses(when, evaluator, situation)))
            case ast.CancelWhen(_, when):
                yield RuleReading("cancel orders", tuple(_clauses(when, evaluator, situation)))
            case ast.Exit(side, when):
                yield from _exits(f"exit {side}{where}", side, when, evaluator, seen.trades.get(symbol, []), situation)
            case ast.Reduce(side, _, when):
                title = f"reduce {side}{where}"
                yield from _exits(title, side, when, evaluator, seen.trades.get(symbol, []), situation)


def _exits(
    title: str, side: str, when: ast.Expr, evaluator: Evaluator, trades: list[Any], situation: Situation
) -> Iterator[RuleReading]:
    """An exit once for each position it may concern; without one, what it would say of the market."""
    concerned = [trade for trade in trades if side in ("all", trade.side)]
    if not concerned:
        yield RuleReading(f"{title} (none is open)", tuple(_clauses(when, evaluator, situation)))
    for trade in concerned:
        facts = {
            **situation.facts,
            "entry": trade.entry,
            "profit": trade.profit,
            "bars since entry": float(trade.bars),
            "average entry": trade.average_entry,
        }
        risk = None if trade.risk != trade.risk else trade.risk
        own = replace(situation, facts=facts, risk=risk)
        yield RuleReading(title, tuple(_clauses(when, evaluator, own)))


def _clauses(expr: ast.Expr, evaluator: Evaluator, situation: Situation, depth: int = 0) -> Iterator[Clause]:
    """The condition and, below it, its parts; a part that is no conjunction comes with the values in it."""
    truth = evaluator.at(expr, situation)
    known = None if truth is None else bool(truth)
    inner: tuple[ast.Expr, ...] = ()
    match expr:
        case ast.AllOf(parts) | ast.AnyOf(parts):
            inner = parts
        case ast.Negation(part):
            inner = (part,)
        case ast.Name(name) if name in evaluator.lets:
            inner = (evaluator.lets[name],)
    values = {} if inner else {print_expr(e): _number(evaluator.at(e, situation)) for e in _measured(expr)}
    yield Clause(print_expr(expr), known, values, depth)
    for part in inner:
        yield from _clauses(part, evaluator, situation, depth + 1)


def _number(value: Value) -> float | None:
    return None if value is None else float(value)


def _measured(expr: ast.Expr) -> Iterator[ast.Expr]:
    """What in a clause has a value worth showing: both sides, and for a crossing also the bar before."""
    match expr:
        case ast.Compare(_, left, right):
            yield from (side for side in (left, right) if not isinstance(side, ast.Number | ast.Clock))
        case ast.Cross(_, left, right):
            for side in (left, right):
                if not isinstance(side, ast.Number | ast.Name):
                    yield ast.Past(side, ast.Number(_ONE))
                if not isinstance(side, ast.Number):
                    yield side
        case ast.ForBars(condition) | ast.WithinBars(condition):
            yield from _measured(condition)
        case ast.OnTimeframe(value, timeframe):
            yield from (ast.OnTimeframe(part, timeframe) for part in _measured(value))
        case ast.OfSymbol(value, symbol):
            yield from (ast.OfSymbol(part, symbol) for part in _measured(value))


_ONE = Decimal(1)

# ------------------------------------------------------------- time, and what came of it


def _gates(program: ast.Program, bars: Bars, bar: int) -> Iterator[Clause]:
    """The windows of time and the dates in which entries are allowed."""
    from mas.bars import on_dates, on_days, session
    from nl2strat.language.printer import print_rule

    upto = bars[: bar + 1]
    for rule in program.rules:
        match rule:
            case ast.Trade(start, end, zone, days) if start is not None and end is not None:
                window = session(upto, _clock(start), _clock(end), zone=zone, days=days or None)
            case ast.Trade(days=days):
                window = on_days(upto, *days)
            case ast.Dates(first, last):
                window = on_dates(upto, first, last)
            case _:
                continue
        yield Clause(print_rule(rule), bool(window.true[-1]))


def _clock(clock: ast.Clock) -> str:
    return f"{clock.hour:02d}:{clock.minute:02d}"


def _outcome(
    program: ast.Program, bars: Bars, bar: int, seen: _Seen, result: Backtest, rules: tuple[RuleReading, ...],
    gates: tuple[Clause, ...],
) -> Iterator[str]:  # fmt: skip
    if bar == len(bars) - 1:
        yield "this is the last bar: nothing decided on it can be filled"
        return
    yield from seen.answers
    filled = int(bars.time[bar + 1])

    def named(trade: ClosedTrade) -> str:
        return f"{trade.symbol} {trade.side}" if bars.siblings else trade.side

    for trade in result.trades:
        if trade.entry_time == filled:
            how = "waiting order filled" if trade.pending else "opened"
            yield f"{how} at {_moment(filled)}: {named(trade)} {trade.volume:g} lots at {trade.entry_price:g}"
        if trade.exit_time == filled and trade.exit_reason != "end_of_data":
            yield f"closed at {_moment(filled)}: {named(trade)} at {trade.exit_price:g} ({trade.exit_reason})"
    for refusal in result.refused:
        if refusal.time == filled:
            yield f"refused ({refusal.retcode}): {refusal.text}"
    for symbol, long, short, side in seen.sides:
        if side is None and (long or short):
            yield _stopped(symbol, long, short, seen, program)
    if not any(long or short for _, long, short, _ in seen.sides):
        yield from _not_asked([rule.title for rule in rules if rule.title.startswith("enter") and rule.truth], gates)


def _not_asked(true: list[str], gates: tuple[Clause, ...]) -> Iterator[str]:
    """Why no entry was even asked for."""
    if not true:
        yield "no entry rule was true at this close"
        return
    windows, dates = ([gate for gate in gates if ("between" in gate.text or " on " in gate.text) == w] for w in (1, 0))
    if any(group and not any(gate.truth for gate in group) for group in (windows, dates)):
        yield f"true, but not allowed at this time: {', '.join(true)}"
    else:
        yield f"true, but a price or distance of the order is not available yet: {', '.join(true)}"


def _stopped(symbol: str, long: bool, short: bool, seen: _Seen, program: ast.Program) -> str:
    """Why an entry whose rule was true was not taken."""
    wanted = "long and short" if long and short else "long" if long else "short"
    if seen.conflicts:
        return "a long and a short entry were true together: they cancel out"
    if seen.held_back:
        return f"the {wanted} entry was held back: {', '.join(seen.held_back)}"
    held = sorted({trade.side for trade in seen.trades.get(symbol, [])})
    if held:
        opposite = "opposite entries are ignored (no reversal)" if held != [wanted] else "one position at a time"
        return f"the {wanted} entry was not taken: a {held[0]} position was open when it was judged, and {opposite}"
    limits = [rule for rule in program.rules if isinstance(rule, ast.DailyLimit)]
    if limits:
        return f"the {wanted} entry was not taken: the trades of the day are used up"
    return f"the {wanted} entry was not taken"
