"""What is kept: strategies, their versions, runs and approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nl2strat.web.pages.parts import tag
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.web.services import Services


async def library_page(services: Services) -> None:
    """The page's main part."""
    tag("p", say("Nothing is kept yet."))
