"""The numbers of a strategy as sliders: to move one is to see the backtest again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from nicegui import ui

from nl2strat.web.pages.parts import Tag, button, refill, tag
from nl2strat.web.words import say

if TYPE_CHECKING:
    from nl2strat.web.shapes import InputValue

REST = 0.35
"""Seconds of rest after the last movement before anything is run again."""


class Sliders:
    """One slider for each input. `on_change` hears all values that differ from the strategy's own, once they rest."""

    def __init__(self, on_change: Callable[[dict[str, float]], Awaitable[Any]]) -> None:
        self._on_change = on_change
        self._inputs: tuple[InputValue, ...] = ()
        self._values: dict[str, float] = {}
        self._waiting: asyncio.Task[None] | None = None
        self._marks: dict[str, Tag] = {}
        self.card = tag("section", classes="card", aria_label=say("Inputs"))

    def show(self, inputs: Sequence[InputValue], changed: Mapping[str, float]) -> None:
        """Args: inputs: with the strategy's own values. changed: values in their place, by name."""
        known = {item.name for item in inputs}
        values = {name: value for name, value in changed.items() if name in known}
        if tuple(inputs) == self._inputs and values == self.changed():
            return
        self._inputs = tuple(inputs)
        self._values = {item.name: values.get(item.name, item.value) for item in inputs}
        self.card.set_visibility(bool(inputs))
        refill(self.card, self._build)

    def changed(self) -> dict[str, float]:
        """The values that are not the strategy's own."""
        return {item.name: self._values[item.name] for item in self._inputs if self._values[item.name] != item.value}

    def _build(self) -> None:
        with tag("div", classes="card-head"):
            tag("h3", say("Inputs"))
            with tag("div"):
                self._reset = button(say("Back to the strategy's own"), self._back)
                self._reset.set(disabled=not self.changed())
        with tag("div", classes="inputs"):
            for item in self._inputs:
                self._slider(item)

    def _slider(self, item: InputValue) -> None:
        low, high, step = bounds(item)
        name = item.name.replace("_", " ")
        with tag("div", classes="input"):
            tag("span", name, "input-name", title=name)
            self._marks[item.name] = tag("output", written(self._values[item.name]), "input-value")
            slider = ui.slider(min=low, max=high, step=step, value=self._values[item.name])
            slider.props["aria-label"] = name
            slider.on_value_change(lambda event: self._move(item, event.value))
            with tag("div", classes="input-range", aria_hidden="true"):
                tag("span", written(low))
                tag("span", written(high))
        self._mark(item)

    def _move(self, item: InputValue, value: Any) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool) or value == self._values[item.name]:
            return
        low, high, _ = bounds(item)
        self._values[item.name] = float(Decimal(repr(float(min(max(value, low), high)))).quantize(Decimal("1e-9")))
        self._mark(item)
        self._reset.set(disabled=not self.changed())
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.create_task(self._rest())

    def _mark(self, item: InputValue) -> None:
        mark = self._marks[item.name]
        mark.set_text(written(self._values[item.name]))
        mark.classes(add="changed") if self._values[item.name] != item.value else mark.classes(remove="changed")

    async def _rest(self) -> None:
        await asyncio.sleep(REST)
        await self._on_change(self.changed())

    def _back(self) -> Awaitable[Any]:
        self._values = {item.name: item.value for item in self._inputs}
        refill(self.card, self._build)
        return self._on_change({})


def bounds(item: InputValue) -> tuple[float, float, float]:
    """Lowest, highest, step of a slider; where the strategy names none, from half the value to double."""
    value = item.value
    low = item.low if item.low is not None else min(value / 2, value * 2)
    high = item.high if item.high is not None else max(value / 2, value * 2)
    if high <= low:
        low, high = value - 1.0, value + 1.0
    step = item.step or (1.0 if value == int(value) and high - low >= 4 else (high - low) / 100)
    return min(low, value), max(high, value), step


def written(value: float) -> str:
    """A number as the language writes it: 14, 0.5."""
    return f"{value:.10g}"
