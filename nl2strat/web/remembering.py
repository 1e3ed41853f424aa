"""What a model has read is kept: no text is sent twice, and what is backtested is the very reading that was shown.

A reading is a file in the folder `web/readings` of the data folder: the text, the program, what it took;
no key.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from nl2strat import __version__
from nl2strat.errors import ModelTrouble, NotUnderstood, Span
from nl2strat.library.places import data_folder
from nl2strat.translate.choice import Asked, AskingTranslator, AutoTranslator, Translator, translator_of
from nl2strat.translate.llm.capability import grammar_hash
from nl2strat.translate.llm.costs import estimate, said
from nl2strat.translate.llm.messages import Usage
from nl2strat.translate.llm.model import ModelTranslator
from nl2strat.translate.origin import Origin
from nl2strat.translate.reading import Alternative, Reading, Use

Json = dict[str, Any]

KEPT = 400
"""Files: older ones make room."""
_COUNTS = ("model", "base_url", "grammar", "plan", "rounds", "samples", "max_tokens", "effort", "temperature")
"""Settings under which another answer may come."""


@dataclass(frozen=True)
class Took:
    """What an answer took. `cost` is an estimate by the user's own prices, None without them."""

    usage: str = ""
    cost: float | None = None
    currency: str = ""
    tokens: int = 0


