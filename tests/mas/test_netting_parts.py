"""Entries in parts on a netting account trade as they do on a hedging account (rule 16)."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from mas import constants as mt5
from mas.backtest import replay_on, run_backtest
from mas.client import MAS
from mas.data.resample import resample
from mas.distances import Percent, R
from mas.errors import ParameterError
from mas.terminals.simulated.terms import AccountTerms, Commission
from tests.lengths import every
from tests.market import random_bars
from tests.mas.scenarios import Scripted, close_all, flat, market, order

HEDGING, NETTING = AccountTerms(), AccountTerms(netting=True)
PLANS: list[dict[str, Any]] = [
    {}, {"trail": 0.004}, {"trail": 0.002, "trail_after": 0.001}, {"break_even_after": 0.001},
    {"break_even_after": R(0.5), "break_even_plus": 0.0001}, {"locks": ((0.0005, 0.002), (0.002, 0.004))},
    {"close_after": 7}, {"stop_distance": 0.003}, {"trail": Percent(0.3), "close_after": 20},
    {"close_at": ((17 * 60, None, ()),)},
]  # fmt: skip
"""What may be done about a position, as `manage` is told."""


class InParts(MAS):
    """Enters at random, at the market or by waiting orders, in one to four parts whose targets lie anywhere."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.sizes = [0.01, 0.02, 0.05, 0.1]

    def receive_bars(self, symbol: str, data: dict[str, Any], is_end: bool = False) -> None:
        dice = self.random
        entering, long, waiting, exits = dice.random() < 0.3, dice.random() < 0.5, dice.random() < 0.4, dice.random()
        plan, parts = dice.choice(PLANS), [(dice.choice(self.sizes), dice.random()) for _ in range(dice.randint(1, 4))]
        stop, away, steps = dice.uniform(0.001, 0.004), dice.uniform(0.0005, 0.004), dice.random() < 0.3
        kind = dice.choice(["limit", "stop"])
        if exits < 0.04:
            for trade in self.trades(symbol):
                self.close_trade(trade)
        elif exits < 0.08:
            for trade in self.trades(symbol)[:1]:
                self.close_trade(trade)  # one part alone
        elif exits < 0.12:
            for trade in self.trades(symbol):
                self.reduce_trade(trade, "half", percent=50)
        elif exits < 0.14:
            self.cancel_orders(symbol)
        if not entering:
            return
        side = self.entry_side(symbol, long=long, short=not long, pending=waiting)
        if side is None:
            return
        way = 1 if side == "long" else -1
        price = self.ask(symbol) if way > 0 else self.bid(symbol)
        if waiting:
            price = round(price + (away if (kind == "stop") == (way > 0) else -away), 5)
        name = ("buy" if way > 0 else "sell") + (f"_{kind}" if waiting else "")
        for volume, far in parts:
            target = None if far > 0.85 else round(price + way * (0.0006 + 0.006 * far), 5)
            order_id = self.send_order(
                {
                    "symbol": symbol, "order_type": name, "volume": volume, "sl": round(price - way * stop, 5),
                    "tp": target, "price": price if waiting else None, "comment": "rule", "backtest_toggle": True,
                }
            )  # fmt: skip
            self.manage(
                order_id, group="rule", reverses=waiting,
                replaces="rule" if waiting else None, valid_bars=6 if waiting else None,
                target_steps=((4, 0.0011), (9, 0.0007)) if steps else (), **plan,
            )  # fmt: skip


def played(account: AccountTerms, seed: int, **settings: Any) -> Any:
    bars = random_bars(700, seed, "H1")
    return run_backtest(InParts(seed), bars, account=account, spread=8.0, **settings)


def rows(result: Any) -> list[Any]:
    """The trades, without what only numbers them, money to the cent that rounding in parts may make."""
    return [
        (
            t.side, t.volume, t.entry_time, round(t.entry_price, 8), t.exit_time, round(t.exit_price, 8), t.sl, t.tp,
            pytest.approx(t.profit, abs=0.021), pytest.approx(t.commission, abs=0.031), t.exit_reason, t.ambiguous,
            t.comment,
        )
        for t in result.trades
    ]  # fmt: skip


