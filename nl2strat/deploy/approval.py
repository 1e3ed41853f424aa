"""What an approval is about, and whether something still is what was approved.

An approval pins the program, the Python made from it, the inputs, the specifications of the symbols and the backtest
that was looked at, each by its SHA-256. Whatever differs by a byte has not been approved.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nl2strat.errors import UsageError
from nl2strat.library.fingerprint import inputs_of, sha256, sha256_of
from nl2strat.library.tables import Approval, Try, Version

if TYPE_CHECKING:
    from nl2strat.library.store import Library
    from nl2strat.pipeline import Compiled

CONTRACT = (
    "digits", "point", "tick_size", "pip", "contract_size", "volume_min", "volume_step", "calc_mode", "currency_profit",
)  # fmt: skip
"""What of a symbol's specification changes what an order means; the rest (its swap of today) does not."""


class NotApproved(UsageError):
    """What is to be deployed is not what somebody approved."""


@dataclass(frozen=True)
class Pinned:
    """Everything that an approval is of."""

    dsl: str
    python: str
    inputs: Mapping[str, Any]
    symbols: Mapping[str, Any]
    """Specification of each symbol, by name, as plain data."""

    @classmethod
    def of(cls, compiled: Compiled, symbols: Mapping[str, Any]) -> Pinned:
        return cls(compiled.dsl, compiled.python, inputs_of(compiled.program), symbols)

    @property
    def fingerprints(self) -> dict[str, str]:
        """SHA-256 of each part, by its column in `Approval`."""
        return {
            "dsl_sha256": sha256(self.dsl),
            "python_sha256": sha256(self.python),
            "inputs_sha256": sha256_of(dict(self.inputs)),
            "symbol_sha256": sha256_of(dict(self.symbols)),
        }


def basis(library: Library, compiled: Compiled) -> Try:
    """The backtest that an approval of these bytes would be based on.

    Raises: NotApproved: there is none.
    """
    found = library.latest_try(sha256(compiled.dsl), sha256(compiled.python))
    if found is None:
        raise NotApproved(
            f'"{compiled.program.name}" has not been backtested as it stands, on real data: give --data FILE here, or '
            "run nl2strat backtest on the same file, symbol and timeframe first"
        )
    return found


def approve(library: Library, compiled: Compiled, backtest: Try, who: str, version: Version | None = None) -> Approval:
    """Enter the approval of a strategy on the strength of a backtest of it.

    Args: version: the one that has these bytes, where that is known; otherwise `Library.keep` says which.
    Raises: NotApproved: the backtest is of something else, or of made-up bars.
    """
    if compiled.trusted:
        raise NotApproved(
            "a file that was run with --trust is not approved: nobody can say what it does. Deploy what was generated"
        )
    pinned = Pinned.of(compiled, backtest.settings.get("symbols", {}))
    prints = pinned.fingerprints
    if (backtest.dsl_sha256, backtest.python_sha256) != (prints["dsl_sha256"], prints["python_sha256"]):
        raise NotApproved("that backtest is of another version of the strategy; run it again")
    if backtest.synthetic:
        raise NotApproved("the bars of that backtest are made up: they are no basis for an approval. Give --data FILE")
    if version is None or (version.dsl_sha256, version.python_sha256) != (
        prints["dsl_sha256"],
        prints["python_sha256"],
    ):
        version = library.keep(compiled)
    return library.approve(
        Approval(
            created=int(time.time()), who=who, version_id=version.id, try_id=backtest.id, inputs=dict(pinned.inputs),
            symbol=dict(pinned.symbols), revoked=None, **prints,
        )
    )  # fmt: skip


def approved(library: Library, compiled: Compiled) -> Approval:
    """The newest approval of exactly these bytes and inputs.

    Raises: NotApproved: there is none; the message says what differs from the one that comes nearest.
    """
    pinned = Pinned.of(compiled, {})
    prints = pinned.fingerprints
    known = library.approvals()
    for approval in known:
        if all(getattr(approval, name) == prints[name] for name in ("dsl_sha256", "python_sha256", "inputs_sha256")):
            return approval
    same_name = [a for a in known if a.version.strategy.name == compiled.program.name]
    if not same_name:
        raise NotApproved(f'"{compiled.program.name}" is not approved: read it and run nl2strat approve on it first')
    nearest = same_name[0]
    different = "; ".join(_differences(nearest, pinned))
    raise NotApproved(
        f'this is not the version of "{compiled.program.name}" that {nearest.who} approved: {different}. '
        "Deploy the approved file, or approve this one"
    )


def _differences(approval: Approval, pinned: Pinned) -> Iterator[str]:
    prints = pinned.fingerprints
    if approval.dsl_sha256 != prints["dsl_sha256"]:
        yield f"the program differs ({_first_change(approval.version.dsl, pinned.dsl)})"
    elif approval.python_sha256 != prints["python_sha256"]:
        yield f"the Python differs ({_first_change(approval.version.python, pinned.python)})"
    if approval.inputs_sha256 != prints["inputs_sha256"]:
        names = [
            name
            for name in sorted({*approval.inputs, *pinned.inputs})
            if approval.inputs.get(name) != pinned.inputs.get(name)
        ]
        changed = (f"{n} {approval.inputs.get(n, 'absent')} -> {pinned.inputs.get(n, 'absent')}" for n in names)
        yield "inputs differ: " + ", ".join(changed)


def _first_change(old: str, new: str) -> str:
    """The first line in which two texts differ."""
    before, after = old.splitlines(), new.splitlines()
    for number, (one, other) in enumerate(zip(before, after, strict=False), 1):
        if one != other:
            return f'line {number}: approved "{one.strip()}", now "{other.strip()}"'
    return f"{len(before)} lines were approved, now there are {len(after)}"


def contract_differences(approved_spec: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What of a symbol's contract is other than it was when the strategy was approved, in words.

    Both are specifications as plain data; what one of them does not know is not compared.
    """
    found = []
    for name in CONTRACT:
        before, after = approved_spec.get(name), now.get(name)
        if before is None or after is None or before == after:
            continue
        if isinstance(before, int | float) and isinstance(after, int | float) and _same(before, after):
            continue
        found.append(f"{name.replace('_', ' ')} was {before}, is {after}")
    return found


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
