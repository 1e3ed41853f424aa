"""Exchanges written to a file and played back: for tests, for bug reports, for a second look without a bill.

JSON lines: first what was asked of whom, then one line per exchange. A replay finds an answer by the digest of the
request (model, way, grammar, instructions, turns), so a recording made with another prompt or another text fails
loudly instead of answering something else. The texts are in the file; keys are not.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nl2strat.errors import ModelTrouble, UsageError
from nl2strat.translate.llm.capability import Capability
from nl2strat.translate.llm.keys import Secret, host_of
from nl2strat.translate.llm.messages import Exchange, Reply, Request, as_json, from_json
from nl2strat.translate.llm.settings import ModelSettings
from nl2strat.translate.llm.troubles import ReplayTrouble, trouble_named
from nl2strat.translate.llm.ways import WAYS, Way

FORMAT = "nl2strat exchanges 1"
MAX_BYTES = 50_000_000


class Recording:
    """An exchange that writes down what passes. Only files that are new, empty, or recordings are written over."""

    def __init__(self, inner: Exchange, path: Path, settings: ModelSettings, key: Secret) -> None:
        """Raises: UsageError: the file cannot be written, or is something else."""
        self.inner, self._path, self._settings, self._key = inner, path, settings, key
        try:
            if (
                path.exists()
                and path.stat().st_size
                and not path.read_bytes()[:200].startswith(b'{"format": "nl2strat')
            ):
                raise UsageError(f"--record {path}: this file is no recording; choose another name")
            path.write_text("", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--record {path}: cannot be written: {error.strerror or error}") from None

    def begin(self, capability: Capability) -> None:
        """Writes the first line: who was asked, and how."""
        self._write(
            {
                "format": FORMAT,
                "date": datetime.now(UTC).date().isoformat(),
                "endpoint": host_of(self._settings.base_url),
                "model": self._settings.model,
                "capability": asdict(capability),
            }
        )

    def ask(self, request: Request, way: Way) -> Reply:
        """As the exchange within; what came of it, a failure too, is written down."""
        line: dict[str, Any] = {"digest": request.digest(self._settings.model, way), "way": way.name}
        # The instructions and the grammar are in the digest; they are long, and the same for every text.
        line |= {"purpose": request.purpose, "draw": request.draw, "turns": [asdict(turn) for turn in request.turns]}
        try:
            reply = self.inner.ask(request, way)
        except ModelTrouble as trouble:
            self._write({**line, "trouble": {"kind": type(trouble).__name__, "message": str(trouble)}})
            raise
        self._write({**line, "reply": as_json(reply)})
        return reply

    def _write(self, line: Mapping[str, Any]) -> None:
        text = self._key.hide(json.dumps(line, ensure_ascii=False))
        try:
            with self._path.open("a", encoding="utf-8", newline="\n") as stream:
                stream.write(text + "\n")
        except OSError as error:
            raise UsageError(f"--record {self._path}: cannot be written: {error.strerror or error}") from None


class Replay:
    """An exchange that answers from a recording and asks nobody."""

    def __init__(self, path: Path) -> None:
        """Raises: ReplayTrouble: the file is missing, damaged, or no recording."""
        self._path = path
        lines = _lines(path)
        if not lines or lines[0].get("format") != FORMAT:
            raise ReplayTrouble(f"--replay {path}: this is no recording of exchanges; make one with --record")
        head = lines[0]
        self.model, self.endpoint = str(head.get("model", "")), str(head.get("endpoint", ""))
        self.capability = _capability(head.get("capability"), path)
        self._answers: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for line in lines[1:]:
            self._answers[str(line.get("digest"))].append(line)

    def ask(self, request: Request, way: Way) -> Reply:
        """The recorded answer to exactly this request; asked again, the next one, in the end the last again."""
        found = self._answers.get(request.digest(self.model, way))
        if not found:
            raise ReplayTrouble(
                f"--replay {self._path}: it has no answer to this request; the text, the grammar or the prompt is "
                "another than when it was recorded. Record it again with --record"
            )
        line = found.pop(0) if len(found) > 1 else found[0]
        trouble = line.get("trouble")
        if isinstance(trouble, Mapping):
            raise trouble_named(str(trouble.get("kind")), str(trouble.get("message")))
        try:
            return from_json(line["reply"])
        except (KeyError, TypeError):
            raise ReplayTrouble(f"--replay {self._path}: a line holds no answer; record it again") from None


def _capability(value: Any, path: Path) -> Capability:
    try:
        known = Capability(**{**value, "rejected": tuple(value["rejected"])})
    except (TypeError, KeyError):
        raise ReplayTrouble(f"--replay {path}: its first line does not say how the model was asked") from None
    if known.way not in WAYS:
        raise ReplayTrouble(f"--replay {path}: the way {known.way!r} is not known to this version")
    return known


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ReplayTrouble(f"--replay {path}: larger than any recording of ours")
        values = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        raise ReplayTrouble(f"--replay {path}: no such file; make one with --record") from None
    except (OSError, ValueError) as error:
        raise ReplayTrouble(f"--replay {path}: cannot be read as JSON lines: {error}") from None
    if not all(isinstance(value, dict) for value in values):
        raise ReplayTrouble(f"--replay {path}: a line is no object; record it again")
    return values
