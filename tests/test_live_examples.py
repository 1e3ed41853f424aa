"""The programs of examples/ traded live: bar by bar through a terminal's functions they make the trades of a backtest.

The broker's side is a simulated terminal; the session knows of it what MetaTrader5's functions tell.
"""

from __future__ import annotations

from typing import Any

import pytest

from mas import constants as mt5
from mas.backtest import replay_on
from mas.data import sample_bars
from mas.errors import ParameterError
from mas.results import ClosedTrade
from mas.terminals.connection import Connection
from mas.terminals.simulated.playing import Listener
from mas.terminals.simulated.terminal import SimulatedTerminal
from mas.terminals.simulated.terms import AccountTerms, Commission
from nl2strat.codegen import load
from nl2strat.language.reference.examples import Example
from tests.lengths import every
from tests.mas.live_play import LivePlay
from tests.test_examples import EXAMPLES, checked, python, symbols

FEW = (
    "after_two_losses", "averaging_down", "breakeven_and_partial", "inside_bar_straddle", "london_breakout",
    "prop_account_rules", "step_by_step_stop", "turtle_system_1",
)  # fmt: skip
"""Between them: adds, parts, waiting orders that cancel each other, hours, limits, moved stops, sizes by results."""

DIFFERS = {"stop_limit_breakout"}
"""A waiting order that fills in a gap beyond its own stop is refused by a server. In a backtest its stop is measured
from the fill before it fills, so that it is not."""

BROKERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "netting": {"account": AccountTerms(netting=True, swaps=True, commission=Commission(3.0)), "spread": 12},
    "slipping": {"account": AccountTerms(slippage=2.0, swaps=True), "spread": 15, "commission": 2.0},
}
SINGLE = [example for example in EXAMPLES if symbols(checked(example).program) == {checked(example).program.symbol}]

COMPARED = set(ClosedTrade._fields) - {"ambiguous", "order_id"}
"""What is compared: whether a bar was ambiguous nobody can see from outside, and tickets are the broker's."""
FIRST_LEVELS = {"sl", "tp"}
"""Not compared where fills slip: in a backtest a waiting order's first levels are those before it slipped."""


def rows(trades: list[ClosedTrade], slipping: bool = False) -> list[dict[str, Any]]:
    """The trades that were closed before the data ended."""
    names = sorted(COMPARED - FIRST_LEVELS if slipping else COMPARED)
    return [{name: getattr(t, name) for name in names} for t in trades if t.exit_reason != "end_of_data"]


def compare(example: Example, count: int, **settings: Any) -> int:
    """Play an example both ways. Returns: how many trades were compared."""
    program = checked(example).program
    assert program.symbol is not None
    assert program.timeframe is not None
    bars = sample_bars(program.symbol, program.timeframe)[:count]
    account = {setting.name: float(setting.value) for setting in program.account}
    settings = {"deposit": account.get("deposit", 100_000.0), **settings}
    kind = load(python(example))
    expected = replay_on(kind(), bars, **settings)
    live = LivePlay(kind(toggle=False), bars, **settings).run()
    slipping = "account" in settings and settings["account"].slippage > 0.0
    assert rows(live.trades(), slipping) == rows(expected.trades(), slipping)
    held = [(p.side, p.volume, p.entry, p.sl, p.tp) for p in live.session.terminal.book.positions.values()]
    assert held == [(p.side, p.volume, p.entry, p.sl, p.tp) for p in live.outside.book.positions.values()]
    assert set(live.session.terminal.book.orders) == set(live.outside.book.orders)
    assert live.session.terminal.book.balance == round(live.outside.book.balance, 2)
    return len(rows(live.trades()))


@pytest.mark.parametrize("name", every(2, FEW))
def test_live_makes_the_trades_of_the_backtest(name: str) -> None:
    example = next(example for example in EXAMPLES if example.name == name)
    assert compare(example, 450) > 0


@pytest.mark.parametrize("name", every(3, ["breakeven_and_partial", "inside_bar_straddle", "part_in_lots"]))
def test_so_it_does_on_a_netting_account(name: str) -> None:
    example = next(example for example in EXAMPLES if example.name == name)
    assert compare(example, 450, **BROKERS["netting"]) > 0


