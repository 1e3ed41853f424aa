"""One plain sentence about a backtest from all that was checked. The rules are those of docs/robustness.md.

1. No trades: there is nothing to judge.
2. No profit: it loses, whatever else was found.
3. Fewer than 30 trades: not proven. Luck explains almost anything then, and its tests see almost nothing.
4. A test of luck finds the result ordinary for luck: noise.
5. A check leaves a doubt: not proven.
6. Else it survives the checks that were run. That is no promise.
"""

from __future__ import annotations

from collections.abc import Sequence

from mas.metrics import LEAST_TRADES
from nl2strat.research.checks import Check, NotRun, Stand, Verdict, money

PROOF = 0.05
"""Luck that does as well less often than this is not presumed."""
ORDINARY = 0.2
"""What luck does at least this often is ordinary for luck."""

LUCK_TESTS = ("deflated_sharpe", "permutation")
"""A verdict without any of these has not been tested against luck."""
WORTHLESS = ("numbers", "look_ahead", "synthetic", "stop_out")
"""A doubt of these is about every figure: it is said first."""
MOST_REASONS = 3
"""A verdict is short; the checks say the rest."""
OF_THE_RULE = ("permutation", "timing")
"""These leave the market what it gives to whoever holds it, and find that the rule adds nothing."""


def verdict_of(trades: int, net: float, currency: str, checks: Sequence[Check], not_run: Sequence[NotRun]) -> Verdict:
    """What all checks together say. Args: trades, net: of the run."""
    if not trades:
        return Verdict("nothing", "Nothing to judge: there were no trades.")
    lucky = tuple(check.reason for check in checks if check.stand == "luck")
    doubtful = [check for check in checks if check.stand == "doubt" and check.name != "trades"]
    doubts = tuple(check.reason for check in sorted(doubtful, key=lambda check: check.name not in WORTHLESS))
    if net <= 0:
        return Verdict("loses", f"It loses: {_loss(trades, net, currency)} after costs.", _first(checks, "costs"))
    if trades < LEAST_TRADES:
        few = f"Not proven: {trades} trade{'' if trades == 1 else 's'} cannot tell skill from luck."
        return Verdict("not_proven", few, (*lucky, *doubts)[:MOST_REASONS])
    if lucky:
        return Verdict("noise", _noise(checks), (*lucky, *doubts)[:MOST_REASONS])
    if not any(check.name in LUCK_TESTS for check in checks):
        doubts = (*doubts, "It could not be tested against luck.")
    if doubts:
        return Verdict("not_proven", "Not proven.", doubts[:MOST_REASONS])
    judged = sum(check.stand == "good" for check in checks)
    left = f" {len(not_run)} more were not run." if not_run else ""
    promise = "It is no promise: a market need not stay as it was."
    return Verdict("survives", f"Survives the {judged} checks that were run.{left}", (promise,))


def _noise(checks: Sequence[Check]) -> str:
    """What explains the result: luck, or the market whatever the rule."""
    if all(check.name in OF_THE_RULE for check in checks if check.stand == "luck"):
        return "This is noise: the rule does no better than entries at other times."
    return "This is noise: luck alone explains the result."


def stand_of(p: float) -> Stand:
    """What a probability of luck doing as well says."""
    return "luck" if p >= ORDINARY else "doubt" if p >= PROOF else "good"


def _loss(trades: int, net: float, currency: str) -> str:
    return f"{trades:,} trade{'' if trades == 1 else 's'} came to {money(net, currency)}"


def _first(checks: Sequence[Check], name: str) -> tuple[str, ...]:
    return tuple(check.reason for check in checks if check.name == name and check.reason)[:1]
