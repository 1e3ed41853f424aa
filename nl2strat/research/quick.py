"""The checks that cost next to nothing, made of the trades and the equity of one run: in every report."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from mas.dataclass import dataclass
from mas.metrics import LEAST_TRADES
from mas.trade_columns import TradeColumns
from nl2strat.research import deflated, periods, resampling, timing
from nl2strat.research.checks import Check, NotRun, money, percent, rounded
from nl2strat.research.randomness import Random, seed_of
from nl2strat.research.verdict import stand_of

if TYPE_CHECKING:
    from nl2strat.backtesting import Outcome
    from nl2strat.library.tried import Tried

QUICK_WORK, THOROUGH_WORK = 60_000, 4_000_000
"""Trades (or groups of them) to draw for a bootstrap: always, and when time may be taken."""
LEAST_KNOWN = 10
"""From so many Sharpe ratios of one's own on, their variance counts; fewer would be a guess."""
MOSTLY_COSTS = 0.5
"""Costs above this share of the profit before costs are a doubt."""

AT_OPEN = ("signal", "reverse", "time", "session")
"""Exits that are filled at the open of their bar; all others are presumed to last to its close."""

Found = Check | NotRun


@dataclass(frozen=True)
class Case:
    """A finished run and what was tried before it. `work`: how much may be drawn. `counted`: what is said of the tries
    in place of their number."""

    outcome: Outcome
    tried: Tried | None
    work: int = QUICK_WORK
    counted: str = ""

    @cached_property
    def trades(self) -> TradeColumns:
        """In order of their exits."""
        return self.outcome.backtest.columns

    @cached_property
    def seed(self) -> int:
        """From what the run came to: the same run gives the same numbers."""
        return seed_of(self.trades.net, self.trades.entry_bar, self.trades.exit_bar, len(self.outcome.backtest.bars))

    @property
    def countable(self) -> bool:
        """Whether every trade came to a number."""
        return bool(np.isfinite(self.trades.net).all())

    @property
    def currency(self) -> str:
        """Of the account."""
        return self.outcome.backtest.currency

    def random(self, what: str) -> Random:
        """A stream of its own for each use."""
        return Random(seed_of(self.seed, what))


def quick_checks(case: Case) -> Iterator[Found]:
    """All of them, in the order in which they are shown."""
    if not case.countable:
        yield Check("numbers", "Results that are numbers", "The result of a trade is no number.", "doubt",
                    "The result of a trade is no number, so nothing can be said of all.")  # fmt: skip
        return
    yield enough_trades(case)
    yield deflated_sharpe(case)
    yield other_times(case)
    yield last_part(case)
    yield bootstrap(case)
    yield trade_order(case)
    yield costs(case)
    yield inside_bars(case)
    yield from trust(case)


def enough_trades(case: Case) -> Check:
    """How many trades there are."""
    count = len(case.trades)
    text = f"{count:,} trade{'' if count == 1 else 's'}; below {LEAST_TRADES} luck explains almost any result."
    few = count < LEAST_TRADES
    reason = f"There are only {count} trades." if few else ""
    return Check("trades", "Enough trades", text, "doubt" if few else "good", reason, {"trades": count})


# ------------------------------------------------------------- luck


def deflated_sharpe(case: Case) -> Found:
    """Whether the Sharpe ratio is more than the best of as many attempts shows by luck."""
    name, title = "deflated_sharpe", "More than the luck of many tries"
    daily = periods.daily_returns(case.outcome.backtest)
    if daily is not None:
        (returns, per_year), of = daily, "days"
    else:
        returns, per_year, of = case.trades.net, 0.0, "trades"
    moments = deflated.moments_of(returns)
    if moments is None:
        few = (
            f"fewer than {deflated.LEAST_RETURNS} results" if len(returns) < deflated.LEAST_RETURNS else "no variation"
        )
        return NotRun(name, title, f"there is no Sharpe ratio: {few}")
    tries, variance, source = _luck(case.tried, moments.count, per_year)
    by_luck = deflated.best_by_luck(tries, variance)
    probability, alone = (deflated.probabilistic_sharpe(moments, benchmark) for benchmark in (by_luck, 0.0))
    needed = deflated.least_track_record(moments, by_luck)
    scale, unit = (math.sqrt(per_year), " a year") if per_year else (1.0, " per trade")
    text = (
        f"The Sharpe ratio is {moments.sharpe * scale:.2f}{unit} (of {moments.count:,} {of}). {_tried_words(case)} "
        f"{_best(tries, by_luck * scale, unit)} The true ratio is above that with a probability of "
        f"{percent(probability)} (deflated Sharpe ratio {probability:.3f}; of one single try it would be {alone:.3f}). "
        f"{_record(needed, moments.count, per_year, of)}"
    )
    stand = stand_of(1.0 - probability)
    luck = f"the best of {tries:,} tries without any skill" if tries > 1 else "no skill at all"
    return Check(
        name, title, text.strip(), stand,
        "" if stand == "good" else f"It is better than {luck} with a probability of only {percent(probability)}.",
        {
            "sharpe": rounded(moments.sharpe * scale), "of": of, "count": moments.count, "variants": tries,
            "expected_by_luck": rounded(by_luck * scale), "variance_from": source,
            "deflated_sharpe": rounded(probability), "probabilistic_sharpe": rounded(alone),
            "skewness": rounded(moments.skewness), "kurtosis": rounded(moments.kurtosis),
            "needed": None if needed is None else math.ceil(needed),
        },
    )  # fmt: skip


