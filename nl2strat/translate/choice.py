"""Which translator reads a text: the offline one, a model, or both with one checking the other.

Nothing of a model is imported before one is asked.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mas.dataclass import dataclass
from mas.folders import config_folder
from nl2strat.errors import ModelTrouble, NotUnderstood, UsageError
from nl2strat.translate.origin import Origin

if TYPE_CHECKING:
    from nl2strat.translate.llm.model import ModelTranslator
    from nl2strat.translate.reading import Reading

KINDS = ("offline", "model", "auto")
MODEL = "the model"
"""Who holds a reading, in a question."""


class Translator(Protocol):
    """Something that reads texts."""

    def read(self, text: str, symbol: str | None = None, timeframe: str | None = None) -> Reading:
        """The reading of a text; symbol and timeframe are the data's. Raises: NotUnderstood, ModelTrouble."""

    def courtesy_of(self, explanation: str, text: str) -> str:
        """The explanation in the language of the text, marked as a courtesy; empty where there is none."""


@dataclass(frozen=True)
class Asked:
    """What the command line says about the translator; None: nothing."""

    translator: str | None = None
    model: str | None = None
    base_url: str | None = None
    samples: int | None = None
    record: Path | None = None
    replay: Path | None = None

    @property
    def names_a_model(self) -> bool:
        """Whether an option says that a model is wanted."""
        return any(v is not None for v in (self.model, self.base_url, self.samples, self.record, self.replay))


def translator_of(asked: Asked) -> Translator:
    """The translator to use: what was asked for; else `auto` where a model is configured, and offline where not.

    Raises: UsageError: options that do not go together. NotConfigured: settings that cannot be.
    """
    if asked.translator is not None and asked.translator not in KINDS:
        raise UsageError(f"--translator {asked.translator!r} is not one; use {', '.join(KINDS)}")
    if asked.translator == "offline" and asked.names_a_model:
        raise UsageError(
            "--translator offline asks no model; leave out --model, --base-url, --samples, --record, --replay"
        )
    if asked.record is not None and asked.replay is not None:
        raise UsageError("--record writes down new exchanges, --replay asks nobody; give one of them")
    kind = asked.translator or ("auto" if asked.names_a_model or _is_set_up() else "offline")
    if kind == "offline":
        return OfflineTranslator()
    model = _model(asked)
    if kind == "auto" and not model.settings.is_configured and asked.replay is None:
        if asked.names_a_model:
            return AskingTranslator(model)  # says that no model is named
        return OfflineTranslator(("No model is configured; read offline.",))
    return AskingTranslator(model) if kind == "model" else AutoTranslator(model)


def _is_set_up() -> bool:
    """Whether a model may be configured, without reading anything."""
    if os.environ.get("NL2STRAT_MODEL", "").strip():
        return True
    given = os.environ.get("NL2STRAT_MODELS", "").strip()
    if given:
        return Path(given).expanduser().is_file()
    return (config_folder() / "nl2strat" / "models.toml").is_file()


def _model(asked: Asked) -> ModelTranslator:
    from nl2strat.translate.llm.model import ModelTranslator
    from nl2strat.translate.llm.settings import model_settings

    settings = model_settings(asked.model, asked.base_url, asked.samples)
    return ModelTranslator(settings, asked.record, asked.replay)


@dataclass(frozen=True)
class OfflineTranslator:
    """The deterministic one. `notes` are shown with what it reads."""

    notes: tuple[str, ...] = ()

    def read(self, text: str, symbol: str | None = None, timeframe: str | None = None) -> Reading:
        """As `Translator`."""
        from nl2strat.translate.offline import translate

        reading = translate(text, symbol=symbol, timeframe=timeframe)
        return replace(reading, origin=Origin("offline", notes=self.notes)) if self.notes else reading

    def courtesy_of(self, explanation: str, text: str) -> str:
        """None: it knows English only."""
        return ""


@dataclass(frozen=True)
class AskingTranslator:
    """The model alone. Where it fails, the user hears whether the offline reading would do."""

    model: ModelTranslator

    def read(self, text: str, symbol: str | None = None, timeframe: str | None = None) -> Reading:
        """As `Translator`."""
        try:
            return self.model.read(text, symbol, timeframe)
        except ModelTrouble as trouble:
            if _offline(text, symbol, timeframe)[0] is None:
                raise
            hint = "The offline translator understands this text: --translator offline"
            raise type(trouble)(f"{trouble}\n{hint}") from None

    def courtesy_of(self, explanation: str, text: str) -> str:
        """As `Translator`."""
        return self.model.courtesy_of(explanation, text)


