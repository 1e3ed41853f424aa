"""What rules mean, in sentences for whoever has to live with them."""

from __future__ import annotations

from mas.tables import DAYS
from mas.terminals.guarded.rules import DailyLoss, Drawdown, Limit, Rules, Spans


def sentences(rules: Rules) -> list[str]:
    """Every rule that is set."""
    lines = [*_counts(rules), *(_limit(limit) for limit in rules.limits), *_market(rules), *_times(rules)]
    if rules.kill.file:
        what = "everything is closed" if rules.kill.action == "flatten" else "nothing more is opened"
        lines.append(f"When the file {rules.kill.file} exists {what}, until it is gone and the halt is released.")
    if not lines:
        lines.append("There are no limits.")
    lines.append(_scope(rules))
    return lines


def _counts(rules: Rules) -> list[str]:
    lots, positions, rate = rules.lots, rules.positions, rules.rate
    found = (
        (lots.per_order, "{:g} lots in one order"), (lots.per_symbol, "{:g} lots open and waiting in one symbol"),
        (lots.total, "{:g} lots open and waiting in all"), (positions.per_symbol, "{:g} positions in one symbol"),
        (positions.total, "{:g} positions in all"), (rate.per_minute, "{:g} orders in a minute"),
        (rate.per_day, "{:g} orders in a day"),
    )  # fmt: skip
    return [f"At most {text.format(number)}." for number, text in found if number is not None]


def _limit(limit: Limit) -> str:
    size = f"{limit.amount:g}" if limit.percent is None else f"{limit.percent:g} % of {_base(limit)}"
    after = f" (at {limit.act_at:g} % of that)" if limit.act_at < 100.0 else ""
    does = "everything is closed and nothing more opened" if limit.action == "flatten" else "nothing more is opened"
    until = "until the next day" if limit.halt == "day" else "until the halt is released"
    risk = " An order whose stop would go beyond it is refused." if limit.risk else ""
    return f"{_from(limit)} by the {limit.measure}: {size}{after}; then {does}, {until}.{risk}"


def _from(limit: Limit) -> str:
    if isinstance(limit, DailyLoss):
        start = {"higher": "the higher of balance and equity"}.get(limit.start, f"the {limit.start}")
        return f"Loss of a day from {start} at its start"
    assert isinstance(limit, Drawdown)
    if limit.kind == "static":
        return "Loss from the initial balance"
    when = "at the start of a day" if limit.peak_at == "day" else "at any time"
    lock = ""
    if limit.kind == "locking":
        place = f" plus {limit.lock_at:g}" if limit.lock_at else ""
        lock = f" (the floor rises no higher than the initial balance{place})"
    return f"Loss from the highest {limit.peak_of} {when}{lock}"


def _base(limit: Limit) -> str:
    return {"initial": "the initial balance", "start": "that", "peak": "that"}[limit.percent_of]


def _market(rules: Rules) -> list[str]:
    lines = []
    if rules.spread.points is not None:
        lines.append(f"Nothing is opened at a spread above {rules.spread.points:g} points.")
    lines += [f"{symbol}: above {points:g} points." for symbol, points in rules.spread.by_symbol.items()]
    if rules.quotes.max_age is not None:
        lines.append(f"Nothing is opened on a quote that has not changed for {rules.quotes.max_age:g} s.")
    if rules.slippage.points is not None:
        then = ", and nothing more is opened that day" if rules.slippage.action == "halt" else ""
        lines.append(f"A fill more than {rules.slippage.points:g} points worse than its quote is an alarm{then}.")
    if rules.margin.min_level is not None:
        lines.append(f"An order must leave a margin level of {rules.margin.min_level:g} %.")
    if rules.margin.flatten_level is not None:
        lines.append(f"At a margin level of {rules.margin.flatten_level:g} % everything is closed.")
    if rules.symbols.allowed:
        lines.append(f"Only {', '.join(rules.symbols.allowed)} may be traded.")
    if rules.symbols.forbidden:
        lines.append(f"{', '.join(rules.symbols.forbidden)} may not be traded.")
    return lines


def _times(rules: Rules) -> list[str]:
    lines = []
    if rules.hours.trade is not None:
        times = "; ".join(f"{DAYS[day]} {_spans(spans)}" for day, spans in sorted(rules.hours.trade.items()))
        outside = "everything is closed" if rules.hours.outside == "flatten" else "nothing is opened and nothing waits"
        lines.append(f"Trading hours: {times}; outside {outside}.")
    weekend = rules.weekend
    if weekend.flat_from is not None:
        lines.append(f"Nothing is open from {_moment(weekend.flat_from)} to {_moment(weekend.until)}.")
    return lines


def _scope(rules: Rules) -> str:
    counted = "the whole account" if rules.scope == "account" else "the strategy alone"
    closed = "everything on the account" if rules.flatten == "account" else "what is the strategy's own"
    day = f"{rules.day_starts // 60:02}:{rules.day_starts % 60:02}"
    return f"Lots, positions and orders are those of {counted}; closed is {closed}; a day begins at {day} server time."


def _spans(spans: Spans) -> str:
    return ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans)


def _moment(minute: int) -> str:
    return f"{DAYS[minute // 1440]} {minute % 1440 // 60:02}:{minute % 60:02}"
