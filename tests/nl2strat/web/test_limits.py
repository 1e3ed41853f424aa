"""Guards as the page edits them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mas.terminals.guarded.presets import preset_names
from mas.terminals.guarded.reading import read_guards
from nl2strat.web.limits import FIELDS, LimitError, Limits, fields_of, file_of, preset_tables, written


@pytest.mark.parametrize("preset", preset_names())
def test_every_preset_has_its_own_values_and_none_of_them_changes_it(preset: str) -> None:
    own = fields_of(preset)
    assert set(own) <= set(FIELDS)
    assert any(value is not None for value in own.values())
    assert ("daily_loss.percent" in own) != ("daily_loss.amount" in own)
    assert Limits(preset, own).tables == preset_tables(preset)
    assert tomllib.loads(written(Limits(preset))) == preset_tables(preset)


def test_a_preset_as_it_is_goes_by_its_name_and_a_changed_one_is_a_file(tmp_path: Path) -> None:
    assert file_of(tmp_path, Limits()) is None
    assert file_of(tmp_path, Limits("cautious")) == "cautious"
    changed = Limits("cautious", {"daily_loss.percent": 3.0, "lots.total": None, "weekend.flat_from": "fri 21:00"})
    file = file_of(tmp_path, changed)
    assert file is not None
    rules = read_guards(Path(file))
    assert rules.daily_loss[0].percent == 3
    assert rules.daily_loss[0].start == "higher", "the rest stays as the preset has it"
    assert (rules.lots.total, rules.lots.per_order) == (None, 1.0)
    assert rules.weekend.flat_from == 5 * 1440 + 21 * 60
    assert file_of(tmp_path, changed) == file, "the same limits are the same file"
    assert file_of(tmp_path, Limits("cautious", {"daily_loss.percent": 4.0})) != file


def test_limits_of_ones_own() -> None:
    found = Limits("", {"daily_loss.amount": 100.0, "positions.total": 2.0})
    assert "At most 2 positions in all." in found.sentences
    assert found.rules.daily_loss[0].amount == 100
    assert Limits().sentences[0] == "There are no limits."


def test_to_empty_a_field_is_to_do_without_its_rule() -> None:
    without = {"daily_loss.percent": None, "drawdown.percent": None, "quotes.max_age": None, "rate.per_minute": None}
    rules = Limits("cautious", without).rules
    assert rules.limits == ()
    assert rules.quotes.max_age is None
    assert rules.rate.per_minute is None
    assert rules.margin.min_level == 300


@pytest.mark.parametrize(
    ("preset", "name", "value", "says"),
    [
        ("cautious", "daily_loss.percent", 0, "above 0"),
        ("cautious", "daily_loss.percent", 101, "up to 100"),
        ("cautious", "positions.total", 1.5, "whole number"),
        ("cautious", "lots.per_order", -1, "above 0"),
        ("cautious", "lots.per_order", float("nan"), "above 0"),
        ("cautious", "lots.per_order", "<script>", "above 0"),
        ("cautious", "weekend.flat_from", "someday", "fri 21:00"),
        ("cautious", "margin.min_level", 100, "below min_level"),
    ],
)
def test_a_limit_that_cannot_be_is_said_at_its_field(preset: str, name: str, value: float | str, says: str) -> None:
    with pytest.raises(LimitError, match=says) as found:
        _ = Limits(preset, {name: value}).rules
    assert found.value.field == name


@pytest.mark.parametrize(("preset", "changes"), [("no-such", {}), ("cautious", {"kill.file": "/etc/passwd"})])
def test_what_is_not_there_to_be_changed(preset: str, changes: dict[str, str]) -> None:
    with pytest.raises(LimitError):
        _ = Limits(preset, changes).rules


def test_limits_fit_the_account() -> None:
    Limits("cautious").check(500.0)
    Limits("prop-2-step-100k").check(100_000.0)
    with pytest.raises(LimitError, match="everything is gone") as found:
        Limits("prop-2-step-100k").check(1_000.0)
    assert found.value.field == "daily_loss.percent"
    with pytest.raises(LimitError, match="closed at once") as found:
        Limits("prop-2-step-100k").check(85_000.0)
    assert found.value.field == "account.initial"


def test_limits_over_http() -> None:
    fastapi = pytest.importorskip("fastapi", reason="the page is not installed (nl2strat[ui])")
    from types import SimpleNamespace
    from typing import Any

    from fastapi.testclient import TestClient

    from nl2strat.web import api_trading, errors

    app = fastapi.FastAPI()
    errors.install(app)
    none: Any = SimpleNamespace(library=None)
    app.include_router(api_trading.router(none))
    client = TestClient(app)
    cautious = next(one for one in client.get("/guards").json() if one["name"] == "cautious")
    assert cautious["limits"]["daily_loss.percent"] == 2
    told = client.post("/guards/check", json={"guards": "cautious", "limits": {"lots.total": 0.5}}).json()["told"]
    assert "At most 0.5 lots open and waiting in all." in told
    refused = client.post("/guards/check", json={"limits": {"lots.total": -1}})
    assert refused.status_code == 400
    assert "lots.total must be a number above 0" in refused.json()["errors"][0]["message"]
