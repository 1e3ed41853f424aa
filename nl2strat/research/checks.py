"""What a check of a backtest says: plain data, the same for the screen, the report, JSON and the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Literal

from mas.dataclass import dataclass

Stand = Literal["good", "doubt", "luck", "note"]
"""What a check says about the result: it passes; there is a doubt; luck alone explains it; no opinion."""
Level = Literal["nothing", "loses", "noise", "not_proven", "survives"]

TITLES = {
    "permutation": "Entries at random bars",
    "spreads": "Dearer spreads",
    "delay": "One bar late",
    "inputs": "Inputs a little off",
    "overfitting": "Choosing the best of its variants",
}
"""The checks that run the strategy again: what `--robust` adds."""


@dataclass(frozen=True)
class Check:
    """One check that was run."""

    name: str
    title: str
    text: str
    """What was found, in sentences with their numbers."""
    stand: Stand = "note"
    reason: str = ""
    """Why there is a doubt, or why it is luck, in one sentence."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The numbers, as JSON can say them."""


@dataclass(frozen=True)
class NotRun:
    """One that was not."""

    name: str
    title: str
    how: str
    """How to run it, or why it cannot be."""


@dataclass(frozen=True)
class Verdict:
    """All checks together. `reasons`: one sentence each, the gravest first."""

    level: Level
    head: str
    reasons: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The verdict with its reasons."""
        return " ".join((self.head, *self.reasons))


@dataclass(frozen=True)
class Robustness:
    """What is known of how far a backtest can be believed."""

    verdict: Verdict
    checks: tuple[Check, ...]
    not_run: tuple[NotRun, ...]

    @property
    def not_run_lines(self) -> list[str]:
        """What was not run and how to run it, a line for each reason."""
        return lines_of((one.title, one.how) for one in self.not_run)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "verdict": {
                "level": self.verdict.level, "text": self.verdict.text, "head": self.verdict.head,
                "reasons": list(self.verdict.reasons),
            },
            "checks": [
                {
                    "name": one.name, "title": one.title, "stand": one.stand, "text": one.text, "reason": one.reason,
                    "values": dict(one.values),
                }
                for one in self.checks
            ],
            "not_run": [{"name": one.name, "title": one.title, "how": one.how} for one in self.not_run],
        }  # fmt: skip


def of_json(found: Mapping[str, Any]) -> Robustness:
    """What `Robustness.as_json` has written."""
    verdict = found["verdict"]
    return Robustness(
        Verdict(verdict["level"], verdict["head"], tuple(verdict["reasons"])),
        tuple(
            Check(one["name"], one["title"], one["text"], one["stand"], one["reason"], one["values"])
            for one in found["checks"]
        ),
        tuple(NotRun(one["name"], one["title"], one["how"]) for one in found["not_run"]),
    )


def lines_of(not_run: Iterable[tuple[str, str]]) -> list[str]:
    """What was not run, a line for each reason. Args: (title, how) pairs."""
    by_reason: dict[str, list[str]] = {}
    for title, how in not_run:
        by_reason.setdefault(how, []).append(title)
    return [f"{_listing(titles)}: {how}." for how, titles in by_reason.items()]


def _listing(titles: list[str]) -> str:
    return ", ".join((titles[0], *(title[:1].lower() + title[1:] for title in titles[1:])))


def money(amount: float, currency: str = "") -> str:
    """An amount with its sign and two decimals."""
    text = f"{amount:,.2f}" if round(amount, 2) else "0.00"
    return f"{text} {currency}".strip()


def percent(share: float) -> str:
    """A share as a percentage that is never rounded to certainty."""
    value = 100.0 * share
    if 0.0 < value < 0.1:
        return "under 0.1 %"
    if 99.9 < value < 100.0:
        return "over 99.9 %"
    return f"{value:.1f} %" if value < 10.0 or 90.0 < value < 100.0 else f"{value:.0f} %"


def rounded(value: float, digits: int = 6) -> float:
    """For JSON: so many significant digits."""
    return float(f"{value:.{digits}g}")
