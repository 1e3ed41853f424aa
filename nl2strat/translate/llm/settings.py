"""Which endpoint and model to ask, and how: options of the command line over the environment over a TOML file.

`models.toml` in the folder `nl2strat` of the user's configuration (or the file that NL2STRAT_MODELS names):

    base_url = "https://api.openai.com/v1"
    model = "gpt-5-mini"

    [timeouts]                 # seconds
    connect = 10
    silence = 120              # without a single further piece of an answer
    total = 600

    [prices]
    dated = "2026-11-01"
    currency = "USD"
    [prices.per_million."gpt-5-mini"]
    input = 0.25
    cached = 0.025
    output = 2.0

A key does not belong in it, and a file with one is refused.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mas.folders import config_folder
from nl2strat.translate.llm.keys import OPENAI_URL
from nl2strat.translate.llm.troubles import NotConfigured

FILE_VARIABLE = "NL2STRAT_MODELS"
_SECRET = re.compile(r"key|secret|token$|pass(word|wd)?|bearer|authorization", re.IGNORECASE)


@dataclass(frozen=True)
class Timeouts:
    """Seconds."""

    connect: float = 10.0
    silence: float = 120.0
    total: float = 600.0


@dataclass(frozen=True)
class Price:
    """Of a million tokens."""

    input: float
    output: float
    cached: float | None = None


@dataclass(frozen=True)
class Prices:
    """A table of prices with its date: an estimate is only as good as that."""

    dated: str = ""
    currency: str = "USD"
    per_million: Mapping[str, Price] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelSettings:
    """How to ask a model. `model` empty: none is configured."""

    model: str = ""
    base_url: str = OPENAI_URL
    grammar: str = "auto"
    """auto: probe what the endpoint can; off: free text; or the name of a way (`ways.WAYS`), taken untested."""
    plan: str = "auto"
    """Whether the model plans in free words before it is held to the grammar: auto, always, never."""
    stream: bool = True
    retries: int = 2
    """Of the client, with backoff, after 429, 5xx and lost connections."""
    rounds: int = 2
    """How often located errors go back to the model."""
    samples: int = 1
    max_tokens: int = 8000
    effort: str = ""
    """Of reasoning, where the model knows it: minimal, low, medium, high."""
    temperature: float | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    prices: Prices = field(default_factory=Prices)
    decided: bool = False
    """The command line named the model or the address."""

    @property
    def is_configured(self) -> bool:
        """Whether somebody chose a model; a key alone is no choice."""
        return bool(self.model)


def settings_path() -> Path:
    """Where the settings are, whether or not the file exists."""
    given = os.environ.get(FILE_VARIABLE, "").strip()
    return Path(given).expanduser() if given else config_folder() / "nl2strat" / "models.toml"


def model_settings(model: str | None = None, base_url: str | None = None, samples: int | None = None) -> ModelSettings:
    """The settings in force. None: not given on the command line.

    Raises: NotConfigured: the file is malformed, or an option cannot be.
    """
    path = settings_path()
    found = _read(path)
    environment = {
        "model": os.environ.get("NL2STRAT_MODEL", "").strip(),
        "base_url": (os.environ.get("NL2STRAT_BASE_URL") or os.environ.get("OPENAI_BASE_URL") or "").strip(),
    }
    given = {"model": model, "base_url": base_url, "samples": samples}
    changes: dict[str, Any] = {name: value for name, value in environment.items() if value}
    if found.model and "base_url" in changes and not os.environ.get("NL2STRAT_BASE_URL"):
        del changes["base_url"]  # our own file wins over another program's environment variable
    changes |= {name: value for name, value in given.items() if value is not None}
    decided = model is not None or base_url is not None
    return _checked(replace(found, **changes, decided=decided), "the settings of the model")


def _read(path: Path) -> ModelSettings:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ModelSettings()
    except (OSError, UnicodeDecodeError) as error:
        raise NotConfigured(f"{path}: cannot be read: {error}") from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotConfigured(f"{path}: {error}") from None
    _refuse_secrets(table, path)
    values = _known(table, ModelSettings, path, without=("decided",))
    if "timeouts" in values:
        values["timeouts"] = Timeouts(**_numbers(_known(values["timeouts"], Timeouts, path), path))
    if "prices" in values:
        values["prices"] = _prices(values["prices"], path)
    try:
        return _checked(ModelSettings(**values), str(path))
    except TypeError as error:
        raise NotConfigured(f"{path}: {error}") from None


def _refuse_secrets(table: Mapping[str, Any], path: Path) -> None:
    for name, value in table.items():
        if isinstance(value, Mapping):
            if name != "per_million":
                _refuse_secrets(value, path)
        elif _SECRET.search(name) and isinstance(value, str):
            raise NotConfigured(
                f"{path}: keys do not belong in this file ({name}): take it out, change it at the provider if the file "
                "was ever shared, and set NL2STRAT_API_KEY or use `keyring set nl2strat HOST`"
            )


def _known(table: Any, kind: type, path: Path, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The table, if all its keys are fields of the class."""
    if not isinstance(table, Mapping):
        raise NotConfigured(f"{path}: {kind.__name__.lower()} must be a table")
    names = [item.name for item in fields(kind) if item.name not in without]
    for name in table:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
            raise NotConfigured(f"{path}: {name} is no setting; {hint}")
    return dict(table)


def _numbers(table: dict[str, Any], path: Path) -> dict[str, float]:
    for name, value in table.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
            raise NotConfigured(f"{path}: {name} = {value!r}: give a number, 0 or more")
    return {name: float(value) for name, value in table.items()}


def _prices(table: Any, path: Path) -> Prices:
    values = _known(table, Prices, path)
    found = {}
    for model, price in (values.get("per_million") or {}).items():
        numbers = _numbers(_known(price, Price, path), path)
        if not {"input", "output"} <= set(numbers):
            raise NotConfigured(f"{path}: the price of {model} needs input and output")
        found[str(model)] = Price(**numbers)
    return Prices(str(values.get("dated", "")), str(values.get("currency", "USD")), found)


def _checked(settings: ModelSettings, where: str) -> ModelSettings:
    """The settings, if they can be."""
    from nl2strat.translate.llm.ways import WAYS

    parts = urlsplit(str(settings.base_url))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotConfigured(f"{where}: base_url {settings.base_url!r} is no address; write it like {OPENAI_URL}")
    if parts.username or parts.password:
        raise NotConfigured(f"{where}: the address holds a user or a key before the @; set NL2STRAT_API_KEY instead")
    ranges = {"samples": (1, 20), "rounds": (0, 5), "retries": (0, 10), "max_tokens": (200, 200_000)}
    for name, (low, high) in ranges.items():
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise NotConfigured(f"{where}: {name} = {value!r}; give a whole number from {low} to {high}")
    texts = {"grammar": ("auto", "off", *WAYS), "plan": ("auto", "always", "never")}
    for name, choices in texts.items():
        if getattr(settings, name) not in choices:
            raise NotConfigured(f"{where}: {name} = {getattr(settings, name)!r}; use {', '.join(choices)}")
    if not isinstance(settings.model, str) or len(settings.model) > 200 or not settings.model.isprintable():
        raise NotConfigured(f"{where}: model = {settings.model!r} is no name of a model")
    return replace(settings, base_url=settings.base_url.rstrip("/"))
