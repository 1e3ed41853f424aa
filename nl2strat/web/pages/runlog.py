"""The log of a run: its newest lines, the newest last, all or only what matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nl2strat.web.pages.fields import Segments
from nl2strat.web.pages.parts import Tag, tag
from nl2strat.web.words import say

LINES = 200
"""Lines that are shown."""
_LEVELS = {"debug": 0, "info": 1, "warning": 2, "error": 3, "critical": 3}
_LEAST = {"all": 0, "warnings": 2, "errors": 3}

Line = Mapping[str, Any]


class RunLog:
    """`show` is given the newest lines again and again; only what is new is added, so that what is read stays put."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._shown: list[tuple[Line, Tag]] = []
        with tag("div", classes="run-log"):
            with tag("div", classes="run-log-head"):
                tag("h4", say("Log"))
                names = {"all": say("All"), "warnings": say("Warnings"), "errors": say("Errors")}
                self._level = Segments(say("Lines that are shown"), names, "all", lambda _: self._draw())
            with tag("div", classes="run-log-box", tabindex="0", role="log", aria_label=say("Log")):
                self._list = tag("ol")
                self._empty = tag("p", say("Nothing yet."), "muted")

    def show(self, lines: Sequence[Line]) -> None:
        """Args: lines: the newest, oldest first."""
        if self._lines and lines:
            key = _key(self._lines[-1])
            place = next((i for i in range(len(lines) - 1, -1, -1) if _key(lines[i]) == key), None)
            if place is not None:
                self._add(lines[place + 1 :])
                self._lines = list(lines)
                return
        if list(lines) != self._lines:
            self._lines = list(lines)
            self._draw()

    def _draw(self) -> None:
        """Everything anew."""
        self._list.clear()
        self._shown.clear()
        self._add(self._lines)

    def _add(self, lines: Sequence[Line]) -> None:
        least = _LEAST[self._level.value]
        with self._list:
            for line in lines:
                if _LEVELS.get(str(line.get("level")), 1) >= least:
                    self._shown.append((line, _row(line)))
        while len(self._shown) > LINES:
            self._shown.pop(0)[1].delete()
        self._empty.set_visibility(not self._shown)


def _row(line: Line) -> Tag:
    level = str(line.get("level", "info"))
    with tag("li", classes=f"log-{'bad' if _LEVELS.get(level, 1) >= 3 else level}") as row:
        tag("time", str(line.get("time", ""))[:19].replace("T", " "))
        if _LEVELS.get(level, 1) >= 2:
            tag("strong", say("warning") if level == "warning" else say("error"))
        tag("span", str(line.get("text", "")))
    return row


def _key(line: Line) -> tuple[Any, ...]:
    return line.get("time"), line.get("kind"), line.get("text")
