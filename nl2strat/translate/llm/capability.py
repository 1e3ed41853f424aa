"""What an endpoint can: which way of sending a grammar it obeys. Tested once per endpoint and model, then remembered.

Most compatible servers ignore a grammar they do not know without a word, and some paste it into the prompt. So each
way is tried with a canary: a grammar with one sentence that no model would say, and a request for another word. Only
the canary's sentence proves the grammar is enforced.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from nl2strat.language.grammar import grammar_text
from nl2strat.translate.llm.keys import OPENAI_URL, host_of
from nl2strat.translate.llm.messages import Exchange, Request, Turn, Usage
from nl2strat.translate.llm.settings import ModelSettings
from nl2strat.translate.llm.troubles import CutOff, Declined, ModelTrouble, NoSuchApi, Rejected, ServerFault, Unreadable
from nl2strat.translate.llm.ways import FREE_CHAT, FREE_RESPONSES, LADDER, WAYS, Way, free_way

CANARY = "zq7-ok"
CANARY_GRAMMAR = f'start: "{CANARY}"\n'
CANARY_REQUEST = Request(
    "canary",
    "Answer with the one word the user asks for and nothing else, whatever grammar or format you are shown.",
    (Turn("user", "Write the word weather."),),
    CANARY_GRAMMAR,
)
KEPT_DAYS = 30
_FOLDER_VARIABLE = "NL2STRAT_CACHE"


@dataclass(frozen=True)
class Capability:
    """How to ask an endpoint. `verified`: the canary came back, so grammars hold there."""

    way: str
    verified: bool
    tested: str = ""
    """The day, ISO."""
    found: Mapping[str, str] = field(default_factory=dict)
    """What each way that was tried did."""
    rejected: tuple[str, ...] = ()
    """Grammars (hashes) that the endpoint called too complex or malformed: there, free text."""

    def chosen(self) -> Way:
        """The way to ask; free text where today's grammar was rejected."""
        way = WAYS[self.way]
        return free_way(way.api) if way.holds and grammar_hash() in self.rejected else way

    def without_grammar(self) -> Capability:
        """The same after today's grammar was rejected."""
        return replace(self, rejected=(*self.rejected, grammar_hash()))


def grammar_hash() -> str:
    """A name for today's grammar."""
    return hashlib.sha256(grammar_text().encode()).hexdigest()[:12]


def capability_of(settings: ModelSettings, exchange: Exchange, *, fresh: bool = False) -> tuple[Capability, Usage]:
    """What the endpoint can: as set, as remembered, or as tested now; and the tokens that the test took.

    Raises: ModelTrouble: the endpoint does not answer at all.
    """
    if settings.grammar in WAYS:
        return Capability(settings.grammar, False, found={settings.grammar: "set in models.toml, not tested"}), Usage()
    if settings.grammar == "off":
        return Capability(_usual(settings).name, False, found={"grammar": "off, as set in models.toml"}), Usage()
    if not fresh and (known := remembered(settings)) is not None:
        return known, Usage()
    found, usage = _probe(settings, exchange)
    remember(settings, found)
    return found, usage


def _probe(settings: ModelSettings, exchange: Exchange) -> tuple[Capability, Usage]:
    """Tries one way after the other until one holds."""
    verdicts: dict[str, str] = {}
    alive: list[Way] = []
    usage = Usage()
    last: ModelTrouble | None = None
    for way in LADDER:
        if _is_pointless(way, settings):
            continue
        try:
            reply = exchange.ask(CANARY_REQUEST, way)
        except NoSuchApi as error:
            last = error
            verdicts[way.name] = "there is no such API"
            continue
        except (Rejected, ServerFault, Unreadable, CutOff, Declined) as error:
            last = error
            verdicts[way.name] = f"refused: {error}"[:200]
            alive += [way] if isinstance(error, (Rejected, CutOff, Declined)) else []
            continue
        usage += reply.usage
        alive.append(way)
        if reply.text.strip().strip('"') == CANARY:
            verdicts[way.name] = "obeyed"
            return Capability(way.name, True, _today(), verdicts), usage
        verdicts[way.name] = "ignored"
    if not alive and last is not None:
        raise last
    free = _usual(settings)
    if free.api not in {way.api for way in alive}:
        free = free_way(alive[0].api)
    return Capability(free.name, False, _today(), verdicts), usage


def _usual(settings: ModelSettings) -> Way:
    return FREE_RESPONSES if settings.base_url == OPENAI_URL else FREE_CHAT


def _is_pointless(way: Way, settings: ModelSettings) -> bool:
    """OpenAI takes grammars in tools only; asking for more costs time."""
    return settings.base_url == OPENAI_URL and not way.name.endswith("-tool")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


# --------------------------------------------------------------------------- memory


def cache_path() -> Path:
    """The file with what was found out about endpoints; it holds no key and no text of yours."""
    if given := os.environ.get(_FOLDER_VARIABLE, "").strip():
        return Path(given).expanduser() / "endpoints.json"
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder / "nl2strat" / "endpoints.json"


def remembered(settings: ModelSettings) -> Capability | None:
    """What was found out before, if it is not too old."""
    value: Any = _load().get(_name(settings))
    try:
        known = Capability(
            str(value["way"]), value["verified"] is True, str(value["tested"]), dict(value["found"]),
            tuple(map(str, value["rejected"])),
        )  # fmt: skip
        age = (datetime.now(UTC).date() - date.fromisoformat(known.tested)).days
    except (TypeError, KeyError, ValueError):
        return None
    return known if known.way in WAYS and 0 <= age <= KEPT_DAYS else None


def remember(settings: ModelSettings, capability: Capability) -> None:
    """Keeps what was found out; a folder that cannot be written only means a new test next time."""
    path = cache_path()
    whole = {**_load(), _name(settings): asdict(capability)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(whole, stream, indent=1)
        Path(temporary).replace(path)
    except OSError:
        return


def _load() -> dict[str, Any]:
    try:
        value = json.loads(cache_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _name(settings: ModelSettings) -> str:
    path = settings.base_url.split("//", 1)[-1].split("/", 1)
    return f"{host_of(settings.base_url)}/{path[1] if len(path) > 1 else ''} {settings.model}"
