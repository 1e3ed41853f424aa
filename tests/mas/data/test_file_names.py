"""What file names say, and what they do not."""

from __future__ import annotations

import pytest

from mas.data.names import symbol_in, timeframe_in
from mas.data.zoned import zone_called


@pytest.mark.parametrize(
    ("stem", "symbol", "timeframe"),
    [
        ("EURUSD_H1", "EURUSD", "H1"),
        ("EURUSDm_M5", "EURUSDm", "M5"),
        ("GER40.cash_M5", "GER40.cash", "M5"),
        ("DAT_ASCII_EURUSD_M1_202306", "EURUSD", "M1"),
        ("US30m_H1_202401012300_202509082200", "US30m", "H1"),
        ("MT4_EURUSD1", "EURUSD", "M1"),
        ("EURUSD1440", "EURUSD", "D1"),
        ("XAUUSDH4", "XAUUSD", "H4"),
        ("EURUSD_Candlestick_1_Hour_BID_01.07.2020-15.07.2023", "EURUSD", None),
        ("BTC-USD", "BTCUSD", None),
        ("EUR_USD 2024", "EURUSD", None),
        ("hourly_gold", "GOLD", None),
        ("WIDGET_H1", "WIDGET", "H1"),
        ("US30", "US30", None),
        ("prices", None, None),
        ("my data 2024", None, None),
        ("test_data_M1", None, "M1"),
    ],
)
def test_symbol_and_timeframe_are_found_in_file_names(stem, symbol, timeframe):
    """MetaTrader's, HistData's, Dukascopy's and people's own ways of naming files."""
    assert (symbol_in(stem), timeframe_in(stem)) == (symbol, timeframe)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("UTC", ("UTC", True)),
        ("UTC (assumed)", ("UTC", False)),
        ("EET/EEST server time (UTC+2, UTC+3 in European summer time)", ("Europe/Helsinki", True)),
        ("server (EET/EEST)", ("Europe/Helsinki", True)),
        ("GMT+3", ("Etc/GMT-3", True)),
        ("UTC-05:00", ("Etc/GMT+5", True)),
        ("America/New_York", ("America/New_York", True)),
        ("server time", None),
    ],
)
def test_zones_are_understood_or_admittedly_not(text, zone):
    """An assumption is no knowledge, and what names no zone is not guessed at."""
    assert zone_called(text) == zone
