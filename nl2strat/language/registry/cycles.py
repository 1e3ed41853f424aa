"""J. Ehlers' averages and cycle measures: `mama()`, `ht_period()`."""

from __future__ import annotations

from nl2strat.language.registry.entry import CLOSE, Function, Param, Type, factor

_EHLERS = "J. Ehlers, Rocket Science for Traders (2001); TA-Lib {}"
_LIMITS = (factor("fast_limit", 0.5, 0.01, 0.99), factor("slow_limit", 0.05, 0.01, 0.99), CLOSE)


def _entry(
    name: str,
    title: str,
    talib: str,
    result: Type,
    definition: str,
    synonyms: tuple[str, ...],
    *,
    params: tuple[Param, ...] = (CLOSE,),
    warmup: int = 63,
    limits: tuple[float | None, float | None] = (None, None),
) -> Function:
    source = _EHLERS.format(talib)
    return Function(
        name, title, "oscillator", params, result, definition, source, "trend", synonyms, lambda *_: warmup, *limits
    )


ENTRIES: tuple[Function, ...] = (
    _entry(
        "mama", "MESA adaptive moving average", "MAMA", "same",
        "an exponential average whose weight lies between the two limits, by how fast the phase of the cycle changes",
        ("mama", "mesa adaptive moving average", "mesa average"), params=_LIMITS, warmup=32,
    ),
    _entry(
        "fama", "following adaptive moving average", "MAMA", "same",
        "the MESA adaptive moving average, smoothed with half its weight",
        ("fama", "following adaptive moving average"), params=_LIMITS, warmup=32,
    ),
    _entry(
        "ht_trendline", "Hilbert transform trendline", "HT_TRENDLINE", "same",
        "the average over the length of the dominant cycle: the price without it",
        ("hilbert trendline", "hilbert transform trendline", "instantaneous trendline", "ht trendline"),
    ),
    _entry(
        "ht_period", "dominant cycle period", "HT_DCPERIOD", "number",
        "the length of the dominant cycle in bars",
        ("dominant cycle period", "hilbert transform period", "cycle period"), warmup=32, limits=(0, None),
    ),
    _entry(
        "ht_phase", "dominant cycle phase", "HT_DCPHASE", "number",
        "where in the dominant cycle the bar stands, in degrees",
        ("dominant cycle phase", "hilbert transform phase"),
    ),
    _entry(
        "ht_inphase", "in-phase component", "HT_PHASOR", "difference",
        "the part of the dominant cycle in phase with it",
        ("in phase component", "hilbert transform in phase component"), warmup=32,
    ),
    _entry(
        "ht_quadrature", "quadrature component", "HT_PHASOR", "difference",
        "the part of the dominant cycle a quarter of it later",
        ("quadrature component", "hilbert transform quadrature component"), warmup=32,
    ),
    _entry(
        "ht_sine", "sine wave", "HT_SINE", "oscillator", "the sine of the dominant cycle's phase, -1 to 1",
        ("hilbert sine wave", "hilbert transform sine wave", "ehlers sine wave"), limits=(-1, 1),
    ),
    _entry(
        "ht_lead_sine", "lead sine wave", "HT_SINE", "oscillator",
        "the sine of the dominant cycle's phase 45 degrees later, -1 to 1",
        ("lead sine wave", "hilbert transform lead sine", "lead sine"), limits=(-1, 1),
    ),
    _entry(
        "ht_trend_mode", "trend mode", "HT_TRENDMODE", "number", "1 while the market trends, 0 while it cycles",
        ("hilbert trend mode", "hilbert transform trend mode"), limits=(0, 1),
    ),
)  # fmt: skip
