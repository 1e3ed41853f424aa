"""The charts of the KPI report, each a figure with its title and an inline SVG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas.drawdowns import drawdowns, underwater, worst_drawdowns
from mas.kpi_calendar import period_numbers, returns_by
from mas.svg import LEFT, RIGHT, WIDTH, Plot, factor_ticks, value_ticks

if TYPE_CHECKING:
    from mas.kpi_series import ReturnSeries

Floats = NDArray[np.float64]

HALF_YEAR = "6 months"
WORST_SHOWN = 5
PERIODS = (("D", "Daily"), ("W", "Weekly"), ("M", "Monthly"), ("Q", "Quarterly"), ("Y", "Yearly"))


@dataclass(frozen=True)
class Chart:
    """A figure: its heading, a word on what is drawn, and the drawing."""

    title: str
    note: str
    svg: str


class KpiCharts:
    """The charts of one run; `synthetic` puts the label into every one."""

    def __init__(self, series: ReturnSeries, *, synthetic: bool = False) -> None:
        self.series, self.synthetic = series, synthetic
        self.time = series.curve_time.astype(np.float64)
        self.growth = series.curve / series.curve[0]
        self.days = series.time.astype(np.float64)

    def cumulative(self) -> Chart:
        """Growth of the account, percent."""
        percent = 100 * (self.growth - 1)
        plot = self._over_time("Cumulative returns", self.time, percent)
        plot.area(self.time, percent, 0.0)
        plot.level(0.0)
        plot.line(self.time, percent)
        return Chart("Cumulative Returns", "change of the equity since the start", plot.svg())

    def cumulative_log(self) -> Chart:
        """The same, equal distances for equal factors."""
        floor = float(self.growth[self.growth > 0].min()) * 0.5 if (self.growth <= 0).any() else 0.0
        growth = np.maximum(self.growth, floor)
        low, high = float(growth.min()) * 0.985, float(growth.max()) * 1.015
        title = "Cumulative returns, logarithmic scale"
        plot = Plot(title, self._span(self.time), (low, high), log=True, synthetic=self.synthetic)
        plot.time_axis()
        plot.value_axis(lambda factor: _percent(100 * (factor - 1)), factor_ticks(low, high))
        plot.level(1.0)
        plot.line(self.time, growth)
        return Chart("Cumulative Returns (Log Scaled)", "equal heights are equal factors", plot.svg())

    def yearly(self) -> Chart:
        """One bar per year and the mean of all."""
        values = 100 * returns_by(self.series, "Y")
        years = [str(1970 + int(n)) for n in np.unique(period_numbers(self.series.time, "Y"))]
        plot = self._bars("Yearly returns", values, years, every=max(1, len(years) // 12 + 1 if len(years) > 14 else 1))
        plot.level(float(values.mean()), "mean")
        return Chart("EOY Returns", f"mean {_percent(float(values.mean()), 1)}", plot.svg())

    def monthly_distribution(self) -> Chart:
        """Histogram of the months."""
        values = 100 * returns_by(self.series, "M")
        edges = _edges(float(values.min()), float(values.max()))
        counts, _ = np.histogram(values, bins=edges)
        span = (float(edges[0]), float(edges[-1]))
        plot = Plot("Distribution of monthly returns", span, (0.0, counts.max() * 1.08), synthetic=self.synthetic)
        plot.value_axis(lambda value: f"{value:g}" if value == int(value) else "")
        for count, a, b in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if count:
                tip = f"{_percent(a)} to {_percent(b)}: {_plural(count, 'month')}"
                plot.box(plot.x(a) + 1, plot.x(b) - 1, 0.0, count, "column gain" if a >= 0 else "column loss", tip)
        for tick in value_ticks(*span, 7):
            plot.label(_percent(tick), plot.x(tick), 203)
        mean = float(values.mean())
        plot.upright(plot.x(mean), 0.0, plot.high, "mean")
        note = f"{_plural(len(values), 'month')}, mean {_percent(mean, 1)}"
        return Chart("Distribution of Monthly Returns", note, plot.svg())

    def daily(self) -> Chart:
        """Every return as a line up or down."""
        values = 100 * self.series.returns
        plot = self._over_time("Daily returns", self.days, values)
        plot.level(0.0)
        for kind, part in (("needle gain", np.maximum(values, 0)), ("needle loss", np.minimum(values, 0))):
            plot.area(self.days, part, 0.0, kind)
        name = "bar" if self.series.documented else "day"
        return Chart("Daily Active Returns", f"return of each {name}", plot.svg())

    def rolling(self, what: str) -> Chart:
        """Volatility, Sharpe or Sortino ratio over the last half year, with its mean."""
        window = max(2, round(self.series.per_year / 2))
        title = f"Rolling {what} (6-Months)"
        if len(self.series.returns) <= window:
            return Chart(title, "", self._empty(title, f"needs more than {HALF_YEAR}"))
        parts = np.lib.stride_tricks.sliding_window_view(self.series.returns, window)
        mean, scale = parts.mean(axis=1), np.sqrt(self.series.per_year)
        downside = np.sqrt((np.minimum(parts, 0.0) ** 2).mean(axis=1))
        with np.errstate(all="ignore"):
            values = {
                "Volatility": 100 * parts.std(axis=1, ddof=1) * scale,
                "Sharpe": mean / parts.std(axis=1, ddof=1) * scale,
                "Sortino": mean / downside * scale,
            }[what]
        good = np.isfinite(values)
        if not good.any():
            return Chart(title, "", self._empty(title, "nothing moved"))
        time, values = self.days[window - 1 :][good], values[good]
        plot = self._over_time(title, time, values, _percent if what == "Volatility" else _number)
        plot.level(0.0)
        plot.level(float(values.mean()), "mean")
        plot.line(time, values)
        mean_text = _percent(float(values.mean()), 1) if what == "Volatility" else f"{values.mean():.2f}"
        return Chart(title, f"mean {mean_text}".replace("-", "\N{MINUS SIGN}"), plot.svg())

    def worst_periods(self) -> Chart:
        """The curve with its deepest falls shaded and numbered."""
        percent = 100 * (self.growth - 1)
        plot = self._over_time("Worst drawdown periods", self.time, percent)
        episodes = worst_drawdowns(drawdowns(self.series), WORST_SHOWN)
        numbered: list[float] = []
        for rank, episode in enumerate(episodes, 1):
            a, b = plot.x(self.time[max(0, episode.first - 1)]), plot.x(self.time[episode.last])
            plot.box(a, max(b, a + 1), plot.low, plot.high, "shade", f"{rank}: {_percent(episode.percent, 1)}")
            if all(abs((a + b) / 2 - x) > 12 for x in numbered):  # short ones may lie side by side
                numbered.append((a + b) / 2)
                plot.label(str(rank), numbered[-1], 22, kind="rank")
        plot.level(0.0)
        plot.line(self.time, percent)
        return Chart(
            f"Worst {WORST_SHOWN} Drawdown Periods", "shaded from high to recovery, 1 is the deepest", plot.svg()
        )

    def underwater(self) -> Chart:
        """Distance below the highest equity so far."""
        below = 100 * underwater(self.series.curve)
        plot = self._over_time("Underwater plot", self.time, below)
        plot.area(self.time, below, 0.0, "area loss")
        plot.line(self.time, below, "line loss")
        plot.level(float(below.mean()), "mean")
        return Chart("Underwater Plot", f"mean {_percent(float(below.mean()), 1)}", plot.svg())

    def quantiles(self) -> Chart:
        """Boxes of the middle half of the returns, whiskers to 1.5 times its height, from daily to yearly."""
        columns = [(name, 100 * returns_by(self.series, period)) for period, name in PERIODS]
        low, high = (float(f([f(v) for _, v in columns])) for f in (np.min, np.max))
        plot = Plot("Return quantiles", (0.0, len(columns)), _room(low, high), synthetic=self.synthetic)
        plot.value_axis(_percent)
        plot.level(0.0)
        for i, (name, values) in enumerate(columns):
            first, middle, third = (float(q) for q in np.quantile(values, (0.25, 0.5, 0.75)))
            reach = 1.5 * (third - first)
            inside = values[(values >= first - reach) & (values <= third + reach)]
            centre, half = plot.x(i + 0.5), 30
            plot.upright(centre, float(inside.min()), float(inside.max()), "whisker")
            tip = f"{name}: middle half {_percent(first, 2)} to {_percent(third, 2)}, median {_percent(middle, 2)}"
            plot.box(centre - half, centre + half, first, third, "quartiles", tip)
            plot.box(centre - half, centre + half, middle, middle, "median")
            outside = np.unique(np.round(values[(values < first - reach) | (values > third + reach)], 2))
            for value in thin_points(outside):
                plot.parts.append(f'<circle class="outlier" cx="{centre:.1f}" cy="{plot.y(value):.1f}" r="1.6"/>')
            plot.label(name, centre, 203)
        return Chart("Return Quantiles", "box: middle half; points: outliers", plot.svg())

    # ------------------------------------------------------------ frames

    def _over_time(self, title: str, time: Floats, values: Floats, text: Callable[[float], str] | None = None) -> Plot:
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        plot = Plot(title, self._span(time), _room(low, high), synthetic=self.synthetic)
        plot.time_axis()
        plot.value_axis(text or _percent)
        return plot

    def _bars(self, title: str, values: Floats, names: list[str], every: int) -> Plot:
        low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
        plot = Plot(title, (0.0, len(values)), _room(low, high), synthetic=self.synthetic)
        plot.value_axis(_percent)
        width = (WIDTH - LEFT - RIGHT) / len(values)
        half = min(26.0, width * 0.34)
        for i, (value, name) in enumerate(zip(values, names, strict=True)):
            centre = plot.x(i + 0.5)
            plot.box(centre - half, centre + half, 0.0, float(value), "column gain" if value >= 0 else "column loss",
                     f"{name}: {_percent(float(value), 2)}")  # fmt: skip
            if i % every == 0:
                plot.label(name, centre, 203)
        plot.level(0.0)
        return plot

    def _empty(self, title: str, why: str) -> str:
        plot = Plot(title, (0, 1), (0, 1), height=90, synthetic=self.synthetic)
        plot.label(why, WIDTH / 2, 48)
        return plot.svg()

    def _span(self, time: Floats) -> tuple[float, float]:
        return float(time[0]), float(time[-1])


def _edges(low: float, high: float) -> Floats:
    """Round limits of about 16 bins that hold all values; 0 is one of them if it lies inside."""
    marks = value_ticks(low, high, 16) if high > low else []
    step = marks[1] - marks[0] if len(marks) > 1 else 1.0
    return np.round(step * np.arange(np.floor(low / step), np.floor(high / step) + 2), 10) + 0.0


def thin_points(values: Floats, most: int = 60) -> list[float]:
    """At most so many of sorted values, evenly chosen, both ends among them."""
    if len(values) <= most:
        return [float(v) for v in values]
    return [float(values[i]) for i in np.linspace(0, len(values) - 1, most).astype(int)]


def _room(low: float, high: float) -> tuple[float, float]:
    """The axis for values from `low` to `high`, with a margin on the sides that are not 0."""
    margin = 0.06 * ((high - low) or 1.0)
    return (low - margin if low else low - margin * 0.2), (high + margin if high else high + margin * 0.2)


def _percent(value: float, digits: int | None = None) -> str:
    text = f"{value:g}" if digits is None else f"{value:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") + "%"


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
