"""Figures and tables of a backtest as plain data that JSON can hold; a page or a program draws them.

Charts are columns packed for the browser: whole numbers of the smallest price step, differences from one bar to
the next, deflated, base64. 56 000 bars take about 0.4 MB that way, and the page can draw from them at any zoom.
A library was measured against drawing on a canvas ourselves. Plotly with 56 000 candles: 4.7 MB in every report, 5 s
to draw and 5 s again for every zoom. The canvas: 22 kB, 3 ms a frame, also with 745 000 bars.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mas.metrics import spread_points
from mas.modelling import SENTENCES
from mas.trade_columns import ZERO_MONEY

if TYPE_CHECKING:
    from mas.bars import Bars
    from mas.results import Backtest

Json = dict[str, Any]

MONEY_DIGITS = 2


def price_chart(backtest: Backtest) -> Json:
    """The bars for a candle chart: `time` (epoch seconds, wall clock), `open`, `high`, `low`, `close` packed."""
    bars = backtest.bars
    digits = bars.spec.digits
    columns = {name: getattr(bars, name).values for name in ("open", "high", "low", "close")}
    return {
        "symbol": bars.symbol,
        "timeframe": bars.timeframe,
        "digits": digits,
        "synthetic": bars.synthetic,
        "time": pack(bars.time, 0),
        **{name: pack(values, digits) for name, values in columns.items()},
    }


def equity_chart(backtest: Backtest) -> Json:
    """Equity and balance at every bar's close, packed, with the deposit they started from."""
    return {
        "deposit": backtest.deposit,
        "currency": backtest.currency,
        "equity": pack(backtest.equity, MONEY_DIGITS),
        "balance": pack(backtest.balance, MONEY_DIGITS),
    }


def pack(values: NDArray[Any], digits: int) -> Json:
    """A column for the browser: `{first, scale, type, data}`.

    Value i is `(first + sum of data[1..i]) * scale`; `data` holds little-endian numbers of `type`, zlib, base64.
    Args: values: shape (n,), finite. digits: decimals to keep.
    """
    whole = np.rint(np.asarray(values, dtype=np.float64) * 10.0**digits)
    steps = np.diff(whole, prepend=whole[:1])
    widest = float(np.abs(steps).max(initial=0.0))
    kind = "i2" if widest < 2**15 else "i4" if widest < 2**31 else "f8"
    data = base64.b64encode(zlib.compress(steps.astype(f"<{kind}").tobytes(), 6)).decode("ascii")
    first = float(whole[0]) if len(whole) else 0.0
    return {"first": first, "scale": 10.0**-digits, "type": kind, "data": data}


def trade_rows(backtest: Backtest) -> list[Json]:
    """One row per trade in order of the exits; times ISO 8601, `net` and `balance` in the account currency.

    With several symbols each row says which.
    """
    several = len(backtest.symbols) > 1
    trades = sorted(backtest.trades, key=lambda t: t.exit_bar)
    entries, exits = (iso_times([getattr(t, name) for t in trades]) for name in ("entry_time", "exit_time"))
    net = np.array([t.profit + t.commission + t.swap for t in trades], dtype=np.float64)
    net[np.abs(net) < ZERO_MONEY] = 0.0
    balances = backtest.deposit + np.cumsum(net)
    return [
        {
            "number": i + 1,
            **({"symbol": trade.symbol} if several else {}),
            "side": trade.side,
            "volume": trade.volume,
            "entry_time": entries[i],
            "entry_price": trade.entry_price,
            "exit_time": exits[i],
            "exit_price": trade.exit_price,
            "sl": trade.sl,
            "tp": trade.tp,
            "profit": trade.profit,
            "commission": trade.commission,
            "swap": trade.swap,
            "net": round(float(net[i]), 8),
            "balance": round(float(balances[i]), 8),
            "exit_reason": trade.exit_reason,
            "entry_bar": int(trade.entry_bar),
            "exit_bar": int(trade.exit_bar),
            "ambiguous": bool(trade.ambiguous),
        }
        for i, trade in enumerate(trades)
    ]


