"""What the tables and sliders of the backtest panel show: rows that are selected and ordered, bounds of inputs."""

from __future__ import annotations

from typing import Any

import pytest


def _row(number: int, **changes: Any) -> dict[str, Any]:
    row = {"number": number, "side": "long", "net": 1.0, "exit_reason": "tp", "ambiguous": False, "sl": 1.0,
           "entry_bar": 10 * number, "exit_bar": 10 * number + 5}  # fmt: skip
    return {**row, **changes}


def test_trades_are_selected_and_ordered() -> None:
    from nl2strat.web.pages.selecting import Selection, selected

    rows = [_row(1, net=-2.0, sl=None), _row(2, net=5.0, side="short"), _row(3, net=3.0, exit_bar=99, ambiguous=True)]

    def numbers(asked: Selection) -> list[int]:
        return [row["number"] for row in selected(rows, asked)]

    assert numbers(Selection()) == [1, 2, 3]
    assert numbers(Selection("net", True)) == [2, 3, 1]
    assert numbers(Selection("bars", True)) == [3, 1, 2], "equal ones in the order of their numbers"
    assert numbers(Selection("sl", True))[-1] == 1, "missing values come last, whichever way"
    assert numbers(Selection(side="short")) == [2]
    assert numbers(Selection(result="lost")) == [1]
    assert numbers(Selection(result="ambiguous")) == [3]
    assert numbers(Selection(reason="sl")) == []


def test_a_column_is_turned_round_when_asked_for_again() -> None:
    from nl2strat.web.pages.selecting import Selection

    by_net = Selection(side="long").ordered_by("net")
    assert (by_net.sort, by_net.descending, by_net.side) == ("net", True, "long")
    assert by_net.ordered_by("net").descending is False
    assert by_net.ordered_by("entry_time").descending is False


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"value": 14, "low": 7, "high": 28, "step": 7}, (7, 28, 7)),
        ({"value": 40, "low": 7, "high": 28, "step": 7}, (7, 40, 7)),  # the strategy's own value is always reachable
        ({"value": 2.0}, (1.0, 4.0, 0.03)),
        ({"value": -10.0}, (-20.0, -5.0, 1.0)),
        ({"value": 0.0}, (-1.0, 1.0, 0.02)),
    ],
)
def test_a_slider_has_bounds_that_hold_its_value(given: dict[str, float], expected: tuple[float, ...]) -> None:
    pytest.importorskip("nicegui", reason="the page's package is not installed")
    from nl2strat.web.pages.inputs import bounds
    from nl2strat.web.shapes import InputValue

    assert bounds(InputValue("x", **given)) == pytest.approx(expected)
