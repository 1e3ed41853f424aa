"""Symbol specifications: names resolved, digits followed, pips by EXECUTION rule 22."""

from __future__ import annotations

import pytest

from mas.errors import ParameterError
from mas.symbols import KINDS, canonical_symbol, is_known_symbol, symbol_names, symbol_spec


@pytest.mark.parametrize(
    ("name", "canonical", "shown"),
    [
        ("EURUSD", "EURUSD", "EURUSD"),
        ("eurusd", "EURUSD", "EURUSD"),
        ("EURUSD.sml", "EURUSD", "EURUSD.sml"),
        ("EURUSDm", "EURUSD", "EURUSDm"),
        ("EURUSD#", "EURUSD", "EURUSD#"),
        ("EUR-USD", "EURUSD", "EURUSD"),
        ("USD/JPY", "USDJPY", "USDJPY"),
        ("OANDA:XAUUSD", "XAUUSD", "XAUUSD"),
        ("gold", "XAUUSD", "gold"),
        ("#AAPL", "AAPL", "#AAPL"),
        ("NSXUSD", "NAS100", "NSXUSD"),
        ("US30m", "US30", "US30m"),
        ("DE40.cash", "GER40", "DE40.cash"),
        ("BTC_USDT", "BTCUSD", "BTC_USDT"),
    ],
)
def test_brokers_names_lead_to_one_symbol(name, canonical, shown):
    """Suffixes, prefixes, slashes and aliases are resolved; the broker's spelling stays the name."""
    assert canonical_symbol(name) == canonical
    assert symbol_spec(name).name == shown
    assert not symbol_spec(name).inferred


@pytest.mark.parametrize(
    ("name", "digits", "pip"),
    [
        ("EURUSD", 5, 0.0001),
        ("EURUSD", 4, 0.0001),
        ("USDJPY", 3, 0.01),
        ("USDJPY", 2, 0.01),
        ("EURUSD", 6, 0.0001),
        ("XAUUSD", 2, 0.1),
        ("XAUUSD", 3, 0.1),
        ("GOLD", 1, 0.1),
        ("XAUUSD.r", 5, 0.1),
        ("NSXUSD", 3, 0.01),
        ("US30", 1, 1.0),
        ("BTCUSD", 2, 0.01),
        ("BTCUSD", 0, 1.0),
    ],
)
def test_a_pip_follows_the_digits_but_golds_is_a_tenth(name, digits, pip):
    """Ten points on odd digits, one on even ones, 0.1 for gold; exactly the float that the decimal text gives."""
    spec = symbol_spec(name, digits)
    assert spec.pip == pip
    assert spec.point == spec.tick_size == float(f"1e-{digits}")


def test_costs_in_points_keep_their_value_when_the_digits_change():
    """Gold with a third decimal has ten times the points in its spread and swap."""
    two, three = symbol_spec("XAUUSD"), symbol_spec("XAUUSD", 3)
    assert three.spread == 10 * two.spread
    assert three.swap_long == 10 * two.swap_long
    assert symbol_spec("EURUSD", 4).spread == 1
    assert symbol_spec("NAS100", 3).swap_long == symbol_spec("NAS100").swap_long  # percent per year, not points


def test_a_stated_point_wins_over_the_digits():
    """Data may write four decimals of a share whose tick is a cent."""
    spec = symbol_spec("SPY", 4, 0.01)
    assert (spec.digits, spec.point, spec.tick_size, spec.pip) == (4, 0.01, 0.01, 0.01)


@pytest.mark.parametrize(
    ("name", "digits", "kind", "contract", "currencies"),
    [
        ("EURZAR", None, "forex", 100_000, ("EUR", "ZAR")),
        ("THBJPYm", None, "forex", 100_000, ("THB", "JPY")),
        ("ZECUSD", None, "crypto", 1, ("ZEC", "USD")),
        ("WIDGET", None, "stock", 1, ("USD", "USD")),
        ("MYPAIR", 5, "forex", 100_000, ("USD", "USD")),
    ],
)
def test_unknown_symbols_are_inferred_and_say_so(name, digits, kind, contract, currencies):
    """The shape of the name and the digits give a cautious specification marked as inferred."""
    spec = symbol_spec(name, digits)
    assert spec.inferred
    assert not is_known_symbol(name)
    assert (spec.kind, spec.contract_size, (spec.currency_base, spec.currency_profit)) == (kind, contract, currencies)


def test_a_suffix_never_turns_one_symbol_into_another():
    """Tickers that merely begin like a known one stay themselves."""
    for name in ("US300", "SPYX", "NVDAM", "METALS", "GOLDEN"):
        assert canonical_symbol(name) == name


def test_every_row_of_the_library_is_sound():
    """No duplicates; volumes, currencies and spreads make sense; a canonical name is its own reading."""
    names = symbol_names()
    assert len(names) == len(set(names)) > 80
    for name in names:
        spec = symbol_spec(name)
        assert canonical_symbol(name) == name == spec.name
        assert 0 < spec.volume_min <= spec.volume_max
        assert spec.spread > 0
        assert spec.contract_size >= 1
        assert spec.point == spec.tick_size <= spec.pip
        assert spec.calc_mode == KINDS[spec.kind].calc_mode
        if spec.kind == "forex":
            assert name == spec.currency_base + spec.currency_profit == spec.currency_margin + spec.currency_profit


@pytest.mark.parametrize("name", ["", "  ", "/", "???"])
def test_a_name_without_letters_is_refused(name):
    """An empty name is an error, not a symbol."""
    with pytest.raises(ParameterError, match="not a symbol name"):
        symbol_spec(name)


def test_impossible_digits_are_refused():
    """More than eight decimals are no quotation."""
    with pytest.raises(ParameterError, match="digits must be 0 to 8"):
        symbol_spec("EURUSD", 12)
