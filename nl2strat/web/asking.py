"""A model reads a text for the page: what it made of it, what that took; and whether there is a model to ask.

Only here is a model asked. What it said is kept (`remembering`), and everything later takes it from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from nl2strat.errors import LanguageErrors, ModelTrouble, NotUnderstood
from nl2strat.web import reading
from nl2strat.web.shapes import Options, Understood
from nl2strat.web.sources import check_length, read_by

if TYPE_CHECKING:
    from nl2strat.web.remembering import KeptModel

LONGEST = 300.0
"""Seconds that an answer may take."""


class Unanswered(ModelTrouble):
    """The model gave no answer; the message says why. `cost` is None without prices."""

    tokens: int = 0
    cost: float | None = None
    currency: str = ""


@dataclass(frozen=True)
class ModelSetup:
    """The model that is configured. `name` empty: none; `trouble`: why it cannot be asked as things are."""

    name: str = ""
    host: str = ""
    trouble: str = ""


def configured() -> ModelSetup:
    """Which model could be asked. Asks nobody; no key is read into it."""
    from nl2strat.translate.llm.keys import find_key, host_of
    from nl2strat.translate.llm.settings import model_settings

    try:
        settings = model_settings()
    except ModelTrouble as error:
        return ModelSetup(trouble=str(error))
    if not settings.is_configured:
        return ModelSetup()
    host = host_of(settings.base_url)
    if find_spec("openai") is None:
        return ModelSetup(settings.model, host, "the package openai is not installed: pip install 'nl2strat[model]'")
    try:
        find_key(settings.base_url)
    except ModelTrouble as error:
        return ModelSetup(settings.model, host, str(error))
    return ModelSetup(settings.model, host)


def ask(text: str, options: Options) -> Understood:
    """As `tasks.understand`, by a translator in which a model has a part; a text that it has read costs nothing.

    Raises: Unanswered: it gave no answer, and nobody else was to read the text. UsageError. DataError.
    """
    from nl2strat.web.remembering import reader_of
    from nl2strat.web.tasks import compiled_of

    check_length(text)
    reader, model = reader_of(options.translator, asks=True)
    try:
        compiled = compiled_of(text, options, read_by(reader, text, options))
    except NotUnderstood as asked:
        return _by(model, reading.question(text, asked))
    except LanguageErrors as wrong:
        return reading.problems(text, wrong.problems)
    except ModelTrouble as trouble:
        raise _unanswered(trouble, model) from None
    found = reading.understood(text, compiled, options)
    if model is None or found.model.translator != "model" or options.inputs:
        return _by(model, found)
    try:
        courtesy = reader.courtesy_of(found.english, text)
    except ModelTrouble as trouble:
        courtesy = f"There is no translation of the explanation: {trouble}"
    return replace(_by(model, found), courtesy=courtesy)


def _by(model: KeptModel | None, found: Understood) -> Understood:
    """With what the model took."""
    if model is None:
        return found
    took = model.took
    told = replace(
        found.model, usage=took.usage, cost=took.cost, currency=took.currency, tokens=took.tokens, asked=model.asked,
        trouble=model.trouble,
    )  # fmt: skip
    return replace(found, model=told)


def _unanswered(trouble: ModelTrouble, model: KeptModel | None) -> Unanswered:
    found = Unanswered(str(trouble))
    if model is not None:
        found.tokens, found.cost, found.currency = model.took.tokens, model.took.cost, model.took.currency
    return found
