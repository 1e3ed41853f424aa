"""Putting a run of several symbols together: whose bars it needs, where they are found, and a terminal for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mas.bars import Bars
from mas.errors import DataError, ParameterError
from mas.portfolio import Portfolio, Quiet
from mas.replay import Replay
from mas.terminals.simulated.terminal import SimulatedTerminal

if TYPE_CHECKING:
    from mas.client import MAS


def load(main: Replay, symbol: str) -> Replay:
    """Have one more symbol played in a run that is under way.

    Raises: ParameterError: there are no bars of it. DataError: they do not go with the others.
    """
    from mas.history import bars_beside

    bars = bars_beside(symbol, main.bars, main.strategy._connection)
    joint = main.joint or Portfolio(main)
    together = [lane.bars for lane in joint.lanes]
    settings = settings_of(symbol, joint.main.settings)
    lane = Quiet(main.strategy, terminal_on(bars, together, settings))
    lane.settings = settings
    joint.add(lane)
    return lane


def put_together(
    strategy: MAS, bars: Bars, others: Sequence[Bars], kind: type[Replay], settings: Mapping[str, Any]
) -> Replay:
    """A run that has not begun, of all symbols that the strategy names or the caller gives.

    Args: bars: of the main symbol. kind: which sort of replay plays the symbols that the rules run on.
    Raises: ParameterError: a symbol without bars. DataError: bars that do not go together.
    """
    from mas.history import bars_beside

    given = {**bars.siblings, **{other.symbol: other for other in others}, bars.symbol: bars}
    symbols, read = symbols_of(strategy, bars.symbol)
    if bars.symbol not in symbols:
        raise ParameterError(f"the strategy trades {', '.join(symbols)}, and the bars are of {bars.symbol}")
    names = tuple(dict.fromkeys((*symbols, *read, *given)))
    for name in names:
        if name not in given:
            given[name] = bars_beside(name, bars, strategy._connection)
        if not len(given[name]):
            raise DataError(f"there are no {bars.timeframe} bars of {name} in the period of {bars.symbol}")
    together = [replace(given[name], siblings={}) for name in names]
    lanes = [bars.beside(*together) for bars in together]
    return assemble([(kind if lane.symbol in symbols else Quiet, lane) for lane in lanes], strategy, settings)


def with_those_read(kinds: Sequence[tuple[type[Replay], Bars]], strategy: MAS) -> list[tuple[type[Replay], Bars]]:
    """Symbols to be played, and those that the class says it needs besides: each with the bars of all of them at hand.

    Raises: ParameterError: a symbol without bars. DataError: bars that do not go together.
    """
    from mas.history import bars_beside

    main = kinds[0][1]
    subscribed = {bars.symbol for _, bars in kinds}
    read = [name for name in symbols_of(strategy, main.symbol)[1] if name not in subscribed]
    every = [*kinds]
    for name in read:
        every.append((Quiet, bars_beside(name, main, strategy._connection)))
    return [(kind, bars.beside(*(other for _, other in every))) for kind, bars in every]


def assemble(kinds: Sequence[tuple[type[Replay], Bars]], strategy: MAS, settings: Mapping[str, Any]) -> Replay:
    """A run of these symbols in this order that has not begun. Returns: the first, which is the main one."""
    together = [bars for _, bars in kinds]
    runs: list[Replay] = []
    for kind, bars in kinds:
        own = settings_of(bars.symbol, settings, main=not runs)
        run = kind(strategy, terminal_on(bars, together, own))
        run.settings = own
        runs.append(run)
    if len(runs) > 1:
        portfolio = Portfolio(runs[0])
        for run in runs[1:]:
            portfolio.add(run)
    return runs[0]


def again(joint: Portfolio, strategy: MAS) -> Replay:
    """A run over the same symbols on the same terms that has not begun."""
    terms = {lane.bars.symbol: lane.settings.get("terms") for lane in joint.lanes}
    return assemble(
        [(type(lane), lane.bars) for lane in joint.lanes], strategy, {**joint.main.settings, "terms": terms}
    )


def terminal_on(bars: Bars, together: Sequence[Bars], settings: Mapping[str, Any]) -> SimulatedTerminal:
    """A terminal for one symbol; the rates of the others convert its money where that is needed."""
    others = converters(bars, together, str(settings.get("currency", "USD")))
    return SimulatedTerminal(bars, others=others, **settings)


def settings_of(symbol: str, settings: Mapping[str, Any], *, main: bool = False) -> dict[str, Any]:
    """The settings of one symbol's terminal: terms are those of the main symbol, unless they are given by symbols."""
    terms = settings.get("terms")
    own = terms.get(symbol) if isinstance(terms, Mapping) else terms if main else None
    return {**settings, "terms": own}


def converters(bars: Bars, others: Sequence[Bars], currency: str) -> list[Bars]:
    """The bars whose rates may convert a symbol's money into the account's."""
    spec = bars.spec
    own = {spec.currency_base, spec.currency_profit}
    if currency in own and spec.currency_margin in own:
        return []
    return [other for other in others if other.spec.kind == "forex" and other.symbol != bars.symbol]


def symbols_of(strategy: MAS, main: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a class says it trades (`symbols`) and needs besides (`others`); without a word, the main symbol.

    Raises: ParameterError: that are no names.
    """
    found = []
    for attribute, default in (("symbols", (main,)), ("others", ())):
        names = getattr(type(strategy), attribute, None) or default
        if isinstance(names, str) or not all(isinstance(name, str) and name for name in names):
            raise ParameterError(f'{attribute} must be names such as ("EURUSD", "GBPUSD"), not {names!r}')
        found.append(tuple(dict.fromkeys(names)))
    return found[0], tuple(name for name in found[1] if name not in found[0])