def test_where_a_server_refuses_a_fill_the_run_says_so() -> None:
    (example,) = (example for example in SINGLE if example.name in DIFFERS)
    program = checked(example).program
    bars = sample_bars(str(program.symbol), str(program.timeframe))[:1500]
    kind = load(python(example))
    expected = replay_on(kind(), bars, deposit=100_000.0)
    live = LivePlay(kind(toggle=False), bars, deposit=100_000.0)
    refused: list[int] = []
    live.channel.note = lambda kind, **data: refused.append(data["time"]) if kind == "refused at fill" else None  # type: ignore[method-assign]
    live.run()
    differ = [row for row in rows(expected.trades()) if row not in rows(live.trades())]
    assert differ
    assert min(row["entry_time"] for row in differ) in refused


@pytest.mark.slow
@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.parametrize("example", SINGLE, ids=[example.name for example in SINGLE])
def test_every_example_does(example: Example, broker: str) -> None:
    if example.name in DIFFERS:
        pytest.skip("a server refuses what the backtest's measured stop lets through")
    try:
        compare(example, 1500, **BROKERS[broker])
    except ParameterError as error:
        if broker != "netting" or "netting account" not in str(error):
            raise
        pytest.skip(f"cannot be run on such an account: {error}")


def test_what_needs_several_symbols_is_refused() -> None:
    several = [example for example in EXAMPLES if example not in SINGLE]
    assert {example.name for example in several} == {"dollar_index_filter", "multi_symbol_basket", "pairs_spread"}
    for example in several:
        program = checked(example).program
        bars = sample_bars(str(program.symbol), str(program.timeframe))[:50]
        with pytest.raises(ParameterError, match="live, a strategy runs on one symbol"):
            LivePlay(load(python(example))(toggle=False), bars)


def test_a_generated_file_trades_live_when_its_main_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """`main(account, password, server, toggle=False)` as the file is: the trades of the backtest, on a terminal."""
    example = next(example for example in EXAMPLES if example.name == "breakeven_and_partial")
    program = checked(example).program
    bars = sample_bars(str(program.symbol), str(program.timeframe))[:300]
    outside = SimulatedTerminal(bars, deposit=100_000.0)
    outside.initialize()
    outside.open_bar(0)
    connection = Connection(lambda: outside, waits=(0.0,), retry_waits=(), lookup_waits=(0.0,))
    monkeypatch.setattr("mas.client.session._address_of", lambda profile: "local")
    monkeypatch.setattr("mas.client.session.SessionMethods._new_connection", lambda client, address: connection)
    monkeypatch.setattr("mas.live._thread", lambda run: None)
    file: dict[str, Any] = {"__name__": "strategy"}
    exec(python(example), file)
    clients: list[Any] = []
    kind = next(item for item in file.values() if isinstance(item, type) and item.__module__ == "strategy")
    file[kind.__name__] = lambda toggle: clients.append(kind(toggle)) or clients[-1]  # type: ignore[func-returns-value]
    file["main"](account=1, password="secret", server="Simulated", toggle=False)
    (client,) = clients
    now = iter(range(10**9, 2 * 10**9))
    client._loop._clock = lambda: float(next(now))
    looks = []

    class Looking(Listener):
        """The loop looks whenever something has happened, but not while it looks."""

        def opened(self, *what: Any) -> None:
            if not looks:
                looks.append(True)
                client._loop.step()
                looks.clear()

        closed = ended = opened

    listener = Looking()
    outside.listen(listener)
    for bar in range(len(bars)):
        outside.open_bar(bar)
        listener.opened()
        outside.play(bar)
    client.shutdown_mt5()
    expected = replay_on(load(python(example))(), bars, deposit=100_000.0)
    made = [deal for deal in outside.book.deals if deal.entry == mt5.DEAL_ENTRY_OUT]
    trades = [trade for _, trade in expected.terminal.book.closed if trade.exit_reason != "end_of_data"]
    assert len(made) > 5
    assert [(d.volume, d.price, d.time) for d in made] == [(t.volume, t.exit_price, t.exit_time) for t in trades]