@pytest.mark.parametrize("seed", every(4, range(14)))
def test_random_entries_in_parts_trade_the_same(seed: int) -> None:
    """Row by row, whatever is done about stops and targets; the band and the counts too."""
    hedging, netting = (played(account, seed) for account in (HEDGING, NETTING))
    assert len(hedging.trades) > 20
    assert rows(netting) == rows(hedging)
    assert netting.ambiguous == hedging.ambiguous
    assert (netting.conflicts, netting.unfilled) == (hedging.conflicts, hedging.unfilled)
    assert netting.balance[-1] == pytest.approx(hedging.balance[-1], abs=0.01 * len(hedging.trades))
    assert netting.band.worst == pytest.approx(hedging.band.worst, abs=1.0)
    assert netting.band.best >= hedging.band.best - 1.0  # a resting order and one that reverses: either may be first


@pytest.mark.parametrize("modelling", ["ohlc", "every_tick"])
@pytest.mark.parametrize("seed", every(2, range(4)))
def test_the_same_inside_bars_whose_course_is_known(seed: int, modelling: str) -> None:
    """With one-minute data a target may be reached in the bar of the fill."""
    minutes = random_bars(60 * 300, seed, "M1")
    bars = resample(minutes, "H1")
    found = [
        run_backtest(InParts(seed), bars, account=account, modelling=modelling, intrabar=minutes, band=False)
        for account in (HEDGING, NETTING)
    ]
    assert len(found[0].trades) > 5
    assert rows(found[1]) == rows(found[0])


def in_parts(*parts: tuple[float, float | None], kind: str = "buy", **plan: Any) -> Any:
    """A script step that enters in parts of (volume, target)."""

    def step(client: Scripted) -> list[str]:
        keys = {"group": "rule", **plan}
        return [order(kind, volume, keys, sl=1.09, tp=target)(client) for volume, target in parts]

    return step


def look(client: Scripted) -> Any:
    """A script step that tells what the terminal has."""
    return (
        [(p["volume"], p["sl"], p["tp"]) for p in client.get_positions()],
        [(o["type"], o["volume_current"], o["price_open"]) for o in client.get_pending_orders()],
    )


def test_the_terminal_has_one_position_and_resting_limit_orders() -> None:
    """The farthest target is the position's; each nearer one rests; all are gone when the position is closed."""
    rows_ = [*flat(1.1, 3), (1.1, 1.1055, 1.1, 1.1), *flat(1.1, 3), (1.1, 1.1, 1.085, 1.1), *flat(1.1, 3)]
    script = {0: in_parts((0.05, 1.105), (0.03, 1.12), (0.02, 1.11)), 1: look, 4: look, 8: look}
    client = Scripted(script)
    result = run_backtest(client, market(rows_), account=NETTING)
    sell_limit = mt5.ORDER_TYPE_SELL_LIMIT
    assert client.answers[1:] == [
        ([(0.1, 1.09, 1.12)], [(sell_limit, 0.05, 1.105), (sell_limit, 0.02, 1.11)]),
        ([(0.05, 1.09, 1.12)], [(sell_limit, 0.02, 1.11)]),
        ([], []),
    ]
    assert [(t.volume, t.exit_price, t.exit_reason, t.order_id) for t in result.trades] == [
        (0.05, 1.105, "tp", "BT1"), (0.05, 1.09, "sl", "BT2"),
    ]  # fmt: skip
    assert result.unfilled == 0
    deals = [(d.type, d.volume, d.price, d.comment) for d in client_deals(script, rows_) if d.volume]
    assert deals[3:] == [(1, 0.05, 1.105, "tp"), (1, 0.05, 1.09, "sl 1.09")]


def client_deals(script: Any, rows_: Any) -> Any:
    return replay_on(Scripted(script), market(rows_), account=NETTING).terminal.book.deals


