"""The checks that run the strategy again, many times: for `--robust` and for the page in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mas.errors import MasError
from nl2strat.research import cscv, sensitivity, variants
from nl2strat.research.checks import TITLES, Check, NotRun, Stand, money, percent, rounded
from nl2strat.research.permutation import ENOUGH_BETTER, permuted
from nl2strat.research.replays import Play, Replay, by_kernel, replay_of
from nl2strat.research.verdict import stand_of

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.client import MAS
    from mas.results import Backtest
    from mas.ticks import Ticks
    from nl2strat.research.evaluating import Evaluator
    from nl2strat.research.quick import Case, Found

Tell = Callable[[str], None]

WORK = 40_000_000
"""Bars to play for one check, a trade counting as `TRADE` of them: counted, not timed, so that the same run is always
checked in the same way."""
TRADE = 400
KERNEL = 40
"""About how many times as fast the compiled kernel is."""
RUNS = (99, 299)
VARIANTS = (24, 120)
"""Fewest and most."""
MOST_LOSING = 0.25
"""If this share of the inputs' neighbours loses, the result stands on the exact values."""
OVERFIT, LOSING = 0.5, (0.25, 0.5)


@dataclass(frozen=True)
class Lab:
    """A case, and what is needed to run it again. `tell` is called with what is being done."""

    case: Case
    bars: Bars
    finer: Bars | Ticks | None
    evaluator: Evaluator
    tell: Tell

    @property
    def run(self) -> Backtest:
        """The run that is checked."""
        return self.case.outcome.backtest

    def play(self, strategy: MAS) -> Replay:
        """An instance on the same bars and account, by the class."""
        from nl2strat.backtesting import play

        outcome = self.case.outcome
        return replay_of(play(outcome.compiled, self.bars, outcome.settings, self.finer, strategy=strategy))

    @cached_property
    def replays(self) -> tuple[Play, int]:
        """The fastest way to play an instance, and about how many times as fast as the class it is."""
        by = by_kernel(self.evaluator, self.run)
        return (self.play, 1) if by is None else (by, KERNEL)

    @property
    def speed(self) -> int:
        """About how many times as fast as the class other values of inputs are played."""
        return KERNEL if self.evaluator.path == "kernel" else 1

    def stand(self, doubtful: bool) -> Stand:
        """Of a check that asks whether a profit stays one: no opinion where there is none."""
        return "doubt" if doubtful else "good" if self.run.net > 0.0 else "note"

    def allowed(self, least: int, most: int, speed: int = 1) -> int:
        """How many runs the work for a check allows."""
        one = len(self.bars) + sum(map(len, self.bars.siblings.values())) + TRADE * len(self.run.trades)
        return int(min(most, max(least, WORK * speed // max(1, one))))


def lab_of(case: Case, bars: Bars, finer: Bars | Ticks | None, tell: Tell) -> Lab:
    """Args: bars, finer: what the case was run on."""
    from nl2strat.research.evaluating import Evaluator

    outcome = case.outcome
    lab = Lab(case, bars, finer, Evaluator(outcome.compiled, bars, outcome.settings, finer), tell)
    if lab.run.trades and lab.allowed(*RUNS) < RUNS[1]:
        with suppress(MasError):  # without numba the class has to do
            lab.evaluator.make_ready(tell)
    return lab


def thorough_checks(lab: Lab) -> Iterator[Found]:
    """All of them; one that cannot be run says why."""
    for name, check in (
        ("permutation", permutation), ("spreads", spreads), ("delay", delay), ("inputs", inputs),
        ("overfitting", overfitting),
    ):  # fmt: skip
        if not lab.run.trades or not lab.case.countable:
            why = "the result of a trade is no number" if lab.run.trades else "there were no trades"
            yield NotRun(name, TITLES[name], why)
            continue
        lab.tell(f"robustness: {TITLES[name].lower()}")
        try:
            yield check(lab)
        except MasError as error:
            yield NotRun(name, TITLES[name], str(error))


def permutation(lab: Lab) -> Found:
    """The same strategy with its entries at random bars."""

    def tell(done: int, of: int) -> None:
        lab.tell(f"robustness: entries at random bars, run {done:,} of {of:,} at most")

    compiled, (play, speed) = lab.case.outcome.compiled, lab.replays
    found = permuted(compiled, replay_of(lab.run), play, lab.allowed(*RUNS, speed), lab.case.seed, tell)
    formula = (
        f"{found.as_good} / {found.runs:,}" if found.as_good == ENOUGH_BETTER
        else f"(1 + {found.as_good}) / (1 + {found.runs:,})"
    )  # fmt: skip
    currency = lab.case.currency
    text = (
        f"A trade made {money(found.real, currency)} on average. With the same exits and about as many entries "
        f"({found.random_trades:,.0f} trades for {found.trades:,}) at random bars inside the same hours it made "
        f"{money(float(found.random.mean()), currency)}; {found.as_good:,} of {found.runs:,} random runs did at least "
        f"as well: p = {formula} = {found.p:.3f}."
    )
    stand = stand_of(found.p)
    reason = "" if stand == "good" else f"Entries at random bars do as well with a probability of {percent(found.p)}."
    return Check(
        "permutation", TITLES["permutation"], text, stand, reason,
        {
            "p": rounded(found.p), "runs": found.runs, "as_good": found.as_good, "mean": rounded(found.real),
            "random_mean": rounded(float(found.random.mean())), "random_trades": rounded(found.random_trades),
            "share_of_bars": rounded(found.share),
        },
    )  # fmt: skip


def spreads(lab: Lab) -> Found:
    """The run with no spread, and with wider ones."""
    from nl2strat.research.evaluating import Evaluator

    outcome, nets = lab.case.outcome, {}
    for factor in sensitivity.SPREADS:
        if factor == 1.0:
            nets[factor] = lab.run.net
            continue
        bars, settings, finer = sensitivity.dearer(lab.run, lab.bars, outcome.settings, lab.finer, factor)
        other = Evaluator(outcome.compiled, bars, settings, finer)
        nets[factor] = float(other.trades_of(other.strategy({})).net.sum())
    listing = ", ".join(f"{factor:g} x {money(net)}" for factor, net in nets.items())
    doubtful = nets[2.0] <= 0.0 < nets[1.0]
    reason = f"With a spread twice as wide it comes to {money(nets[2.0], lab.case.currency)}." if doubtful else ""
    text = f"Net profit by the width of the spread: {listing} {lab.case.currency}."
    values = {"net": {f"{factor:g}": rounded(net, 10) for factor, net in nets.items()}}
    return Check("spreads", TITLES["spreads"], text, lab.stand(doubtful), reason, values)


def delay(lab: Lab) -> Found:
    """The run with every signal one bar late."""
    late = lab.replays[0](sensitivity.delayed(lab.case.outcome.compiled))
    net, currency = lab.run.net, lab.case.currency
    text = (
        f"With every signal one bar late it makes {money(late.total, currency)} in {len(late.net):,} trades instead "
        f"of {money(net, currency)} in {len(lab.run.trades):,}."
    )
    doubtful = late.total <= 0.0 < net
    reason = f"One bar late it comes to {money(late.total, currency)}." if doubtful else ""
    values = {"net": rounded(late.total, 10), "trades": len(late.net)}
    return Check("delay", TITLES["delay"], text, lab.stand(doubtful), reason, values)


def inputs(lab: Lab) -> Found:
    """Each input a tenth (or one step) down and up."""
    shifts: list[sensitivity.Shift] = []
    sized = sensitivity.sized_by(lab.case.outcome.compiled.program)
    for item in lab.evaluator.inputs:
        if item.name in sized:
            continue
        for value in sensitivity.neighbours(item):
            lab.tell(f"robustness: {item.name} = {value:g}")
            shifts.append(_shifted(lab, item.name, item.default, value))
    ran = [(shift.net, shift) for shift in shifts if shift.net is not None]
    if not ran:
        return NotRun("inputs", TITLES["inputs"], "the strategy has no inputs that can be turned")
    losing = [shift for net, shift in ran if net <= 0.0]
    share = len(losing) / len(ran)
    nets = sorted(net for net, _ in ran)
    worst_net, worst = min(ran, key=lambda pair: pair[0])
    currency = lab.case.currency
    text = (
        f"Of {len(ran)} runs with one input a tenth or one step off {len(losing)} lose; they make between "
        f"{money(worst_net)} ({worst.name} {worst.value:g}) and {money(nets[-1])}, "
        f"{money(float(np.median(nets)), currency)} in the middle."
    )
    doubtful = share >= MOST_LOSING and lab.run.net > 0.0
    reason = f"{len(losing)} of {len(ran)} runs with one input a tenth off lose." if doubtful else ""
    values = {
        "runs": [
            {"input": s.name, "default": s.default, "value": s.value, "trades": s.trades,
             "net": None if s.net is None else rounded(s.net, 10)}
            for s in shifts
        ],
        "losing": len(losing),
    }  # fmt: skip
    return Check("inputs", TITLES["inputs"], text, lab.stand(doubtful), reason, values)


def _shifted(lab: Lab, name: str, default: float, value: float) -> sensitivity.Shift:
    try:
        outcome = lab.evaluator.evaluate({name: value})
    except MasError:
        return sensitivity.Shift(name, default, value, None)
    return sensitivity.Shift(name, default, value, float(outcome.trades.net.sum()), len(outcome.trades))


def overfitting(lab: Lab) -> Found:
    """Whether choosing the best values of the inputs chooses luck."""
    name = "overfitting"
    sized = sensitivity.sized_by(lab.case.outcome.compiled.program)
    turned = [item for item in lab.evaluator.inputs if item.name not in sized]
    chosen = variants.variants_of(turned, lab.allowed(*VARIANTS, lab.speed), lab.case.seed)
    if len(chosen) < 2:
        return NotRun(name, TITLES[name], "it has no inputs with ranges (`input length = 14 in 7..28 step 7`)")

    def tell(done: int, of: int) -> None:
        lab.tell(f"robustness: variant {done:,} of {of:,}")

    results, kept = variants.results_of(lab.evaluator, chosen, tell)
    found = cscv.overfitting(results) if len(kept) > 1 else None
    if found is None:
        return NotRun(name, TITLES[name], f"its {len(kept)} variants do the same, or the bars are too few")
    text = (
        f"{len(kept)} variants over the ranges of its inputs, {len(found.logits):,} halvings of the bars: the best of "
        f"one half is not above the median in the other half in {percent(found.probability)} of them (probability of "
        f"backtest overfitting), and loses there in {percent(found.losing)}."
    )
    over = found.probability > OVERFIT
    luck, doubtful = over and found.losing > LOSING[1], over and found.losing > LOSING[0]
    reason = ""
    if doubtful:
        often = percent(found.losing)
        reason = f"The variant that is best in one half of the bars loses in the other half in {often} of all ways."
    return Check(
        name, TITLES[name], text, "luck" if luck else "doubt" if doubtful else "good", reason,
        {
            "pbo": rounded(found.probability), "losing": rounded(found.losing), "slope": rounded(found.slope),
            "variants": len(kept), "splits": len(found.logits), "path": lab.evaluator.path,
        },
    )  # fmt: skip
