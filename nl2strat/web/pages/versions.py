"""The versions of one strategy: what each has changed in words, any two side by side, an older one brought back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import ui

from mas.errors import MasError
from nl2strat.library import shelf
from nl2strat.web import datastore, tasks, versions
from nl2strat.web.pages.differing import show_difference
from nl2strat.web.pages.parts import button, refill, tag
from nl2strat.web.pages.telling import moment_tag
from nl2strat.web.shapes import SAMPLE, DataSpec, Json, Options, RunSpec
from nl2strat.web.words import say
from nl2strat.web.work import RUNNING

if TYPE_CHECKING:
    from nl2strat.library.tables import Version
    from nl2strat.web.services import Services

SHOWN = 4
"""Changed sentences of a version that are shown at first."""


class VersionList:
    """Args: on_restore: asked to bring a version back; after it the list is shown again."""

    def __init__(self, services: Services, on_restore: Callable[[Version], Awaitable[Any]]) -> None:
        self._services, self._on_restore = services, on_restore
        self._strategy = 0
        self._boxes: dict[int, Any] = {}
        self._list = tag("ol", classes="versions", reversed=True)
        self._compare = Comparison(services)

    async def show(self, strategy: int, mine: int | None = None) -> None:
        """Args: mine: the version that is open. Raises: NotThere."""
        self._strategy = strategy
        found = await self._services.do(shelf.record, self._services.library, strategy)
        rows = list(reversed(found.strategy.versions))
        refill(self._list, lambda: self._fill(rows, mine))
        await self._compare.offer(rows)
        await self._say_changes()

    # ------------------------------------------------------------- inside

    def _fill(self, rows: Sequence[Version], mine: int | None) -> None:
        self._boxes = {}
        for row in rows:
            with tag("li", classes="version", data_version=str(row.number)):
                with tag("div", classes="version-head"):
                    tag("strong", say("Version {n}", n=row.number))
                    moment_tag(row.created, "muted small")
                    if row.id == mine:
                        tag("span", say("open here"), "library-badge")
                    if row is not rows[0]:
                        button(say("Restore"), partial(self._on_restore, row), "plain-button version-restore",
                               aria_label=say("Restore version {n}", n=row.number))  # fmt: skip
                tag("p", row.note, "version-note")
                self._boxes[row.id] = tag("div", classes="version-changes")
                if row is rows[-1]:
                    with self._boxes[row.id]:
                        tag("p", say("The first one."), "muted small")

    async def _say_changes(self) -> None:
        """What each has changed comes after the list: it takes a moment to work out."""
        try:
            found: list[Json] = await self._services.work.call(versions.changes, self._strategy)
        except MasError:
            return  # the list is of use without
        for one in found:
            box = self._boxes.get(one["id"])
            if box is not None and not box.is_deleted:
                refill(box, partial(changed_sentences, one["changes"]))


def changed_sentences(lines: Sequence[Mapping[str, str]]) -> None:
    """Sentences that went (-) and came (+)."""
    if not lines:
        tag("p", say("Nothing that the strategy does: words, notes or names only."), "muted small")
    _sentences(lines[:SHOWN])
    if len(lines) > SHOWN:
        with tag("details"):
            tag("summary", say("{n} more", n=len(lines) - SHOWN))
            _sentences(lines[SHOWN:])


def _sentences(lines: Sequence[Mapping[str, str]]) -> None:
    with tag("ul", classes="changed-lines"):
        for line in lines:
            came = line["sign"] == "+"
            with tag("li", classes="came" if came else "went"):
                tag("span", "+" if came else "\N{MINUS SIGN}", "changed-sign", aria_hidden="true")
                tag("span", say("new:") if came else say("gone:"), "sr")
                tag("span", line["text"])


class Comparison:
    """Two versions, chosen freely, on the same data: what changed in words and in trades."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rows: dict[int, Version] = {}
        with tag("section", classes="comparison", aria_label=say("Compare two versions")):
            tag("h3", say("Compare two versions"))
            with tag("div", classes="compare-form"):
                self._before = self._select(say("Before"))
                self._after = self._select(say("After"))
                self._data = self._select(say("Data"))
                self._do = button(say("Compare"), self._run, "plain-button main-button compare-button")
            self._says = tag("p", "", "small muted", role="status", aria_live="polite")
            self._trouble = tag("p", "", "run-error", role="alert")
            self._result = tag("div", classes="difference")

    async def offer(self, rows: Sequence[Version]) -> None:
        """The versions there are, newest first."""
        self._rows = {row.id: row for row in rows}
        names = {row.id: say("Version {n}", n=row.number) for row in rows}
        stored = await self._services.do(datastore.entries)
        if self._result.is_deleted:  # the page was left meanwhile
            return
        data = {SAMPLE: say("Made-up bars (SYNTHETIC)"), **{one.name: one.name for one in stored}}
        self._before.set_options(names, value=rows[min(1, len(rows) - 1)].id)
        self._after.set_options(names, value=rows[0].id)
        self._data.set_options(data, value=_data_of(rows[0], data))
        self._do.set(disabled=len(rows) < 2)
        self._says.set_text("" if len(rows) > 1 else say("There is one version yet; the next can be compared with it."))
        self._trouble.set_text("")
        self._result.clear()

    def _select(self, name: str) -> ui.select:
        with tag("div", classes="field"):
            tag("span", name, "field-name", aria_hidden="true")
            chosen = ui.select({})
            chosen.props("dense outlined options-dense behavior=menu").props["aria-label"] = name
        return chosen

    async def _run(self) -> None:
        before, after = self._rows.get(self._before.value), self._rows.get(self._after.value)
        if before is None or after is None:
            return
        self._trouble.set_text("")
        self._result.clear()
        self._says.set_text(say("Both are played on the same bars."))
        self._do.set(disabled=True)
        sides = [_spec(row, DataSpec(str(self._data.value))) for row in (before, after)]
        try:
            found = await self._services.work.call(tasks.diff, *sides, lane=RUNNING)
        except MasError as error:
            self._says.set_text("")
            self._trouble.set_text(str(error))
            return
        finally:
            self._do.set(disabled=False)
        self._says.set_text("")
        refill(self._result, lambda: show_difference(found, before.number, after.number))


def _spec(row: Version, data: DataSpec) -> RunSpec:
    options = Options(kind="language", choices=False)
    return RunSpec(row.dsl, options, data)


def _data_of(row: Version, there: Mapping[str, str]) -> str:
    """The data that a version was made with, if it is still there."""
    origin = row.origin or {}
    source = str((origin.get("data") or {}).get("source", SAMPLE))
    return source if source in there else SAMPLE