@dataclass
class KeptModel(ModelTranslator):
    """A model that is asked for a text once. `asks` False: it is not asked at all, only what is kept counts.

    Afterwards `took` says what the answer took (when it was given), `asked` whether it was given now, and `trouble`
    why there is none.
    """

    folder: Path = field(default_factory=lambda: data_folder() / "web" / "readings")
    asks: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.took = Took()
        self.asked = False
        self.trouble = ""

    def read(self, text: str, symbol: str | None = None, timeframe: str | None = None) -> Reading:
        """As `ModelTranslator`. Raises: ModelTrouble also where nothing is kept and nobody is to be asked."""
        kept = self._kept(text, symbol, timeframe)
        if kept is None:
            try:
                kept = self._answer(text, symbol, timeframe)
            except ModelTrouble as trouble:
                self.trouble = str(trouble)
                raise
            finally:
                if self.spent.requests:
                    self.took, self.asked = self._spent(self.spent), True
        if isinstance(kept, NotUnderstood):
            raise replace(kept)
        return kept

    def courtesy_of(self, explanation: str, text: str) -> str:
        """As `ModelTranslator`; what it took is added."""
        file = self.folder / f"{self._name('courtesy', explanation, text)}.json"
        found = _load(file)
        if found is not None and isinstance(found.get("courtesy"), str):
            return str(found["courtesy"])
        if not self.asks:
            return ""
        translated = super().courtesy_of(explanation, text)
        if translated:
            _store(file, {"courtesy": translated})
            self.took, self.asked = self._spent(self.spent), True
        return translated

    # ------------------------------------------------------------- inside

    def _answer(self, text: str, symbol: str | None, timeframe: str | None) -> Reading | NotUnderstood:
        if not self.asks:
            raise ModelTrouble("the model has not read this text as it is now; read it first, then run it")
        found: Reading | NotUnderstood
        try:
            found = super().read(text, symbol, timeframe)
        except NotUnderstood as question:
            found = question
        _store(self._file(text, symbol, timeframe), {**as_json(found), "took": asdict(self._spent(self.spent))})
        return found

    def _kept(self, text: str, symbol: str | None, timeframe: str | None) -> Reading | NotUnderstood | None:
        """What was answered before; where nobody is asked, also under what other data said of the market."""
        files = [self._file(text, symbol, timeframe)]
        if not self.asks:
            others = self.folder.glob(f"{self._name('text', text)}-*.json")
            files += sorted(others, key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files:
            value = _load(file)
            if value is None:
                continue
            with contextlib.suppress(KeyError, TypeError, ValueError):
                answer, self.took = from_json(value), Took(**value["took"])
                return answer
        return None

    def _file(self, text: str, symbol: str | None, timeframe: str | None) -> Path:
        return self.folder / f"{self._name('text', text)}-{self._name(symbol or '', timeframe or '')}.json"

    def _name(self, *parts: str) -> str:
        """A name for what was said to this model, set as it is, under today's language."""
        asked = [str(getattr(self.settings, name)) for name in _COUNTS]
        whole = json.dumps([__version__, grammar_hash(), *asked, *parts])
        return hashlib.sha256(whole.encode()).hexdigest()[:24]

    def _spent(self, usage: Usage) -> Took:
        line = said(usage, self.settings)
        return Took(line, estimate(usage, self.settings), self.settings.prices.currency, usage.input + usage.output)


def reader_of(translator: str, *, asks: bool) -> tuple[Translator, KeptModel | None]:
    """The translator of that name and, where a model has a part in it, that model.

    Args: asks: whether the model may be asked; otherwise only what it has read before counts.
    Raises: UsageError, ModelTrouble: as `translator_of`.
    """
    reader = translator_of(Asked(translator))
    if not isinstance(reader, AskingTranslator | AutoTranslator):
        return reader, None
    model = KeptModel(reader.model.settings, asks=asks)
    return replace(reader, model=model), model


# ------------------------------------------------------------------ files


def _load(file: Path) -> Json | None:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _store(file: Path, value: Json) -> None:
    """Keep it; a folder that cannot be written only means to ask again."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(value, stream, ensure_ascii=False)
        Path(temporary).replace(file)
        newest = sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in newest[KEPT:]:
            old.unlink(missing_ok=True)


def as_json(answer: Reading | NotUnderstood) -> Json:
    """An answer for a file."""
    if isinstance(answer, Reading):
        return {"reading": _reading_json(answer)}
    readings = [{"text": one.text, "reading": _reading_json(one.reading)} for one in answer.readings]
    return {
        "question": {
            "questions": answer.questions, "spans": [asdict(span) for span in answer.spans],
            "assumptions": answer.assumptions, "readings": readings, "notes": answer.notes,
        }
    }  # fmt: skip


def from_json(value: Json) -> Reading | NotUnderstood:
    """An answer again. Raises: KeyError, TypeError, ValueError: the file holds none."""
    if "reading" in value:
        return _reading(value["reading"])
    asked = value["question"]
    return NotUnderstood(
        tuple(asked["questions"]), _all(Span, asked["spans"]), tuple(asked["assumptions"]),
        tuple(Alternative(one["text"], _reading(one["reading"])) for one in asked["readings"]), tuple(asked["notes"]),
    )  # fmt: skip


def _reading_json(reading: Reading) -> Json:
    from nl2strat.language.printer import print_program

    return {
        "text": reading.text, "dsl": print_program(reading.program), "assumptions": reading.assumptions,
        "uses": [asdict(use) for use in reading.uses], "ignored": [asdict(span) for span in reading.ignored],
        "origin": None if reading.origin is None else asdict(reading.origin),
    }  # fmt: skip


def _reading(value: Json) -> Reading:
    from nl2strat.errors import LanguageErrors
    from nl2strat.language import ast
    from nl2strat.language.parser import parse

    try:
        program = parse(value["dsl"])
    except LanguageErrors as error:
        raise ValueError(str(error)) from None  # of another version of the language
    if not isinstance(program, ast.Program):
        raise TypeError("no program")
    told = value["origin"]
    origin = None if told is None else Origin(**{**told, "notes": tuple(told["notes"])})
    return Reading(
        value["text"], program, tuple(value["assumptions"]), _all(Use, value["uses"]), _all(Span, value["ignored"]),
        origin,
    )  # fmt: skip


def _all(kind: Callable[..., Any], values: list[Json]) -> tuple[Any, ...]:
    return tuple(kind(**value) for value in values)
