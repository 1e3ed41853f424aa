"""Inputs and outcomes survive being written and read; what is not of this version is refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.bars import Bars
from mas.errors import DataError
from mas.terminals.structs import AccountInfo, SymbolInfo
from mas.trading.channel import Start
from mas.trading.codec import KINDS, dumps, from_json, loads, start_from_json, start_to_json, to_json
from mas.trading.inputs import BarClosed, Closed, Command, Ended, Moved, Observation, Opened, Outcome

numbers = st.floats(allow_nan=False)
whole = st.integers(-(2**53), 2**53)
opened = st.builds(
    Opened, whole, whole, st.sampled_from((1, -1)), numbers, numbers, numbers, numbers, whole, whole, numbers, numbers
)
closed = st.builds(
    Closed, whole, whole, numbers, numbers, whole, whole, whole, numbers, numbers, numbers, numbers
)  # fmt: skip
ended = st.builds(Ended, whole, whole, whole)
moved = st.builds(Moved, whole, st.booleans(), numbers, numbers, numbers)
events = st.lists(st.one_of(opened, closed, ended, moved), max_size=4).map(tuple)
observations = st.builds(Observation, whole, numbers, numbers, numbers, numbers, numbers, events, numbers)
signals = st.dictionaries(st.text(min_size=1), st.one_of(st.booleans(), numbers), max_size=4)
bars = st.builds(
    BarClosed, whole, numbers, numbers, numbers, numbers, numbers, numbers, observations, st.booleans(), signals
)
commands = st.builds(Command, st.text(), st.text(), st.text())
outcomes = st.builds(Outcome, whole, whole, whole, numbers, numbers, st.text(), observations)
items = st.one_of(bars, observations, commands, outcomes, opened, closed, ended, moved)

SEEN = Observation(5, 1.1, 1.2, 10_000.0, 10_001.0, 0.0, (Ended(3, 2, 5), Moved(4, True, 1.0, 0.0, 0.0)))


@given(items)
def test_what_is_written_is_read_again(item):
    assert loads(dumps(item), type(item)) == item
    assert from_json(json.loads(json.dumps(to_json(item)))) == item


def test_signals_that_are_not_available_stay_so():
    bar = BarClosed(0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, SEEN, signals={"a": math.nan, "b": -math.inf, "c": True})
    again = loads(dumps(bar), BarClosed).signals
    assert math.isnan(again["a"])
    assert (again["b"], again["c"]) == (-math.inf, True)


def test_numbers_of_arrays_are_plain_numbers():
    bar = BarClosed(0, np.float64(1.5), 2, 1.0, 1.0, 1.0, 1.0, SEEN, signals={"a": np.float64(2.5), "b": np.bool_(1)})
    again = loads(dumps(bar), BarClosed)
    assert (again.open, again.high, again.signals) == (1.5, 2.0, {"a": 2.5, "b": True})
    assert type(again.signals["b"]) is bool


def test_every_kind_has_a_name_of_its_own():
    assert len(set(KINDS.values())) == len(KINDS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "tick"}, "kind must be one of"),
        ({"volume": "much"}, "outcome.volume must be a number"),
        ({"volume": True}, "outcome.volume must be a number"),
        ({"order": 1.0}, "outcome.order must be of type int"),
        ({"order": True}, "outcome.order must be of type int"),
        ({"extra": 1}, "has no field extra"),
        ({"seen": {"kind": "command", "name": "stop"}}, "may not be of kind 'command'"),
        ({"seen": 3}, "kind must be one of"),
    ],
)
def test_what_is_not_of_this_version_is_refused(change, message):
    data = to_json(Outcome(10009, 1, 2, 0.1, 1.5, "done", SEEN)) | change
    with pytest.raises(DataError, match=message):
        from_json(data)


def test_a_field_that_is_missing_is_told():
    data = to_json(replace(SEEN, events=()))
    del data["bid"], data["ask"]
    with pytest.raises(DataError, match="observation lacks ask, bid"):
        from_json(data)


def test_a_start_is_read_again_with_its_bars():
    bars = Bars.from_arrays("EURUSD", "H1", [0, 3600], [1.1, 1.2], [1.3, 1.3], [1.0, 1.0], [1.2, 1.25])
    start = Start(bars, AccountInfo(login=5, balance=10.5), SymbolInfo(name="EURUSD", digits=5), SEEN, (7, 8))
    data = json.loads(json.dumps(start_to_json(start), allow_nan=False))
    assert start_from_json(data, bars) == start
    with pytest.raises(DataError, match="2 bars up to 3600, and there are 1 up to 0 now"):
        start_from_json(data, bars[:1])
    with pytest.raises(DataError, match="cannot be read"):
        start_from_json({**data, "info": {"colour": 1}}, bars)


def test_no_json_and_another_kind_are_refused():
    with pytest.raises(DataError, match="no JSON"):
        loads("{", Command)
    with pytest.raises(DataError, match="kind must be command, not 'observation'"):
        loads(dumps(SEEN), Command)
