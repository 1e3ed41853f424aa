"""The library of symbols: how far it reaches, what a user's file lays over it, what a terminal reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest

from mas import history
from mas.backtest import run_backtest
from mas.errors import ParameterError
from mas.settings import settings
from mas.subscriptions import Subscription
from mas.symbol_file import as_toml
from mas.symbols import KINDS, canonical_symbol, is_known_symbol, symbol_names, symbol_spec
from mas.terminals.connection import Connection
from mas.terminals.simulated.conversion import TYPICAL_USD
from mas.terminals.simulated.terms import SymbolTerms
from mas.terminals.specs import snapshot, spec_of, specs_from
from tests.fake_terminal import FakeTerminal, listed
from tests.mas.live_terminal import LiveTerminal, connection_to
from tests.mas.scenarios import Scripted, flat, market, order

MAJORS = ("EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "JPY")
"""In the order in which markets quote them: the first of two is the base."""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a file of symbols, which then counts."""

    def to_file(text: str) -> Path:
        path = tmp_path / "symbols.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(settings, "symbols", path)
        return path

    return to_file


# ------------------------------------------------------------- the library


def test_the_library_has_what_retail_brokers_have():
    """All 28 pairs of the majors, exotics, four metals, energies, indices of three continents, crypto."""
    names = set(symbol_names())
    assert {base + profit for base, profit in combinations(MAJORS, 2)} <= names
    assert {"XAUUSD", "XAGUSD", "XPTUSD", "XPDUSD", "XTIUSD", "XBRUSD", "XNGUSD"} <= names
    kinds = [symbol_spec(name).kind for name in symbol_names()]
    assert kinds.count("index") >= 15
    assert kinds.count("crypto") >= 15
    assert kinds.count("forex") >= 60


@pytest.mark.parametrize("name", symbol_names())
def test_a_specification_is_complete_and_can_be_settled(name):
    """Volumes in order, a tick of one point, a spread, and a currency that converts to dollars."""
    spec = symbol_spec(name)
    assert spec.source == "library"
    assert spec.kind in KINDS
    assert 0 < spec.volume_step <= spec.volume_min < spec.volume_max
    assert spec.point == spec.tick_size == float(f"1e-{spec.digits}")
    assert spec.currency_profit in TYPICAL_USD
    assert spec.spread > 0
    assert spec.contract_size > 0


# ------------------------------------------------------------- the file


def test_a_table_overrides_a_symbol_under_all_its_names(write):
    """What it says counts, what it does not say stays typical."""
    typical = symbol_spec("EURUSD")
    write("[EURUSD]\nspread = 3\nswap_long = -8.5\nvolume_min = 0.1\n")
    for name in ("EURUSD", "EURUSD.sml", "eur/usd"):
        spec = symbol_spec(name)
        assert (spec.spread, spec.swap_long, spec.volume_min, spec.source) == (3, -8.5, 0.1, "file")
        assert (spec.swap_short, spec.contract_size, spec.terms) == (typical.swap_short, 100_000, None)
    assert symbol_spec("GBPUSD").source == "library"


def test_a_table_of_another_spelling_is_for_that_spelling(write):
    """A broker's raw account has its own spread; EURUSD stays what it was."""
    write('["EURUSD.raw"]\nspread = 1\n')
    assert symbol_spec("EURUSD.raw").spread == 1
    assert symbol_spec("EURUSD").spread == 10
    assert canonical_symbol("EURUSD.raw") == "EURUSD"


def test_a_new_symbol_is_known_like_any_other(write):
    """With its kind's volumes, its aliases and its suffixes; digits of the data rescale what is counted in points."""
    write(
        '[WIDGET]\nkind = "index"\ndigits = 1\ncontract_size = 10\ncurrency_profit = "EUR"\nspread = 12\n'
        'aliases = ["WDG50"]\nmargin_initial = 500\n'
        'sessions = {mon = ["09:00-17:30"], fri = ["09:00-12:00", "13:00-24:00"]}\n'
    )
    spec = symbol_spec("WIDGET")
    assert (spec.currency_base, spec.currency_margin, spec.volume_step, spec.pip) == ("EUR", "EUR", 0.1, 1.0)
    assert (spec.inferred, spec.swap_mode, spec.source) == (False, "DISABLED", "file")
    assert canonical_symbol("wdg50") == canonical_symbol("WIDGET.cash") == "WIDGET"
    assert is_known_symbol("WIDGET")
    assert "WIDGET" in symbol_names()
    assert symbol_spec("WIDGET", 2).spread == 120
    assert spec.terms is not None
    assert spec.terms.margin_initial == 500
    assert spec.terms.sessions == {1: ((540, 1050),), 5: ((540, 720), (780, 1440))}


def test_a_pair_that_the_library_lacks_needs_no_more_than_its_name(write):
    """NOKDKK is a pair by its name; the table says what it knows."""
    write("[NOKDKK]\nspread = 45\n")
    spec = symbol_spec("NOKDKK")
    assert (spec.kind, spec.spread, spec.contract_size, spec.inferred) == ("forex", 45, 100_000, False)


