"""Return codes and errors of real terminals, as data: complete, and classed as the reference has it."""

from __future__ import annotations

import pytest

from mas import constants as mt5
from mas.errors import ConnectionLost, Rejected
from mas.terminals.retcodes import RETCODES, Kind, kind_of, sentence
from mas.terminals.troubles import LAST_ERRORS, LOST, failure

ALL_RETCODES = {value for name, value in vars(mt5).items() if name.startswith("TRADE_RETCODE_")}
ALL_ERRORS = {value for name, value in vars(mt5).items() if name.startswith("RES_")}


def test_every_return_code_is_classed():
    """No return code that MetaTrader has a name for is missing from the table, and none was invented."""
    assert set(RETCODES) == ALL_RETCODES


def test_classes_are_those_of_the_reference():
    """Only the six transient codes may be sent again, and only the two open ones are in doubt."""
    assert {c for c in RETCODES if kind_of(c) is Kind.TRANSIENT} == {10004, 10020, 10021, 10024, 10028, 10031}
    assert {c for c in RETCODES if kind_of(c) is Kind.UNKNOWN} == {10008, 10012}
    assert {c for c in RETCODES if kind_of(c) is Kind.DONE} == {10009, 10010}
    assert kind_of(12345) is Kind.PERMANENT


def test_every_last_error_is_explained():
    """Each code of last_error has symptom, cause and action; those of the pipe are a lost connection."""
    assert set(LAST_ERRORS) == ALL_ERRORS
    assert {code for code in ALL_ERRORS if code <= -10000} == LOST


@pytest.mark.parametrize(
    ("code", "kind"),
    [(-10005, ConnectionLost), (-10001, ConnectionLost), (-6, Rejected), (-2, Rejected), (1, Rejected)],
)
def test_an_error_quotes_what_the_terminal_said(code, kind):
    """The message names the function, the code and the terminal's own words."""
    error = failure("order_send", (code, "its words"))
    assert isinstance(error, kind)
    assert f"order_send: {code} its words" in str(error)


@pytest.mark.parametrize("code", sorted(ALL_RETCODES | {99}))
def test_every_code_has_a_sentence(code):
    """What a trader reads names the code and says something about it."""
    assert str(code) in sentence(code, "comment")
    assert len(sentence(code)) > len("(10004)") + 10
