"""A growing list that is asked by time and by number: the same as looking through all of it."""

from __future__ import annotations

import numpy as np

from mas.terminals.simulated.chronicle import Chronicle


def test_it_finds_what_looking_through_all_finds() -> None:
    chance = np.random.default_rng(4)
    rows: list[tuple[int, int]] = []
    chronicle = Chronicle(rows, lambda row: row[0], lambda row: row[1])
    for step in range(300):
        rows.append((max(0, step + int(chance.integers(-5, 6))), int(chance.integers(0, 9))))
        if chance.random() < 0.7:
            continue  # nobody asks
        begin, end = sorted(int(at) for at in chance.integers(0, step + 2, 2))
        assert list(chronicle.between(begin, end)) == [row for row in rows if begin <= row[0] <= end]
        number = int(chance.integers(0, 10))
        assert list(chronicle.of(0, number)) == [row for row in rows if row[1] == number]


def test_what_is_older_is_not_looked_at() -> None:
    asked: list[int] = []

    class Rows(list[int]):
        """Notes what is taken out of it."""

        def __getitem__(self, place):  # type: ignore[no-untyped-def, override]
            asked.append(place)
            return super().__getitem__(place)

        def __iter__(self):  # type: ignore[no-untyped-def]
            raise AssertionError("all of it is looked through")

    rows = Rows(range(1000))
    chronicle = Chronicle(rows, lambda row: row)
    assert list(chronicle.between(990, 2000)) == list(range(990, 1000))
    asked.clear()
    rows += [1000, 1001]
    assert list(chronicle.between(990, 2000)) == list(range(990, 1002))
    assert min(asked) == 990