def test_a_swap_is_charged_once_it_is_given(write):
    """The library has none for exotic pairs; a table with one brings the mode of its kind along."""
    assert symbol_spec("USDTRY").swap_mode == "DISABLED"
    write("[USDTRY]\nswap_long = -900\n")
    assert (symbol_spec("USDTRY").swap_mode, symbol_spec("USDTRY").swap_long) == ("POINTS", -900.0)


def test_other_digits_take_along_what_is_counted_in_points(write):
    """Gold with three decimals: spread and swap follow where the table does not say; its pip stays a convention."""
    write("[XAUUSD]\ndigits = 3\nswap_long = -400\n")
    spec = symbol_spec("XAUUSD")
    assert (spec.point, spec.tick_size, spec.spread, spec.swap_long, spec.swap_short, spec.pip) == (
        0.001, 0.001, 200, -400.0, 200.0, 0.1,
    )  # fmt: skip


def test_a_coarse_tick_keeps_its_value_when_the_data_have_other_digits(write):
    """A future of 12.5 per quarter point; its tick is no smaller in data with three decimals."""
    write(
        '[ES]\nkind = "index"\ndigits = 2\ntick_size = 0.25\ncontract_size = 50\ncurrency_profit = "USD"\nspread = 25\n'
        'tick_value = 12.5\ncalc_mode = "FUTURES"\nmargin_initial = 12000\n'
    )
    spec = symbol_spec("ES", 3)
    assert (spec.tick_size, spec.spread) == (0.25, 250)
    assert spec.terms is not None
    assert spec.terms.tick_value == 12.5


def test_a_changed_file_is_read_again(write):
    write("[EURUSD]\nspread = 3\n")
    assert symbol_spec("EURUSD").spread == 3
    write("[EURUSD]\nspread = 14\n")
    assert symbol_spec("EURUSD").spread == 14


def test_the_environment_names_a_file_and_the_settings_another(tmp_path, monkeypatch):
    """MAS_SYMBOLS counts unless `settings.symbols` is set; either must exist, the one in the usual place need not."""
    path = tmp_path / "mine.toml"
    path.write_text("[EURUSD]\nspread = 7\n")
    monkeypatch.setenv("MAS_SYMBOLS", str(path))
    assert symbol_spec("EURUSD").spread == 7
    monkeypatch.setattr(settings, "symbols", tmp_path / "none.toml")
    with pytest.raises(ParameterError, match=r"none\.toml cannot be read"):
        symbol_spec("EURUSD")


def test_the_usual_place_is_the_configuration_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("MAS_SYMBOLS", raising=False)
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert symbol_spec("EURUSD").spread == 10
    (tmp_path / "mas").mkdir()
    (tmp_path / "mas" / "symbols.toml").write_text("[EURUSD]\nspread = 8\n")
    assert symbol_spec("EURUSD").spread == 8


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[EURUSD]\nspred = 3\n", r"symbols.toml: \[EURUSD\] spred is not known: did you mean spread\?"),
        ("[EURUSD]\nspread = -3\n", r"\[EURUSD\] spread must be a whole number, 0 or more, not -3"),
        ("[EURUSD]\nspread = true\n", r"spread must be a whole number"),
        ("[EURUSD]\ndigits = 12\n", r"digits must be 0 to 8, not 12"),
        ("[EURUSD]\nvolume_min = 0\n", r"volume_min must be a number above 0, not 0"),
        ("[EURUSD]\nvolume_min = 500\n", r"volume_min 500 is above volume_max 100"),
        ("[EURUSD]\nvolume_min = 0.015\n", r"volume_min 0.015 is not a multiple of volume_step 0.01"),
        ("[EURUSD]\ntick_size = 0.000015\n", r"tick_size 1.5e-05 is not a multiple of point 1e-05"),
        ("[EURUSD]\npoint = 0.000001\n", r"point 1e-06 needs more decimals than 5 digits"),
        ('[EURUSD]\ncalc_mode = "FX"\n', r"calc_mode must be one of FOREX, FUTURES, .*, not 'FX'"),
        ('[EURUSD]\nswap_mode = "PIPS"\n', r"swap_mode must be one of DISABLED, POINTS"),
        ('[EURUSD]\ncurrency_profit = "DOLLARS"\n', r'currency_profit must be a currency such as "USD"'),
        (
            '[EURUSD]\nsessions = {mon = ["17:00-09:00"]}\n',
            r"sessions has times such as .* the first before the second",
        ),
        ('[EURUSD]\nsessions = {monday = ["09:00-17:00"]}\n', r"sessions has days sun, mon"),
        ("[EURUSD]\nswap_days = [1, 1, 3]\n", r"swap_days must be a table of days and numbers"),
        ('[EURUSD]\nfilling_mode = ["half"]\n', r"filling_mode must be a list of fok, ioc, boc"),
        ('[EURUSD]\nswap_rollover3days = "someday"\n', r"swap_rollover3days must be one of sun, mon"),
        ("[EURUSD]\nname = 3\n", r"name is not known"),
        (
            '[WIDGET]\nkind = "index"\n',
            r"\[WIDGET\] is not in the library, and digits, contract_size, .* must be given",
        ),
        ('[WIDGET]\nkind = "bond"\n', r"kind must be one of forex, metal"),
        ("[EURUSD.raw]\nspread = 1\n", r'raw is a table: a name with a dot stands in quotes, \["EURUSD.raw"\]'),
        ("spread = 1\n", r"spread stands outside of any table"),
        ("[EURUSD]\nspread = 1\n[eurusd]\nspread = 2\n", r"\[eurusd\] is there twice"),
        ('[NOKDKK]\naliases = ["EURUSD"]\n', r"\[NOKDKK\] aliases: EURUSD is another symbol's own name"),
        ("[EURUSD\nspread = 1\n", r"symbols.toml: .*line 1.*"),
    ],
)
def test_a_wrong_file_is_refused_with_file_table_and_key(write, text, says):
    path = write(text)
    with pytest.raises(ParameterError, match=says) as complaint:
        symbol_spec("EURUSD")
    assert str(path) in str(complaint.value)


