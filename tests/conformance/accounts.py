"""Cases 40 to 59: netting accounts, and positions that are closed by force."""

from __future__ import annotations

import pytest

from mas import constants as mt5
from mas.terminals.simulated.terms import AccountTerms, Commission
from tests.conformance.stage import Stage, case

NETTING = AccountTerms(netting=True)
IN, OUT, INOUT = range(3)
DONE = mt5.TRADE_RETCODE_DONE

# ------------------------------------------------------------- netting


@case(40, account=NETTING)
def netting_adds_up(stage: Stage) -> None:
    """One position at the mean price, with the newest order's levels, zeros included."""
    first = stage.buy(0.1, sl=1.09, magic=1).order
    stage.to(3)
    stage.buy(0.3, tp=1.2, magic=2)
    (position,) = stage.mt5.positions_get()
    assert (position.ticket, position.volume, position.magic) == (first, 0.4, 2)
    assert position.price_open == pytest.approx((0.1 * 1.1001 + 0.3 * 1.0981) / 0.4)
    assert (position.sl, position.tp) == (0.0, 1.2)
    assert [deal[:2] for deal in stage.deals(first)] == [(IN, 0.1), (IN, 0.3)]


@case(41, account=NETTING)
def netting_takes_off(stage: Stage) -> None:
    """A smaller opposite order closes a part: price, stop and target stay."""
    ticket = stage.buy(0.3, sl=1.09).order
    stage.sell(0.1)
    position = stage.position(ticket)
    assert (position.volume, position.price_open, position.sl) == (0.2, 1.1001, 1.09)
    assert stage.deals(ticket)[-1] == (OUT, 0.1, 1.1, -1.0)


@case(42, account=NETTING)
def netting_closes(stage: Stage) -> None:
    """An equal opposite order closes all."""
    ticket = stage.buy(0.3).order
    stage.sell(0.3)
    assert (stage.mt5.positions_total(), stage.deals(ticket)[-1]) == (0, (OUT, 0.3, 1.1, -3.0))


@case(43, account=NETTING)
def netting_reverses(stage: Stage) -> None:
    """A larger one reverses in a single deal: the identifier stays, the ticket is the reversing order's."""
    first = stage.buy(0.1, sl=1.09).order
    second = stage.sell(0.3, tp=1.05).order
    (position,) = stage.mt5.positions_get()
    assert (position.type, position.volume, position.price_open, position.sl, position.tp) == (1, 0.2, 1.1, 0.0, 1.05)
    assert (position.ticket, position.identifier) == (second, first)
    assert stage.deals(first) == [(IN, 0.1, 1.1001, 0.0), (INOUT, 0.3, 1.1, -1.0)]
    assert stage.buy(0.2, position=second).retcode == DONE
    assert stage.mt5.positions_total() == 0


@case(44, account=NETTING)
def netting_sltp_by_symbol(stage: Stage) -> None:
    """Levels are set by the symbol alone."""
    ticket = stage.buy().order
    assert stage.send(mt5.TRADE_ACTION_SLTP, symbol="EURUSD", sl=1.09, tp=1.2).retcode == DONE
    assert stage.position(ticket).sl == 1.09


@case(45, account=NETTING)
def netting_pending_reduces(stage: Stage) -> None:
    """A waiting order against the position takes off it when it fills."""
    ticket = stage.buy(0.3).order
    stage.wait(mt5.ORDER_TYPE_SELL_LIMIT, 1.104, 0.1)
    stage.to(4)
    assert stage.position(ticket).volume == 0.2
    assert stage.deals(ticket)[-1] == (OUT, 0.1, 1.104, 39.0)


@case(46, account=AccountTerms(netting=True, commission=Commission(10.0, on="in")))
def netting_commission_of_a_reversal(stage: Stage) -> None:
    """Charged on entries, it is due for the newly opened lots alone."""
    first = stage.buy(0.1).order
    stage.sell(0.3)
    assert [round(d.commission, 2) for d in stage.mt5.history_deals_get(position=first)] == [-1.0, -2.0]


# ------------------------------------------------------------- stop-out


def _ruined(stage: Stage) -> tuple[int, int]:
    """Two positions that the fall to 1.0950 ruins."""
    first, second = stage.buy(0.6).order, stage.buy(1.6).order
    stage.wait(mt5.ORDER_TYPE_BUY_LIMIT, 1.05)
    stage.to(3)
    return first, second


@case(50, deposit=1000.0, leverage=500)
def stop_out_of_all(stage: Stage) -> None:
    """As in MetaTrader's tester: orders deleted, everything closed, with its reason and level."""
    tickets = _ruined(stage)
    assert (stage.mt5.positions_total(), stage.mt5.orders_total()) == (0, 0)
    for ticket in tickets:
        deal = stage.mt5.history_deals_get(position=ticket)[-1]
        assert (deal.reason, deal.comment[:3]) == (mt5.DEAL_REASON_SO, "so ")


@case(51, deposit=1000.0, leverage=500, account=AccountTerms(stop_out="worst"))
def stop_out_of_the_worst(stage: Stage) -> None:
    """As on a server: only the worst goes, if that is enough."""
    first, second = _ruined(stage)
    assert (stage.position(second), stage.mt5.orders_total()) == (None, 1)
    assert stage.position(first) is not None


@case(52, account=AccountTerms(margin_so_mode=mt5.ACCOUNT_STOPOUT_MODE_MONEY, margin_so_so=9_900.0))
def stop_out_at_an_equity(stage: Stage) -> None:
    """The level may be an amount of money."""
    ticket = stage.buy(0.3).order
    stage.to(3)
    assert stage.position(ticket) is None
    assert stage.balance() == pytest.approx(9_900.0, abs=3.0)
