"""The equity, or balance, below which each loss limit lies at a moment, and how near to it the account is."""

from __future__ import annotations

from typing import NamedTuple

from mas.terminals.guarded.memory import Memory
from mas.terminals.guarded.rules import DailyLoss, Drawdown, Limit, Rules

EPSILON = 1e-6
"""Less than any money there is."""


class Line(NamedTuple):
    """A loss limit, as it stands."""

    rule: Limit
    reference: float
    """From where the loss is counted."""
    limit: float
    """How much may be lost before the guard acts."""

    @property
    def floor(self) -> float:
        """What the account must not fall below."""
        return self.reference - self.limit

    def is_near(self, value: float, next_step: float) -> bool:
        """Whether the next step may go beyond the floor, or nothing is left above it.

        Args: value: equity or balance. next_step: what the account may lose before it is looked at again.
        """
        return value <= self.floor + EPSILON or value - next_step < self.floor - EPSILON


def lines_of(rules: Rules, memory: Memory) -> list[Line]:
    """All loss limits, as they stand."""
    return [_daily(rule, memory) for rule in rules.daily_loss] + [_drawdown(rule, memory) for rule in rules.drawdown]


def _daily(rule: DailyLoss, memory: Memory) -> Line:
    began = {"balance": memory.day_balance, "equity": memory.day_equity}
    reference = began.get(rule.start, max(began.values()))
    initial = memory.initial or 0.0
    return Line(rule, reference, rule.money(initial if rule.percent_of == "initial" else reference))


def _drawdown(rule: Drawdown, memory: Memory) -> Line:
    initial = memory.initial or 0.0
    if rule.kind == "static":
        return Line(rule, initial, rule.money(initial))
    peak = memory.peaks.get(rule.name, initial)
    limit = rule.money(peak if rule.percent_of == "peak" else initial)
    if rule.kind == "locking":
        whole = limit * 100.0 / rule.act_at
        return Line(rule, min(peak, initial + rule.lock_at + whole), limit)
    return Line(rule, peak, limit)


def raise_peaks(rules: Rules, memory: Memory, balance: float, equity: float, *, new_day: bool) -> None:
    """Take note of new peaks; those of the day's start only then."""
    for rule in rules.drawdown:
        if rule.kind == "static" or (rule.peak_at == "day" and not new_day):
            continue
        value = equity if rule.peak_of == "equity" else balance
        memory.peaks[rule.name] = max(memory.peaks.get(rule.name, memory.initial or value), value)


def highest_peak(rules: Rules, memory: Memory) -> float | None:
    """The equity above which some limit has a new peak, at any tick; None if none follows the equity so."""
    peaks = [
        memory.peaks.get(rule.name, memory.initial or 0.0)
        for rule in rules.drawdown
        if rule.kind != "static" and rule.peak_at == "tick" and rule.peak_of == "equity"
    ]
    return min(peaks) if peaks else None
