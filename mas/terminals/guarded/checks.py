"""Whether a request that adds risk may go through: one check for each guard, the first that objects decides."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mas import constants as mt5
from mas.fills import LONG
from mas.terminals.guarded.exposure import Added, Blind, Exposure, entry_of, loss_between
from mas.terminals.guarded.lines import Line
from mas.terminals.guarded.memory import Memory
from mas.terminals.guarded.rules import Rules
from mas.terminals.structs import SymbolInfo, Tick

_LOTS = 1e-9
_MANY = 1000.0
"""Lots for which a tick is asked: the terminal rounds to cents."""


class Objection(NamedTuple):
    """Why a request is refused."""

    guard: str
    retcode: int
    limit: float
    measured: float
    text: str


@dataclass(frozen=True)
class Case:
    """A request that adds risk, and all that is known at that moment."""

    rules: Rules
    memory: Memory
    added: Added
    held: Exposure
    """The whole account."""
    counted: Exposure
    """What counts in limits of lots, positions and orders."""
    flights: Sequence[Added]
    """Orders let through that the terminal does not show yet."""
    lines: Sequence[Line]
    tick: Tick
    info: SymbolInfo
    age: float
    """Seconds since the quote has changed."""
    closed: str
    """Which guard has trading closed at this time of the week; "" if none."""
    terminal: Any

    @property
    def more(self) -> list[Added]:
        return [*self.flights, self.added]


def objection(case: Case) -> Objection | None:
    """The first guard that objects."""
    for check in _CHECKS:
        found = check(case)
        if found is not None:
            return found
    return None


def _halted(case: Case) -> Objection | None:
    for halt in case.memory.halts.values():
        return Objection(halt.guard, mt5.TRADE_RETCODE_CLIENT_DISABLES_AT, 0.0, 0.0, halt.text)
    return None


def _week(case: Case) -> Objection | None:
    if not case.closed:
        return None
    text = "nothing may be opened at this time of the week"
    return Objection(case.closed, mt5.TRADE_RETCODE_CLIENT_DISABLES_AT, 0.0, 0.0, text)


def _symbol(case: Case) -> Objection | None:
    rule, symbol = case.rules.symbols, case.added.symbol
    if (not rule.allowed or symbol in rule.allowed) and symbol not in rule.forbidden:
        return None
    text = f"{symbol} is not among the symbols that may be traded"
    return Objection("symbols", mt5.TRADE_RETCODE_TRADE_DISABLED, 0.0, 0.0, text)


def _quotes(case: Case) -> Objection | None:
    limit = case.rules.quotes.max_age
    if case.tick.bid <= 0.0 or case.tick.ask <= 0.0:
        text = f"there is no quote of {case.added.symbol}"
        return Objection("quotes", mt5.TRADE_RETCODE_PRICE_OFF, limit or 0.0, case.age, text)
    if limit is None or case.age <= limit:
        return None
    text = f"the quote of {case.added.symbol} has not changed for {case.age:.0f} s"
    return Objection("quotes", mt5.TRADE_RETCODE_PRICE_OFF, limit, case.age, text)


def _spread(case: Case) -> Objection | None:
    limit = case.rules.spread.limit(case.added.symbol)
    if limit is None:
        return None
    points = round((case.tick.ask - case.tick.bid) / case.info.point, 3)
    if points <= limit:
        return None
    text = f"the spread is {points:g} points, and {limit:g} are allowed"
    return Objection("spread", mt5.TRADE_RETCODE_REJECT, limit, points, text)


def _rate(case: Case) -> Objection | None:
    rule, memory = case.rules.rate, case.memory
    for name, limit, sent in (
        ("rate.per_minute", rule.per_minute, len(memory.sent)), ("rate.per_day", rule.per_day, memory.sent_today),
    ):  # fmt: skip
        if limit is not None and sent + 1 > limit:
            text = f"it would be order {sent + 1}, and {limit} are allowed ({name.partition('.')[2].replace('_', ' ')})"
            return Objection(name, mt5.TRADE_RETCODE_TOO_MANY_REQUESTS, limit, sent + 1, text)
    return None


def _lots(case: Case) -> Objection | None:
    rule, counted, symbol = case.rules.lots, case.counted, case.added.symbol
    for name, limit, lots in (
        ("lots.per_order", rule.per_order, case.added.lots),
        ("lots.per_symbol", rule.per_symbol, None if rule.per_symbol is None else counted.lots(symbol, case.more)),
        ("lots.total", rule.total, None if rule.total is None else counted.lots(None, case.more)),
    ):
        if limit is not None and lots is not None and not lots <= limit + _LOTS:
            text = f"it would come to {lots:g} lots, and {limit:g} are allowed"
            return Objection(name, mt5.TRADE_RETCODE_LIMIT_VOLUME, limit, lots, text)
    return None


def _positions(case: Case) -> Objection | None:
    rule, counted, symbol = case.rules.positions, case.counted, case.added.symbol
    for name, limit, of in (
        ("positions.per_symbol", rule.per_symbol, symbol), ("positions.total", rule.total, None),
    ):  # fmt: skip
        if limit is not None and (count := counted.count(of, case.more)) > limit:
            text = f"there would be {count} positions, and {limit} are allowed"
            return Objection(name, mt5.TRADE_RETCODE_LIMIT_POSITIONS, limit, count, text)
    return None


def _margin(case: Case) -> Objection | None:
    limit = case.rules.margin.min_level
    if limit is None:
        return None
    account = case.held.account
    needed = [_margin_of(case, a.side, a.symbol, a.lots, a.price or case.tick.ask) for a in case.more]
    needed += [
        _margin_of(case, LONG if o.type % 2 == 0 else -LONG, o.symbol, o.volume_current, entry_of(o))
        for o in case.held.orders
    ]
    margin = account.margin + sum(needed)
    level = 100.0 * account.equity / margin if margin > 0.0 else math.inf
    if level >= limit:
        return None
    text = f"the margin level would be {level:.1f} %, and {limit:g} % must be left"
    return Objection("margin.min_level", mt5.TRADE_RETCODE_NO_MONEY, limit, round(level, 2), text)


def _margin_of(case: Case, side: int, symbol: str, lots: float, price: float) -> float:
    kind = mt5.ORDER_TYPE_BUY if side == LONG else mt5.ORDER_TYPE_SELL
    margin = case.terminal.order_calc_margin(kind, symbol, lots, price)
    if margin is None:
        raise Blind(f"the terminal does not say what margin {symbol} needs: {case.terminal.last_error()[1]}")
    return float(margin)


# ------------------------------------------------------------- loss limits


def _entry_cost(case: Case) -> Objection | None:
    """The spread is lost at once, and the next tick may follow."""
    terminal, reserve = case.terminal, case.rules.reserve
    lines = [line for line in case.lines if line.rule.measure == "equity"]
    if not lines:
        return None
    equity = case.held.account.equity - entry_cost(terminal, case.more, case.tick, case.info, reserve)
    room = next_step(terminal, case.held, reserve) + waiting_cost(terminal, case.held, reserve)
    for line in lines:
        if line.is_near(equity, room):
            loss = round(line.reference - equity, 2)
            text = f"the loss would be {loss:g} as soon as it is open, and {line.limit:g} is allowed"
            return Objection(line.rule.name, mt5.TRADE_RETCODE_REJECT, round(line.limit, 2), loss, text)
    return None


def entry_cost(terminal: Any, more: Sequence[Added], tick: Tick, info: SymbolInfo, reserve: float) -> float:
    """What orders lose by being opened: the spread, one tick, and what is kept back for closing them."""
    per_lot = (_ticks(tick.ask - tick.bid, info) + 1.0) * tick_value(terminal, info)
    return sum(added.lots for added in more) * (per_lot + reserve)


def next_step(terminal: Any, held: Exposure, reserve: float) -> float:
    """What may be lost of open positions before they are looked at again: one tick, and what closing them costs."""
    step = reserve * sum(p.volume for p in held.positions)
    for symbol in dict.fromkeys(p.symbol for p in held.positions):
        net = abs(held.net(symbol))
        if net:
            step += net * tick_value(terminal, _info(terminal, symbol))
    return step


def waiting_cost(terminal: Any, held: Exposure, reserve: float) -> float:
    """What waiting orders lose by filling: the spread, one tick, and what is kept back for closing them."""
    lots: dict[str, float] = {}
    for order in held.orders:
        if not held.takes_off(order):
            lots[order.symbol] = lots.get(order.symbol, 0.0) + order.volume_current
    cost = reserve * sum(lots.values())
    for symbol, waiting in lots.items():
        info = _info(terminal, symbol)
        cost += waiting * (_ticks(info.ask - info.bid, info) + 1.0) * tick_value(terminal, info)
    return cost


def _info(terminal: Any, symbol: str) -> SymbolInfo:
    info: SymbolInfo | None = terminal.symbol_info(symbol)
    if info is None:
        raise Blind(f"the terminal does not know {symbol}: {terminal.last_error()[1]}")
    return info


def tick_value(terminal: Any, info: SymbolInfo) -> float:
    """What a tick of one lot is worth now, account currency."""
    tick, price = info.trade_tick_size, info.bid
    if price <= tick or not tick:
        return info.trade_tick_value_loss
    return loss_between(terminal, mt5.ORDER_TYPE_BUY, info.name, _MANY, price, price - tick) / _MANY


def _ticks(distance: float, info: SymbolInfo) -> float:
    return distance / info.trade_tick_size if info.trade_tick_size else 0.0


def beyond_risk(case: Case) -> Objection | None:
    """Whether more would be lost than a limit has left if all stops were hit."""
    for line in case.lines:
        if not line.rule.risk:
            continue
        of_equity, account = line.rule.measure == "equity", case.held.account
        risk = stops_hit(case, of_equity)
        value = (account.equity if of_equity else account.balance) - risk
        if value >= line.floor - 1e-6:
            continue
        loss = round(line.reference - value, 2) if risk < math.inf else math.inf
        text = (
            "an order without a stop may lose anything" if loss == math.inf
            else f"with all stops hit the loss would be {loss:g}, and {line.limit:g} is allowed"
        )  # fmt: skip
        return Objection(line.rule.name, mt5.TRADE_RETCODE_REJECT, round(line.limit, 2), min(loss, 1e15), text)
    return None


def stops_hit(case: Case, of_equity: bool) -> float:
    """What is lost if every stop is hit, of what is open, waits and is added; infinite without a stop.

    Args: of_equity: counted from the prices of now, else from those of the entries.
    """
    risk = 0.0
    for p in case.held.positions:
        risk += _loss(case, p.type, p.symbol, p.volume, p.price_current if of_equity else p.price_open, p.sl)
    for o in case.held.orders:
        if not case.held.takes_off(o):
            risk += _loss(case, o.type % 2, o.symbol, o.volume_current, entry_of(o), o.sl)
    for a in case.more:
        kind = mt5.ORDER_TYPE_BUY if a.side == LONG else mt5.ORDER_TYPE_SELL
        risk += _loss(case, kind, a.symbol, a.lots, a.price or (case.tick.ask if kind == 0 else case.tick.bid), a.sl)
    return risk


def _loss(case: Case, kind: int, symbol: str, lots: float, entry: float, stop: float) -> float:
    if lots <= 0.0:
        return 0.0
    if stop == 0.0:
        return math.inf
    return max(loss_between(case.terminal, kind, symbol, lots, entry, stop), 0.0) + case.rules.reserve * lots


_CHECKS: tuple[Callable[[Case], Objection | None], ...] = (
    _halted, _week, _symbol, _quotes, _spread, _rate, _lots, _positions, _margin, _entry_cost, beyond_risk,
)  # fmt: skip
