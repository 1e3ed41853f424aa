"""From a strategy to one that trades: what has to be so, the limits, where; and one button."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from nicegui import background_tasks

from mas.errors import MasError
from nl2strat.web import api_trading, keeping, trading
from nl2strat.web.errors import NotFound
from nl2strat.web.limits import LimitError
from nl2strat.web.origins import as_json, origin_of
from nl2strat.web.pages.checklist import Checks
from nl2strat.web.pages.limiting import USUAL, LimitsForm
from nl2strat.web.pages.parts import button, refill, tag
from nl2strat.web.pages.places import ACCOUNT, PAPER, Places, Wrong
from nl2strat.web.trading import DeploySpec
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.web.keeping import Checklist
    from nl2strat.web.pages.backtest import Desk
    from nl2strat.web.services import Services
    from nl2strat.web.shapes import Json, Understood
    from nl2strat.web.workspace import Draft


class Deploying:
    """The section. Tell it what was read (`understood`), and when a backtest has ended (`tested`)."""

    def __init__(self, services: Services, desk: Desk) -> None:
        self._services, self._desk = services, desk
        self._read: Understood | None = None
        self._found: Checklist | None = None
        self._known: tuple[Any, ...] | None = None
        self._refreshing = asyncio.Lock()
        kept = desk.draft.more.get("deploy")
        kept = kept if isinstance(kept, dict) else {}
        with tag("section", classes="card deploy", aria_label=say("Deploy")):
            with tag("div", classes="card-head"):
                tag("h2", say("Deploy"))
                tag("a", say("What is running"), "link", href="/running")
            with tag("div", classes="deploy-steps"):
                with tag("section", classes="deploy-step", aria_label=say("What has to be so")):
                    tag("h3", say("What has to be so"))
                    self._checks = Checks(str(kept.get("who") or trading.who()), self._approve, self._named)
                with tag("section", classes="deploy-step", aria_label=say("Limits")):
                    tag("h3", say("Limits"))
                    changes = kept.get("limits") if isinstance(kept.get("limits"), dict) else {}
                    self._limits = LimitsForm(str(kept.get("guards", USUAL)), dict(changes or {}), self._changed)
                with tag("section", classes="deploy-step", aria_label=say("Where")):
                    tag("h3", say("Where"))
                    place = kept.get("place") if isinstance(kept.get("place"), dict) else {}
                    self._places = Places(dict(place or {}), self._changed, self._look)
                    self._go = button("", self._press, "plain-button run-button")
                    self._line = tag("p", classes="deploy-line", role="status", aria_live="polite")
                    self._after = tag("div", classes="deploy-after")
        self._who = str(kept.get("who") or "")
        self._word_button()
        self._checks.show(None, desk.draft.data.source)

    # ------------------------------------------------------------- what the page tells

    def understood(self, found: Understood | None) -> None:
        """What was read last; None: nothing."""
        self._read = found if found is not None and found.status == "understood" else None
        self._refresh_soon()

    def tested(self) -> None:
        """A backtest has ended."""
        self._known = None
        self._refresh_soon()

    def _refresh_soon(self) -> None:
        background_tasks.create(self._refresh())

    async def _refresh(self) -> None:
        """Look again at what has been done, if anything has."""
        async with self._refreshing:
            draft, read = self._desk.draft, self._read
            known = (read.python_sha256 if read else "", draft.data.source)
            if known != self._known:
                self._known = known
                await self._check(draft, read)

    async def _check(self, draft: Draft, read: Understood | None) -> None:
        found: Checklist | None = None
        if read is not None:
            try:
                found = await self._services.work.call(keeping.checklist, draft.source, draft.options)
            except MasError as error:
                self._known = None
                self._say(str(error), wrong=True)
        if self._go.is_deleted:  # nobody looks any more
            return
        self._found = found
        self._checks.show(found, draft.data.source)
        self._word_button()
        await self._offer()

    async def _offer(self) -> None:
        from nl2strat.web.datastore import entries

        symbol = self._found.symbol if self._found is not None else ""
        stored = await self._services.do(entries)
        self._places.offer(stored, symbol, self._desk.draft.data.source)

    # ------------------------------------------------------------- approval

    async def _approve(self, who: str) -> None:
        found, draft = self._found, self._desk.draft
        if found is None:
            return
        try:
            approved = await self._services.work.call(
                keeping.approve, draft.source, draft.options, who, found.python_sha256, version_id=draft.version_id,
                origin=as_json(origin_of(draft)),
            )  # fmt: skip
            await self._desk.change(version_id=approved["version_id"])
        except MasError as error:
            self._checks.trouble(str(error))
        self._known = None
        await self._refresh()

    # ------------------------------------------------------------- beginning

    async def _press(self) -> None:
        await self._begin(fresh=False)

    async def _begin(self, *, fresh: bool) -> None:
        """Put it to work as the fields say, unless one of them cannot be so."""
        self._after.clear()
        self._say("")
        self._go.set(disabled=True)
        try:
            begun = await self._begun(fresh=fresh)
        except Wrong:
            self._say(say("Not begun: see what is marked."), wrong=True)
            return
        except LimitError as error:
            self._limits.trouble(error)
            self._say(say("Not begun: a limit cannot be as it is."), wrong=True)
            return
        except NotFound as error:
            self._places.trouble("data", str(error)) if self._places.where == PAPER else None
            self._say(str(error), wrong=True)
            return
        except MasError as error:
            self._say(str(error), wrong=True)
            return
        finally:
            self._go.set(disabled=False)
        if begun is not None:
            self._tell(begun)

    async def _begun(self, *, fresh: bool) -> Json | None:
        """The run, or None where the user has to say whether an older one is to go on.

        Raises: Wrong, LimitError: said at their fields. MasError: what stands in the way.
        """
        await self._refresh()
        if self._found is None or not self._found.ready:
            self._say(say("Not begun: first, what is still open in the list."), wrong=True)
            return None
        if not self._limits.check():
            raise Wrong("limits")
        spec = await self._spec(fresh=fresh)
        if await self._services.do(trading.is_killed, self._services.library):
            self._say(say("All trading is forbidden: allow it again at the top of the page."), wrong=True)
            return None
        self._say(say("Beginning: it says so once it has looked at its market."))
        compiled = await self._services.work.call(trading.compiled_for, spec.text, spec.options)
        if spec.on == PAPER:
            terms = trading.paper_terms(compiled, spec)
            self._limits.limits.check(float(terms.get("deposit", 10_000.0)))
        elif self._places.account is not None:
            self._limits.limits.check(float(self._places.account["equity"]))
        if not fresh:
            before = await self._services.do(trading.interrupted, self._services.library, compiled, spec)
            if before is not None:
                self._choose(before)
                return None
        return await self._services.do(trading.begin, self._services.library, compiled, spec)

    async def _spec(self, *, fresh: bool) -> DeploySpec:
        from mas.timeframes import TIMEFRAMES

        draft = self._desk.draft
        timeframe = self._found.timeframe if self._found is not None else ""
        place = self._places.asked(TIMEFRAMES.get(timeframe, 3600))
        recorded = "replay" in place
        return DeploySpec(
            draft.source, draft.options, guards=self._limits.preset or None, limits=dict(self._limits.changes),
            costs=draft.costs, timezone=draft.data.timezone if recorded else None, fresh=fresh, **place,
        )  # fmt: skip

    def _choose(self, before: Json) -> None:
        """An earlier run of the same can go on: whether it shall is the user's to say."""
        number = before["run"]
        if before["alive"]:
            self._tell(before, say("Run {run} does exactly that already.", run=number))
            return
        self._say(say("Run {run} of the same was stopped before its end.", run=number))

        def build() -> None:
            button(say("Go on with it"), lambda: self._go_on(number))
            button(say("Begin a new one"), lambda: self._begin(fresh=True))

        refill(self._after, build)

    async def _go_on(self, number: str) -> None:
        self._after.clear()
        self._say(say("Beginning: it says so once it has looked at its market."))
        try:
            self._tell(await self._services.do(trading.go_on, self._services.library, number))
        except MasError as error:
            self._say(str(error), wrong=True)

    def _tell(self, begun: Json, words: str = "") -> None:
        """It runs: where it is to be seen."""
        self._after.clear()
        self._say(words or say("Run {run} has begun.", run=begun["run"]))
        with self._after:
            tag("a", say("See it running"), "plain-button", href=f"/running#run-{begun['run']}")

    # ------------------------------------------------------------- inside

    async def _look(self, address: str, profile: str) -> Json:
        return await api_trading.account(self._services, address, None, "", profile)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self._line.set_text(text)
        self._line.classes(add="run-error") if wrong else self._line.classes(remove="run-error")

    def _word_button(self) -> None:
        account = self._places.account
        if self._places.where != ACCOUNT:
            text = say("Run on paper")
        elif account is None:
            text = say("Trade on the account")
        else:
            text = say("Trade with REAL money") if account["real"] else say("Trade on the demo account")
        self._go.set_text(text)
        real = self._places.where == ACCOUNT and account is not None and account["real"]
        self._go.classes(add="strong-kill") if real else self._go.classes(remove="strong-kill")

    def _named(self, who: str) -> Any:
        self._who = who
        return self._changed()

    def _changed(self) -> Any:
        """What was typed is kept with the draft."""
        if not hasattr(self, "_who"):
            return None  # still being built
        self._word_button()
        kept = {
            "who": self._who, "guards": self._limits.preset, "limits": dict(self._limits.changes),
            "place": dict(self._places.state),
        }  # fmt: skip
        return self._desk.change(more={**self._desk.draft.more, "deploy": kept})
