"""The limits that a deployment is kept inside: a preset, its numbers with their units, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nl2strat.web.limits import FIELDS, LimitError, Limits, fields_of
from nl2strat.web.pages.fields import Field, sentences
from nl2strat.web.pages.parts import refill, tag
from nl2strat.web.words import say, say_known

USUAL = "cautious"


class LimitsForm:
    """`limits` is what it says now. Args: told: hears of every change; asked for nothing."""

    def __init__(self, preset: str, changes: dict[str, Any], told: Callable[[], Any]) -> None:
        self._told = told
        self._fields: dict[str, Field] = {}
        if preset not in _presets():  # one that an older version had
            preset, changes = USUAL, {}
        self.preset = preset
        self.changes = {name: value for name, value in changes.items() if name in FIELDS}
        with tag("div", classes="limits"):
            chosen = Field(say("Begin with"), self._choose, classes="wide").choice(preset, _presets())
            chosen.explain(say("Whatever the strategy does, the account stays inside them."))
            self._grid = tag("div", classes="limit-grid")
            self._whole = tag("p", classes="form-line wrong-line", role="alert")
            with tag("details", classes="more"):
                tag("summary", say("What they mean"))
                self._meaning = tag("div", classes="meaning")
        self._build()

    @property
    def limits(self) -> Limits:
        """What it says now, be it possible or not."""
        return Limits(self.preset, self.changes)

    def trouble(self, error: LimitError | None = None) -> None:
        """Say what is wrong, at its field; None: nothing is."""
        for field in self._fields.values():
            field.trouble()
        field_ = self._fields.get(error.field) if error is not None else None
        self._whole.set_text("")
        if error is None:
            return
        text = say_known(str(error).removeprefix(f"{error.field} "))
        if field_ is not None:
            field_.trouble(text[:1].upper() + text[1:])
        else:
            self._whole.set_text(text)

    def check(self) -> bool:
        """Whether the limits can be; what is wrong is said at its field, what they mean below."""
        try:
            lines = self.limits.sentences
        except LimitError as error:
            self.trouble(error)
            return False
        self.trouble()
        refill(self._meaning, lambda: sentences([say_known(line) for line in lines]))
        return True

    # ------------------------------------------------------------- inside

    def _build(self) -> None:
        """The fields of the preset."""
        self._fields.clear()
        own = fields_of(self.preset)
        names = _names()

        def build() -> None:
            for name, value in own.items():
                self._fields[name] = self._field(name, names[name], self.changes.get(name, value))

        refill(self._grid, build)
        self.check()

    def _field(self, name: str, label: str, value: Any) -> Field:
        units = {"%": "%", "money": say("money"), "lots": say("lots"), "points": say("points"), "s": say("s"), "": ""}
        field = Field(label, lambda given: self._change(name, given))
        hint = say("no limit")
        if name == "weekend.flat_from":
            return field.text(str(value or ""), hint=hint)
        if name == "account.initial":
            return field.number(value, unit=units[FIELDS[name]], hint=say("its own"))
        return field.number(value, unit=units[FIELDS[name]], hint=hint)

    def _choose(self, preset: str) -> Any:
        self.preset, self.changes = preset, {}
        self._build()
        return self._told()

    def _change(self, name: str, given: Any) -> Any:
        own = fields_of(self.preset)
        value = given.strip() or None if isinstance(given, str) else given
        if value == own.get(name):
            self.changes.pop(name, None)
        else:
            self.changes[name] = value
        self.check()
        return self._told()


def _presets() -> dict[str, str]:
    """Names of presets, and what they are called."""
    from mas.terminals.guarded.presets import preset_names

    names = {
        "cautious": say("Cautious: 2 % a day, 10 % from the peak"),
        "prop-1-step-100k": say("Prop account, 1 step, 100k"),
        "prop-2-step-100k": say("Prop account, 2 steps, 100k"),
        "prop-2-step-strict-100k": say("Prop account, 2 steps, strict, 100k"),
        "prop-instant-100k": say("Prop account, instant, 100k"),
        "prop-trailing-50k": say("Prop account, trailing, 50k"),
        "prop-end-of-day-50k": say("Prop account, end of day, 50k"),
    }
    return {**{name: names.get(name, name) for name in preset_names()}, "": say("No limits but my own")}


def _names() -> dict[str, str]:
    """What the fields are called."""
    return {
        "daily_loss.percent": say("Loss in a day, at most"),
        "daily_loss.amount": say("Loss in a day, at most"),
        "drawdown.percent": say("Loss in all, at most"),
        "drawdown.amount": say("Loss in all, at most"),
        "account.initial": say("Balance it refers to"),
        "lots.per_order": say("In one order"),
        "lots.total": say("Open and waiting"),
        "positions.total": say("Positions at once"),
        "rate.per_minute": say("Orders in a minute"),
        "spread.points": say("Widest spread"),
        "margin.min_level": say("Margin level to keep"),
        "quotes.max_age": say("Oldest quote"),
        "weekend.flat_from": say("Flat from, such as fri 21:45"),
    }
