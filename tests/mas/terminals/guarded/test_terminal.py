"""`Guarded` around a terminal: what is refused and how, what is never refused, restarts, faults of the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mas import constants as mt5
from mas.errors import ConnectionLost, ParameterError
from mas.terminals.guarded.events import GuardEvent
from mas.terminals.guarded.reading import rules_of
from mas.terminals.guarded.terminal import Guarded
from mas.terminals.simulated import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms
from tests.mas.scenarios import flat, market

BUY: dict[str, Any] = {"action": 1, "symbol": "EURUSD", "type": 0, "volume": 1.0, "magic": 7, "comment": "a1"}
WAIT: dict[str, Any] = {**BUY, "action": 5, "type": 2, "price": 1.09, "type_filling": 2}


class Flaky(SimulatedTerminal):
    """A terminal that can be made to fail, to hide what it has, and to fill worse."""

    blind = lost = hides = False
    refuses: frozenset[int] = frozenset()
    worse = 0.0

    def account_info(self) -> Any:
        return None if self.blind else super().account_info()

    def positions_get(self, **which: Any) -> Any:
        return () if self.hides else super().positions_get(**which)

    def order_send(self, request: Any = None, /, **fields: Any) -> Any:
        if request["action"] in self.refuses:
            return super().order_send({"action": 1})._replace(retcode=10018, comment="Market closed")
        answer = super().order_send(request, **fields)
        if self.lost:
            raise ConnectionLost("the line went dead")
        return answer._replace(price=answer.price + self.worse) if self.worse and answer.price else answer


class Account:
    """A terminal under guards, at the first tick of a flat market, and a clock to be moved."""

    def __init__(self, *, magics: Any = None, netting: bool = False, rows: Any = None, **tables: Any) -> None:
        self.inner = Flaky(market(rows or flat(1.1, 60), timeframe="M1"), account=AccountTerms(netting=netting))
        self.inner.initialize()
        self.now, self.told = 0.0, list[GuardEvent]()
        self.guarded = Guarded(
            self.inner, rules_of(tables, "test"), magics=magics, symbols=["EURUSD"], listener=self.told.append,
            clock=lambda: self.now,
        )  # fmt: skip
        self.open(0)

    def open(self, bar: int) -> None:
        self.inner.open_bar(bar)

    def send(self, **changes: Any) -> tuple[int, str]:
        answer = self.guarded.order_send({**BUY, **changes})
        assert answer is not None
        return answer.retcode, answer.comment

    def close(self, ticket: int, volume: float = 1.0) -> tuple[int, str]:
        return self.send(type=1, position=ticket, volume=volume)

    @property
    def lots(self) -> float:
        return sum(p.volume for p in self.inner.book.positions.values())


DONE = (10009, "Request executed")

REFUSALS = (
    ({"lots": {"per_order": 0.5}}, 10034, "guard lots.per_order"),
    ({"lots": {"total": 1.5}}, 10034, "guard lots.total"),
    ({"lots": {"per_symbol": 1.5}}, 10034, "guard lots.per_symbol"),
    ({"positions": {"total": 1}}, 10040, "guard positions.total"),
    ({"positions": {"per_symbol": 1}}, 10040, "guard positions.per_symbol"),
    ({"rate": {"per_minute": 1}}, 10024, "guard rate.per_minute"),
    ({"rate": {"per_day": 1}}, 10024, "guard rate.per_day"),
    ({"symbols": {"forbidden": ["EURUSD"]}}, 10017, "guard symbols"),
    ({"margin": {"min_level": 500}}, 10019, "guard margin.min_level"),
    ({"hours": {"trade": {"tue": ["00:00-24:00"]}}}, 10027, "guard hours"),
    ({"weekend": {"flat_from": "mon 00:00", "until": "mon 01:00"}}, 10027, "guard weekend"),
    ({"daily_loss": {"amount": 0.5}}, 10006, "guard daily_loss"),
    ({"drawdown": {"amount": 100, "risk": True, "name": "total"}}, 10006, "guard total"),
)


@pytest.mark.parametrize(("tables", "code", "comment"), REFUSALS)
def test_each_guard_answers_with_a_code_and_its_name(tables: Any, code: int, comment: str) -> None:
    """At the second order at the latest; nothing has left then, and the event says the same."""
    account = Account(**tables)
    answers = [account.send(), account.send()]
    assert answers[1] == (code, comment)
    assert account.told[-1].guard == comment.removeprefix("guard ")
    assert account.told[-1].text
    assert json.loads(json.dumps(account.told[-1].as_json()))["action"] == "refused"
    assert account.lots == sum(answer == DONE for answer in answers)


def test_a_wide_spread_and_an_old_quote_are_refused() -> None:
    account = Account(spread={"by_symbol": {"EURUSD": 5}}, quotes={"max_age": 30})
    assert account.send() == DONE
    account.now = 31.0
    assert account.send() == (10021, "guard quotes")
    account.open(1)
    assert account.send() == DONE
    account.inner.market.ask += 0.0001
    assert account.send() == (10006, "guard spread")


def test_the_minute_passes() -> None:
    account = Account(rate={"per_minute": 2})
    assert [account.send()[0] for _ in range(3)] == [10009, 10009, 10024]
    account.open(1)
    assert account.send() == DONE


def test_what_waits_counts_as_filled() -> None:
    account = Account(lots={"total": 3}, positions={"total": 3})
    assert account.guarded.order_send({**WAIT, "volume": 2.0}).retcode == 10009  # type: ignore[union-attr]
    assert account.send() == DONE
    assert account.send(volume=0.01) == (10034, "guard lots.total")


def test_on_a_netting_account_a_reversal_counts_with_what_it_opens() -> None:
    """Long 1: selling 1 closes, selling 3 would be short 2; a limit order that takes off the position adds nothing."""
    account = Account(netting=True, lots={"total": 1.0})
    assert account.send() == DONE
    target = {**WAIT, "type": mt5.ORDER_TYPE_SELL_LIMIT, "price": 1.2}
    assert account.guarded.order_send(target).retcode == 10009  # type: ignore[union-attr]
    assert account.send(type=1, volume=3.0) == (10034, "guard lots.total")
    assert account.send(type=1, volume=1.0) == DONE
    assert account.lots == 0.0


def test_a_close_goes_through_whatever_has_happened() -> None:
    """Under a halt, outside hours, with a blind terminal, with old quotes: closing and removing are never refused."""
    account = Account(kill={"file": "/nowhere/at/all"}, quotes={"max_age": 1}, rate={"per_day": 2})
    assert account.send() == DONE
    assert account.guarded.order_send(WAIT).retcode == 10009  # type: ignore[union-attr]
    account.now, account.inner.blind = 100.0, True
    ticket, waiting = next(iter(account.inner.book.positions)), next(iter(account.inner.book.orders))
    assert account.send() == (10031, "guard account")
    assert account.close(ticket, 0.4) == DONE
    tighter = {"action": mt5.TRADE_ACTION_SLTP, "position": ticket, "sl": 1.09}
    assert account.guarded.order_send(tighter).retcode == 10009  # type: ignore[union-attr]
    assert account.guarded.order_send({"action": 8, "order": waiting}).retcode == 10009  # type: ignore[union-attr]
    assert account.guarded.Close("EURUSD") is True
    assert account.lots == 0.0


def test_the_shortcuts_go_past_the_guards_too() -> None:
    account = Account(lots={"total": 0.5})
    assert account.guarded.Buy("EURUSD", 1.0).comment == "guard lots.total"  # type: ignore[union-attr]
    assert account.guarded.Sell("EURUSD", 0.5).retcode == 10009  # type: ignore[union-attr]
    assert account.guarded.ORDER_TYPE_SELL == 1
    assert account.guarded.positions_total() == 1


def test_a_stop_may_be_tightened_and_not_taken_away_beyond_the_limit() -> None:
    account = Account(daily_loss={"amount": 600, "risk": True})
    assert account.send(sl=1.095) == DONE
    ticket = next(iter(account.inner.book.positions))

    def move(sl: float) -> int:
        answer = account.guarded.order_send({"action": mt5.TRADE_ACTION_SLTP, "position": ticket, "sl": sl})
        assert answer is not None
        return answer.retcode

    assert [move(sl) for sl in (1.097, 1.0945, 1.093, 0.0, 1.099)] == [10009, 10009, 10006, 10006, 10009]


def test_an_order_counts_before_the_terminal_shows_it() -> None:
    """Positions become visible late, and an answer gets lost: neither lets a second order through."""
    account = Account(lots={"total": 1.0})
    account.inner.hides = True
    assert account.send() == DONE
    assert account.send(comment="a2") == (10034, "guard lots.total")
    account.inner.hides = False
    assert account.close(next(iter(account.inner.book.positions))) == DONE
    account.inner.lost = True
    with pytest.raises(ConnectionLost):
        account.send(comment="a3")
    account.inner.lost, account.inner.hides = False, True
    assert account.send(comment="a4") == (10034, "guard lots.total")
    account.inner.hides = False
    assert account.close(next(iter(account.inner.book.positions))) == DONE


def test_slippage_is_an_alarm_or_a_halt() -> None:
    account = Account(slippage={"points": 5})
    account.inner.worse = 0.0001
    assert [account.send(), account.send()] == [DONE, DONE]
    assert [(e.guard, e.action, e.measured) for e in account.told] == [("slippage", "alarm", 10.0)] * 2
    strict = Account(slippage={"points": 5, "action": "halt"})
    strict.inner.worse = 0.0001
    assert [strict.send()[0], strict.send()[0]] == [10009, 10027]


def test_a_file_and_a_command_kill(tmp_path: Path) -> None:
    """Everything of the strategy's is closed; the halt stays when the file has gone, until it is released."""
    file = tmp_path / "stop"
    account = Account(kill={"file": str(file)}, magics={7})
    account.send()
    account.inner.order_send({**BUY, "magic": 8})
    assert account.guarded.watch() == ()
    file.touch()
    assert [event.action for event in account.guarded.watch()] == ["halted", "closed"]
    assert [p.magic for p in account.inner.book.positions.values()] == [8]
    assert account.send() == (10027, "guard kill")
    with pytest.raises(ParameterError, match="remove it first"):
        account.guarded.guards.release()
    file.unlink()
    assert account.guarded.guards.release("kill") == ("kill",)
    assert account.send() == DONE
    assert [e.action for e in account.guarded.guards.kill("the page", "lunch")] == ["halted", "closed"]
    assert "killed by the page: lunch" in account.told[-2].text


