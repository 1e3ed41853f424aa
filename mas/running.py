"""What all verbs of generated code share: the session in which they speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mas.errors import ParameterError
from mas.plans import Policy

if TYPE_CHECKING:
    from mas.replay import Replay
    from mas.reversal import Reversal


class Running:
    """A client whose strategy is being called."""

    _session: Replay | None
    _asked: tuple[Any, ...] | None
    """What `entry_side` was last asked, for the orders sent on its answer: the terms of a `Policy`."""
    _entering: int
    _reversal: Reversal | None
    """What the entry would close on whose volume `within_volume` has yet to decide."""

    def _running(self) -> Replay:
        if self._session is None:
            raise ParameterError("no bars are being played: call this from receive_bars")
        return self._session

    @property
    def _policy(self) -> Policy | None:
        """The entry policy that orders are sent under; most never need to know it."""
        return None if self._asked is None else Policy(*self._asked)

    def _needs_hedging(self, what: str) -> None:
        """Raises: ParameterError: the account has one position per symbol, in which nothing can be kept apart."""
        account = getattr(self._running().terminal, "account", None)
        if account is not None and account.netting:
            raise ParameterError(f"{what} cannot be kept apart on a netting account: it has one position per symbol")
