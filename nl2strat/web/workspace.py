"""What one tab of the page works on. It is in the library after every change: a reload or a restart finds it again.

workspace = Workspace(library)
draft = workspace.open(draft_id)         # or workspace.new()
draft = workspace.save(replace(draft, text="Buy when ..."))
"""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from nl2strat.errors import UsageError
from nl2strat.web.shapes import Costs, DataSpec, Kind, Options, RunSpec

if TYPE_CHECKING:
    from nl2strat.library.store import Library
    from nl2strat.library.tables import Draft as Row

_ID = re.compile(r"[0-9a-f]{16}")
_TITLE = 80


class Conflict(UsageError):
    """The draft was changed somewhere else meanwhile."""


@dataclass(frozen=True)
class Draft:
    """One piece of work. What is edited last counts: `edited` says whether that is the text or the program."""

    id: str
    revision: int = 0
    """Of the stored row; 0: not stored yet."""
    updated: int = 0
    title: str = ""
    text: str = ""
    """The English (or whatever was typed)."""
    program: str = ""
    """The language, where the user has edited it; empty: the text counts."""
    edited: Kind = "english"
    translator: str = "offline"
    reading: str | None = None
    """Which reading of a text with several was chosen (see `Options.reading`)."""
    inputs: dict[str, float] = field(default_factory=dict)
    data: DataSpec = field(default_factory=DataSpec)
    costs: Costs = field(default_factory=Costs)
    last_run: str | None = None
    version_id: int | None = None
    """The version of the library that it was opened from, or last kept as."""
    more: dict[str, Any] = field(default_factory=dict)
    """What else the page wants back: which tab is open, the zoom."""

    @property
    def options(self) -> Options:
        """How its text is to be read."""
        reader = "offline" if self.instead else self.translator
        return Options(
            kind=self.edited, translator=reader,  # type: ignore[arg-type]
            reading=self.reading if self.edited == "english" else None,
            data=self.data, costs=self.costs, inputs=dict(self.inputs),
        )  # fmt: skip

    @property
    def source(self) -> str:
        """What is read: the program if that was edited, else the text."""
        return self.text if self.edited == "english" else self.program

    @property
    def instead(self) -> str:
        """Why the offline reading of this very text stands in for the model's; empty where it does not."""
        told = self.more.get("instead")
        if not isinstance(told, dict) or (told.get("text"), told.get("translator")) != (self.text, self.translator):
            return ""
        return str(told.get("why", ""))

    @property
    def own_title(self) -> str:
        """The title that the user gave; empty where it is only the beginning of the text."""
        return "" if self.title in (_beginning(self.text), _beginning(self.program)) else self.title

    @property
    def spec(self) -> RunSpec:
        """The backtest that its button means."""
        return RunSpec(self.source, self.options, self.data, self.costs)


class Workspace:
    """The drafts of a library. Its methods take a few milliseconds of the database: call them from a thread."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def new(self) -> Draft:
        """An empty one, with an id of its own; it is stored when it is saved."""
        return Draft(secrets.token_hex(8))

    def open(self, number: str) -> Draft:
        """The draft of an id; an empty one under that id if there is none. Raises: UsageError: that is no id."""
        if not _ID.fullmatch(number):
            raise UsageError(f"{number[:40]!r} is no id of a draft: 16 digits of 0-9 and a-f")
        row = self.library.draft(number)
        return Draft(number) if row is None else _draft(row)

    def all(self) -> list[Draft]:
        """All drafts, the one changed last first."""
        return [_draft(row) for row in self.library.drafts()]

    def save(self, draft: Draft) -> Draft:
        """Store it. Returns: it with its new revision.

        Raises: Conflict: another tab has stored a change of the same draft since. UsageError: that is no id.
        """
        if not _ID.fullmatch(draft.id):
            raise UsageError(f"{draft.id[:40]!r} is no id of a draft: 16 digits of 0-9 and a-f")
        title = draft.title[:_TITLE] or _beginning(draft.source)
        state = {k: v for k, v in asdict(draft).items() if k not in ("id", "revision", "updated", "title")}
        row = self.library.keep_draft(draft.id, title, state, draft.revision)
        if row is None:
            raise Conflict("this draft was changed in another tab; reload to see it, or go on in a new one")
        return _draft(row)

    def drop(self, number: str) -> None:
        """Let go of a draft."""
        self.library.drop_draft(number)


def _beginning(text: str) -> str:
    """What a draft without a title of its own is called."""
    return " ".join(text.split())[:_TITLE]


def _draft(row: Row) -> Draft:
    """A stored draft; what this version does not know of is left out, what is missing is the usual."""
    known = {item.name for item in fields(Draft)}
    state = {name: value for name, value in row.state.items() if name in known}
    return Draft(
        row.id, row.revision, row.updated, row.title,
        **{**state, "data": _of(DataSpec, state.get("data")), "costs": _of(Costs, state.get("costs"))},
    )  # fmt: skip


def _of(kind: type[Any], given: Any) -> Any:
    known = {item.name for item in fields(kind)}
    return kind(**{k: v for k, v in given.items() if k in known}) if isinstance(given, dict) else kind()
