"""What the library page lists, and how what is kept is opened in the one screen. Blocking: call in a thread, except
`open_strategy` and `open_version`, which have a worker read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nl2strat.errors import UsageError
from nl2strat.library import shelf
from nl2strat.library.tables import Approval, Run, Strategy, Try, Version
from nl2strat.web import versions
from nl2strat.web.origins import Origin, draft_to_open, is_kept, opened, read_origin
from nl2strat.web.runs import RunState
from nl2strat.web.workspace import Draft

if TYPE_CHECKING:
    from nl2strat.web.services import Services


@dataclass(frozen=True)
class Row:
    """One strategy of the list. `result`: its newest backtest. `approved`: "newest", "older" or "" (no version is).
    `symbol`, `timeframe`: as its newest program says."""

    id: int
    name: str
    symbol: str
    timeframe: str
    versions: int
    changed: int
    note: str
    result: Try | None
    approved: str
    words: str


@dataclass(frozen=True)
class Loose:
    """A draft with something in it that no version has. `of`: the strategy that it began with, if that is there."""

    draft: Draft
    of: str


@dataclass(frozen=True)
class Contents:
    """Everything that the page lists."""

    rows: Sequence[Row]
    loose: Sequence[Loose]
    deleted: Sequence[Strategy]


@dataclass(frozen=True)
class Tried:
    """A backtest of a strategy. `version`: the number of the version that has its bytes; None: inputs were turned, or
    it was not kept. `run`: its results, if they are still there."""

    row: Try
    version: int | None
    run: RunState | None


@dataclass(frozen=True)
class Dossier:
    """One strategy with all there is about it, newest first."""

    strategy: Strategy
    backtests: Sequence[Tried]
    approvals: Sequence[Approval]
    deployments: Sequence[Run]

    @property
    def newest(self) -> Version:
        """Its newest version."""
        return self.strategy.versions[-1]


def contents(services: Services) -> Contents:
    """What is in the library, the strategy changed last first, and what is not kept yet."""
    library = services.library
    strategies, tries = library.strategies(), shelf.latest_tries(library)
    approved = {approval.python_sha256 for approval in library.approvals()}
    rows = [_row(strategy, tries, approved) for strategy in strategies if strategy.versions]
    rows.sort(key=lambda row: (-row.changed, row.name))
    there = {version.id: (strategy, version) for strategy in strategies for version in strategy.versions}
    loose = []
    for draft in services.workspace.all():
        strategy, version = there.get(draft.version_id or 0, (None, None))
        if draft.source.strip() and (version is None or not is_kept(draft, version)):
            loose.append(Loose(draft, strategy.name if strategy is not None else ""))
    return Contents(rows, loose, shelf.deleted(library))


def dossier(services: Services, number: int) -> Dossier:
    """Everything about one. Raises: NotThere."""
    states = {state.id: state for state in services.runs.all() if state.status == "done"}
    versions_there = {version.id for version in shelf.record(services.library, number).strategy.versions}
    drafts = {draft.id for draft in services.workspace.all() if draft.version_id in versions_there}
    theirs = [state.id for state in states.values() if state.draft in drafts]
    found = shelf.record(services.library, number, theirs)
    numbers = {version.python_sha256: version.number for version in found.strategy.versions}
    tried = [Tried(row, numbers.get(row.python_sha256), states.get(row.id)) for row in found.tries]
    return Dossier(found.strategy, tried, found.approvals, found.runs)


def matches(text: str, *fields: str) -> bool:
    """Whether each word of a search stands in one of the fields."""
    whole = "\n".join(fields).casefold()
    return all(word in whole for word in text.casefold().split())


# ------------------------------------------------------------------ opening


async def open_strategy(services: Services, number: int) -> str:
    """The id of the draft that goes on with a strategy: what was being done with it, else its newest version."""
    found = await services.do(shelf.record, services.library, number)
    drafts = await services.do(services.workspace.all)
    draft = draft_to_open(drafts, found.strategy.versions)
    if draft is not None:
        return draft.id
    return await open_version(services, found.strategy.versions[-1])


async def open_version(services: Services, version: Version) -> str:
    """The id of a new draft of a version."""
    draft = opened(services.workspace.new(), version, await origin_to_open(services, version))
    return (await services.do(services.workspace.save, draft)).id


async def origin_to_open(services: Services, version: Version) -> Origin:
    """How a version is to be opened (see `versions.opening`)."""
    found = await services.work.call(versions.opening, version.id)
    origin = read_origin(found["origin"])
    if origin is None:
        raise UsageError(f"version {version.number} cannot be opened: its program is too long")
    return origin


def open_backtest(services: Services, tried: Tried, found: Dossier) -> str:
    """The id of a draft that shows a finished backtest. Raises: UsageError: its results are gone."""
    run = tried.run
    if run is None:
        raise UsageError("the results of this backtest made room for newer ones; open the version and run it again")
    options, spec = run.spec.options, run.spec
    is_text = options.kind == "english"
    known = next((v.id for v in found.strategy.versions if v.number == tried.version), found.newest.id)
    fields = {
        "text" if is_text else "program": spec.text, "edited": "english" if is_text else "language",
        "reading": options.reading, "inputs": dict(options.inputs), "translator": options.translator,
        "data": spec.data, "costs": spec.costs, "last_run": run.id, "version_id": known,
    }  # fmt: skip
    for draft in services.workspace.all():
        if all(getattr(draft, name) == value for name, value in fields.items() if name != "version_id"):
            return draft.id
    return services.workspace.save(replace(services.workspace.new(), **fields)).id  # type: ignore[arg-type]


# ------------------------------------------------------------------ inside


def _row(strategy: Strategy, tries: dict[str, Try], approved: set[str]) -> Row:
    newest = strategy.versions[-1]
    results = [tries[version.python_sha256] for version in strategy.versions if version.python_sha256 in tries]
    older = any(version.python_sha256 in approved for version in strategy.versions)
    return Row(
        strategy.id, strategy.name, *_market(newest.dsl), len(strategy.versions), newest.created, newest.note,
        max(results, key=lambda row: row.created, default=None),
        "newest" if newest.python_sha256 in approved else "older" if older else "", newest.english or newest.dsl,
    )  # fmt: skip


def _market(dsl: str) -> tuple[str, str]:
    """Symbol and timeframe as a canonical program says them, each on a line of its own."""
    said = {}
    for line in dsl.splitlines():
        word, _, rest = line.partition(" ")
        if word in ("symbol", "timeframe") and word not in said:
            said[word] = rest.strip()
    return said.get("symbol", ""), said.get("timeframe", "")
