"""Pivots of other schools than the floor's, from the day before."""

from __future__ import annotations

from nl2strat.language.registry.entry import Function


def _pivot(name: str, school: str, what: str, formula: str, *said: str) -> Function:
    short = name.rsplit("_", 1)[1]
    return Function(
        name=name,
        title=f"{school} {what}",
        form="bars",
        params=(),
        result="price",
        definition=f"{formula}, of the day before",
        source=f"{school} pivots",
        category="level",
        synonyms=tuple(dict.fromkeys((f"{school.lower()} {short}", f"{school.lower()} {what}", *said))),
        lookback=lambda: 1,
    )


_ORDER = {1: "first", 2: "second", 3: "third", 4: "fourth"}
_CAMARILLA = {1: 12, 2: 6, 3: 4, 4: 2}
_FIBONACCI = {1: "0.382 * ", 2: "0.618 * ", 3: ""}
_SIDES = (("r", "resistance", "+"), ("s", "support", "-"))

ENTRIES: tuple[Function, ...] = (
    *(
        _pivot(f"camarilla_{side}{n}", "Camarilla", f"{_ORDER[n]} {word}", f"close {sign} 1.1 * (high - low) / {part}")
        for side, word, sign in _SIDES
        for n, part in _CAMARILLA.items()
    ),
    _pivot("woodie_pivot", "Woodie", "pivot", "W = (high + low + 2 * close) / 4", "woodie pivot point"),
    _pivot("woodie_r1", "Woodie", "first resistance", "2 * W - low"),
    _pivot("woodie_r2", "Woodie", "second resistance", "W + high - low"),
    _pivot("woodie_s1", "Woodie", "first support", "2 * W - high"),
    _pivot("woodie_s2", "Woodie", "second support", "W - (high - low)"),
    *(
        _pivot(f"fib_{side}{n}", "Fibonacci", f"{_ORDER[n]} {word}", f"P {sign} {part}(high - low)")
        for side, word, sign in _SIDES
        for n, part in _FIBONACCI.items()
    ),
)
