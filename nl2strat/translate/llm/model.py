"""The model translator: settings and exchange in, readings out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from nl2strat.errors import NotUnderstood
from nl2strat.language.grammar import grammar_text
from nl2strat.translate.llm import prompt
from nl2strat.translate.llm.capability import Capability, capability_of, remember
from nl2strat.translate.llm.costs import estimate, said
from nl2strat.translate.llm.courtesy import courtesy
from nl2strat.translate.llm.keys import Secret, find_key, host_of
from nl2strat.translate.llm.live import LiveExchange
from nl2strat.translate.llm.messages import Exchange, Reply, Request, Turn, Usage
from nl2strat.translate.llm.numbers import looks_english, readable
from nl2strat.translate.llm.record import Recording, Replay
from nl2strat.translate.llm.repair import Draft, draft
from nl2strat.translate.llm.settings import ModelSettings
from nl2strat.translate.llm.troubles import ModelTrouble, NotConfigured, Rejected
from nl2strat.translate.llm.variants import disagreement, variants_of
from nl2strat.translate.llm.ways import Way
from nl2strat.translate.origin import Origin
from nl2strat.translate.reading import Reading

DEFAULT_SYMBOL, DEFAULT_TIMEFRAME = "EURUSD", "H1"


@dataclass
class ModelTranslator:
    """Reads texts through one endpoint. `tell` hears how many characters of an answer have come."""

    settings: ModelSettings
    record: Path | None = None
    replay: Path | None = None
    tell: Callable[[int], None] = lambda _: None

    def __post_init__(self) -> None:
        self.spent = Usage()
        self._known: dict[tuple[str, str | None, str | None], Reading | NotUnderstood] = {}

    def read(self, text: str, symbol: str | None = None, timeframe: str | None = None) -> Reading:
        """The reading of a text, after self-consistency if several samples are asked for; asked for once a run.

        symbol, timeframe: what the data says; they count where the text is silent.
        Raises: NotUnderstood: the model asks, its samples disagree, or numbers stay without a place. ModelTrouble.
        """
        key = (text, symbol, timeframe)
        if key not in self._known:
            try:
                self._known[key] = self._read(readable(text), symbol, timeframe)
            except NotUnderstood as asked:
                self._known[key] = replace(asked, notes=(self.usage_line,)) if self.spent.requests else asked
            except ModelTrouble as trouble:
                raise (type(trouble)(f"{trouble}\n{self._took}") if self.spent.requests else trouble) from None
        found = self._known[key]
        if isinstance(found, NotUnderstood):
            raise replace(found)
        return found

    def _read(self, text: str, symbol: str | None, timeframe: str | None) -> Reading:
        drafts = self._drafts(text, symbol, timeframe)
        named = [(f"reading {number}", draft.program) for number, draft in enumerate(drafts, 1)]
        market = symbol or DEFAULT_SYMBOL, timeframe or DEFAULT_TIMEFRAME
        found = variants_of(named, *market)
        if len(found) > 1:
            by_program = {id(draft.program): draft for draft in drafts}
            readings = [self._reading(text, by_program[id(variant.program)], "") for variant in found]
            raise disagreement(found, readings, market)
        confidence = f"All {len(drafts)} samples of the model mean the same." if len(drafts) > 1 else ""
        return self._reading(text, drafts[0], confidence)

    def courtesy_of(self, explanation: str, text: str) -> str:
        """The explanation in the text's language, marked; empty for an English text. Raises: ModelTrouble."""
        if looks_english(text):
            return ""
        translated, usage = courtesy(self._exchange, self._way, explanation, text)
        self.spent += usage
        return translated

    @property
    def usage_line(self) -> str:
        """What all requests so far took."""
        return said(self.spent, self.settings)

    @property
    def _took(self) -> str:
        return f"It took {self.usage_line}."

    # ------------------------------------------------------------ the parts, each made when it is first needed

    @cached_property
    def _key(self) -> Secret:
        return Secret("") if self.replay is not None else find_key(self.settings.base_url)

    @cached_property
    def _exchange(self) -> Exchange:
        if self.replay is not None:
            played = Replay(self.replay)
            self.settings = replace(self.settings, model=played.model)
            return played
        if not self.settings.is_configured:
            raise NotConfigured(
                "no model is named: give --model NAME, set NL2STRAT_MODEL, or write models.toml (docs/models.md)"
            )
        live = LiveExchange(self.settings, self._key, self.tell)
        return Recording(live, self.record, self.settings, self._key) if self.record is not None else live

    @cached_property
    def capability(self) -> Capability:
        """What the endpoint can; tested with the first request if it is not known. Raises: ModelTrouble."""
        exchange = self._exchange
        if isinstance(exchange, Replay):
            return exchange.capability
        inner = exchange.inner if isinstance(exchange, Recording) else exchange
        found, usage = capability_of(self.settings, inner)
        self.spent += usage
        if isinstance(exchange, Recording):
            exchange.begin(found)
        return found

    @property
    def _way(self) -> Way:
        return self.capability.chosen()

    # ------------------------------------------------------------ asking

    def _drafts(self, text: str, symbol: str | None, timeframe: str | None) -> list[Draft]:
        """As many independent answers as asked for. Where one of several asks, that is a disagreement too."""
        found: list[Draft] = []
        for sample in range(self.settings.samples):
            try:
                found.append(self._draft(text, symbol, timeframe, sample))
            except NotUnderstood as asked:
                if not found:
                    raise
                first = f"{len(found)} of {sample + 1} samples of the model read a program; another one asks:"
                raise NotUnderstood((first, *asked.questions), asked.spans, asked.assumptions) from None
        return found

    def _draft(self, text: str, symbol: str | None, timeframe: str | None, sample: int) -> Draft:
        turns = self._opening(text, symbol, timeframe, sample)

        def ask(said_so_far: tuple[Turn, ...]) -> Reply:
            return self._ask(Request("program", prompt.instructions(), said_so_far, grammar_text(), sample))

        return draft(ask, turns, text, symbol=symbol, timeframe=timeframe, rounds=self.settings.rounds)

    def _opening(self, text: str, symbol: str | None, timeframe: str | None, sample: int) -> tuple[Turn, ...]:
        """The request; after a plan in free words where the grammar would leave no room to think."""
        way = self._way
        wanted = self.settings.plan == "always" or (self.settings.plan == "auto" and way.holds and not way.thinks)
        first = Turn("user", prompt.request(text, symbol, timeframe, plan=wanted))
        if not wanted:
            return (first,)
        plan = self._ask(Request("plan", prompt.instructions(), (first,), draw=sample))
        return (first, Turn("assistant", plan.text.strip() or "(no plan)"), Turn("user", prompt.go_on()))

    def _ask(self, request: Request) -> Reply:
        """One answer; where the endpoint calls the grammar too much, without it, and so from then on."""
        way = self._way
        try:
            reply = self._exchange.ask(request, way)
        except Rejected:
            if not (request.grammar and way.holds):
                raise
            self.capability = self.capability.without_grammar()
            reply = self._exchange.ask(request, self._way)
            if self.replay is None:
                remember(self.settings, self.capability)
        self.spent += reply.usage
        return reply

    # ------------------------------------------------------------ the result

    def _reading(self, text: str, found: Draft, confidence: str) -> Reading:
        way, usage = self._way, self.spent
        host = self._exchange.endpoint if isinstance(self._exchange, Replay) else host_of(self.settings.base_url)
        origin = Origin(
            translator="model",
            model=self.settings.model,
            endpoint=host,
            way=way.name,
            held=way.holds and self.capability.verified,
            rounds=found.rounds,
            samples=self.settings.samples,
            confidence=confidence,
            usage=said(usage, self.settings),
            input_tokens=usage.input,
            output_tokens=usage.output,
            cost=estimate(usage, self.settings),
            currency=self.settings.prices.currency,
            notes=("From a recording: nothing was asked now.",) if self.replay is not None else (),
        )
        assumptions = tuple(dict.fromkeys((*found.program.assumptions, *map(_quoted, found.account.usual))))
        program = replace(found.program, assumptions=assumptions)
        return Reading(text, program, assumptions, found.account.uses, origin=origin)


def _quoted(note: str) -> str:
    """A note as it can stand in the program."""
    return note.replace('"', "'").replace("\\", "/")[:120]