def test_a_part_is_closed_and_changed_by_its_own_id() -> None:
    """A new target moves its order; closing the part deletes it; half of a part leaves an order of what is left."""

    def half(client: Scripted) -> Any:
        return client.reduce_trade(client.trades("EURUSD")[1], "half", percent=50)

    def close_first(client: Scripted) -> Any:
        return client.close_trade(client.trades("EURUSD")[0])

    def enter(client: Scripted) -> None:
        step = {"group": "rule", "target_steps": ((3, 0.004),)}
        order("buy", 0.04, step, sl=1.09, tp=1.105)(client)
        in_parts((0.06, 1.11), (0.02, None))(client)

    client = Scripted({0: enter, 1: half, 2: look, 4: look, 5: close_first, 6: look})
    result = run_backtest(client, market(flat(1.1, 12)), account=NETTING)
    limit = mt5.ORDER_TYPE_SELL_LIMIT
    assert client.answers[2] == ([(0.09, 1.09, 0.0)], [(limit, 0.04, 1.105), (limit, 0.03, 1.11)])
    assert client.answers[3] == ([(0.09, 1.09, 0.0)], [(limit, 0.04, 1.104), (limit, 0.03, 1.11)])
    assert client.answers[5] == ([(0.05, 1.09, 0.0)], [(limit, 0.03, 1.11)])
    assert [t.exit_reason for t in result.trades] == ["signal", "signal", "end_of_data"]
    assert [t.volume for t in result.trades] == [0.03, 0.04, 0.05]


def test_costs_are_shared_among_the_parts() -> None:
    """What the one closing deal costs and brings is divided by volume, to the cent."""
    account = replace(NETTING, commission=Commission(7.0))
    rows_ = [*flat(1.1, 3), (1.1, 1.1, 1.08, 1.1), *flat(1.1, 2)]
    result = run_backtest(Scripted({0: in_parts((0.03, 1.2), (0.05, 1.3))}), market(rows_), account=account)
    (trade,) = result.trades
    assert (trade.volume, trade.profit, trade.commission, trade.tp) == (0.08, -80.0, -1.12, None)
    assert result.balance[-1] == pytest.approx(10_000 - 81.12)


def test_orders_of_parts_are_not_the_strategys_to_cancel() -> None:
    """`cancel_orders` leaves the targets alone."""
    script = {0: in_parts((0.04, 1.105), (0.06, 1.11)), 1: lambda c: c.cancel_orders("EURUSD"), 2: look, 3: close_all,
              4: look}  # fmt: skip
    client = Scripted(script)
    run_backtest(client, market(flat(1.1, 8)), account=NETTING)
    assert len(client.answers[2][1]) == 1
    assert client.answers[4] == ([], [])


def test_a_target_that_is_refused_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Here the account takes no waiting orders at all but one."""
    account = replace(NETTING, limit_orders=1)
    client = Scripted({0: in_parts((0.04, 1.105), (0.06, 1.11), (0.02, 1.12))})
    result = run_backtest(client, market(flat(1.1, 8)), account=account, band=False)
    assert [refusal.retcode for refusal in result.refused][:1] == [mt5.TRADE_RETCODE_LIMIT_ORDERS]
    assert "the target 1.11 of a part could not be placed" in caplog.text


def test_what_one_position_cannot_do_is_refused() -> None:
    """Parts with different stops, and parts added to a position that was open before."""

    def unlike(client: Scripted) -> None:
        for trail in (0.01, 0.02):
            order("buy", 0.1, {"group": "rule", "trail": trail}, sl=1.09)(client)

    with pytest.raises(ParameterError, match="have one stop"):
        run_backtest(Scripted({0: unlike}), market(flat(1.1, 4)), account=NETTING)
    script = {0: order("buy", 0.1), 1: order("buy", 0.1, {"group": "rule"})}
    with pytest.raises(ParameterError, match="a symbol without a position"):
        run_backtest(Scripted(script), market(flat(1.1, 5)), account=NETTING)
