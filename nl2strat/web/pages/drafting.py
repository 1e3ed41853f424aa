"""What a draft says: read by whom its switch names; offline where the model fails; what models took is counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from nl2strat.errors import UsageError
from nl2strat.web.asking import Unanswered
from nl2strat.web.pages.reader import added

if TYPE_CHECKING:
    from nl2strat.web.pages.desk import StrategyDesk
    from nl2strat.web.services import Services
    from nl2strat.web.shapes import Model, Options, Understood


class DraftReader:
    """Reads the draft of a desk. `own` is true while it changes the draft itself: nobody has to read again for that."""

    def __init__(self, services: Services, desk: StrategyDesk) -> None:
        self._services, self._desk = services, desk
        self._asking: asyncio.Task[Understood] | None = None
        self.own = False

    def stop(self) -> None:
        """What a model is being asked is no longer wanted."""
        if self._asking is not None:
            self._asking.cancel()

    async def read(self) -> Understood:
        """What the draft says; inputs that were turned and are no longer there are let go.

        Raises: MasError: it cannot be read. asyncio.CancelledError: also if `stop` was called.
        """
        try:
            return await self._read()
        except UsageError:
            if not self._desk.draft.inputs:
                raise
        await self._change(inputs={})
        return await self._read()

    async def _read(self) -> Understood:
        draft = self._desk.draft
        try:
            found = await self._understood(draft.source, draft.options)
        except Unanswered as trouble:
            await self._count(trouble, str(trouble))
            return await self._understood(draft.source, self._desk.draft.options)
        if found.model.asked or found.model.trouble:
            await self._count(found.model, found.model.trouble)
        return found

    async def _understood(self, text: str, options: Options) -> Understood:
        if options.translator == "offline" or options.kind != "english":
            return await self._services.understand(text, options)
        self._asking = asyncio.ensure_future(self._services.understand(text, options))
        try:
            return await self._asking
        finally:
            self._asking = None

    async def _count(self, one: Model | Unanswered, why: str) -> None:
        """Keep what an answer took, and why the offline reading stands where it does."""
        draft = self._desk.draft
        more: dict[str, Any] = {**draft.more, "spent": added(draft.more.get("spent") or {}, one)}
        if why:
            more["instead"] = {"text": draft.text, "translator": draft.translator, "why": why}
        await self._change(more=more)

    async def _change(self, **changes: Any) -> None:
        self.own = True
        try:
            await self._desk.change(**changes)
        finally:
            self.own = False