def _luck(tried: Tried | None, count: int, per_year: float) -> tuple[int, float, str]:
    """How many variants, the variance of their Sharpe ratios (per return), and where that is from.

    Without skill a Sharpe ratio varies by 1/(T - 1). Variants that are alike vary less, and count less; such as differ
    in what they cost vary more, which is not luck.
    """
    chance = 1.0 / (count - 1)
    if tried is None:
        return 1, chance, "theory"
    if not per_year or tried.variance is None or tried.known < LEAST_KNOWN:
        return tried.variants, chance, "theory"
    seen = tried.variance / per_year
    return (tried.variants, seen, "tries") if seen < chance else (tried.variants, chance, "theory")


def _tried_words(case: Case) -> str:
    market = case.outcome.backtest.bars.symbol
    if case.counted:
        return case.counted
    if case.tried is None:
        return "How many variants you have tried is not known (the library cannot be read); one is presumed."
    if case.tried.variants == 1:
        return f"This is the first variant you have tried on {market} in this period."
    return f"You have tried {case.tried.variants:,} variants on {market} in this period, this one included."


def _best(tries: int, ratio: float, unit: str) -> str:
    if tries <= 1:
        return "Without any skill 0 is to be expected."
    return f"The best of {tries:,} without any skill is expected to show {ratio:.2f}{unit} by luck."


def _record(needed: float | None, count: int, per_year: float, of: str) -> str:
    if needed is None or needed <= count:
        return ""
    if not per_year:
        return f"To be 95 % sure it would take about {math.ceil(needed):,} {of} like these."
    years = f"{needed / per_year:.1f} years like these; there are {count / per_year:.1f}"
    return f"To be 95 % sure it would take about {years}."


def other_times(case: Case) -> Found:
    """Whether the rule has chosen its bars any better than chance: the same positions at other times."""
    name, title = "timing", "The same positions at other times"
    backtest, trades = case.outcome.backtest, case.trades
    bars = backtest.bars
    opens = bars.open.values
    if len(trades) < 2:
        return NotRun(name, title, "it takes at least two trades")
    if backtest.played:
        return NotRun(name, title, "the strategy trades several symbols")
    if len(bars) < timing.LEAST_BARS or not float(opens.min()) > 0.0:
        return NotRun(name, title, f"it takes at least {timing.LEAST_BARS} bars, with prices above 0")
    spread = float(case.outcome.metrics["spread_cost"] or 0.0)
    ended = sorted(backtest.trades, key=attrgetter("exit_time"))
    at_open = np.array([trade.exit_reason in AT_OPEN for trade in ended])
    worth = trades.money_per_unit(bars.point) * trades.entry_price * trades.direction
    found = timing.moved(
        float(trades.profit.sum()) + spread, trades.entry_bar, trades.exit_bar + ~at_open, worth,
        (opens, float(bars.close.values[-1])), timing.moves_for(len(trades), case.work), case.random(name),
    )  # fmt: skip
    moves, elsewhere = len(found.elsewhere), float(found.elsewhere.mean())
    text = (
        f"Before costs the trades made {money(found.real, case.currency)}. The same positions, moved together to other "
        f"times, made {money(elsewhere, case.currency)} on average; {found.as_good:,} of {moves:,} moves did at least "
        f"as well: p = (1 + {found.as_good}) / (1 + {moves:,}) = {found.p:.3f}."
    )
    stand = stand_of(found.p)
    reason = "" if stand == "good" else f"The same positions at other times do as well in {percent(found.p)} of cases."
    return Check(
        name, title, text, stand, reason,
        {
            "p": rounded(found.p), "moves": moves, "as_good": found.as_good, "before_costs": rounded(found.real),
            "elsewhere": rounded(elsewhere),
        },
    )  # fmt: skip


