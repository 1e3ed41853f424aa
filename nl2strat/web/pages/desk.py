"""The draft that one tab works on, and the one way to change it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mas.errors import MasError

if TYPE_CHECKING:
    from nl2strat.web.services import Services
    from nl2strat.web.workspace import Draft


class StrategyDesk:
    """A draft of the library. Stores one change after the other, so that none overtakes another.

    Args: trouble: told what could not be stored. changed: told the names of the fields, once they are stored.
    """

    def __init__(
        self, services: Services, draft: Draft, trouble: Callable[[str], Any],
        changed: Callable[[set[str]], Awaitable[Any]],
    ) -> None:  # fmt: skip
        self.draft = draft
        self._services, self._trouble, self._changed = services, trouble, changed
        self._storing = asyncio.Lock()

    async def change(self, **changes: Any) -> None:
        """Change fields of the draft and store it. What cannot be stored still counts on this page, and is said."""
        names = {name for name, value in changes.items() if getattr(self.draft, name) != value}
        if not names:
            return
        self.draft = replace(self.draft, **changes)
        await asyncio.shield(self._store())  # a caller that is cancelled must not leave it half done
        await self._changed(names)

    async def _store(self) -> None:
        async with self._storing:
            try:
                stored = await self._services.do(self._services.workspace.save, self.draft)
                self.draft = replace(self.draft, revision=stored.revision, updated=stored.updated)
            except MasError as error:
                self._trouble(str(error))