def monthly_returns(backtest: Backtest) -> list[Json]:
    """Percent change of the equity per calendar month, `{year, months: 12 values or None, total}` per year.

    A month runs from the last equity of the month before (at first: the deposit) to its own last equity.
    """
    if not len(backtest.equity):
        return []
    month = backtest.bars.time.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)  # months since 1970
    last = np.append(np.flatnonzero(np.diff(month)), len(month) - 1)
    equity = np.concatenate(([backtest.deposit], backtest.equity[last]))
    years: dict[int, Json] = {}
    for i, at in enumerate(month[last]):
        year, index = 1970 + int(at) // 12, int(at) % 12
        row = years.setdefault(year, {"year": year, "months": [None] * 12, "start": equity[i], "total": None})
        row["months"][index] = _change(equity[i], equity[i + 1])
        row["total"] = _change(row["start"], equity[i + 1])
    return [{key: row[key] for key in ("year", "months", "total")} for row in years.values()]


def _change(before: float, after: float) -> float | None:
    return 100 * (float(after) / float(before) - 1) if before > 0 else None


def execution_notes(backtest: Backtest) -> list[str]:
    """How the orders of this run were filled and what was presumed, as sentences."""
    bars = backtest.bars
    notes = [
        "Rules are judged once per bar, when it closes, from closed bars only. Orders fill at the first tick of the "
        "next bar: a buy at its open plus the spread, a sell at its open.",
        f"Prices are bid prices. Spread: {spread_text(backtest)}.",
        "Stops and targets act from the fill on, the bar of the entry included. A bar that opens beyond a level fills "
        "at that open.",
        modelling_text(backtest),
        f"Deposit {backtest.deposit:,.2f} {backtest.currency}, leverage 1:{backtest.leverage}. Volumes are rounded "
        "down to the symbol's step.",
        f"Times are bar open times on the clock of the data: {bars.timezone}"
        + ("." if bars.timezone_known else ", which is assumed."),
    ]
    if len(backtest.symbols) > 1:
        notes.append(
            f"{', '.join(backtest.symbols)} are played on one clock and one account. Where one of them has no bar at a "
            "moment, an order for it fills at its last price. The chart shows the first."
        )
    if any(trade.exit_reason == "end_of_data" for trade in backtest.trades):
        notes.append("What was open after the last bar was closed at the last close (end of data).")
    return notes + list(backtest.notes)


def modelling_text(backtest: Backtest) -> str:
    """How prices moved inside bars, for how many bars that is not known, and how many trades depended on it."""
    ambiguous = sum(bool(trade.ambiguous) for trade in backtest.trades)
    texts = [SENTENCES[backtest.modelling]]
    if backtest.fallback:
        texts.append(
            f"For {backtest.fallback:,} of {len(backtest.bars):,} bars there are no finer data that agree with them: "
            "there the stop is taken first."
        )
    if backtest.band is not None and backtest.band.trades_depending:
        texts.append(f"Trades that depended on it: {backtest.band.trades_depending:,}. {band_text(backtest)}")
    else:
        texts.append(f"Trades that depended on it: {ambiguous:,}." if ambiguous else "No trade depended on it.")
    return " ".join(texts)


def band_text(backtest: Backtest) -> str:
    """Between what the net profit lies, in words; empty where nothing is open, or nothing is known."""
    band = backtest.band
    if band is None or not band.trades_depending:
        return ""
    trades = "1 trade ends" if band.trades_depending == 1 else f"{band.trades_depending:,} trades end"
    return (
        f"Net profit between {band.worst:,.2f} and {band.best:,.2f} {backtest.currency}: {trades} otherwise if the "
        "target came before the stop inside a bar."
    )


def spread_text(backtest: Backtest) -> str:
    """The spread charged: where it comes from, and its size in pips and points over the bars; of each symbol."""
    if len(backtest.symbols) > 1:
        return "; ".join(
            f"{part.bars.symbol} {_spread_in_words(part.bars, part.spread_points, part.spread)}"
            for part in backtest.played
        )
    return _spread_in_words(backtest.bars, spread_points(backtest), backtest.spread)


def _spread_in_words(bars: Bars, spread: NDArray[np.float64], source: str) -> str:
    if not len(spread):
        return source
    low, middle, high = (float(x) for x in np.percentile(spread, (5, 50, 95)))
    pips = f"{middle * bars.point / bars.pip:.4g} pips"
    if float(np.ptp(spread)) == 0:
        return f"{source or f'{middle:g} points'} ({pips})"
    return f"{source}; median {middle:g} points ({pips}), nine bars in ten from {low:g} to {high:g}"


def iso_times(seconds: Any) -> list[str]:
    """Epoch seconds of a wall clock as ISO 8601 without a zone, to the second."""
    stamps = np.asarray(seconds, dtype=np.int64).astype("datetime64[s]")
    return [str(text) for text in np.datetime_as_string(stamps, unit="s")] if len(stamps) else []
