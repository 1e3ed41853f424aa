"""Small charts as inline SVG: drawn once by the server, coloured by the page's style, sharp on paper.

A `Plot` maps values to a 640 x `height` box; colours are CSS classes (`line`, `area`, `gain`, `loss`, ...), so light,
dark and print need no second drawing. The same input gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 640, 52, 10, 10, 24
MOST_POINTS = 600
"""Longer curves are thinned to the lowest and the highest value of each stretch, which looks the same."""
STEPS = tuple(3600 * hours for hours in (1, 2, 4, 6, 12, 24, 48, 120, 240))
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Plot:
    """A chart being drawn; what is drawn later lies on top."""

    def __init__(
        self,
        title: str,
        across: tuple[float, float],
        up: tuple[float, float],
        *,
        height: int = 210,
        log: bool = False,
        synthetic: bool = False,
    ) -> None:
        """Args: title: in words, for readers who cannot see it. across, up: lowest and highest value of each axis."""
        self.title, self.height, self.log = title, height, log
        self.left, self.right = across if across[1] > across[0] else (across[0] - 0.5, across[0] + 0.5)
        self.low, self.high = up if up[1] > up[0] else (up[0] - 0.5, up[0] + 0.5)
        self.parts: list[str] = []
        if synthetic:
            middle = f'x="{(WIDTH + LEFT) / 2:g}" y="{height / 2:g}"'
            self.parts.append(f'<text class="watermark" {middle}>SYNTHETIC</text>')

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return LEFT + (value - self.left) / (self.right - self.left) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top; logarithmic if the plot is."""
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        at = math.log(value) if self.log else value
        return TOP + (high - at) / (high - low) * (self.height - TOP - BOTTOM)

    def value_axis(self, text: Callable[[float], str], ticks: Sequence[float] | None = None) -> None:
        """Horizontal grid lines with their values."""
        for value in value_ticks(self.low, self.high, 5) if ticks is None else ticks:
            y = self.y(value)
            self.parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            self.label(text(value), LEFT - 6, y + 3.5, "end")

    def time_axis(self) -> None:
        """Calendar marks below; the horizontal values are epoch seconds."""
        for moment, text in time_ticks(self.left, self.right):
            x = self.x(moment)
            self.parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{self.height - BOTTOM}"/>')
            self.label(text, x, self.height - 7)

    def label(self, text: str, x: float, y: float, anchor: str = "middle", kind: str = "axis") -> None:
        """Text at pixels."""
        self.parts.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>')

    def line(self, across: Floats, up: Floats, kind: str = "line") -> None:
        """A curve."""
        self.parts.append(f'<path class="{kind}" d="M{self._points(across, up)}"/>')

    def area(self, across: Floats, up: Floats, base: float, kind: str = "area") -> None:
        """The surface between a curve and a value."""
        if len(across):
            first, last, foot = self.x(float(across[0])), self.x(float(across[-1])), self.y(base)
            path = f"M{first:.1f} {foot:.1f}L{self._points(across, up)}L{last:.1f} {foot:.1f}Z"
            self.parts.append(f'<path class="{kind}" d="{path}"/>')

    def box(self, x1: float, x2: float, one: float, other: float, kind: str, tip: str = "") -> None:
        """A rectangle from pixel `x1` to `x2` between two values; `tip` shows under the pointer."""
        top, foot = sorted((self.y(one), self.y(other)))
        shape = (
            f'<rect class="{kind}" x="{x1:.1f}" y="{top:.1f}" width="{x2 - x1:.1f}" height="{max(foot - top, 0.5):.1f}"'
        )
        self.parts.append(f"{shape}><title>{escape(tip)}</title></rect>" if tip else f"{shape}/>")

    def level(self, value: float, kind: str = "level") -> None:
        """A horizontal line across."""
        if self.low <= value <= self.high:
            self.parts.append(f'<path class="{kind}" d="M{LEFT} {self.y(value):.1f}H{WIDTH - RIGHT}"/>')

    def upright(self, x: float, one: float, other: float, kind: str) -> None:
        """A vertical line at pixel `x` between two values."""
        self.parts.append(f'<path class="{kind}" d="M{x:.1f} {self.y(one):.1f}V{self.y(other):.1f}"/>')

    def svg(self) -> str:
        """The drawing."""
        head = f'<svg class="chart" viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{escape(self.title)}">'
        return f"{head}{''.join(self.parts)}</svg>"

    def _points(self, across: Floats, up: Floats) -> str:
        across, up = thinned(across, up)
        return "L".join(f"{self.x(float(a)):.1f} {self.y(float(b)):.1f}" for a, b in zip(across, up, strict=True))


def thinned(across: Floats, up: Floats) -> tuple[Floats, Floats]:
    """At most about `MOST_POINTS` of a curve: the lowest and the highest value of each stretch, in their order."""
    if len(across) <= MOST_POINTS:
        return across, up
    edges = np.linspace(0, len(across), MOST_POINTS // 2 + 1).astype(np.int64)
    kept = {0, len(across) - 1}
    for a, b in pairwise(edges):
        kept |= {int(a + up[a:b].argmin()), int(a + up[a:b].argmax())}
    places = np.array(sorted(kept))
    return across[places], up[places]


def value_ticks(low: float, high: float, count: int) -> list[float]:
    """Round values inside: steps of 1, 2 or 5 times a power of ten."""
    raw = (high - low) / max(1, count)
    power = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, math.floor(high / step + 1e-9) + 1)]


def factor_ticks(low: float, high: float) -> list[float]:
    """Round factors for a logarithmic axis, both ends above 0."""
    if high / low < 4:
        return [value for value in value_ticks(low, high, 5) if value > 0]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [f * 10.0**p for p in powers for f in (1, 2, 5) if low <= f * 10.0**p <= high]


def time_ticks(start: float, end: float, count: int = 7) -> list[tuple[float, str]]:
    """About `count` calendar marks with their text; epoch seconds."""
    least = (end - start) / count
    seconds = next((step for step in STEPS if step >= least), None)
    if seconds is not None:
        first = math.ceil(start / seconds) * seconds
        return [(t, _moment(t, with_time=seconds < 86_400)) for t in range(first, int(end) + 1, seconds)]
    months = next((m for m in (1, 2, 3, 6, 12, 24, 60) if m * 30.4 * 86_400 >= least * 0.8), 120)
    begun = datetime.fromtimestamp(start, UTC)
    number = (begun.year * 12 + begun.month - 1) // months * months
    marks: list[tuple[float, str]] = []
    while True:
        date = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
        if date.timestamp() > end:
            return marks
        if date.timestamp() >= start:
            whole = months >= 12 or date.month == 1
            marks.append((date.timestamp(), str(date.year) if whole else MONTHS[date.month - 1]))
        number += months


def _moment(seconds: int, *, with_time: bool) -> str:
    date = datetime.fromtimestamp(seconds, UTC)
    return f"{date:%H:%M}" if with_time and date.hour else f"{date.day} {MONTHS[date.month - 1]}"
