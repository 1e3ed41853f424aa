"""The broker's symbol names and ours, both ways."""

from __future__ import annotations

import pytest

from mas.errors import ParameterError
from mas.terminals.names import SymbolNames
from tests.fake_terminal import SYMBOLS, listed


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("EURUSD", "EURUSD.sml"),
        ("eurusd", "EURUSD.sml"),
        ("EUR/USD", "EURUSD.sml"),
        ("EURUSD.sml", "EURUSD.sml"),
        ("gold", "XAUUSD.sml"),
        ("AAPL", "#AAPL"),
    ],
)
def test_names_lead_to_the_brokers_and_back(ours, theirs):
    """A symbol is found under the broker's name and reported under the name it was asked by."""
    names = SymbolNames(SYMBOLS)
    assert names.theirs(ours) == theirs
    assert names.ours(theirs) == ours


def test_symbols_nobody_asked_for_lose_their_suffix():
    """A position from before the start shows as EURUSD, which leads back to EURUSD.sml."""
    assert SymbolNames(SYMBOLS).ours("EURUSD.sml") == "EURUSD"


def test_two_symbols_of_one_pair_keep_their_names():
    """Where EURUSD and EURUSD.sml are both listed, neither is taken for the other."""
    names = SymbolNames([listed("EURUSD", "EUR", "USD"), listed("EURUSD.sml", "EUR", "USD")])
    assert names.theirs("EURUSD") == "EURUSD"
    assert names.ours("EURUSD.sml") == "EURUSD.sml"


def test_currencies_decide_rather_than_letters():
    """A symbol that only looks like a pair, by its currencies another thing, is not taken for it."""
    with pytest.raises(ParameterError, match="no symbol EURUSD"):
        SymbolNames([listed("EURUSD_fut", "USD", "USD")]).theirs("EURUSD")


def test_the_tradable_and_shown_one_of_several_is_taken():
    """Of several candidates the one that can be traded, then the one in Market Watch, stands out."""
    closed = listed("EURUSD.old", "EUR", "USD", trade_mode=3)
    hidden = listed("EURUSD.raw", "EUR", "USD", visible=False)
    assert SymbolNames([closed, hidden, listed("EURUSD.pro", "EUR", "USD")]).theirs("EURUSD") == "EURUSD.pro"


def test_a_doubt_is_a_question():
    """Two equal candidates are named in the error, and a suffix or an entry of the profile settles it."""
    both = [listed("EURUSD.a", "EUR", "USD"), listed("EURUSD.b", "EUR", "USD")]
    with pytest.raises(ParameterError, match=r"EURUSD\.a, EURUSD\.b"):
        SymbolNames(both).theirs("EURUSD")
    assert SymbolNames(both, suffix=".b").theirs("EURUSD") == "EURUSD.b"
    assert SymbolNames(both, given={"EURUSD": "EURUSD.a"}).theirs("EURUSD") == "EURUSD.a"


def test_unknown_names_get_a_proposal():
    """A slip in a name is answered with the nearest symbol of the broker."""
    with pytest.raises(ParameterError, match=r"did you mean GBPUSD\.sml"):
        SymbolNames(SYMBOLS).theirs("GBPUSDD.smm")
