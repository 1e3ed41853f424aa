"""What an optimiser looks for: a figure of `mas.metrics`, or a weighted sum of figures; and what a result must satisfy.

`Goal` turns the figures of a run into a score of which more is better, `Constraint` into how far they miss a bound,
`across` makes one score of those on several data sets. A figure that is not defined (no trades, no loss to divide by)
gives no score: such a configuration is never chosen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from statistics import fmean, median

from mas.metric_table import METRICS, Value
from nl2strat.errors import UsageError

Figures = Mapping[str, Value]

ALIASES = {
    "profit": "net_profit",
    "net": "net_profit",
    "sharpe_ratio": "sharpe",
    "sortino_ratio": "sortino",
    "calmar_ratio": "calmar",
    "drawdown": "equity_drawdown_relative_percent",
    "return": "total_return_percent",
    "cagr": "cagr_percent",
    "win_rate": "win_rate_percent",
}
"""Other names of figures that people look for."""

LESS_IS_BETTER = frozenset(
    name
    for name in METRICS
    if "drawdown" in name
    or name in ("volatility_percent", "max_consecutive_losses", "losing_trades", "exposure_percent", "spread_cost")
    or name in ("average_holding_bars", "average_holding_hours", "ambiguous_trades", "conflicts", "refused_orders")
)
"""Alone as a goal these are made small. In a weighted sum the user writes the sign."""

PER_TIME = frozenset(("net_profit", "total_return_percent", "gross_profit", "trades", "winning_trades"))
"""These grow with the length of a run: two periods are compared by what they come to in a day."""

_TERM = re.compile(r"([+-])(?:(\d+(?:\.\d+)?)\*)?([a-z][a-z0-9_]*)")
_BOUND = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*(>=|<=|>|<|==|=)\s*(-?\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True)
class Goal:
    """A weighted sum of figures; more is better."""

    text: str
    terms: tuple[tuple[float, str], ...]
    """(weight, key of `METRICS`) of each."""

    def score(self, figures: Figures) -> float | None:
        """The sum; None if one of the figures is not defined."""
        total = 0.0
        for weight, key in self.terms:
            value = figures.get(key)
            if value is None:
                return None
            total += weight * float(value)
        return total

    def shown(self, score: float | None) -> float | None:
        """The score as the user thinks of it: a single figure that is made small is not shown with a minus."""
        if score is None:
            return None
        return -score if self.made_small else score

    @property
    def made_small(self) -> bool:
        """Whether it is one figure of which less is better."""
        return len(self.terms) == 1 and self.terms[0][0] == -1.0 and not self.text.startswith("-")

    @property
    def grows_with_time(self) -> bool:
        """Whether a run that is twice as long may be expected to score twice as much."""
        return all(key in PER_TIME for _, key in self.terms)


def goal_of(text: str) -> Goal:
    """What `--goal` means: `sharpe`, or weights as in `net_profit - 2*equity_drawdown_maximal`.

    Raises: UsageError: no such figure, with the nearest names; or it is no sum of figures.
    """
    plain = re.sub(r"\s+", "", text)
    signed = plain if plain[:1] in ("+", "-") else "+" + plain
    found = list(_TERM.finditer(signed))
    if not found or "".join(match.group() for match in found) != signed:
        raise UsageError(
            f"--goal {text!r} cannot be read; write a figure (sharpe) or a weighted sum of figures "
            "(net_profit - 2*equity_drawdown_maximal)"
        )
    terms = tuple(
        (float(weight or 1) * (-1 if sign == "-" else 1), figure_called(name, "--goal"))
        for sign, weight, name in (match.groups() for match in found)
    )
    if len(terms) == 1 and plain == found[0].group(3) and terms[0][1] in LESS_IS_BETTER:
        terms = ((-1.0, terms[0][1]),)
    return Goal(" ".join(text.split()), terms)


def figure_called(name: str, option: str) -> str:
    """The key of a figure by its name or one of its other names. Raises: UsageError: none is called so."""
    key = ALIASES.get(name.lower(), name.lower())
    if key in METRICS:
        return key
    near = get_close_matches(key, (*METRICS, *ALIASES), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "see the figures of a backtest"
    raise UsageError(f"{option}: there is no figure {name!r}; {hint}")


@dataclass(frozen=True)
class Constraint:
    """A bound that a figure must keep."""

    text: str
    key: str
    operator: str
    """One of >=, <=, >, <, ==."""
    bound: float

    def violation(self, figures: Figures) -> float:
        """0 where it is kept, else above 0: how far it is missed; infinite for a figure that is not defined."""
        value = figures.get(self.key)
        if value is None:
            return float("inf")
        apart = float(value) - self.bound
        kept = {
            ">=": apart >= 0, "<=": apart <= 0, ">": apart > 0, "<": apart < 0, "==": apart == 0,
        }[self.operator]  # fmt: skip
        return 0.0 if kept else max(abs(apart), 1e-9)


def constraint_of(text: str) -> Constraint:
    """What `--constraint "trades >= 30"` means. Raises: UsageError: it cannot be read, or there is no such figure."""
    match = _BOUND.fullmatch(text)
    if match is None:
        raise UsageError(
            f'--constraint {text!r} cannot be read; write a figure, a comparison and a number: "trades >= 30"'
        )
    name, operator, bound = match.groups()
    key = figure_called(name, f"--constraint {text!r}")
    return Constraint(" ".join(text.split()), key, "==" if operator == "=" else operator, float(bound))


# ------------------------------------------------------------- several data sets

_ACROSS: dict[str, Callable[[Sequence[float]], float]] = {"worst": min, "mean": fmean, "median": median}
ACROSS = tuple(_ACROSS)
"""How scores on several data sets become one."""


def check_across(name: str) -> str:
    """The name, if it is one of `ACROSS`. Raises: UsageError."""
    if name not in _ACROSS:
        raise UsageError(f"--across {name!r} is not known; use {', '.join(ACROSS)}")
    return name


def across(name: str, scores: Sequence[float | None]) -> float | None:
    """One score of those on several data sets; None if one of them is not defined."""
    known = [score for score in scores if score is not None]
    return _ACROSS[name](known) if len(known) == len(scores) and known else None