# ------------------------------------------------------------- stability


def last_part(case: Case) -> Found:
    """The last 30 % of the bars against what came before."""
    name, title = "out_of_sample", "The last 30 % against the first 70 %"
    bars = len(case.outcome.backtest.bars)
    before, after = periods.parts_of(case.trades, bars)
    found = periods.compared(before, after)
    if found is None:
        return NotRun(name, title, f"{len(before)} and {len(after)} trades: each part needs at least two")
    low, high = found.interval()
    currency = case.currency
    text = (
        f"A trade made {money(found.before, currency)} on average in the first 70 % of the bars "
        f"({len(before):,} trades) and {money(found.after, currency)} in the last 30 % ({len(after):,}): a change of "
        f"{money(found.change)}, with 95 % confidence between {money(low)} and {money(high)}."
    )
    reason = ""
    if found.after <= 0.0 < found.before:
        reason = f"The last 30 % of the bars lose: {money(found.after, currency)} a trade."
    elif found.p_worse < 0.05:
        reason = (
            f"A trade makes clearly less in the last 30 % of the bars: {money(found.after, currency)} after "
            f"{money(found.before, currency)}."
        )
    small = min(len(before), len(after)) < 5 or (found.after <= 0.0 and not reason)
    return Check(
        name, title, text, "doubt" if reason and not small else "note" if small else "good",
        "" if small else reason,
        {
            "in_sample": rounded(found.before), "out_of_sample": rounded(found.after),
            "trades_in_sample": len(before), "trades_out_of_sample": len(after),
            "change": rounded(found.change), "change_low": rounded(low), "change_high": rounded(high),
            "p_worse": rounded(found.p_worse),
            "net_in_sample": rounded(float(before.sum())), "net_out_of_sample": rounded(float(after.sum())),
        },
    )  # fmt: skip


def bootstrap(case: Case) -> Found:
    """Profit and drawdown of trades like these, drawn again."""
    name, title = "bootstrap", "The same trades, drawn again"
    if len(case.trades) < 2:
        return NotRun(name, title, "it takes at least two trades")
    units = resampling.units_of(case.trades.net)
    draws = resampling.draws_for(units, case.work)
    spread = resampling.bootstrapped(units, draws, case.random(name))
    low, high = spread.interval()
    middle, far = spread.falls_at(50.0, 95.0)
    text = (
        f"With 95 % confidence the profit of as many trades like these is between {money(low)} and "
        f"{money(high, case.currency)}; {percent(spread.losing)} of {draws:,} draws make nothing. Half of them fall "
        f"by more than {money(middle)} from a high, one in twenty by more than {money(far, case.currency)}."
    )
    sure = low > 0.0
    return Check(
        name, title, text, "good" if sure else "doubt",
        "" if sure else f"As many trades like these make nothing in {percent(spread.losing)} of all draws.",
        {
            "draws": draws, "group": units.size, "profit_low": rounded(low), "profit_high": rounded(high),
            "losing": rounded(spread.losing), "drawdown_median": rounded(middle), "drawdown_95": rounded(far),
        },
    )  # fmt: skip


def trade_order(case: Case) -> Found:
    """How deep the same trades would have fallen in another order."""
    name, title = "trade_order", "The same trades in another order"
    if len(case.trades) < 3:
        return NotRun(name, title, "it takes at least three trades")
    units = resampling.units_of(case.trades.net)
    draws = resampling.draws_for(units, case.work)
    spread = resampling.reordered(units, draws, case.random(name))
    place = np.arange(len(units.total))[None, :]
    real = float(resampling.largest_falls(units, place)[1][0])
    five, half, far, most = spread.falls_at(5.0, 50.0, 95.0, 99.0)
    luckier = float((spread.falls <= real * (1 + 1e-9)).mean())
    text = (
        f"The balance fell by {money(real, case.currency)} at most. Of {draws:,} other orders of the same trades half "
        f"fall by more than {money(half)}, one in twenty by more than {money(far)}, one in a hundred by more than "
        f"{money(most)}."
    )
    if luckier <= 0.05 and spread.falls.max() > real:
        text += " The order that came was a lucky one: be ready for deeper falls."
    return Check(
        name, title, text, "note", "",
        {
            "draws": draws, "group": units.size, "drawdown": rounded(real), "drawdown_5": rounded(five),
            "drawdown_median": rounded(half), "drawdown_95": rounded(far), "drawdown_99": rounded(most),
            "share_not_deeper": rounded(luckier),
        },
    )  # fmt: skip


