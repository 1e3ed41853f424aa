"""Who reads the text: the offline translator, a model, or both; what the model took, and why it gave no answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from nicegui import ui

from nl2strat.web.pages.parts import button, refill, tag
from nl2strat.web.words import say, say_known

if TYPE_CHECKING:
    from nl2strat.web.asking import ModelSetup, Unanswered
    from nl2strat.web.shapes import Model

OFFLINE = "offline"
_COMMANDS = ("pip install 'nl2strat[model]'", "export NL2STRAT_MODEL=gpt-5-mini", "keyring set nl2strat api.openai.com")


def names() -> dict[str, str]:
    """Translators (`nl2strat.translate.choice.KINDS`) as the switch calls them."""
    return {OFFLINE: say("Offline"), "model": say("Model"), "auto": say("Both")}


def on_page(text: str) -> str:
    """A sentence of the translators with the switch in place of the command line's option."""
    return re.sub(r"--translator (offline|model|auto)", lambda m: f"\N{LEFT DOUBLE QUOTATION MARK}{names()[m[1]]}"
                  "\N{RIGHT DOUBLE QUOTATION MARK}", text)  # fmt: skip


def added(spent: Mapping[str, Any], one: Model | Unanswered) -> dict[str, Any]:
    """What a draft has spent on models, with one more answer: `tokens`, `readings`, `costs` by currency."""
    costs = {str(k): float(v) for k, v in dict(spent.get("costs") or {}).items()}
    if one.cost is not None:
        costs[one.currency] = costs.get(one.currency, 0.0) + one.cost
    return {
        "tokens": int(spent.get("tokens") or 0) + one.tokens,
        "readings": int(spent.get("readings") or 0) + 1,
        "costs": costs,
    }


class ReaderSwitch:
    """Stands under the text. `on_choose` hears the translator chosen, `on_again` that the model is to be asked anew."""

    def __init__(self, chosen: str, on_choose: Callable[[str], Any], on_again: Callable[[], Any]) -> None:
        self._chosen, self._on_choose, self._on_again = chosen, on_choose, on_again
        self._setup: ModelSetup | None = None
        self._row = tag("div", classes="reader", role="group", aria_label=say("Who reads the text"))
        self._cost = tag("p", classes="reader-cost", role="status", aria_live="polite")
        self._trouble = tag("div", classes="reader-trouble", role="alert")
        self._help = _how_to()
        self._build()

    @property
    def asks(self) -> bool:
        """Whether a model has a part in reading."""
        return self._chosen != OFFLINE

    def offer(self, setup: ModelSetup) -> None:
        """Say which model could be asked."""
        self._setup = setup
        self._build()

    def show(self, chosen: str, model: Model | None, spent: Mapping[str, Any], instead: str) -> None:
        """Args: model: its part in the last reading. spent: see `added`. instead: why the offline reading stands."""
        if chosen != self._chosen:
            self._chosen = chosen
            self._build()
        self._cost.set_text(self._sentence(model, spent))
        refill(self._trouble, lambda: self._failed(instead))

    # ------------------------------------------------------------- inside

    def _build(self) -> None:
        refill(self._row, self._switch)

    def _switch(self) -> None:
        setup = self._setup
        if not self.asks and (setup is None or not setup.name):
            tag("span", say("Read offline, on this machine."), "muted")
            if setup is not None:
                button(say("Read with a model"), self._help.open, "link", aria_haspopup="dialog")
                tag("span", setup.trouble, "run-error")
            return
        tag("span", say("Read by"), "muted", aria_hidden="true")
        with tag("div", classes="segments", role="group", aria_label=say("Read by")):
            for kind, name in names().items():
                button(name, lambda k=kind: self._choose(k), title=_meaning(kind),  # type: ignore[misc]
                       aria_pressed="true" if kind == self._chosen else "false")  # fmt: skip
        if setup is not None:
            tag("span", f"{setup.name} \N{MIDDLE DOT} {setup.host}" if setup.name else "", "muted reader-model")
            tag("span", on_page(setup.trouble), "run-error")

    def _choose(self, kind: str) -> Any:
        if kind == self._chosen:
            return None
        self._chosen = kind
        self._build()
        return self._on_choose(kind)

    def _sentence(self, model: Model | None, spent: Mapping[str, Any]) -> str:
        """What the last reading took, and all of this draft."""
        parts = []
        if model is not None and model.tokens and self.asks:
            parts.append(say("This reading: {what}.", what=_took(model.tokens, {model.currency: model.cost})))
        if spent.get("tokens"):
            parts.append(say("This draft: {what}.", what=_took(int(spent["tokens"]), spent.get("costs") or {})))
        if self.asks and not parts:
            parts.append(say("The text is sent to the model once it rests; a text that it has read is not sent again."))
        return " ".join(parts)

    def _failed(self, why: str) -> None:
        if why:
            tag("strong", say("The model gave no answer; this is the offline reading."))
            tag("p", on_page(say_known(why)))
            button(say("Ask again"), self._on_again)


def _meaning(kind: str) -> str:
    return {
        OFFLINE: say("Reads English at once; nothing leaves this machine"),
        "model": say("A model reads any language; the text is sent to it"),
        "auto": say("A model reads, and the offline translator checks it; where they differ you are asked"),
    }[kind]


def _took(tokens: int, costs: Mapping[str, float | None]) -> str:
    """`1,200 tokens, about 0.0034 USD`."""
    said = [say("{n} tokens", n=f"{tokens:,}")]
    said += [say("about {cost}", cost=f"{cost:.4f} {name}") for name, cost in costs.items() if cost is not None]
    return ", ".join(said)


def _how_to() -> Any:
    """The dialog that says how a model is set up."""
    with ui.dialog() as dialog, tag("div", classes="dialog", role="document"):
        tag("h2", say("Read with a model"))
        tag("p", say("A language model reads other languages and looser wording. It can only write the strategy "
                     "language, which is checked like what you type; you review it as always."))  # fmt: skip
        tag("p", say("Name a model, give its key, and start nl2strat ui again:"))
        tag("pre", "\n".join(_COMMANDS), "code")
        tag("p", say("For other endpoints, also on this machine, write models.toml (see docs/models.md). Keys are "
                     "never shown or stored here."))  # fmt: skip
        with tag("div", classes="dialog-buttons"):
            button(say("Close"), dialog.close)
    return dialog
