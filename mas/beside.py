"""Another package on this machine that brings a module called mas too, found before either is used.

It is looked for when the client is loaded, which every strategy does with its class statement: `import mas` alone may
be another package's. It reads file names and small files only, since that delays every start.
"""

from __future__ import annotations

import os
import sys

OURS = "nl2strat"
"""The distribution that this module belongs to."""
OTHER_PACKAGE = (
    "the package {name} installs a module called mas too, over or under this one, so that nobody knows which of the "
    "two runs: keep one of them (pip uninstall {name}, then install nl2strat again)"
)

_METADATA = (".dist-info", ".egg-info")


def other_package() -> str:
    """The name of another installed distribution that brings a module called mas; empty if there is none."""
    for folder in dict.fromkeys(sys.path):
        try:
            with os.scandir(folder or ".") as entries:
                names = [entry.name for entry in entries]
        except OSError:
            continue  # no folder, or none that may be read: nothing is imported from it either
        for metadata in names:
            if not metadata.endswith(_METADATA):
                continue
            name = metadata.rpartition(".")[0].partition("-")[0]
            if name.lower().replace("_", "-") != OURS and _brings_mas(os.path.join(folder, metadata), "mas" in names):
                return name
    return ""


def refuse_another() -> None:
    """Raises: ImportError: another package brings a module called mas."""
    name = other_package()
    if name:
        raise ImportError(OTHER_PACKAGE.format(name=name))


def _brings_mas(path: str, here: bool) -> bool:
    """Whether a distribution does. Args: here: whether there is anything called mas beside its metadata."""
    top = _text(os.path.join(path, "top_level.txt"))
    if top is not None:
        return "mas" in top.split()
    files = _text(os.path.join(path, "RECORD")) if here else None
    return files is not None and "\nmas/__init__.py," in f"\n{files}"


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None
