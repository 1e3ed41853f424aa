"""What has to be so before a strategy trades, each with what to do where it is not; and the approval itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from nl2strat.web.keeping import LONGEST_NAME
from nl2strat.web.pages.fields import Field
from nl2strat.web.pages.parts import Tag, button, money, refill, tag
from nl2strat.web.shapes import SAMPLE
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.web.keeping import Checklist

FEW_TRADES = 30
_DAY = "%Y-%m-%d"


class Checks:
    """The list. `show` fills it.

    Args: who: the name in the field at first. on_approve: awaited with the name. on_name: told the name typed.
    """

    def __init__(self, who: str, on_approve: Callable[[str], Awaitable[Any]], on_name: Callable[[str], Any]) -> None:
        self._on_approve = on_approve
        self._items: dict[str, _Item] = {}
        with tag("ol", classes="checks"):
            for key, title in _titles().items():
                self._items[key] = _Item(title)
            with self._items["approved"].body:
                self._exactly = tag("div", classes="exactly")
                self._form = tag("div", classes="approve")
        with self._form:
            name = Field(say("Your name"), on_name, help_=say("It is kept with the approval."))
            self._who = name.text(who, maxlength=str(LONGEST_NAME))
            self._do = button(say("Approve exactly this"), self._approve, "plain-button")
        self._form.set_visibility(False)

    def show(self, found: Checklist | None, source: str) -> None:
        """Args: found: None: the text is not understood, or there is none. source: of the data chosen."""
        checks = {} if found is None else {check.key: check.ok for check in found.checks}
        self._items["understood"].show(checks.get("understood", False), _understood(found))
        self._items["backtested"].show(checks.get("backtested", False), _backtested(found, source))
        self._items["approved"].show(checks.get("approved", False), _approved(found))
        can = checks.get("backtested", False) and not checks.get("approved", False)
        self._form.set_visibility(can)
        if found is not None and found.backtest is not None:
            refill(self._exactly, lambda: _exactly(found))
        else:
            self._exactly.clear()

    def trouble(self, text: str = "") -> None:
        """What is wrong with the approval."""
        self._who.trouble(text)

    async def _approve(self) -> None:
        self.trouble()
        name = str(self._who.value or "")
        if not name.strip():
            self.trouble(say("Say who approves it."))
            return
        self._do.set(disabled=True)
        try:
            await self._on_approve(name)
        finally:
            self._do.set(disabled=False)


class _Item:
    """One line: whether it is so, and what about it."""

    def __init__(self, title: str) -> None:
        with tag("li", classes="check open") as self._row:
            self._mark = tag("span", "\N{WHITE CIRCLE}", "check-mark", aria_hidden="true")
            with tag("div", classes="check-body") as self.body:
                with tag("p", classes="check-title"):
                    tag("strong", title)
                    self._state = tag("span", say("open"), "check-state")
                self._line = tag("p", classes="check-line", aria_live="polite")

    def show(self, ok: bool, line: str) -> None:
        self._row.classes(add="done", remove="open") if ok else self._row.classes(add="open", remove="done")
        self._mark.set_text("\N{CHECK MARK}" if ok else "\N{WHITE CIRCLE}")
        self._state.set_text(say("done") if ok else say("open"))
        self._line.set_text(line)


def _titles() -> dict[str, str]:
    return {
        "understood": say("Understood in full"),
        "backtested": say("Backtested on real bars"),
        "approved": say("Reviewed and approved"),
    }


def _understood(found: Checklist | None) -> str:
    if found is None or not found.checks[0].ok:
        return say("Write the strategy above, and answer what is asked there.")
    return say("Every word of the text is accounted for.")


def _backtested(found: Checklist | None, source: str) -> str:
    if found is None or found.backtest is None:
        if source == SAMPLE:
            return say("Made-up bars say nothing about a market: import your own under Data, choose them, press Run.")
        return say("Press Run: what is deployed has to be backtested exactly as it stands.")
    test = found.backtest
    counted, wanted = f"{test['bars']:,}", f"{found.enough_bars:,}"
    what = say("{bars} bars of {what}", bars=counted, what=f"{test['symbol']} {test['timeframe']}")
    if test["bars"] < found.enough_bars:
        return say("{what}; at least {n} are wanted: choose a longer period and run again.", what=what, n=wanted)
    return f"{what}, {_day(test['first'])} \N{EN DASH} {_day(test['last'])}."


def _approved(found: Checklist | None) -> str:
    if found is None or found.backtest is None:
        return say("Read the review above once the two before are done; then approve it here.")
    if found.approval is not None and found.approved_at is not None:
        return say("Exactly this was approved by {who} on {day}.", who=found.approved_by, day=_day(found.approved_at))
    if found.nearest and "is not the version" in found.nearest:
        return say("It has changed since it was approved: read it again, then approve it.")
    return say("Read it in all three forms above. Only these exact bytes will trade.")


def _exactly(found: Checklist) -> None:
    """What is approved, in figures and as hashes."""
    test = found.backtest or {}
    facts = {
        say("Strategy"): f"{found.name} \N{MIDDLE DOT} {found.symbol} {found.timeframe}",
        say("Backtest"): say("{n} trades, net {net}", n=f"{test['trades']:,}", net=money(test["net"], sign=True)),
        say("Program"): found.dsl_sha256,
        say("Python"): found.python_sha256,
    }
    with tag("dl", classes="facts"):
        for name, value in facts.items():
            tag("dt", name)
            is_hash = value in (found.dsl_sha256, found.python_sha256)
            tag("dd", value[:16] + "\N{HORIZONTAL ELLIPSIS}" if is_hash else value, "hash" if is_hash else "",
                title=f"SHA-256 {value}" if is_hash else None)  # fmt: skip
    if test["trades"] < FEW_TRADES:
        _few()


def _few() -> Tag:
    return tag("p", say("Fewer than {n} trades say little about what comes.", n=FEW_TRADES), "check-warn")


def _day(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):{_DAY}}"
