"""The stage on which a conformance case is played: a terminal to be asked, and the clock of the market behind it.

A case is a function of a `Stage`; `@case(number, ...)` gives it its number and the broker's terms it needs. It asks
the terminal only through `stage.mt5`, which is the simulated terminal itself or a client of another process's module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mas import constants as mt5
from mas.bars import Bars
from mas.symbols import symbol_spec
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms, SymbolTerms
from tests.mas.scenarios import MONDAY, flat, market

DAY = 86_400
SPREAD = 10

BUY, SELL = mt5.ORDER_TYPE_BUY, mt5.ORDER_TYPE_SELL


@dataclass(frozen=True)
class Case:
    """A numbered case and the terms under which it is played."""

    number: int
    play: Callable[[Stage], None]
    settings: dict[str, Any] = field(default_factory=dict)
    spec: dict[str, Any] = field(default_factory=dict)
    bars: Callable[..., Bars] | None = None

    @property
    def name(self) -> str:
        return f"{self.number:03d}-{self.play.__name__}"

    def terminal(self) -> SimulatedTerminal:
        """A new terminal at the first tick of bar 1."""
        terminal = SimulatedTerminal((self.bars or course)(**self.spec), **self.settings)
        terminal.initialize()
        terminal.open_bar(1)
        return terminal


CASES: dict[int, Case] = {}


def case(
    number: int, *, account: AccountTerms | None = None, terms: SymbolTerms | None = None,
    spec: dict[str, Any] | None = None, bars: Callable[..., Bars] | None = None, **settings: Any,
) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:  # fmt: skip
    """Register a case under its number, which is never given twice."""

    def register(play: Callable[[Stage], None]) -> Callable[[Stage], None]:
        assert number not in CASES, number
        CASES[number] = Case(number, play, {"account": account, "terms": terms, **settings}, spec or {}, bars)
        return play

    return register


def course(**spec: Any) -> Bars:
    """60 hours of EURUSD from a Monday on: 1.1000, down to 1.0950, up to 1.1060, then flat at 1.1050."""
    rows = [*flat(1.1, 2), (1.1, 1.1, 1.095, 1.098), (1.098, 1.106, 1.098, 1.105), *flat(1.105, 56)]
    return market(rows, spread=np.full(60, float(SPREAD)), spec=replace(symbol_spec("EURUSD"), **spec))


class Stage:
    """What a case has at hand."""

    def __init__(self, api: Any, clock: Any) -> None:
        self.mt5, self.clock = api, clock

    def to(self, bar: int) -> None:
        """Let the market go on to the first tick of a bar."""
        while self.clock.market.bar < bar:
            self.clock.play(self.clock.market.bar)
            self.clock.open_bar(self.clock.market.bar + 1)

    def deal(self, kind: int, volume: float = 0.1, **fields: Any) -> Any:
        """A market order."""
        request = {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": kind, "volume": volume}
        return self.mt5.order_send({**request, **fields})

    def buy(self, volume: float = 0.1, **fields: Any) -> Any:
        return self.deal(BUY, volume, **fields)

    def sell(self, volume: float = 0.1, **fields: Any) -> Any:
        return self.deal(SELL, volume, **fields)

    def wait(self, kind: int, price: float, volume: float = 0.1, **fields: Any) -> Any:
        """A waiting order."""
        request = {
            "action": mt5.TRADE_ACTION_PENDING, "symbol": "EURUSD", "type": kind, "volume": volume, "price": price,
            "type_filling": mt5.ORDER_FILLING_RETURN,
        }  # fmt: skip
        return self.mt5.order_send({**request, **fields})

    def send(self, action: int, **fields: Any) -> Any:
        """Any other request."""
        return self.mt5.order_send({"action": action, **fields})

    def position(self, ticket: int) -> Any:
        """An open position, None if it is gone."""
        found = self.mt5.positions_get(ticket=ticket)
        return found[0] if found else None

    def finished(self, ticket: int) -> Any:
        """An order of the history."""
        return self.mt5.history_orders_get(ticket=ticket)[0]

    def deals(self, position: int) -> list[tuple[int, float, float, float]]:
        """(entry, volume, price, profit) of a position's deals."""
        found = self.mt5.history_deals_get(position=position)
        return [(d.entry, d.volume, round(d.price, 6), d.profit) for d in found]

    def balance(self) -> float:
        account = self.mt5.account_info()
        return float(account.balance)

    def refused(self, code: int, answer: Any) -> None:
        """The answer has that code, and the account is as it was."""
        assert answer.retcode == code, (answer.retcode, answer.comment)
        assert answer.deal == answer.order == 0


def at(day: int, hour: int = 0) -> int:
    """Server time: days and hours after the start of the course."""
    return MONDAY + day * DAY + hour * 3600
