"""The text of a strategy, and what was made of it: colours, assumptions, questions. `Typing` is told, and tells."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from nicegui import background_tasks, ui

from nl2strat.source import MAX_CHARACTERS
from nl2strat.web.pages.marked import Layer, colours, show
from nl2strat.web.pages.parts import button, money, refill, tag
from nl2strat.web.pages.reader import ReaderSwitch, on_page
from nl2strat.web.shapes import Assumption, ReadingOption, Understood
from nl2strat.web.words import say, say_known

PAUSE = 0.45
"""Seconds without a key until the text is read."""
PATIENCE = 1.5
"""The same where a model reads: half a sentence is not worth its price."""
EXAMPLES = {
    "Trend": "Buy EURUSD H1 when the 20 EMA crosses above the 50 EMA. Stop 2 ATR. Sell when RSI is above 70.",
    "Reversal": "Go long on EURUSD H1 when RSI(14) crosses below 30 and the close is above the 200 moving average. "
    "Stop loss 50 pips, take profit 100 pips.",
    "Breakout": "Buy EURUSD H4 when the close breaks above the highest high of the last 20 bars. "
    "Stop 2 ATR(14), trailing stop 3 ATR(14). Risk 1% per trade.",
    "Long and short": "Buy EURUSD H1 when the MACD line crosses above the signal line. Sell short when the MACD line "
    "crosses below the signal line. Stop 2 ATR(14). Risk 1% per trade.",
}


class Typing:
    """Args: text: what is there at first. on_text: hears the whole text once the keys rest. on_reading: hears which
    reading was chosen (`ReadingOption.text`). on_key: hears that something is being typed. build_reader: makes the
    switch between translators, where it is to stand."""

    def __init__(
        self, text: str, on_text: Callable[[str], Awaitable[Any]], on_reading: Callable[[str], Awaitable[Any]],
        on_key: Callable[[], Any], build_reader: Callable[[], ReaderSwitch],
    ) -> None:  # fmt: skip
        self._on_text, self._on_reading, self._on_key = on_text, on_reading, on_key
        self._text = text
        self._waiting: asyncio.Task[None] | None = None
        with tag("section", classes="card typing", aria_label=say("Your strategy")):
            with tag("div", classes="card-head"):
                tag("h2", say("Your strategy"))
                with tag("div", classes="examples", role="group", aria_label=say("Examples")):
                    for name, example in EXAMPLES.items():
                        button(say(name), partial(self.write, example), title=example)
            self._box = ui.textarea(value=text, on_change=lambda event: self._typed(event.value or ""))
            self._box.props("outlined").classes("text-box").props["aria-label"] = say("Your strategy")
            self._box.props["maxlength"] = MAX_CHARACTERS + 1  # what is longer is refused, not cut: see `Screen`
            self._box.props["placeholder"] = say(
                "Say when to buy, when to sell, where the stop is and how much to risk. Or begin with an example."
            )
            self._note = tag("div", classes="typing-note")
            self.reader = build_reader()
        with tag("section", classes="card reading", aria_label=say("What was understood")):
            with tag("div", classes="card-head"):
                tag("h2", say("What was understood"))
                self._state = tag("span", "", "state", role="status", aria_live="polite")
            self._body = tag("div", classes="reading-body")
        self.empty()

    # ------------------------------------------------------------- the text

    async def write(self, text: str) -> None:
        """Put another text into the box and have it read at once."""
        self._text = text
        self._box.set_value(text)
        self._stop()
        await self._on_text(text)

    def locked(self, back: Callable[[], Any] | None) -> None:
        """While the program counts, the text rests. Args: back: makes the text count again; None: it does."""
        self._box.props(add="readonly") if back else self._box.props(remove="readonly")
        self._note.clear()
        if back is not None:
            with self._note:
                tag("span", say("You have edited the language below: that counts now, not this text."))
                button(say("Back to the text"), back)

    def _typed(self, text: str) -> None:
        if text == self._text:
            return
        self._text = text
        self._on_key()
        self._stop()
        self._waiting = background_tasks.create(self._rest(text))

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()

    async def flush(self) -> None:
        """Have what is still being typed read now."""
        if self._waiting is not None:
            self._stop()
            self._waiting = None
            await self._on_text(self._text)

    async def _rest(self, text: str) -> None:
        await asyncio.sleep(PATIENCE if self.reader.asks else PAUSE)
        self._waiting = None
        with self._body:
            await self._on_text(text)

    # ------------------------------------------------------------- what was made of it

    def busy(self) -> None:
        """A reading has begun; the last one stays until it is there."""
        asked = say("Asking the model \N{HORIZONTAL ELLIPSIS}")
        self._says(asked if self.reader.asks else say("Reading \N{HORIZONTAL ELLIPSIS}"), "")

    def empty(self) -> None:
        """Nothing was written."""
        self._says("", "")
        refill(self._body, _empty)

    def failed(self, message: str) -> None:
        """It could not be read at all."""
        self._says(say("Cannot be read"), "bad")
        refill(self._body, lambda: tag("p", message, "run-error", role="alert"))

    def show(self, found: Understood, *, is_program: bool) -> None:
        """What was read. Args: is_program: it was the language, not this text."""
        states = {
            "understood": (say("Understood in full"), "good"),
            "question": (say("A question"), "open"),
            "error": (say("Has errors"), "bad"),
        }
        self._says(*states[found.status])
        refill(self._body, lambda: self._found(found, is_program))

    def _says(self, text: str, kind: str) -> None:
        self._state.set_text(text)
        self._state.classes(remove="good open bad").classes(kind)

    def _found(self, found: Understood, is_program: bool) -> None:
        if not is_program:
            with tag("p", classes="marked", tabindex="0", data_walk=True, role="group",
                     aria_label=say("The text; arrows walk the rules")):  # fmt: skip
                show(found.text, layers(found))
        elif found.status == "understood":
            tag("p", found.english, "said")
        for problem in found.problems:
            place = say("Line {line}, column {column}", line=problem.line, column=problem.column)
            with tag("div", classes="asked bad"):
                tag("p", f"{place}: {say_known(problem.message)}" if problem.line else say_known(problem.message))
                tag("p", problem.hint, "muted")
        listed = tuple(f"{one.text}:" for one in found.readings)  # these have buttons
        asked = [on_page(say_known(one)) for one in found.questions if not (listed and one.startswith(listed))]
        if asked:
            with tag("div", classes="asked"):
                for one in asked:
                    tag("p", one)
        if found.readings:
            with tag("div", classes="readings", role="group", aria_label=say("Which do you mean?")):
                for option in found.readings:
                    self._reading(option, found.readings)
        if found.assumptions:
            tag("h3", say("Assumed, because the text does not say"))
            with tag("ul", classes="chips"):
                for assumption in found.assumptions:
                    with tag("li"):
                        self._chip(assumption)
        for warning in found.warnings:
            tag("p", say_known(warning.message), "asked open")
        for line in found.model.lines if found.model.translator == "model" or found.status == "question" else ():
            if line != found.model.usage:
                tag("p", on_page(line), "muted model-line")

    def _reading(self, one: ReadingOption, all_of_them: tuple[ReadingOption, ...]) -> None:
        with button("", lambda: self._on_reading(one.text), "reading-option"):
            tag("strong", one.text)
            tag("span", own_words(one, all_of_them), "reading-english")
            if one.trades is not None:
                result = "" if one.net is None else f" \N{MIDDLE DOT} {money(one.net, sign=True)}"
                tag("span", say("{n} trades", n=f"{one.trades:,}") + result, "muted")

    def _chip(self, one: Assumption) -> None:
        text = say_known(one.text)
        if not one.choices:
            tag("span", text, "chip")
            return
        with tag("button", "", "chip choosable", type="button", aria_haspopup="menu"):
            tag("span", text)
            tag("span", "\N{BLACK DOWN-POINTING SMALL TRIANGLE}", aria_hidden="true")
            with ui.menu():
                for choice in one.choices:
                    ui.menu_item(choice.label, partial(self.write, choice.text))


def layers(found: Understood) -> list[Layer]:
    """How the user's text is to be coloured."""
    by_rule = colours(found.rules)
    out = [
        Layer(
            span.start, span.end, span.rules or (("symbol",) if span.node.startswith("symbol ") else ()),
            by_rule.get(span.rules[0], "rule rule-0") if span.rules else "rule rule-0" if span.node else "", span.node,
        )
        for span in found.spans
    ]  # fmt: skip
    lost = say("not understood")
    out += [Layer(span.start, span.end, classes="lost", title=lost) for span in found.not_understood]
    out += [Layer(span.start, span.end, classes="ignored", title=say("left out")) for span in found.ignored]
    out += [
        Layer(one.start, one.end, classes="lost", title=one.message)
        for one in found.problems
        if one.start is not None and one.end is not None
    ]
    return out


def own_words(one: ReadingOption, others: Sequence[ReadingOption]) -> str:
    """The paragraphs of a reading's English that not all readings have."""
    common = set.intersection(*(set(other.english.split("\n\n")) for other in others))
    return "\n".join(part for part in one.english.split("\n\n") if part not in common or len(others) < 2)


def _empty() -> None:
    with tag("div", classes="empty"):
        tag("strong", say("Nothing written yet"))
        tag("span", say("As you pause, each phrase gets the colour of the rule that it became."))
        tag("span", say("What is not understood is underlined, and what is assumed can be changed with a click."))
