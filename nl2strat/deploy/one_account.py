"""A connection that shows one account and no other: should somebody log in to another, the terminal is out of reach.

Else balances, positions and histories of another account would be taken for the run's own, and a request that cannot be
found there for one that was never carried out.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mas.errors import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from mas.terminals.connection import Connection
    from mas.terminals.structs import AccountInfo

_OF_ACCOUNT = frozenset(
    {
        "history_deals_get", "history_deals_total", "history_orders_get", "history_orders_total", "orders_get",
        "orders_total", "positions_get", "positions_total",
    }
)  # fmt: skip


class OneAccount:
    """Args: connection: made, and logged in. account: the run's. What is sent the connection checks by itself."""

    def __init__(self, connection: Connection, account: AccountInfo) -> None:
        self._connection, self._own = connection, (account.login, account.server)

    def account_info(self) -> AccountInfo:
        """The account. Raises: ConnectionLost: the terminal is logged in to another."""
        found = self._connection.account_info()
        if (found.login, found.server) != self._own:
            raise ConnectionLost(
                f"the terminal is logged in to account {found.login} on {found.server}, and the run is on "
                f"{self._own[0]} on {self._own[1]}: log in there, and it goes on"
            )
        return found

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        return partial(self._checked, found) if name in _OF_ACCOUNT else found

    def _checked(self, function: Callable[..., Any], /, *args: Any, **which: Any) -> Any:
        answer = function(*args, **which)
        self.account_info()  # after the question: whoever was logged in then is so now, or was a moment ago
        return answer
