"""A file on its way to the server: `static/upload.js`, heard through events."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nicegui import ui

from nl2strat.web.words import say

SCRIPT = "upload.js"
ADDRESS = "/api/v1/uploads"


class Upload(ui.element):
    """A place to choose a file or to drop one.

    Args: choose: what it says. accept: endings, ".csv,.parquet". most: bytes. limit: the same in words. on_sent: hears
    the id and the name of a file that waits (see `nl2strat.web.uploads`). on_refused: hears why there is none.
    """

    def __init__(
        self, choose: str, accept: str, most: int, limit: str, on_sent: Callable[[str, str], Any],
        on_refused: Callable[[str], Any],
    ) -> None:  # fmt: skip
        super().__init__("nl2-upload")
        self.props["to"] = ADDRESS
        self.props["accept"] = accept
        self.props["most"] = str(most)
        self.props["words"] = json.dumps({
            "choose": choose, "drop": say("or drop it here"), "limit": limit, "cancel": say("Cancel"),
            "sending": say("Sending {name}", name="{name}"), "lost": say("The server could not be reached"),
            "large": say("{name} has {size} MB; {most} MB are the most", name="{name}", size="{size}", most="{most}"),
            "empty": say("{name} is empty", name="{name}"),
        })  # fmt: skip
        self.on("sent", lambda event: _sent(on_sent, event.args), args=["detail"])
        self.on("refused", lambda event: on_refused(str(_detail(event.args).get("message", ""))), args=["detail"])


def _sent(tell: Callable[[str, str], Any], args: Any) -> Any:
    detail = _detail(args)
    return tell(str(detail.get("id", "")), str(detail.get("name", "")))


def _detail(args: Any) -> dict[str, Any]:
    """What an event carries; a browser may send anything."""
    detail = args.get("detail") if isinstance(args, dict) else None
    return detail if isinstance(detail, dict) else {}
