"""What keeps an entry from being taken: times, limits, caps, pauses. Each check says why, and counts it."""

from __future__ import annotations

from decimal import Decimal

from nl2strat.language import ast

from .bars import above, in_zone
from .books import Books
from .plans import sign_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Holds(Books):
    def hold(self, reason: str) -> bool:
        self.held[reason] = self.held.get(reason, 0) + 1
        return False

    # ----------------------------------------------------- when it is decided

    def in_time(self, i: int) -> bool:
        """Rule 15: the decision time lies in one of the windows, and its date in one of the spans."""
        if self.sessions and not any(self.allows(rule, i) for rule in self.sessions):
            return self.hold("session")
        today = str(in_zone(self.bars.ends(i), self.bars.zone, None).date())
        if self.dates and not any((r.first or "") <= today <= (r.last or "9999") for r in self.dates):
            return self.hold("session")
        return True

    def allows(self, rule: ast.Trade, i: int) -> bool:
        t = in_zone(self.bars.ends(i), self.bars.zone, rule.zone)
        if rule.days and DAYS[t.weekday()] not in rule.days:
            return False
        if rule.start is None or rule.end is None:
            return True
        minute = t.hour * 60 + t.minute
        start, end = (60 * c.hour + c.minute for c in (rule.start, rule.end))
        if start < end:
            return start <= minute < end
        return minute >= start or minute < end  # over midnight; a window that ends as it starts is the whole day

    def waited(self, decider: Books) -> bool:
        """`wait N bars after EVENT`: bars of the symbol that decides, the last one having closed before this tick."""
        for event, bars in self.waits:
            since = self.bars_since(event, decider)
            if since is not None and since < bars:
                return self.hold("wait")
        return True

    def bars_since(self, event: str, decider: Books) -> int | None:
        """From the bar in which it happened to the one that decides; -1 for what happened at this very tick."""
        happened = self.ledger.newest(self.name, event)
        if happened is None:
            return None
        return decider.j - 1 - decider.bars.opened_before(happened)

    # -------------------------------------------------------- what is held

    def may_enter(self, rule: ast.Entry) -> bool:
        """Rule 6: by what is held."""
        sign = sign_of(rule)
        if not self.hedging and any(p.sign != sign for p in self.positions):
            return self.reversal
        return len({p.group for p in self.positions if p.sign == sign}) < self.pyramid

    def may_fill(self, rule: ast.Entry) -> bool:
        """Rules 6 and 15: a daily limit counts what fills, so it does not keep an order from waiting."""
        filled = self.ledger.fills.get(self.today(), 0)
        used_up = self.daily_limit is not None and filled >= self.daily_limit
        return not used_up and self.may_enter(rule) and self.day_allows()

    def day_allows(self) -> bool:
        """`daily loss at most`, `daily profit at most`."""
        if any(self.ledger.cap_reached(*cap, self.today()) for cap in self.daily_caps):
            return self.hold("daily")
        return True

    def volume_allows(self, volume: Decimal, sign: int) -> bool:
        """`volume at most`: with what stays open beside it."""
        beside = sum((p.volume for p in self.positions if self.hedging or p.sign == sign), Decimal(0))
        if any(float(beside + volume) > cap + 1e-9 for cap in self.volume_caps):
            return self.hold("volume")
        return True

    # ------------------------------------------------------- as it is sent

    def narrow(self, i: int, decider: Books) -> bool:
        """`spread at most`: at the tick at which the order would be sent."""
        for distance in self.spread_caps:
            widest = decider.values.at(distance, i)
            if widest is None or above(self.bars.spread[self.j], float(widest)):
                return self.hold("spread")
        return True

    def passed_over(self) -> bool:
        """`skip N entries`: the last of all checks, for it counts what would have been sent."""
        counting = [rule for rule in self.ledger.skips if rule[2]]
        for rule in counting:
            rule[2] -= 1
        return bool(counting) and not self.hold("skip")
