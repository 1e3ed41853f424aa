"""Goals, constraints, ranges and forward periods: what they mean, and what is refused."""

from __future__ import annotations

import pytest

from nl2strat.errors import UsageError
from nl2strat.research.forward import kept_share, split_at
from nl2strat.research.objectives import across, constraint_of, goal_of
from nl2strat.research.space import axes_of, sizing_inputs, space_of
from tests.nl2strat.research.searches import bars_of, compiled, evaluator_on


def test_goals() -> None:
    """A figure, one that is made small, other names, weights."""
    figures = {"net_profit": 100.0, "equity_drawdown_relative_percent": 8.0, "sharpe": None, "trades": 7}
    assert goal_of("profit").score(figures) == 100
    drawdown = goal_of("drawdown")
    assert (drawdown.score(figures), drawdown.shown(-8.0)) == (-8.0, 8.0)
    assert goal_of("net_profit - 2.5*drawdown + trades").score(figures) == 100 - 20 + 7
    assert goal_of("-trades").score(figures) == -7
    assert goal_of("sharpe").score(figures) is None
    with pytest.raises(UsageError, match="no figure 'sharp_ratio'; did you mean sharpe_ratio"):
        goal_of("sharp_ratio")
    for wrong in ("", "2", "sharpe*2", "sharpe / 2", "sharpe +", "__import__('os')"):
        with pytest.raises(UsageError, match="cannot be read"):
            goal_of(wrong)


def test_constraints() -> None:
    """Kept or missed, by how much; what is not defined misses."""
    bound = constraint_of("trades>=30")
    assert [bound.violation({"trades": n}) for n in (30, 29, None)] == [0, 1, float("inf")]
    assert constraint_of("drawdown < 5").violation({"equity_drawdown_relative_percent": 5.0}) > 0
    for wrong in ("trades", "trades ~ 3", "trades >= many", ">= 3"):
        with pytest.raises(UsageError, match="cannot be read"):
            constraint_of(wrong)
    with pytest.raises(UsageError, match="no figure 'tradez'; did you mean trades"):
        constraint_of("tradez > 3")


def test_across() -> None:
    """One that is not defined makes the whole so."""
    assert [across(how, [3.0, 1.0, 8.0]) for how in ("worst", "mean", "median")] == [1.0, 4.0, 3.0]
    assert across("mean", [1.0, None]) is None


def test_ranges() -> None:
    """Steps from a to b, lists, the declared range; the values are the decimals that one writes."""
    inputs = evaluator_on("crossing", bars_of(300)).inputs
    assert axes_of(["fast=5..9:2", "slow"], inputs)[0].values == (5.0, 7.0, 9.0)
    assert axes_of(["lots_traded=0.1..0.3:0.1"], inputs)[0].values == (0.1, 0.2, 0.3)
    assert axes_of(["fast=9, 4,4"], inputs)[0].values == (4.0, 9.0)
    assert axes_of(["slow"], inputs)[0].values == tuple(float(n) for n in range(15, 51, 5))
    for wrong, why in {
        "fst=1..2": "did you mean fast", "fast=9..3": "from low to high", "fast=1..9:0": "steps above 0",
        "fast=a..b": "cannot be read", "fast=0..9:0.0000001": "larger step",
    }.items():  # fmt: skip
        with pytest.raises(UsageError, match=why):
            axes_of([wrong], inputs)
    with pytest.raises(UsageError, match="given twice"):
        axes_of(["fast=1..2", "fast"], inputs)
    with pytest.raises(UsageError, match="nothing to optimise"):
        space_of(axes_of(["fast=5"], inputs), inputs)


def test_sizes_are_not_turned_unless_they_are_named() -> None:
    """To find the largest lot is no finding."""
    program = compiled("crossing").program
    assert sizing_inputs(program) == {"lots_traded"}


def test_the_forward_period() -> None:
    """A part of the time, or a day; it must leave bars on both sides."""
    bars = bars_of(2400)
    place = split_at("1/4", bars)
    assert bars.time[place] >= bars.time[-1] - (bars.time[-1] - bars.time[0]) / 4 > bars.time[place - 1]
    day = str(bars.time[1000].astype("datetime64[s]"))[:10]
    assert str(bars.time[split_at(day, bars)].astype("datetime64[s]"))[:10] == day
    for wrong in ("0/3", "3/2", "1990-01-01", "2999-01-01", "soon", "1/0"):
        with pytest.raises(UsageError, match="--forward"):
            split_at(wrong, bars)


def test_what_a_forward_period_has_kept() -> None:
    """Money by the day, ratios as they are, what is made small the other way round."""
    assert kept_share(goal_of("net_profit"), 100.0, 25.0, (200, 100)) == 0.5
    assert kept_share(goal_of("sharpe"), 2.0, 1.0, (200, 100)) == 0.5
    assert kept_share(goal_of("drawdown"), -5.0, -10.0, (200, 100)) == 0.5
    assert kept_share(goal_of("sharpe"), -2.0, 1.0, (200, 100)) is None


def test_an_input_with_one_value_has_it_everywhere() -> None:
    """It is not turned, and it is not the strategy's own."""
    inputs = evaluator_on("crossing", bars_of(300)).inputs
    space = space_of(axes_of(["fast=7", "slow=20..40:10"], inputs), inputs)
    assert [axis.name for axis in space.axes] == ["slow"]
    assert {space.values(key)["fast"] for key in space.all()} == {7.0}
