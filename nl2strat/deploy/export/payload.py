"""What an app carries: the approved bytes, who approved them, the symbol's contract and the guards. One text, known by
its SHA-256."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from nl2strat.errors import UsageError
from nl2strat.library.fingerprint import sha256

if TYPE_CHECKING:
    from mas.terminals.guarded.rules import Rules
    from nl2strat.library.tables import Approval


class Damaged(UsageError):
    """The app does not hold what was put into it."""


@dataclass(frozen=True)
class Payload:
    """What is inside."""

    name: str
    version: int
    symbol: str
    timeframe: str
    python: str
    python_sha256: str
    dsl: str
    dsl_sha256: str
    explanation: str
    inputs: Mapping[str, Any]
    contract: Mapping[str, Any]
    """The symbol's specification in the backtest that was approved."""
    approved_by: str
    approved_at: int
    """Epoch seconds."""
    guards: str
    """A TOML text; empty: none that act."""
    guards_name: str
    program: str
    """The version of nl2strat that made it."""

    @classmethod
    def of(cls, approval: Approval, symbol: str, timeframe: str, guards: tuple[str, str] = ("", "")) -> Payload:
        """What is approved. Args: guards: the text, and what it is called."""
        from nl2strat import __version__

        version = approval.version
        return cls(
            version.strategy.name, version.number, symbol, timeframe, version.python, version.python_sha256,
            version.dsl, version.dsl_sha256, version.explanation, dict(approval.inputs),
            dict(approval.symbol.get(symbol, {})), approval.who, approval.created, *guards, __version__,
        )  # fmt: skip

    @property
    def text(self) -> str:
        """The one text."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=True)

    @classmethod
    def checked(cls, text: str, digest: str) -> Payload:
        """The payload of a text.

        Args: digest: the SHA-256 that it must have.
        Raises: Damaged: something in it is not what was approved.
        """
        if sha256(text) != digest:
            raise Damaged("this app has been changed since it was made: it does not hold what was approved")
        given = json.loads(text)
        if set(given) != {field.name for field in fields(cls)}:
            raise Damaged("this app was put together by two versions of nl2strat: export the strategy again")
        found = cls(**given)
        if (sha256(found.python), sha256(found.dsl)) != (found.python_sha256, found.dsl_sha256):
            raise Damaged("this app does not hold the bytes that were approved: export the strategy again")
        return found

    @property
    def rules(self) -> Rules:
        """The guards. Raises: ParameterError: they cannot be read."""
        import tomllib

        from mas.terminals.guarded.reading import rules_of
        from mas.terminals.guarded.rules import Rules

        return rules_of(tomllib.loads(self.guards), self.guards_name) if self.guards else Rules()