@dataclass(frozen=True)
class AutoTranslator:
    """The model, checked against the offline reading where that is complete; the offline one where the model fails."""

    model: ModelTranslator

    def read(self, text: str, symbol: str | None = None, timeframe: str | None = None) -> Reading:
        """As `Translator`. Raises NotUnderstood if the two disagree: a person decides, not a vote."""
        offline, unclear = _offline(text, symbol, timeframe)
        try:
            reading = self.model.read(text, symbol, timeframe)
        except NotUnderstood as asked:
            if offline is None:
                raise
            hint = "(The offline translator understands the text as it is: --translator offline takes its reading.)"
            raise replace(asked, questions=(*asked.questions, hint)) from None
        except ModelTrouble as trouble:
            return self._without_model(trouble, offline, unclear)
        if unclear is not None and unclear.readings:
            raise self._among(reading, unclear, symbol, timeframe)
        if offline is None:
            note = "The offline translator does not understand the whole text, so nothing confirms the model's reading."
            return _noted(reading, note)
        return self._compared(reading, offline, symbol, timeframe)

    def courtesy_of(self, explanation: str, text: str) -> str:
        """As `Translator`."""
        return self.model.courtesy_of(explanation, text)

    def _without_model(self, trouble: ModelTrouble, offline: Reading | None, unclear: NotUnderstood | None) -> Reading:
        from nl2strat.translate.llm.troubles import ReplayTrouble

        if isinstance(trouble, ReplayTrouble):
            raise trouble
        if offline is not None:
            return replace(
                offline, origin=Origin("offline", notes=(f"Read offline, as the model could not: {trouble}",))
            )
        assert unclear is not None
        note = f"(The model could not help: {trouble})"
        raise replace(unclear, questions=(*unclear.questions, note))

    def _among(
        self, reading: Reading, unclear: NotUnderstood, symbol: str | None, timeframe: str | None
    ) -> NotUnderstood:
        """What the text leaves open stays open: the model's reading is one of those, or one more."""
        from nl2strat.translate.llm.variants import disagreement, variants_of

        offered = [(one.text, one.reading) for one in unclear.readings]
        market = _market(symbol, timeframe)
        found = variants_of([(name, one.program) for name, one in (*offered, (MODEL, reading))], *market)
        note = _usage(reading)
        for variant in found:
            if MODEL in variant.holders and len(variant.holders) > 1:
                taken = next(name for name in variant.holders if name != MODEL)
                hint = f"(The model reads it as {taken}; nothing in the text says so.)"
                return replace(unclear, questions=(hint, *unclear.questions), notes=note)
        (own,) = (variant for variant in found if MODEL in variant.holders)
        conventional = next(v for v in found if unclear.readings[0].text in v.holders)
        lines = disagreement((own, conventional), (reading,), market)
        questions = (*unclear.questions, lines.questions[1])
        return replace(unclear, questions=questions, readings=(*unclear.readings, *lines.readings), notes=note)

    def _compared(self, reading: Reading, offline: Reading, symbol: str | None, timeframe: str | None) -> Reading:
        """The offline reading, which accounts for words too, if the model's means the same."""
        from nl2strat.translate.llm.variants import disagreement, variants_of

        market = _market(symbol, timeframe)
        found = variants_of([("the offline translator", offline.program), (MODEL, reading.program)], *market)
        if len(found) > 1:
            asked = disagreement(found, (offline, reading), market)
            hint = "Or take one as it is: --translator model, --translator offline."
            raise replace(asked, questions=(*asked.questions, hint), notes=_usage(reading))
        origin = reading.origin
        if origin is not None:
            agreed = "The model and the offline translator, each on its own, read the same strategy."
            origin = replace(origin, words=True, confidence=" ".join(filter(None, (origin.confidence, agreed))))
        return replace(offline, origin=origin)


def _usage(reading: Reading) -> tuple[str, ...]:
    """What the model's reading took, for a question that it is part of."""
    return (reading.origin.usage,) if reading.origin is not None and reading.origin.usage else ()


def _market(symbol: str | None, timeframe: str | None) -> tuple[str, str]:
    """What stands where neither the text nor the data says it."""
    from nl2strat.translate.llm.model import DEFAULT_SYMBOL, DEFAULT_TIMEFRAME

    return symbol or DEFAULT_SYMBOL, timeframe or DEFAULT_TIMEFRAME


def _noted(reading: Reading, note: str) -> Reading:
    origin = reading.origin
    return reading if origin is None else replace(reading, origin=replace(origin, notes=(*origin.notes, note)))


def _offline(text: str, symbol: str | None, timeframe: str | None) -> tuple[Reading | None, NotUnderstood | None]:
    """The offline reading, or what stands in its way."""
    from nl2strat.translate.offline import translate

    try:
        return translate(text, symbol=symbol, timeframe=timeframe), None
    except NotUnderstood as unclear:
        return None, unclear