def test_what_is_written_reads_back_as_the_same(write):
    """Every symbol of the library, and one with terms of its own."""
    write('[WIDGET]\nkind = "stock"\ndigits = 2\ncontract_size = 1\ncurrency_profit = "USD"\nspread = 3\n'
          'description = "a \\"quoted\\" one"\nfilling_mode = ["ioc", "boc"]\nhedged_use_leg = false\n'
          'swap_days = {mon = 1, fri = 3}\ntrade_mode = "long_only"\nsessions = {tue = ["09:30-16:00"]}\n')  # fmt: skip
    before = {name: symbol_spec(name) for name in symbol_names()}
    write(as_toml(before.values(), "written by a test"))
    for name, spec in before.items():
        assert symbol_spec(name) == replace(spec, source="file")


def test_the_terms_of_a_table_are_those_of_a_backtest(write):
    """Unless the caller gives others."""
    write('[EURUSD]\ntrade_mode = "close_only"\n')
    bars = market([*flat(1.1, 4)])
    assert [r.retcode for r in run_backtest(Scripted({0: order("buy")}), bars).refused] == [10044]
    assert run_backtest(Scripted({0: order("buy")}), bars, terms=SymbolTerms()).refused == ()


# ------------------------------------------------------------- what a terminal reports


REPORTED = {
    "trade_contract_size": 100_000.0, "volume_min": 0.05, "volume_max": 40.0, "currency_margin": "EUR", "spread": 7,
    "swap_mode": 1, "swap_long": -8.4, "swap_short": 3.2, "swap_rollover3days": 5, "filling_mode": 1, "order_mode": 127,
    "expiration_mode": 15, "trade_mode": 3, "margin_initial": 250.0, "margin_hedged": 50_000.0, "trade_calc_mode": 5,
}  # fmt: skip


def test_a_terminals_report_is_the_specification():
    """Costs, volumes, modes and terms are the broker's; the name is the one that was asked for."""
    spec = spec_of("EURUSD", listed("EURUSD.sml", "EUR", "USD", **REPORTED))
    assert (spec.name, spec.source, spec.spread, spec.volume_min, spec.stops_level) == (
        "EURUSD",
        "terminal",
        7,
        0.05,
        20,
    )
    assert (spec.swap_mode, spec.swap_long, spec.swap_rollover3days) == ("POINTS", -8.4, 5)
    assert spec.calc_mode == "FOREX_NO_LEVERAGE"
    assert spec.terms == SymbolTerms(
        filling_mode=1, trade_mode=3, margin_initial=250.0, margin_hedged=50_000.0, hedged_use_leg=False
    )


def test_bars_of_a_terminal_bring_its_specification():
    """What a backtest on them trades with."""
    terminal = LiveTerminal()
    terminal.symbols["EURUSD.sml"] = listed("EURUSD.sml", "EUR", "USD", **REPORTED)
    bars = history.from_terminal(connection_to(terminal), Subscription("EURUSD", "H1", backtest=True))
    assert (bars.spec.source, bars.spec.swap_long, bars.spec.volume_max) == ("terminal", -8.4, 40.0)
    assert bars.spec.terms is not None
    assert bars.spec.terms.margin_initial == 250.0


def test_a_snapshot_of_a_terminal_is_a_file_of_symbols(write):
    """Read back it gives what the terminal reported, and it says whose and of when it is."""
    terminal = FakeTerminal(symbols=[listed("EURUSD.sml", "EUR", "USD", **REPORTED), listed("#AAPL", "USD", "USD")])
    connection = Connection(lambda: terminal)
    connection.connect()
    specs = specs_from(connection, ["EURUSD", "#AAPL"])
    text = snapshot(connection, specs, datetime(2024, 5, 1, 12, tzinfo=UTC))
    assert "# As Demo reported them on 2024-05-01 12:00 UTC." in text
    write(text)
    for spec in specs:
        assert symbol_spec(spec.name) == replace(spec, source="file")
    with pytest.raises(ParameterError, match="the broker has no symbol GBPUSD"):
        specs_from(connection, ["GBPUSD"])
