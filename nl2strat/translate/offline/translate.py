"""The pipeline: a text to a reading, or to the questions that stand in the way."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from nl2strat.errors import NotUnderstood, Span
from nl2strat.language import ast
from nl2strat.language.printer import print_expr
from nl2strat.translate.offline import (
    assemble,
    corrections,
    facts,
    layout,
    opposed,
    refuse,
    sentences,
    shorthand,
    talk,
    units,
    validate,
)
from nl2strat.translate.offline.account import Account, account
from nl2strat.translate.offline.binding import node_of
from nl2strat.translate.offline.cursor import Cursor
from nl2strat.translate.offline.elements import (
    Basket,
    Definition,
    Element,
    Filter,
    Frame,
    Leave,
    Market,
    Mention,
    Open,
    Presumed,
    Setting,
    When,
)
from nl2strat.translate.offline.explanation import from_explanation
from nl2strat.translate.offline.filler import drop_filler
from nl2strat.translate.offline.headings import find_inputs, join_names
from nl2strat.translate.offline.known import spelled_words
from nl2strat.translate.offline.lexer import tokenise
from nl2strat.translate.offline.naming import name_of
from nl2strat.translate.offline.normalise import Source, normalise
from nl2strat.translate.offline.numerals import read_numerals
from nl2strat.translate.offline.reader import read
from nl2strat.translate.offline.segment import segment
from nl2strat.translate.offline.settle import Settler
from nl2strat.translate.offline.spelling import correct
from nl2strat.translate.offline.tokens import Token
from nl2strat.translate.reading import Reading, Use

MAX_WORDS = 900
_LOG = logging.getLogger(__name__)


def translate(text: str, *, symbol: str | None = None, timeframe: str | None = None) -> Reading:
    """The program a text describes, with every assumption and an account of every word.

    symbol, timeframe: what the data says; they count where the text is silent.
    Raises: NotUnderstood: with questions and the words nobody could account for.
    """
    try:
        return _translate(text, symbol, timeframe)
    except NotUnderstood:
        raise
    except RecursionError:
        raise NotUnderstood(("The text is nested too deeply. Can you say it in simpler sentences?",)) from None
    except Exception:  # a fault of ours is no traceback for the user
        _LOG.debug("the offline translator failed on %r", text[:2000], exc_info=True)
        raise NotUnderstood(
            ("I could not read this text. Can you say it in shorter sentences, one rule in each?",)
        ) from None


def _translate(text: str, symbol: str | None, timeframe: str | None) -> Reading:
    source = normalise(text)
    explained = from_explanation(text, symbol, timeframe)
    if explained is not None:
        return explained
    tokens, notes = _tokens(source)
    if not tokens:
        raise NotUnderstood(("Describe a strategy: when to buy or sell, and how the position ends.",))
    if len(tokens) > MAX_WORDS:
        raise NotUnderstood((f"The text has {len(tokens)} words; a strategy fits in {MAX_WORDS}. Shorten it?",))
    refused = refuse.forbidden(tokens)
    if refused:
        raise NotUnderstood(tuple(refused), (source.span(tokens[0].start, tokens[-1].end),))
    return _Translation(source, tokens, notes, symbol, timeframe).reading()


def _tokens(source: Source) -> tuple[list[Token], list[str]]:
    """The tokens that count, and a note for every corrected typo."""
    tokens = shorthand.spelt_out(layout.plain(join_names(tokenise(source))))
    if len(tokens) > 3 * MAX_WORDS:
        raise NotUnderstood((f"The text has {len(tokens)} words; a strategy fits in {MAX_WORDS}. Shorten it?",))
    tokens, notes = correct(tokens, spelled_words())
    tokens, _ = segment(tokens)
    tokens, corrected, questions = corrections.settle(read_numerals(tokens))
    if questions:
        raise NotUnderstood(tuple(questions))
    tokens, _ = drop_filler(tokens)
    return tokens, notes + corrected


class _Translation:
    """One run of the later stages, with what they share."""

    def __init__(
        self, source: Source, tokens: Sequence[Token], notes: Sequence[str], symbol: str | None, timeframe: str | None
    ) -> None:
        self.source, self.tokens = source, tokens
        self.symbol, self.timeframe = symbol, timeframe
        self.notes = list(notes)
        self.cursor = Cursor(tokens, find_inputs(tokens), timeframe)
        self.elements: list[Element] = read(self.cursor)
        self.account: Account = account(self.elements)
        self.actions: dict[int, Open | Leave] = {}

    def reading(self) -> Reading:
        """The reading; raises NotUnderstood."""
        self._check_words()
        program = self._program()
        uses = tuple(self._uses(program))
        ignored = tuple(self._span(first, last) for first, last in self.account.ignored)
        return Reading(self.source.text, program, program.assumptions, uses, ignored)

    def _span(self, first: int, last: int) -> Span:
        return self.source.span(self.tokens[first].start, self.tokens[last - 1].end)

    def _fail(self, questions: Sequence[str], spans: Sequence[Span] = ()) -> NotUnderstood:
        return NotUnderstood(tuple(dict.fromkeys(questions)), tuple(spans), tuple(self.notes))

    def _check_words(self) -> None:
        unknown = self.account.unknown
        if not unknown:
            return
        spans = [self._span(first, last) for first, last in unknown]
        questions: list[str] = []
        for first, last in unknown:
            questions += refuse.reasons(self.tokens[max(0, first - 2) : last + 2])
        if not questions:
            words = ", ".join(f'"{s.text}"' for s in spans[:4])
            questions.append(f"What does {words} mean here? Say it in other words, or leave it out.")
        raise self._fail([*questions, *self.cursor.questions], spans)

    def _program(self) -> ast.Program:
        draft = sentences.sort_elements(self.elements, self.cursor.context.used)
        context = self.cursor.context
        rules = assemble.build_rules(draft, context.soft)
        self.actions = {h.place: h.item for h in draft.heads}
        symbol, timeframe = self._market(rules), self._frame(rules)
        rules = facts.own_market(rules, symbol or "")
        included = [value for name, value in context.definitions if name == "included"]
        settler = Settler(context.mentions, dict(context.channels), timeframe, included)
        settled = tuple(settler.settle(rule) for rule in validate.in_bars(rules, timeframe))
        inputs = tuple(dict.fromkeys(e.item.input for e in self.elements if isinstance(e.item, Setting)))
        settled, needs = validate.timeframes(settled, timeframe, context.periods)
        settled = units.shared(settled, self.notes, context.unit)
        questions = [*self.cursor.questions, *draft.questions, *settler.questions, *needs]
        questions += self._unused(settled, inputs)
        questions += self._undefined_use()
        questions += validate.problems(settled, inputs)
        questions += opposed.only_twice(self.tokens, settled) + opposed.only_alerts(self.tokens, settled)
        self.notes += [*context.notes, *draft.notes, *settler.notes]
        self.notes += talk.wishes([self.tokens[first:last] for first, last in self.account.ignored])
        if questions:
            if not any(isinstance(r, ast.Entry) for r in settled):
                questions += refuse.reasons(self.tokens)
            raise self._fail(questions)
        self.notes += _read_of(settled)
        entries = [r for r in settled if isinstance(r, ast.Entry)]
        if entries and not any(r.size for r in entries):
            self.notes.append("Size: 0.1 lot.")
        name = name_of(self.tokens, self.elements, settled)
        program = ast.Program(
            name,
            symbol,
            timeframe,
            "textbook",
            tuple(dict.fromkeys(_quoted(n) for n in self.notes)),
            inputs,
            (),
            settled,
            self._basket()[1:],
            tuple(dict.fromkeys(e.item.setting for e in self.elements if isinstance(e.item, Presumed))),
        )
        checked, found = validate.checked(program)
        if found:
            raise self._fail(found)
        return checked

    def _market(self, rules: Sequence[ast.Rule]) -> str | None:
        basket = self._basket()
        if basket:
            return basket[0]
        named = list(
            dict.fromkeys(
                [e.item.symbol for e in self.elements if isinstance(e.item, Market)] + list(self.cursor.context.market)
            )
        )
        if len(named) > 1:
            raise self._fail([f"Several markets are named ({', '.join(named)}). A strategy trades one; which?"])
        if named and self.symbol and validate.plain_symbol(self.symbol) != named[0]:
            raise self._fail([f"The text says {named[0]}, the data is {self.symbol}. Which one is meant?"])
        said_of = facts.markets_of(rules)
        if named and facts.only_of_markets(rules) and named[0] not in said_of:
            others = ", ".join(said_of)
            raise self._fail([f"The entry asks about {others} only and trades {named[0]}. Which rule has {named[0]}?"])
        if named:
            return named[0]
        if said_of and (not self.symbol or facts.only_of_markets(rules)):
            own = validate.plain_symbol(self.symbol) if self.symbol else said_of[0]
            if len(said_of) > 1 or own != said_of[0]:
                raise self._fail([f"The text speaks of {', '.join(said_of)}. Which market does it trade?"])
            return said_of[0]
        if self.symbol:
            self.notes.append(f"Symbol {self.symbol}, from the data.")
            return self.symbol
        self.notes.append("Symbol EURUSD: neither the text nor the data names one.")
        return "EURUSD"

    def _basket(self) -> tuple[str, ...]:
        """The markets of a text that names several to be traded alike."""
        found = tuple(dict.fromkeys(s for e in self.elements if isinstance(e.item, Basket) for s in e.item.symbols))
        also = {e.item.symbol for e in self.elements if isinstance(e.item, Market)} - set(found)
        if found and also:
            raise self._fail([f"{', '.join(found)}, and {', '.join(also)}: which of them does it trade?"])
        if found and self.symbol and validate.plain_symbol(self.symbol) not in found:
            raise self._fail([f"The text says {', '.join(found)}, the data is {self.symbol}. Which is meant?"])
        return found

    def _frame(self, rules: Sequence[ast.Rule]) -> str | None:
        named = list(dict.fromkeys(e.item.timeframe for e in self.elements if isinstance(e.item, Frame)))
        if len(named) > 1:
            shortest = min(named, key=validate.seconds_of)
            asked = {n.timeframe for r in rules for n in ast.walk(r) if isinstance(n, ast.OnTimeframe)}
            if asked >= {*named} - {shortest}:
                self.notes.append(f"The strategy runs on {shortest}, the shortest timeframe that is named.")
                return shortest
            raise self._fail(
                [f"Several timeframes are named ({', '.join(named)}). On which one does the strategy run?"]
            )
        if named:
            return named[0]
        if self.timeframe:
            self.notes.append(f"Timeframe {self.timeframe}, from the data.")
            return self.timeframe
        used = {n.timeframe for r in rules for n in ast.walk(r) if isinstance(n, ast.OnTimeframe)}
        own = [e.item.condition for e in self.elements if isinstance(e.item, (When, Filter))]
        lengths = used == set(self.cursor.context.periods)
        if len(used) == 1 and (lengths or (own and all(_all_on(c) for c in own))):
            only = used.pop()
            why = "the lengths are in its bars" if lengths else "all that the text compares is on it"
            self.notes.append(f"Timeframe {only}: {why}.")
            return only
        self.notes.append("Timeframe H1: neither the text nor the data names one.")
        return "H1"

    def _unused(self, rules: Sequence[ast.Rule], inputs: Sequence[ast.Input]) -> list[str]:
        """Numbers that were read but are in no rule: a mention nobody refers to, an input nobody uses."""
        names = {n.id for r in rules for n in ast.walk(r) if isinstance(n, ast.Name)}
        questions = [
            f'The parameter "{i.name}" is used by no rule. What is it for?' for i in inputs if i.name not in names
        ]
        calls = {n for r in rules for n in ast.walk(r) if isinstance(n, ast.Call)}
        numbers = {c.arguments for c in calls}
        for element in self.elements:
            named = (element.item.value, *element.item.others) if isinstance(element.item, Mention) else ()
            if any(_has_number(value) and not _occurs(value, calls, numbers) for value in named):
                questions.append(
                    f'"{self._span(element.first, element.last).text}" is used by no rule. What should it do?'
                )
        return questions

    def _undefined_use(self) -> list[str]:
        """Names that the text defines and then does not use: a rule was meant that was not understood."""
        context = self.cursor.context
        named = dict(context.definitions)
        said = {e.item.name for e in self.elements if isinstance(e.item, Definition)}
        return [
            f'"{name}" is defined, and no rule uses it. Which one should?'
            for name in said
            if name in named and all(value not in context.used for known, value in context.definitions if known == name)
        ]

    def _uses(self, program: ast.Program) -> list[Use]:
        uses = []
        for binding in self.cursor.context.bindings:
            span = self._span(binding.first, binding.last)
            node = binding.node if isinstance(binding.node, str) else print_expr(binding.node)
            use = Use(span.start, span.end, span.text, node)
            if use not in uses:
                uses.append(use)
        starts = sorted(binding.first for binding in self.cursor.context.bindings)
        for element in self.elements:
            became = node_of(element, self.actions, program.rules)
            last = element.last
            if isinstance(element.item, (When, Filter)):
                last = next((s for s in starts if element.first <= s < last), last)
            if became is None or last <= element.first:
                continue
            span = self._span(element.first, last)
            use = Use(span.start, span.end, span.text, became)
            if use not in uses:
                uses.append(use)
        return uses


def _read_of(rules: Sequence[ast.Rule]) -> list[str]:
    """What calendar words became: days by the data's clock, values of the last closed bar of a higher timeframe."""
    nodes = [n for r in rules for n in ast.walk(r)]
    days = sorted({f"{n.function}()" for n in nodes if isinstance(n, ast.Call) and n.function.startswith("yesterday_")})
    notes = [f"{', '.join(days)}: of the day before, by the data's clock."] if days else []
    frames = sorted({n.timeframe for n in nodes if isinstance(n, ast.OnTimeframe)})
    whole = sorted({n.timeframe for n in nodes if isinstance(n, ast.OnTimeframe) and not _is_value(n.value)})
    notes += [f"On {frame}: only what is compared there; the strategy itself runs on its own bars." for frame in frames]
    return notes + [f"The whole condition is asked of closed {frame} bars." for frame in whole]


def _is_value(node: ast.Expr) -> bool:
    return isinstance(node, (ast.Price, ast.Call, ast.Arithmetic, ast.Past))


def _all_on(condition: ast.Expr) -> bool:
    """Whether every price and indicator of the condition is on a timeframe that the text names."""
    match condition:
        case ast.OnTimeframe():
            return True
        case ast.Price(field):
            return field == "time"
        case ast.Call():
            return False
        case _:
            return all(_all_on(n) for n in ast.children(condition))  # type: ignore[arg-type]


def _has_number(value: ast.Expr) -> bool:
    return any(isinstance(n, (ast.Number, ast.Clock)) for n in ast.walk(value))


def _occurs(value: ast.Expr, calls: set[ast.Call], numbers: set[tuple[ast.Expr, ...]]) -> bool:
    """Whether the mention, or a relative with the same settings, is in some rule."""
    inner = [n for n in ast.walk(value) if isinstance(n, ast.Call)]
    return all(
        c in calls or c.arguments in numbers or any(a[: len(c.arguments)] == c.arguments for a in numbers)
        for c in inner
    )


def _quoted(note: str) -> str:
    """A note as it can stand in the program: no double quotes, at most 120 characters."""
    return note.replace('"', "'").replace("\n", " ")[:120]