# ------------------------------------------------------------- costs and what the bars do not show


def costs(case: Case) -> Found:
    """What spread, commission and swap took of what was made."""
    name, title = "costs", "What costs take"
    if not len(case.trades):
        return NotRun(name, title, "there were no trades")
    metrics = case.outcome.metrics
    net = float(case.trades.net.sum())
    spread = float(metrics["spread_cost"] or 0.0)
    other = -float(case.trades.commission.sum()) - float(case.trades.swap.sum())
    before, currency = net + spread + other, case.currency
    text = (
        f"Before costs the trades made {money(before, currency)}; the spread took about {money(spread)}, commission "
        f"and swap {money(other)}."
    )
    share = (spread + other) / before if before > 0.0 else None
    reason = ""
    if net <= 0.0 < before:
        reason = f"Before costs the trades made {money(before, currency)}: costs took all of it."
    elif net <= 0.0:
        reason = f"Even without costs the trades came to {money(before, currency)}."
    elif net - spread <= 0.0:
        reason = f"A spread twice as wide would take all of the profit (it costs {money(spread, currency)} now)."
    elif share is not None and share > MOSTLY_COSTS:
        reason = f"Costs take {percent(share)} of what the trades make before costs."
    if share is not None:
        text += f" That is {percent(share)} of it." if share < 10 else " That is many times as much."
    return Check(
        name, title, text, "doubt" if reason else "good", reason,
        {
            "before_costs": rounded(before), "spread": rounded(spread), "other": rounded(other),
            "share": None if share is None else rounded(share),
        },
    )  # fmt: skip


def inside_bars(case: Case) -> Found:
    """How much depends on what came first inside a bar."""
    name, title = "inside_bars", "What comes first inside a bar"
    backtest = case.outcome.backtest
    band = backtest.band
    if band is None:
        return NotRun(name, title, "the strategy cannot be run a second time with the other order")
    values = {
        "worst": rounded(band.worst), "best": rounded(band.best), "trades_depending": band.trades_depending,
        "modelling": backtest.modelling,
    }  # fmt: skip
    if not band.trades_depending:
        return Check(name, title, "No trade depends on it.", "good", "", values)
    net = float(case.trades.net.sum())
    finer = "" if backtest.modelling != "pessimistic" else " Finer bars or ticks (--intrabar FILE) decide it."
    text = (
        f"{band.trades_depending:,} trade{'' if band.trades_depending == 1 else 's'} depend on it: the net profit lies "
        f"between {money(band.worst)} and {money(band.best, case.currency)}.{finer}"
    )
    doubtful = band.worst <= 0.0 < net
    reason = (
        f"If the stop comes first inside bars, the result is {money(band.worst, case.currency)}." if doubtful else ""
    )
    return Check(name, title, text, "doubt" if doubtful else "good", reason, values)


def trust(case: Case) -> Iterator[Check]:
    """What makes any figure worthless: made-up prices, a look into the future, a ruined account."""
    outcome = case.outcome
    if outcome.lookahead.clean is False:
        yield Check("look_ahead", "No look into the future", outcome.lookahead.sentence(), "doubt",
                    "The strategy looks into the future, so its results mean nothing.")  # fmt: skip
    if outcome.backtest.bars.synthetic:
        yield Check("synthetic", "Real prices", "The prices are SYNTHETIC: generated, not traded.", "doubt",
                    "The prices were made up, so nothing is proven about any market.")  # fmt: skip
    stopped = [trade.exit_reason for trade in outcome.backtest.trades].count("stop_out")
    if stopped:
        yield Check("stop_out", "Enough margin", f"The broker closed {stopped} of the positions by stop-out.", "doubt",
                    "The account ran out of margin on the way.")  # fmt: skip
