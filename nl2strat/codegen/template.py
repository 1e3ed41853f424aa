"""The template of the class. Jinja compiles it to Python once, and what comes of it is kept for other processes."""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket

from nl2strat.keeping import keep, place
from nl2strat.language.grammar import resource_text

_BLANKS: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}


@cache
def template() -> jinja2.Template:
    """`templates/strategy.py.j2`, ready to be rendered."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: resource_text("templates", name)),
        bytecode_cache=_Kept(),
        **_BLANKS,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("strategy.py.j2")


class _Kept(jinja2.BytecodeCache):
    """Compiled templates in the user's cache folder; one that cannot be read or written is done without."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(Exception):  # missing, cut off, of another user: whatever it is, compile anew
            bucket.bytecode_from_string(self._place(bucket).read_bytes())

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            keep(self._place(bucket), bucket.bytecode_to_string())

    def _place(self, bucket: Bucket) -> Path:
        return place("template", f"{bucket.key}|{bucket.checksum}|{_BLANKS}|{jinja2.__version__}")
