"""`Guarded`: a terminal with MetaTrader5's functions, every request of which goes past the guards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mas.terminals.guarded.events import GuardEvent
from mas.terminals.guarded.guards import Guards
from mas.terminals.guarded.rules import Rules
from mas.terminals.simulated.shortcuts import Shortcuts
from mas.terminals.structs import OrderSendResult


class Guarded:
    """Wraps any terminal: a `Connection`, a simulated or a paper one, the MetaTrader5 module itself.

        terminal = Guarded(connection, read_guards(Path("guards.toml")), magics={1201}, symbols=["EURUSD"])
        terminal.guards.restore(stored)      # after a restart
        terminal.watch()                     # at every tick
        terminal.order_send(request)         # refused with a retcode and the comment "guard lots.total", or sent

    All other functions and constants are the wrapped terminal's. Args: options: as for `Guards`.
    """

    def __init__(self, terminal: Any, rules: Rules, **options: Any) -> None:
        self._terminal = terminal
        self.guards = Guards(rules, terminal, **options)

    def order_send(self, request: Mapping[str, Any] | None = None, /, **fields: Any) -> OrderSendResult | None:
        """Carry out a trade request, unless a guard objects. Raises: as the wrapped terminal."""
        if (request is None) == (not fields):  # the terminal says that this is none
            answer: OrderSendResult | None = self._terminal.order_send(request, **fields)
            return answer
        return self.guards.send(fields if request is None else request, self._terminal.order_send)

    def watch(self, now: int | None = None) -> tuple[GuardEvent, ...]:
        """Look at the account and do what is due; see `Guards.watch`."""
        return self.guards.watch(now)

    # The module's shortcuts would send past the guards.

    def Buy(self, *args: Any, **kwargs: Any) -> OrderSendResult | None:  # noqa: N802 - the module's name
        """Buy at the market; see the MetaTrader5 module."""
        terminal: Any = self
        return Shortcuts.Buy(terminal, *args, **kwargs)

    def Sell(self, *args: Any, **kwargs: Any) -> OrderSendResult | None:  # noqa: N802
        """Sell at the market; see the MetaTrader5 module."""
        terminal: Any = self
        return Shortcuts.Sell(terminal, *args, **kwargs)

    def Close(self, *args: Any, **kwargs: Any) -> bool | str | None:  # noqa: N802
        """Close a symbol's positions; see the MetaTrader5 module."""
        terminal: Any = self
        return Shortcuts.Close(terminal, *args, **kwargs)

    def _deal_now(self, *args: Any) -> OrderSendResult | None:
        terminal: Any = self
        return Shortcuts._deal_now(terminal, *args)

    def _closes(self, *args: Any) -> bool:
        terminal: Any = self
        return Shortcuts._closes(terminal, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._terminal, name)
