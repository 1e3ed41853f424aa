"""Market data of one's own: what is there, and files to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nl2strat.web.pages.parts import tag
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.web.services import Services


async def data_page(services: Services) -> None:
    """The page's main part."""
    tag("p", say("No file was imported yet."))