def test_others_are_closed_only_where_the_rules_say_so() -> None:
    account = Account(account={"flatten": "account"}, magics={7})
    account.inner.order_send({**BUY, "magic": 8})
    account.guarded.guards.kill("test")
    assert account.lots == 0.0


def test_what_counts_is_the_account_or_the_strategy() -> None:
    for scope, code in (("account", 10034), ("strategy", 10009)):
        account = Account(account={"scope": scope}, lots={"total": 1.0}, magics={7})
        account.inner.order_send({**BUY, "magic": 8})
        assert account.send()[0] == code


def test_a_closing_that_fails_is_told_and_tried_again() -> None:
    account = Account()
    account.send()
    account.inner.refuses = frozenset({mt5.TRADE_ACTION_DEAL})
    assert [e.action for e in account.guarded.guards.kill("test")] == ["halted", "failed"]
    assert "Market closed (10018)" in account.told[-1].text
    assert account.guarded.watch() == ()  # not at every tick
    account.now, account.inner.refuses = 1.5, frozenset()
    assert [e.action for e in account.guarded.watch()] == ["closed"]
    assert account.lots == 0.0


def test_a_restart_forgets_nothing() -> None:
    """Day's start, peaks, halts and recent orders come back from plain JSON; a new day ends the halt."""
    rows = [*flat(1.1, 2), *flat(1.094, 58)]
    tables: dict[str, Any] = {"daily_loss": {"amount": 500}, "drawdown": {"kind": "trailing", "percent": 20}}
    account = Account(rows=rows, **tables)
    account.send()
    account.open(2)
    assert [e.action for e in account.guarded.watch()] == ["halted", "closed"]
    stored = json.loads(json.dumps(account.guarded.guards.state()))
    again = Guarded(account.inner, account.guarded.guards.rules, symbols=["EURUSD"])
    again.guards.restore(stored)
    assert again.guards.state() == stored
    answer = again.order_send(BUY)
    assert answer is not None
    assert answer.comment == "guard daily_loss"
    fresh = Guarded(account.inner, account.guarded.guards.rules, symbols=["EURUSD"])
    fresh.watch()
    assert fresh.guards.memory.day_balance == 10_000.0, "worked out from the day's deals"
    assert list(fresh.guards.halts) == ["daily_loss"]


@pytest.mark.parametrize("stored", [{}, {"version": 2}, {"version": 1, "halts": {}}, {"version": 1, "halts": 3}])
def test_a_state_that_cannot_be_read_is_refused(stored: Any) -> None:
    with pytest.raises(ParameterError, match="stored state of the guards"):
        Account().guarded.guards.restore(stored)
