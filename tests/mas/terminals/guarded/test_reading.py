"""Files of guards: every wrong key and value is named, every preset can be read, every key is documented."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mas.errors import ParameterError
from mas.terminals.guarded.presets import guards_called, preset_names, preset_text
from mas.terminals.guarded.reading import TABLES, read_guards, rules_of
from mas.terminals.guarded.wording import sentences

WRONG = (
    ("[lot]\ntotal = 1", "[lot] is no table of a file of guards: it has account, lots"),
    ("[lots]\ntotl = 1", "[lots] totl is not known: did you mean total?"),
    ("[lots]\ntotal = 0", "[lots] total must be a number above 0, not 0"),
    ("[positions]\ntotal = 1.5", "[positions] total must be a whole number"),
    ("[daily_loss]\nhalt = 'day'", "[daily_loss] needs one of percent and amount"),
    ("[daily_loss]\npercent = 5\namount = 3", "[daily_loss] needs one of percent and amount"),
    ("[daily_loss]\npercent = 120", "percent must be a percentage above 0, up to 100, not 120"),
    ("[daily_loss]\namount = 5\npercent_of = 'start'", "there is only an amount"),
    ("[[drawdown]]\npercent = 5\n[[drawdown]]\namount = -1", "[[drawdown]] number 2 amount must be a number above 0"),
    ("[drawdown]\npercent = 5\nlock_at = 100", 'lock_at is for kind = "locking", and kind is "static"'),
    ("[drawdown]\npercent = 5\npercent_of = 'peak'", 'percent_of = "peak" is for kind = "trailing"'),
    ("[daily_loss]\npercent = 5\nname='x'\n[drawdown]\npercent = 9\nname='x'", "two limits are called x"),
    ("[account]\nday_starts = '25:00'", "[account] day_starts must be a time of the server's clock"),
    ("[weekend]\nflat_from = 'friday'", '[weekend] flat_from must be a day and a time of the server\'s clock'),
    ("[weekend]\nuntil = 'mon 01:00'", "[weekend] needs flat_from"),
    ("[weekend]\nflat_from = 'fri 21:00'\nuntil = 'fri 21:00'", "nothing could ever be open"),
    ("[hours]\ntrade = {mon = ['17:00-09:00']}", "[hours] trade has times such as"),
    ("[spread]\nby_symbol = {EURUSD = -1}", "[spread] by_symbol must be a number above 0"),
    ("[symbols]\nallowed = ['A']\nforbidden = ['A']", "A is both allowed and forbidden"),
    ("[margin]\nmin_level = 100\nflatten_level = 100", "flatten_level 100 must be below min_level 100"),
    ("[kill]\nfile = ''", "[kill] file must name a file"),
    ("[kill", "write key = value lines under [tables]"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "complaint"), WRONG)
def test_what_is_wrong_is_named(text: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "guards.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError) as caught:
        read_guards(file)
    assert str(file) in str(caught.value)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("name", preset_names())
def test_presets_can_be_read_and_say_what_they_are(name: str) -> None:
    rules = guards_called(name)
    assert (rules.source, len(rules.about) > 40) == (name, True)
    assert rules.limits
    assert all(line.endswith(".") for line in sentences(rules))
    assert preset_text(name).startswith("# ")


def test_a_name_that_is_no_preset_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="did you mean prop-2-step-100k"):
        guards_called("prop-2-step-100")
    with pytest.raises(ParameterError, match="does not exist"):
        guards_called(str(tmp_path / "none.toml"))


def test_every_key_is_documented() -> None:
    """docs/guards.md has a row for each key of each table."""
    text = (Path(__file__).parents[4] / "docs" / "guards.md").read_text(encoding="utf-8")
    for table, keys in TABLES.items():
        part = re.split(r"^### ", text, flags=re.M)
        section = next((s for s in part if s.startswith(f"`[{table}]`") or f"`[{table}]`" in s.splitlines()[0]), "")
        missing = [key for key in keys if f"`{key}`" not in section]
        assert not missing, f"[{table}] {missing}"
    for name in preset_names():
        assert f"`{name}`" in text


def test_times_and_money_are_read() -> None:
    tables: dict[str, Any] = {
        "account": {"day_starts": "17:30", "initial": 5000},
        "weekend": {"flat_from": "Fri 21:45", "until": "sun 23:00"},
        "daily_loss": {"percent": 4, "act_at": 50},
        "hours": {"trade": {"mon": "08:00-17:00"}},
    }
    rules = rules_of(tables, "x")
    assert rules.day_starts == 17 * 60 + 30
    assert (rules.weekend.flat_from, rules.weekend.until) == (5 * 1440 + 21 * 60 + 45, 23 * 60)
    assert rules.daily_loss[0].money(5000.0) == pytest.approx(100.0)
    assert rules.hours.trade == {1: ((480, 1020),)}
