"""A channel that tells those who watch what goes through it; what is only handled again after a restart is not told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mas import constants as mt5
from mas.request import ORDER_NAMES
from mas.terminals.retcodes import ACCEPTED
from mas.trading.inputs import BarClosed, Closed, Command, Ended, Input, Moved, Observation, Opened, Outcome
from nl2strat.deploy.happenings import Happening, Kind, Watchers
from nl2strat.machine import iso

if TYPE_CHECKING:
    from mas.trading.channel import Channel, Start

_NOTES = {
    "refused": Kind.REFUSED, "alert": Kind.ALERT, "unknown": Kind.TROUBLE, "again": Kind.TROUBLE,
    "unknown order": Kind.TROUBLE, "unknown position closed": Kind.TROUBLE,
}  # fmt: skip
"""What notes of the session and of its journal are for those who watch."""

_REASONS = {
    mt5.DEAL_REASON_SL: "at its stop", mt5.DEAL_REASON_TP: "at its target", mt5.DEAL_REASON_SO: "by a stop-out",
    mt5.DEAL_REASON_CLIENT: "by hand", mt5.DEAL_REASON_MOBILE: "by hand", mt5.DEAL_REASON_WEB: "by hand",
}  # fmt: skip
_ACTIONS = {
    mt5.TRADE_ACTION_SLTP: "levels", mt5.TRADE_ACTION_MODIFY: "change", mt5.TRADE_ACTION_REMOVE: "removal",
    mt5.TRADE_ACTION_CLOSE_BY: "close by",
}  # fmt: skip
_DONE = (*ACCEPTED, mt5.TRADE_RETCODE_NO_CHANGES)


class TellingChannel:
    """Wraps the channel of a run. Args: symbol: of the run."""

    def __init__(self, inner: Channel, watchers: Watchers, symbol: str) -> None:
        self._inner, self._watchers, self._symbol = inner, watchers, symbol
        self.latest: Observation | None = None
        """Quote and account as they were seen last."""
        self.bar = 0
        """Open time of the last bar that has closed."""

    @property
    def recovering(self) -> bool:
        return self._inner.recovering

    def start(self, count: int) -> Start:
        start = self._inner.start(count)
        self.latest = start.seen
        return start

    def next(self, wait: float) -> Input | None:
        known = self._inner.recovering
        item = self._inner.next(wait)
        if isinstance(item, BarClosed):
            self.bar = item.time
            if item.missed and not known:
                self._say(
                    Kind.MISSED, f"the bar of {iso(item.time)} was missed: no entries are taken on it", bar=item.time
                )
        if item is not None and not isinstance(item, Command):
            self._saw(item if isinstance(item, Observation) else item.seen, known=known)
        return item

    def decided(self, signals: Mapping[str, float | bool]) -> None:
        self._inner.decided(signals)

    def send(self, request: Mapping[str, Any], comment: str) -> Outcome:
        known = self._inner.recovering
        outcome = self._inner.send(request, comment)
        if not known:
            self._tell_request(request, comment, outcome)
        self._saw(outcome.seen, known=known)
        return outcome

    def note(self, kind: str, **data: Any) -> None:
        known = self._inner.recovering
        self._inner.note(kind, **data)
        if not known and kind in _NOTES:
            text = data.get("text") or data.get("why") or ", ".join(f"{name} {value}" for name, value in data.items())
            self._tell(_NOTES[kind], f"{kind}: {text}", data)

    # ------------------------------------------------------------- inside

    def _say(self, kind: Kind, text: str, **data: Any) -> None:
        self._tell(kind, text, data)

    def _tell(self, kind: Kind, text: str, data: Mapping[str, Any]) -> None:
        self._watchers.tell(Happening(kind, text, {"symbol": self._symbol, **data}))

    def _saw(self, seen: Observation, *, known: bool) -> None:
        self.latest = seen
        for event in seen.events if not known else ():
            match event:
                case Opened():
                    side = "long" if event.side > 0 else "short"
                    text = f"{side} {event.volume:g} {self._symbol} at {event.price:g}"
                    self._say(Kind.OPENED, text, position=event.position, price=event.price, volume=event.volume,
                              side=side, sl=event.sl, tp=event.tp)  # fmt: skip
                case Closed():
                    net = event.profit + event.commission + event.swap + event.fee
                    how = _REASONS.get(event.reason, "by the strategy")
                    text = f"closed {event.volume:g} {self._symbol} at {event.price:g} {how}: {net:+.2f}"
                    self._say(Kind.CLOSED, text, position=event.position, price=event.price, volume=event.volume,
                              net=net, reason=event.reason)  # fmt: skip
                case Ended():
                    self._say(Kind.ORDER, f"order {event.order} is gone without a fill", order=event.order)
                case Moved():
                    what = "order" if event.waiting else "position"
                    text = f"somebody else has moved {what} {event.ticket}: stop {event.sl:g}, target {event.tp:g}"
                    self._say(Kind.TROUBLE, text, ticket=event.ticket, sl=event.sl, tp=event.tp)

    def _tell_request(self, request: Mapping[str, Any], comment: str, outcome: Outcome) -> None:
        taken = outcome.retcode in _DONE
        text = f"{_name_of(request)} {self._symbol}" + (f" ({comment})" if comment else "")
        if not taken:
            text += f" refused: {outcome.comment} ({outcome.retcode})"
        data = {key: request[key] for key in ("volume", "price", "sl", "tp", "position", "order") if request.get(key)}
        data.update(retcode=outcome.retcode, order=outcome.order or data.get("order", 0))
        self._say(Kind.ORDER if taken else Kind.REFUSED, text, **data)


def _name_of(request: Mapping[str, Any]) -> str:
    """What a request is, in a word."""
    action = request["action"]
    if action in _ACTIONS:
        return _ACTIONS[action]
    return "close" if request.get("position") else ORDER_NAMES.get(request.get("type", 0), "order")
