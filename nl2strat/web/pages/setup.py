"""What a backtest runs on: data and period, deposit and costs. Empty fields: the strategy's own, or the usual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from nicegui import ui

from nl2strat.web.pages.parts import tag
from nl2strat.web.shapes import SAMPLE, Costs, DataSpec, StoredData
from nl2strat.web.words import say


class Setup:
    """The fields. `data` and `costs` are what they say now; `on_change` hears of every change."""

    def __init__(self, data: DataSpec, costs: Costs, on_change: Callable[[], Any]) -> None:
        self.data, self.costs = data, costs
        self._on_change = on_change
        self._sources: dict[str, str] = {SAMPLE: say("Made-up bars (SYNTHETIC)")}
        if data.source not in self._sources:
            self._sources[data.source] = data.source
        self._source = self._data_field()
        self._date("start", say("From"))
        self._date("end", say("To"))
        self._number("deposit", say("Deposit"), "10000", least=1)

    def costs_fields(self) -> None:
        """The fields that few need, to be built where there is room."""
        with tag("details", classes="setup-more"):
            tag("summary", say("Costs and account"))
            with tag("div", classes="setup-costs"):
                self._number("spread", say("Spread, points"), say("as the data or symbol says"), least=0)
                self._number("commission", say("Commission"), "0", least=0)
                per = {None: say("per lot and side"), "lot": say("per lot and side"), "deal": say("per deal")}
                self._choice("commission_per", say("Commission is"), {**per, "percent": say("percent of value")})
                self._number("slippage", say("Slippage, points"), "0", least=0)
                self._number("leverage", say("Leverage, 1 to"), "100", least=1, whole=True)
                modes = {
                    None: say("as usual"),
                    "pessimistic": say("Stop first (pessimistic)"),
                    "open": say("Open prices"),
                    "ohlc": say("Minute bars"),
                    "every_tick": say("Every tick, made of minutes"),
                    "real_ticks": say("Real ticks"),
                }
                self._choice("modelling", say("Prices inside bars"), modes)

    def offer(self, stored: Sequence[StoredData]) -> None:
        """The data that there is, besides made-up bars."""
        self._sources = {SAMPLE: say("Made-up bars (SYNTHETIC)"), **{one.name: _described(one) for one in stored}}
        if self.data.source not in self._sources:
            self._sources[self.data.source] = say("{name} (no longer there)", name=self.data.source)
        self._source.set_options(self._sources, value=self.data.source)

    # ------------------------------------------------------------- fields

    def _data_field(self) -> ui.select:
        with _field(say("Data"), "wide"):
            chosen = ui.select(self._sources, value=self.data.source, on_change=lambda e: self._data(source=e.value))
            chosen.props("dense outlined options-dense").props["aria-label"] = say("Data")
        return chosen

    def _date(self, name: str, label: str) -> None:
        with _field(label):
            entry = ui.input(value=getattr(self.data, name) or "")
            entry.props("dense outlined type=date").props["aria-label"] = label
            entry.on_value_change(lambda e: self._data(**{name: e.value or None}))

    def _number(self, name: str, label: str, usual: str, *, least: float, whole: bool = False) -> None:
        with _field(label):
            entry = ui.number(value=getattr(self.costs, name), min=least, placeholder=usual)
            entry.props("dense outlined").props["aria-label"] = label
            entry.on_value_change(lambda e: self._cost(**{name: _amount(e.value, least, whole)}))

    def _choice(self, name: str, label: str, options: dict[str | None, str]) -> None:
        shown = {key or "": text for key, text in options.items()}
        with _field(label):
            chosen = ui.select(shown, value=getattr(self.costs, name) or "")
            chosen.props("dense outlined options-dense").props["aria-label"] = label
            chosen.on_value_change(lambda e: self._cost(**{name: e.value or None}))

    def _data(self, **changes: Any) -> Any:
        return self._became(replace(self.data, **changes), self.costs)

    def _cost(self, **changes: Any) -> Any:
        return self._became(self.data, replace(self.costs, **changes))

    def _became(self, data: DataSpec, costs: Costs) -> Any:
        """What `on_change` returns, for the caller to await."""
        if (data, costs) == (self.data, self.costs):
            return None
        self.data, self.costs = data, costs
        return self._on_change()


def _field(label: str, classes: str = "") -> Any:
    box = tag("div", classes=f"field {classes}")
    with box:
        tag("span", label, "field-name", aria_hidden="true")
    return box


def _amount(value: Any, least: float, whole: bool) -> float | int | None:
    """A number typed, not below the least; None where there is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    held = max(float(value), least)
    return int(held) if whole else held


def _described(one: StoredData) -> str:
    counted = f"{one.bars:,}"
    return f"{one.name} \N{MIDDLE DOT} {counted} {say('ticks') if one.kind == 'ticks' else say('bars')}"
