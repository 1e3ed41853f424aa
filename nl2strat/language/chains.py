"""Comparisons that exclude each other only together: `a > b`, `b > c` and `c > a`; a close above the upper band and
below the lower one.

Each comparison of two terms bounds their difference. Such bounds add up along a chain; if they bring a term back to
itself with less than nothing, no bar can satisfy them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf

from nl2strat.language.terms import Interval, Term, never_below

Sum = tuple[tuple[Term, float], ...]
Bound = tuple[float, bool]
"""A difference is at most the number; True: it may equal it."""

MAX_TERMS = 14
"""Chains of more terms are not judged: nobody writes them by mistake."""


def excluded(sums: Mapping[Sum, Interval], domain: Callable[[Term], Interval]) -> bool:
    """Whether the bounds contradict each other, given each term's own range and the pairs of known order."""
    pairs = [total for total in sums if len(total) == 2 and total[0][1] == 1 and total[1][1] == -1]
    if len(sums) < 2:
        return False
    if _out_of_proportion(sums, domain):
        return True
    if not pairs:
        return False
    terms = list(dict.fromkeys(term for total in sums if _is_simple(total) for term, _ in total))
    if len(terms) > MAX_TERMS:
        return False
    nothing = len(terms)
    best: dict[tuple[int, int], Bound] = {}
    for i, j, bound in _bounds(sums, terms, domain):
        best[i, j] = min(best.get((i, j), (inf, True)), bound)
    for k in range(nothing + 1):
        for i in range(nothing + 1):
            for j in range(nothing + 1):
                first, second = best.get((i, k)), best.get((k, j))
                if first is not None and second is not None:
                    through = (first[0] + second[0], first[1] and second[1])
                    best[i, j] = min(best.get((i, j), (inf, True)), through)
    return any(_less_than_nothing(best[i, i]) for i in range(nothing + 1) if (i, i) in best)


def _out_of_proportion(sums: Mapping[Sum, Interval], domain: Callable[[Term], Interval]) -> bool:
    """Whether a term is asked to be above one multiple of another and below a smaller one: `a > b` and `a < b / 2`."""
    ratios = [(total, -total[1][1], asked) for total, asked in sums.items() if len(total) == 2]
    for total, least, above in ratios:
        for other, most, below in ratios:
            if (other[0][0], other[1][0]) != (total[0][0], total[1][0]) or least <= most:
                continue
            smallest = domain(total[1][0]).low
            # least * b + above.low < a < most * b + below.high, and b is at least its smallest value
            if smallest > -inf and (least - most) * smallest > below.high - above.low:
                return True
            strict = above.low_open or below.high_open or domain(total[1][0]).low_open
            if smallest > -inf and strict and (least - most) * smallest == below.high - above.low:
                return True
    return False


def _is_simple(total: Sum) -> bool:
    """A term alone, or the difference of two."""
    return len(total) == 1 or (len(total) == 2 and total[0][1] == 1 and total[1][1] == -1)


def _bounds(
    sums: Mapping[Sum, Interval], terms: list[Term], domain: Callable[[Term], Interval]
) -> Iterator[tuple[int, int, Bound]]:
    """(i, j, bound): term i minus term j is within the bound; the place behind the last term is the number zero."""
    places = {term: i for i, term in enumerate(terms)}
    nothing = len(terms)
    for total, interval in sums.items():
        if _is_simple(total):
            other = places[total[1][0]] if len(total) == 2 else nothing
            yield from _both_ways(places[total[0][0]], other, interval)
    for term, place in places.items():
        yield from _both_ways(place, nothing, domain(term))
        for low in terms:
            if low is not term and never_below(term, low):
                yield places[low], place, (0.0, True)


def _both_ways(i: int, j: int, interval: Interval) -> Iterator[tuple[int, int, Bound]]:
    if interval.high < inf:
        yield i, j, (interval.high, not interval.high_open)
    if interval.low > -inf:
        yield j, i, (-interval.low, not interval.low_open)


def _less_than_nothing(bound: Bound) -> bool:
    """Sums of decimals as floats are not exact; what is below zero by less is zero."""
    return bound[0] < -1e-9 or (abs(bound[0]) <= 1e-9 and not bound[1])
