"""Runs in words: where they trade, how they stand, what a comparison with the backtest has found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from nl2strat.web.pages.parts import money
from nl2strat.web.words import say, say_known

TONES = {
    "running": "good", "starting": "open", "paused": "open", "waiting": "bad", "interrupted": "bad", "failed": "bad",
    "killed": "bad",
}  # fmt: skip
"""How each state is coloured; the others are not."""


def state_of(run: Mapping[str, Any]) -> str:
    """How it stands, in a word or three."""
    words = {
        "starting": say("Starting"),
        "running": say("Running"),
        "paused": say("Paused"),
        "waiting": say("Waiting for the terminal"),
        "stopped": say("Stopped"),
        "killed": say("Killed"),
        "finished": say("Finished"),
        "failed": say("Failed"),
        "interrupted": say("Its process has died"),
    }
    return words.get(run["state"], str(run["state"]))


def money_of(run: Mapping[str, Any]) -> tuple[str, str]:
    """Whose money it is: a word, and its class: "paper", "demo" or "real"."""
    if run["terminal"] == "paper":
        return say("PAPER"), "paper"
    return (say("REAL money"), "real") if run["live"] else (say("DEMO"), "demo")


def place_of(run: Mapping[str, Any]) -> str:
    """Where it trades."""
    if run["quotes"]:
        return say("quotes of {terminal}", terminal=run["quotes"])
    if run["terminal"] == "paper":
        return say("recorded bars {name}", name=run["replay"] or "")
    return say("account {n} on {server}", n=run["account"] or "", server=run["server"] or run["terminal"])


def stands(run: Mapping[str, Any]) -> str:
    """What there is to say of its state: why it is so, and what can be done."""
    state, why = run["state"], str(run["reason"] or "")
    left = int(run["doing"].get("open_positions") or 0)
    open_ = say("{n} positions stay open with their stops.", n=left) if left else ""
    if state == "interrupted":
        words = say("Its process has ended without a word. Resume goes on exactly where it was.")
        return f"{words} {open_}".rstrip()
    if state == "paused":
        return say("No new entries; exits and stops go on.")
    if state == "waiting":
        return say("The terminal does not answer. It is tried again and again; what is open keeps its stops.")
    if state == "finished":
        return say("The recording is over.")
    if run["alive"] and not run["fresh"] and state == "running":
        return say("It has said nothing for a while.")
    if run["alive"]:
        halts = run["doing"].get("halts") or {}
        return " ".join(say("Limit {name}: {why}", name=name, why=why) for name, why in halts.items())
    return f"{why[:1].upper()}{why[1:]}{'.' if why and why[-1] not in '.!?' else ''} {open_}".strip()


def when(moment: Any) -> str:
    """A moment of the market, to the minute; a dash if there is none."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}" if moment else "\N{EN DASH}"


def amount(value: Any, *, sign: bool = False) -> str:
    """Money; a dash if it is not known."""
    return money(float(value), sign=sign) if isinstance(value, int | float) else "\N{EN DASH}"


def causes() -> dict[str, str]:
    """Why a run and its backtest can differ (`deploy.parity.causes.Cause`), in words."""
    return {
        "spread": say("by the spread"),
        "quote": say("by the quote"),
        "slippage": say("by slippage"),
        "partial fill": say("filled in part"),
        "inside the bar": say("by prices inside the bar"),
        "missed bar": say("by a bar that was missed"),
        "paused": say("while paused"),
        "command": say("by a command"),
        "guard": say("by a limit"),
        "refused": say("refused by the server"),
        "expired": say("without a process"),
        "by hand": say("by hand"),
        "revised bar": say("by bars that were revised"),
        "signals": say("by a signal"),
        "costs": say("by costs"),
        "follows": say("following from these"),
        "unexplained": say("unexplained"),
    }


def parity_of(found: Mapping[str, Any]) -> tuple[str, str]:
    """What a comparison has found, in sentences; and its class: "good", "open" or "bad"."""
    decided, alike, differences = found["decisions"], found["alike"], found["differences"]
    sums = say(
        "Run: {n} trades, net {net}. Backtest: {m} trades, net {other}.", n=found["trades"],
        net=amount(found["net"], sign=True), m=found["backtest_trades"], other=amount(found["backtest_net"], sign=True),
    )  # fmt: skip
    if not found["bars"]:
        return say("No bar has closed yet: there is nothing to compare."), "open"
    if not differences:
        if not decided:
            return say("Neither has done anything in {n} bars.", n=f"{found['bars']:,}"), "good"
        words = say("All {n} decisions in {m} bars are those of the backtest.", n=decided, m=f"{found['bars']:,}")
        return f"{words} {sums}", "good"
    named = causes()
    told = ", ".join(f"{count} {named.get(cause, say_known(cause))}" for cause, count in found["causes"].items())
    words = say("{n} of {m} decisions are those of the backtest; differences: {what}.", n=alike, m=decided, what=told)
    return f"{words} {sums}", "bad" if found["unexplained"] else "open"
