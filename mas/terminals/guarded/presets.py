"""Files of guards that come along: the rules of prop accounts by their kind, and a plain safety net."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from mas.errors import ParameterError
from mas.terminals.guarded.reading import read_guards
from mas.terminals.guarded.rules import Rules

_FOLDER = Path(__file__).parent / "presets"


def preset_names() -> tuple[str, ...]:
    """All there are."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


def preset_text(name: str) -> str:
    """The file of a preset. Raises: ParameterError: there is none of that name."""
    if name not in preset_names():
        near = get_close_matches(name, preset_names(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(preset_names())}"
        raise ParameterError(f"there is no preset {name!r}: {hint}")
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def guards_called(name: str) -> Rules:
    """The rules of a preset, or of the file of that name.

    Raises: ParameterError: there is neither, or the file is wrong; the message says what.
    """
    path = Path(name)
    if path.suffix or path.exists() or path.parent != Path():
        return read_guards(path)
    preset_text(name)
    return read_guards(_FOLDER / f"{name}.toml", source=name)
