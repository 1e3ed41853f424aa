"""What strategies of the library may be called, and what happens if a name is there already."""

from __future__ import annotations

from collections.abc import Container

from nl2strat.errors import UsageError

LONGEST = 120
"""Characters of a name."""


class NameTaken(UsageError):
    """There is another strategy of that name. `free`: one that there is not."""

    def __init__(self, name: str, free: str) -> None:
        super().__init__(f"there is a strategy called {name!r} already; choose another name, such as {free!r}")
        self.name, self.free = name, free


class NotThere(UsageError):
    """The strategy was deleted, or never was."""


def checked_name(text: str) -> str:
    """A name without blanks around it or line breaks in it. Raises: UsageError: empty, or too long."""
    name = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not name:
        raise UsageError("the name is empty; say what the strategy is to be called")
    if len(name) > LONGEST:
        raise UsageError(f"the name has {len(name)} characters; {LONGEST} are the most")
    return name


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or the first with a number that nobody has: "Dip", "Dip 2", "Dip 3"."""
    candidate, number = name[:LONGEST], 1
    while candidate in taken:
        number += 1
        candidate = f"{name[: LONGEST - 8]} {number}"
    return candidate
