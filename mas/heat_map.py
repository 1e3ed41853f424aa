"""The table of monthly returns: one row per year, coloured by how much each month made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def heat_map(months: Sequence[Json]) -> list[Json]:
    """Cells to show: `{year, cells: 13 of {text, tone, heat}}` per year; the deepest colour is the largest month.

    Args: months: `{year, months: 12 percents or None, total}` per year, as `mas.report.monthly_returns`.
    """
    widest = max((abs(v) for row in months for v in row["months"] if v is not None), default=0.0) or 1.0
    return [
        {
            "year": row["year"],
            "cells": [*(_cell(v, widest) for v in row["months"]), {**_cell(row["total"], 0), "tone": "total"}],
        }
        for row in months
    ]


def _cell(value: float | None, widest: float) -> Json:
    if value is None:
        return {"text": "", "tone": "empty", "heat": 0}
    text = f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
    if not widest or round(value, 1) == 0:
        return {"text": "0.0" if round(value, 1) == 0 else text, "tone": "", "heat": 0}
    heat = round(8 + 47 * (abs(value) / widest) ** 0.7)
    return {"text": text, "tone": "up" if value > 0 else "down", "heat": heat}
