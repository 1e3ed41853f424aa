"""What the page and the HTTP API hand around: plain frozen data, picklable, and described in the OpenAPI document.

Places in texts are characters, `start` inclusive, `end` exclusive. Times are epoch seconds of the data's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["english", "language", "python"]
SAMPLE = "sample"
"""The data source that needs no file: made-up (SYNTHETIC) bars."""


# ------------------------------------------------------------------ what is asked


@dataclass(frozen=True)
class DataSpec:
    """Which bars. `source`: the name of data in the store (see `GET /data`), or "sample" for made-up bars."""

    source: str = SAMPLE
    symbol: str | None = None
    """Decides the symbol, whatever the text and the data say; None leaves it to them."""
    timezone: str | None = None
    start: str | None = None
    """First day, `2024-01-31`; None: from the beginning."""
    end: str | None = None
    bars: int | None = None
    """Of made-up bars: how many; None: 6000."""


@dataclass(frozen=True)
class Costs:
    """The account of a backtest; None: what the strategy says, else the usual. Spread and slippage are in points."""

    deposit: float | None = None
    leverage: int | None = None
    spread: float | None = None
    commission: float | None = None
    commission_per: Literal["lot", "deal", "percent"] | None = None
    currency: str | None = None
    netting: bool | None = None
    swap: bool | None = None
    slippage: float | None = None
    modelling: Literal["pessimistic", "open", "ohlc", "every_tick", "real_ticks"] | None = None
    guards: str | None = None
    """Name of a preset (see `GET /guards`)."""


@dataclass(frozen=True)
class Options:
    """How a text is to be read."""

    kind: Kind = "english"
    translator: Literal["offline", "auto", "model"] = "offline"
    reading: str | None = None
    """Of a text with several readings the `text` of the one that is meant."""
    data: DataSpec | None = None
    """With data, symbol and timeframe come from it, and questions say what each reading would trade."""
    costs: Costs = Costs()
    inputs: dict[str, float] = field(default_factory=dict)
    """Values for the strategy's inputs, by name, in place of its own."""
    choices: bool = True
    """Whether to look for alternatives of the assumptions (a few tenths of a second)."""


@dataclass(frozen=True)
class RunSpec:
    """A backtest: a text and how it is read, on which bars, with which account."""

    text: str
    options: Options = Options()
    data: DataSpec = DataSpec()
    costs: Costs = Costs()


# ------------------------------------------------------------------ what is answered


@dataclass(frozen=True)
class Range:
    """A stretch of a text."""

    start: int
    end: int


@dataclass(frozen=True)
class Span:
    """Words of the text: what they became (`node`, a piece of the language; empty: nothing), in which rules."""

    start: int
    end: int
    text: str
    node: str = ""
    rules: tuple[str, ...] = ()
    """Ids of `RuleMap`. Spans may lie inside each other; the inner ones say more exactly what a word became."""


@dataclass(frozen=True)
class RuleMap:
    """One rule of the strategy and where it stands in the four texts. `kind`: market, input, let, entry, exit, rule."""

    id: str
    kind: str
    title: str
    text: tuple[Range, ...] = ()
    dsl: tuple[Range, ...] = ()
    english: tuple[Range, ...] = ()
    python: tuple[Range, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Another way to have it: `text` is the user's whole text, reworded so that it says so itself."""

    label: str
    text: str


@dataclass(frozen=True)
class Assumption:
    """Something that the text did not say. `start` and `end`: the words that it is about, where they are known."""

    text: str
    start: int | None = None
    end: int | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class ReadingOption:
    """One reading of a text that has several: pass `text` as `options.reading` to take it."""

    text: str
    dsl: str
    english: str
    trades: int | None = None
    """On the data chosen; None: not tried."""
    net: float | None = None


@dataclass(frozen=True)
class ProblemAt:
    """A problem of a program, where it stands. Lines and columns count from 1; `start`, `end` are characters."""

    message: str
    code: str = ""
    line: int | None = None
    column: int | None = None
    start: int | None = None
    end: int | None = None
    hint: str = ""


@dataclass(frozen=True)
class InputValue:
    """A number that may be turned, with its range."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    step: float | None = None


@dataclass(frozen=True)
class Model:
    """What a model had to do with the reading."""

    translator: str = "offline"
    lines: tuple[str, ...] = ()
    usage: str = ""
    cost: float | None = None
    """Of this reading, by the user's own prices; None: there are none."""
    currency: str = ""
    tokens: int = 0
    """Read and written for this reading."""
    asked: bool = False
    """Whether it was asked just now; what it has read before is kept."""
    trouble: str = ""
    """Why it gave no answer; then the offline reading stands here."""


@dataclass(frozen=True)
class Understood:
    """A text as it was read.

    `status`: "understood": the whole strategy is there. "question": the text leaves something open: `questions`,
    perhaps `readings`, and `not_understood`. "error": a program with `problems`.
    """

    status: Literal["understood", "question", "error"]
    text: str
    spans: tuple[Span, ...] = ()
    not_understood: tuple[Span, ...] = ()
    ignored: tuple[Span, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    questions: tuple[str, ...] = ()
    readings: tuple[ReadingOption, ...] = ()
    problems: tuple[ProblemAt, ...] = ()
    warnings: tuple[ProblemAt, ...] = ()
    name: str = ""
    symbol: str = ""
    timeframe: str = ""
    dsl: str = ""
    english: str = ""
    """What the strategy does, in plain English."""
    courtesy: str = ""
    """The same in the language of the text, translated by the model; the English counts."""
    python: str = ""
    rules: tuple[RuleMap, ...] = ()
    inputs: tuple[InputValue, ...] = ()
    model: Model = Model()
    dsl_sha256: str = ""
    python_sha256: str = ""
    priced: bool = False
    """Whether the readings were tried on data."""


@dataclass(frozen=True)
class Step:
    """How far a backtest is: what is being done, and bars done of all (0 of 0: not counted)."""

    text: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class StoredData:
    """Data of the store: what it is, its range, and what was found in it."""

    name: str
    kind: Literal["bars", "ticks"]
    symbol: str
    timeframe: str
    bars: int
    first: int
    last: int
    timezone: str
    timezone_known: bool
    source: str
    """Name of the file that it came from."""
    notes: tuple[str, ...] = ()
    """Gaps, repairs and doubts, in sentences."""
    gaps: tuple[Gap, ...] = ()
    """The longest, weekends aside."""
    imported: int = 0
    size: int = 0


@dataclass(frozen=True)
class Gap:
    """Bars missing between the open times of two neighbours."""

    after: int
    before: int
    missing: int


Json = dict[str, Any]
