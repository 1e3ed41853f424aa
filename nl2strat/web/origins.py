"""Between drafts and versions: how the page had what became a version, so that it opens as it was left.

A draft says more than its program: the words, the reading that was chosen, inputs that were turned, data and account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from nl2strat.source import MAX_CHARACTERS
from nl2strat.web.shapes import Costs, DataSpec, Json, Kind, Options
from nl2strat.web.workspace import Draft

if TYPE_CHECKING:
    from nl2strat.library.tables import Version


@dataclass(frozen=True)
class Origin:
    """The fields of a draft that a version remembers."""

    text: str = ""
    program: str = ""
    edited: Kind = "english"
    translator: Literal["offline", "auto", "model"] = "offline"
    reading: str | None = None
    inputs: dict[str, float] = field(default_factory=dict)
    data: DataSpec = field(default_factory=DataSpec)
    costs: Costs = field(default_factory=Costs)

    @property
    def source(self) -> str:
        """What is read."""
        return self.text if self.edited == "english" else self.program

    @property
    def options(self) -> Options:
        """How it is read."""
        return Draft("", **vars(self)).options


_STRATEGY = ("edited", "translator", "inputs")
"""Besides the source and the reading: what makes another strategy. Data and account do not."""


def origin_of(draft: Draft) -> Origin:
    """What a version made of this draft remembers."""
    fields = {name: getattr(draft, name) for name in Origin.__dataclass_fields__}
    return Origin(**{**fields, "translator": draft.options.translator})


def read_origin(given: Any) -> Origin | None:
    """An origin from stored or foreign data; None: it is none."""
    from pydantic import TypeAdapter, ValidationError

    if not isinstance(given, dict):
        return None
    try:
        found: Origin = TypeAdapter(Origin).validate_python(given)
    except (ValidationError, RecursionError):
        return None
    return None if max(len(found.text), len(found.program)) > MAX_CHARACTERS else found


def program_of(version: Version) -> Origin:
    """A version as its program, for where nobody knows how it came to be; its words are there to be read."""
    return Origin(text=version.english, program=version.dsl, edited="language")


def opened(draft: Draft, version: Version, origin: Origin) -> Draft:
    """A draft with what a version remembers in it."""
    return replace(draft, **vars(origin), version_id=version.id)


def is_kept(draft: Draft, version: Version) -> bool:
    """Whether a draft says nothing that the version does not."""
    origin = read_origin(version.origin) or program_of(version)
    there = origin_of(draft)
    same = all(getattr(there, name) == getattr(origin, name) for name in _STRATEGY)
    if there.edited == "english":
        same = same and there.reading == origin.reading
    return same and there.source.strip() == origin.source.strip()


def draft_to_open(drafts: Sequence[Draft], strategy_versions: Sequence[Version]) -> Draft | None:
    """The draft that opening a strategy shows: the one changed last of those that began with its newest version."""
    newest = strategy_versions[-1].id
    return next((draft for draft in drafts if draft.version_id == newest), None)


def as_json(origin: Origin) -> Json:
    """As it is stored."""
    return asdict(origin)
