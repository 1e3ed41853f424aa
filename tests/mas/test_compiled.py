"""Parts of the compiled path by themselves, as plain Python: crossings against `mas.series`, one meaning per name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas.compiled import building
from mas.compiled.building import plain
from mas.series import Series, crosses_above, crosses_below

NUMBERS = st.sampled_from([1.0, 1.0 + 1e-10, 1.0 + 5e-9, 2.0, -1.0, 0.0, float("nan"), float("inf"), -float("inf")])


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=12), st.booleans())
def test_crossings_are_those_of_series(pairs: list[tuple[float, float]], constant: bool) -> None:
    a, b = (np.array(column) for column in zip(*pairs, strict=True))
    b = b[:1] if constant else b
    found = [np.empty(len(a), np.bool_) for _ in range(4)]
    other = float(b[0]) if constant else Series(b)
    with np.errstate(all="ignore"):
        plain()["crossings_of"](a, b, *found)
        over, under = crosses_above(Series(a), other), crosses_below(Series(a), other)
    for mine, theirs in zip(found, (over.true, over.false, under.true, under.false), strict=True):
        assert mine.tolist() == theirs.tolist()


def test_a_constant_has_one_meaning() -> None:
    """Everything is compiled in one namespace: a name that means something else in another module would replace it."""
    known: dict[str, object] = {}
    for module in building._MODULES:
        for name, value in vars(module).items():
            if isinstance(value, int | float | tuple):
                assert known.setdefault(name, value) == pytest.approx(value, nan_ok=True), (
                    f"{name} in {module.__name__}"
                )
