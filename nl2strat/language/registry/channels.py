"""More lines around a price: percent envelopes, standard errors, acceleration bands."""

from __future__ import annotations

from nl2strat.language.registry.entry import CLOSE, Function, Param, factor, length

_ENVELOPE = (length(20), factor("percent", 1, 0, 100), CLOSE)
_ERRORS = (length(21, 3), factor("errors", 2, 0, 100), CLOSE)


def _line(name: str, title: str, params: tuple[Param, ...], definition: str, source: str, *said: str) -> Function:
    return Function(
        name, title, "oscillator", params, "same", definition, source, "bands", said, lambda n, _: n - 1
    )  # fmt: skip


def _acceleration(name: str, title: str, definition: str, *said: str) -> Function:
    source = "P. Headley; TA-Lib ACCBANDS"
    return Function(
        name, title, "bars", (length(20, 2),), "price", definition, source, "bands", said, lambda n: n - 1
    )  # fmt: skip


ENTRIES: tuple[Function, ...] = (
    _line("env_upper", "upper envelope", _ENVELOPE, "the simple average plus `percent` percent of it",
          "MetaTrader's iEnvelopes", "upper envelope", "upper moving average envelope", "upper ma envelope"),
    _line("env_lower", "lower envelope", _ENVELOPE, "the simple average minus `percent` percent of it",
          "MetaTrader's iEnvelopes", "lower envelope", "lower moving average envelope", "lower ma envelope"),
    _line("error_upper", "upper standard error band", _ERRORS,
          "the linear regression plus `errors` of its standard errors", "J. Andersen (1996), not smoothed",
          "upper standard error band", "upper regression band"),
    _line("error_lower", "lower standard error band", _ERRORS,
          "the linear regression minus `errors` of its standard errors", "J. Andersen (1996), not smoothed",
          "lower standard error band", "lower regression band"),
    _acceleration("accel_upper", "upper acceleration band",
                  "the mean of high * (1 + 4 * (high - low) / (high + low)) over `length` bars",
                  "upper acceleration band"),
    _acceleration("accel_middle", "middle acceleration band", "the simple average of the close between the bands",
                  "middle acceleration band"),
    _acceleration("accel_lower", "lower acceleration band",
                  "the mean of low * (1 - 4 * (high - low) / (high + low)) over `length` bars",
                  "lower acceleration band"),
)  # fmt: skip
