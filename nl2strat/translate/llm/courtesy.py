"""The English explanation in the user's own language, as a courtesy: the English one counts.

It is shown only if it has the same numbers as the English one, no more and no fewer.
"""

from __future__ import annotations

import re
from collections import Counter

from nl2strat.translate.llm import prompt
from nl2strat.translate.llm.messages import Exchange, Request, Turn, Usage
from nl2strat.translate.llm.numbers import readable
from nl2strat.translate.llm.ways import Way, free_way

MARK = "Translation by the model, as a courtesy; the English text counts:"
SAMPLE = 400


def courtesy(exchange: Exchange, way: Way, explanation: str, text: str) -> tuple[str, Usage]:
    """The translation with its mark, or a sentence that says why there is none.

    Args: text: what the user wrote, whose language is wanted.
    Raises: ModelTrouble.
    """
    turns = (Turn("user", prompt.courtesy(explanation, text[:SAMPLE])),)
    reply = exchange.ask(Request("courtesy", "You translate faithfully.", turns), free_way(way.api))
    translated = "".join(c for c in reply.text.strip() if c == "\n" or c.isprintable())
    if not translated or _numbers(translated) != _numbers(explanation):
        return "The model's translation of the explanation has other numbers than the English; not shown.", reply.usage
    return f"{MARK}\n{translated}", reply.usage


def _numbers(text: str) -> Counter[str]:
    """The numbers, however their decimals and thousands are set."""
    return Counter(re.sub(r"\D", "", found) for found in re.findall(r"\d(?:[\d.,:]*\d)?", readable_digits(text)))


def readable_digits(text: str) -> str:
    """Digits of any script as ours."""
    return readable(text) if len(text) < 8_000 else text
