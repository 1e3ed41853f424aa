"""mas: the trading runtime that strategies import.

    import mas

    class Mine(mas):            # the module itself stands as the base class
        def receive_bars(self, symbol, data, is_end): ...

Everything is loaded on first use (PEP 562), so that `import mas` costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # the same switch as typing's, without the 15 ms that importing typing costs
if TYPE_CHECKING:
    from typing import Any

    from mas import constants as mt5  # noqa: F401  (what type checkers see of the lazy names)
    from mas.backtest import run_backtest as run_backtest
    from mas.client import MAS as MAS

_HOME = {
    "MAS": "mas.client",
    "run_backtest": "mas.backtest",
    "Series": "mas.series",
    "Condition": "mas.series",
    "available": "mas.series",
    "crosses": "mas.series",
    "crosses_above": "mas.series",
    "crosses_below": "mas.series",
    "for_bars": "mas.series",
    "within_bars": "mas.series",
    "then_within": "mas.indicators.state",
    "latch": "mas.indicators.state",
    "remember": "mas.indicators.state",
    "ratchet_up": "mas.indicators.state",
    "ratchet_down": "mas.indicators.state",
    "above": "mas.series",
    "below": "mas.series",
    "at_least": "mas.series",
    "at_most": "mas.series",
    "equal": "mas.series",
    "differ": "mas.series",
    "R": "mas.distances",
    "Percent": "mas.distances",
    "Lots": "mas.distances",
    "Limits": "mas.plans",
    "Adds": "mas.adds",
    "Bars": "mas.bars",
    "session": "mas.bars",
    "on_days": "mas.bars",
    "on_dates": "mas.bars",
    "clock": "mas.bars",
    "read_bars": "mas.data",
    "sample_bars": "mas.data",
}
"""Where the public names that are not indicators live."""


def __mro_entries__(bases: tuple[Any, ...]) -> tuple[type, ...]:  # noqa: N807  (the name is Python's)
    """Let `class X(mas)` mean `class X(mas.MAS)` (PEP 560)."""
    from mas.client import MAS

    return (MAS,)


def _load(module: str) -> Any:
    from importlib import import_module

    return import_module(module)


def _is_submodule(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(f"mas.{name}") is not None


def _public() -> list[str]:
    return sorted({*_HOME, "mt5", *_load("mas.indicators").__all__})


def __getattr__(name: str) -> Any:
    """Load a public name on first use and keep it."""
    value: Any = None
    if name == "mt5":
        value = _load("mas.constants")
    elif name == "__all__":
        value = _public()
    elif name in _HOME:
        value = getattr(_load(_HOME[name]), name)
    elif not name.startswith("_") and not _is_submodule(name):
        value = getattr(_load("mas.indicators"), name, None)
    if value is None:
        raise AttributeError(f"module 'mas' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_public()})
