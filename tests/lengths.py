"""Tests in two lengths: a short form in every run of the default suite, and the whole with `pytest -m slow`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def every(step: int, rows: Sequence[Any]) -> list[Any]:
    """The rows of a table for `parametrize`: each `step`-th by default, the others when slow tests run."""
    return [row if place % step == 0 else _slow(row) for place, row in enumerate(rows)]


def lengths(few: int, many: int) -> list[Any]:
    """For `parametrize`: `few` by default; `many` when slow tests run."""
    return [few, pytest.param(many, marks=pytest.mark.slow)]


def examples(few: int, many: int) -> int:
    """For `settings`: `few` by default; `many` where new ones are drawn (NL2STRAT_RANDOM_TESTS=1)."""
    return many if os.environ.get("NL2STRAT_RANDOM_TESTS") else few


def for_all(count: int, holds: Callable[..., None], *strategies: st.SearchStrategy[Any]) -> None:
    """Draw so many examples; the same ones in every run, see conftest."""
    checks = settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))
    checks(given(*strategies)(holds))()


def _slow(row: Any) -> Any:
    values = row if isinstance(row, tuple) else (row,)
    return pytest.param(*values, marks=pytest.mark.slow)
