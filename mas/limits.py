"""What holds an entry back besides the positions that are open: spread, volume, the day's result, waiting, skipping.

Each function names the reason, as the result counts it, or says "".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mas import constants as mt5
from mas import fills
from mas.distances import Percent
from mas.plans import Limits
from mas.terminals.simulated.book import Book

if TYPE_CHECKING:
    from mas.books import Books
    from mas.replay import Replay

_DAY = 86_400


def at_decision(limits: Limits, running: Replay, symbol: str) -> str:
    """Why an entry in a symbol is not sent; its clock stands at the tick at which it would be.

    Args: running: of the symbol that the rules run on, whichever is traded: its bars are counted.
    """
    books = running.of(symbol).management
    return (
        _waiting(limits.wait, running, symbol)
        or _day_is_over(limits, books)
        or _too_wide(limits, books.market.bid, books.market.ask)
        or _skipped(limits, books)
    )


def at_fill(limits: Limits, books: Books, volume: float, held: float) -> str:
    """Why a waiting order is deleted instead of filled. Args: held: lots that will be open beside it."""
    return _day_is_over(limits, books) or too_large(limits.volume_at_most, volume, held)


def too_large(at_most: float | None, volume: float, held: float) -> str:
    """Whether volume is left for an entry of so many lots beside those held."""
    return "" if at_most is None or fills.has_room(volume, held, at_most) else "volume"


def _skipped(limits: Limits, books: Books) -> str:
    """What could not be sent any more is not skipped either: it counts nothing down."""
    return "skip" if limits.skip and not books.terminal.over and books.ledger.skips(limits.skip) else ""


def _waiting(rules: Sequence[tuple[str, float]], running: Replay, symbol: str) -> str:
    ledger = running.management.ledger
    for event, bars in rules:
        when, time = ledger.when(symbol, event), ledger.time(symbol, event)
        if when is None or time is None:
            continue
        if running.bar - (when if running.bars.symbol == symbol else running.bar_at(time)) < bars:
            return "wait"
    return ""


def _too_wide(limits: Limits, bid: float, ask: float) -> str:
    most = limits.spread_at_most
    return "spread" if most is not None and fills.spread_exceeds(bid, ask, most) else ""


def _day_is_over(limits: Limits, books: Books) -> str:
    if limits.daily_loss is None and limits.daily_profit is None:
        return ""
    day = books.market.time // _DAY
    won = books.ledger.result_on(day)
    for name, amount, made in (("daily loss", limits.daily_loss, -won), ("daily profit", limits.daily_profit, won)):
        if amount is None:
            continue
        if isinstance(amount, Percent):
            amount = amount.percent / 100.0 * balance_before(books.book, day)
        if fills.at_or_above(made, amount):
            return name
    return ""


def balance_before(book: Book, day: int) -> float:
    """The balance before the first deal of a day that is not over; the deposit itself is none."""
    booked = 0.0
    for deal in reversed(book.deals):
        if deal.time // _DAY < day:
            break
        if deal.type != mt5.DEAL_TYPE_BALANCE:
            booked += deal.profit + deal.commission + deal.fee + deal.swap
    return round(book.balance - booked, 8)
