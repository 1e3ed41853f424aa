"""From the deals of a real account to closed trades."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from mas import constants as mt5
from mas.dataclass import dataclass
from mas.results import ClosedTrade
from mas.terminals.structs import TradeDeal

_REASONS = {mt5.DEAL_REASON_SL: "sl", mt5.DEAL_REASON_TP: "tp", mt5.DEAL_REASON_SO: "stop_out"}


@dataclass
class _Open:
    """What is open of one position: average entry, and costs not yet charged to a trade."""

    deal: TradeDeal
    volume: float = 0.0
    price: float = 0.0
    costs: float = 0.0

    def add(self, deal: TradeDeal) -> None:
        total = self.volume + deal.volume
        self.price = (self.price * self.volume + deal.price * deal.volume) / total
        self.volume = total
        self.costs += deal.commission + deal.fee

    def close(self, deal: TradeDeal) -> ClosedTrade:
        share = min(1.0, deal.volume / self.volume) if self.volume else 1.0
        costs, self.costs = self.costs * share, self.costs * (1.0 - share)
        self.volume = max(0.0, round(self.volume - deal.volume, 8))
        return ClosedTrade(
            symbol=self.deal.symbol, side="long" if self.deal.type == mt5.DEAL_TYPE_BUY else "short",
            volume=deal.volume, entry_time=self.deal.time, exit_time=deal.time, entry_price=self.price,
            exit_price=deal.price, sl=None, tp=None, profit=deal.profit,
            commission=costs + deal.commission + deal.fee, swap=deal.swap,
            exit_reason=_REASONS.get(deal.reason, "signal"), entry_bar=0, exit_bar=0, ambiguous=False,
            order_id=str(self.deal.order), comment=self.deal.comment,
        )  # fmt: skip


def trades_of_deals(deals: Iterable[TradeDeal]) -> list[ClosedTrade]:
    """The round trips in a history of deals, in order of their exits; what was opened before it is left out.

    A reversal on a netting account (an in-out deal) closes what was open and opens the rest.
    """
    positions: defaultdict[int, list[_Open]] = defaultdict(list)
    trades: list[ClosedTrade] = []
    for deal in sorted(deals, key=lambda item: (item.time_msc, item.ticket)):
        if deal.type not in (mt5.DEAL_TYPE_BUY, mt5.DEAL_TYPE_SELL) or not deal.volume > 0:
            continue  # deposits and corrections
        held = positions[deal.position_id]
        rest = deal.volume
        if deal.entry != mt5.DEAL_ENTRY_IN and held:
            closed = min(rest, held[0].volume)
            trades.append(held[0].close(deal._replace(volume=closed)))
            rest = round(rest - closed, 8)
            if not held[0].volume:
                held.clear()
        if deal.entry == mt5.DEAL_ENTRY_IN or (deal.entry == mt5.DEAL_ENTRY_INOUT and rest > 0):
            if not held:
                held.append(_Open(deal))
            inside = deal if deal.entry == mt5.DEAL_ENTRY_IN else deal._replace(volume=rest, commission=0.0, fee=0.0)
            held[0].add(inside)
    return trades
