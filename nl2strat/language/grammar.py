"""Finds `grammars/strategy.lark`: beside the package in a wheel, at the root of a checkout otherwise."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path


def resource_text(folder: str, name: str) -> str:
    """The text of a shipped resource, e.g. `resource_text("grammars", "strategy.lark")`."""
    packaged = resources.files("nl2strat").joinpath(folder, name)
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).resolve().parents[2] / folder / name).read_text(encoding="utf-8")


@cache
def grammar_text() -> str:
    """The one grammar file."""
    return resource_text("grammars", "strategy.lark")
