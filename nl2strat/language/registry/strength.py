"""More oscillators of whole bars, and directional movement by itself."""

from __future__ import annotations

from collections.abc import Callable

from nl2strat.language.registry.entry import CLOSE, Form, Function, Param, Type, length

_SMI = (length(13, 2), length(25, 2, "slow"), length(2, 2, "fast"), length(9, 2, "signal"))
_KDJ = (length(9), length(3, name="smooth"), length(3, name="signal"))


def _entry(
    name: str,
    title: str,
    params: tuple[Param, ...],
    lookback: Callable[..., int],
    result: Type,
    definition: str,
    source: str,
    synonyms: tuple[str, ...],
    *,
    limits: tuple[float | None, float | None] = (None, None),
) -> Function:
    form: Form = "oscillator" if params and params[-1] is CLOSE else "bars"
    return Function(name, title, form, params, result, definition, source, "momentum", synonyms, lookback, *limits)


def _smi_warmup(n: int, slow: int, fast: int, signal: int) -> int:
    return n + slow + fast + signal - 4


def _kdj_warmup(n: int, k: int, d: int) -> int:
    return n + k + d - 3


ENTRIES: tuple[Function, ...] = (
    _entry(
        "intraday_momentum", "intraday momentum index", (length(14, 2),), lambda n: n - 1, "oscillator",
        "the share of rising bodies in all bodies of `length` bars, 0 to 100", "T. Chande; TA-Lib IMI",
        ("imi", "intraday momentum index", "intraday momentum"), limits=(0, 100),
    ),
    _entry(
        "qstick", "Qstick", (length(10),), lambda n: n - 1, "distance",
        "the mean of close minus open over `length` bars", "T. Chande; TA-Lib QSTICK",
        ("qstick", "q stick"),
    ),
    _entry(
        "smi", "stochastic momentum index", _SMI, _smi_warmup, "oscillator",
        "the close's distance from the middle of the range of `length` bars, double-smoothed, in percent of half the "
        "range smoothed alike, -100 to 100", "W. Blau (1993); TA-Lib SMI",
        ("smi", "stochastic momentum index"), limits=(-100, 100),
    ),
    _entry(
        "smi_signal", "stochastic momentum signal line", _SMI, _smi_warmup, "oscillator",
        "the EMA of the stochastic momentum index over `signal` bars", "W. Blau (1993); TA-Lib SMI",
        ("smi signal", "smi signal line", "stochastic momentum index signal line"), limits=(-100, 100),
    ),
    _entry(
        "kdj_k", "KDJ %K", _KDJ, _kdj_warmup, "oscillator",
        "the fast stochastic of `length` bars, Wilder-smoothed over `smooth`, 0 to 100", "TA-Lib KDJ",
        ("kdj", "kdj k", "kdj k line"), limits=(0, 100),
    ),
    _entry(
        "kdj_d", "KDJ %D", _KDJ, _kdj_warmup, "oscillator",
        "the KDJ's %K, Wilder-smoothed over `signal`, 0 to 100", "TA-Lib KDJ",
        ("kdj d", "kdj d line"), limits=(0, 100),
    ),
    _entry(
        "kdj_j", "KDJ %J", _KDJ, _kdj_warmup, "oscillator",
        "3 * %K - 2 * %D of the KDJ, which may leave 0 to 100", "TA-Lib KDJ", ("kdj j", "kdj j line", "j line"),
    ),
    _entry(
        "vigor", "relative vigor index", (length(10),), lambda n: n + 2, "oscillator",
        "close minus open over high minus low, each weighted 1, 2, 2, 1 and summed over `length` bars",
        "J. Ehlers (2002); MetaTrader's iRVI",
        ("relative vigor index", "relative vigour index", "vigor index"), limits=(-1, 1),
    ),
    _entry(
        "vigor_signal", "relative vigor signal line", (length(10),), lambda n: n + 5, "oscillator",
        "the relative vigor index weighted 1, 2, 2, 1 over four bars", "J. Ehlers (2002); MetaTrader's iRVI",
        ("relative vigor index signal", "relative vigor signal line", "vigor signal line"), limits=(-1, 1),
    ),
    _entry(
        "plus_dm", "+DM", (length(14, 2),), lambda n: n - 1, "distance",
        "upward directional movement, Wilder-summed over `length` bars", "J. W. Wilder (1978); TA-Lib PLUS_DM",
        ("plus dm", "+dm", "positive directional movement"), limits=(0, None),
    ),
    _entry(
        "minus_dm", "-DM", (length(14, 2),), lambda n: n - 1, "distance",
        "downward directional movement, Wilder-summed over `length` bars", "J. W. Wilder (1978); TA-Lib MINUS_DM",
        ("minus dm", "-dm", "negative directional movement"), limits=(0, None),
    ),
    _entry(
        "cmo_sums", "Chande momentum oscillator of sums", (length(14, 2), CLOSE), lambda n: n, "oscillator",
        "gains minus losses over gains plus losses of the last `length` steps, plainly summed, -100 to 100",
        "T. Chande (1994); TA-Lib CMOU",
        ("unsmoothed chande momentum oscillator", "unsmoothed cmo"), limits=(-100, 100),
    ),
)  # fmt: skip
