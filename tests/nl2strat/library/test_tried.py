"""How many variants were tried on the same bars: from the library and from what waits for it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from nl2strat.library import spool
from nl2strat.library.store import Library
from nl2strat.library.tried import Period, tried_on

HERE = Period("EURUSD", "H1", 1000, 2000, False)
OWN = ("own", "own")


def record(program: str, **changes: Any) -> dict[str, Any]:
    """A try as the library has it."""
    fields: dict[str, Any] = {
        "kind": "backtest", "name": "x", "dsl_sha256": program, "python_sha256": program, "symbol": "EURUSD",
        "timeframe": "H1", "first": 1000, "last": 2000, "bars": 10, "source": "x.csv", "synthetic": False, "trades": 3,
        "net": 1.0, "settings": {"deposit": 1e4}, "metrics": {"sharpe": 1.0},
    }  # fmt: skip
    return {**fields, **changes}


@pytest.fixture(params=["spool", "library", "both"])
def keep(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Notes tries where the parameter says."""

    def note(*records: dict[str, Any]) -> Path:
        for number, one in enumerate(records):
            spool.append(tmp_path, one)
            if request.param == "library" or (request.param == "both" and number == 0):
                Library.open(tmp_path).close()
        return tmp_path

    return note


def test_distinct_strategies_on_these_bars_are_counted(keep: Any) -> None:
    """Not other symbols, other times, made-up bars, or the same once more; another timeframe is another variant."""
    folder = keep(
        record("a", metrics={"sharpe": 2.0}), record("a", metrics={"sharpe": 2.0}), record("b", metrics={}),
        record("c", symbol="GBPUSD"), record("a", timeframe="M5", metrics={}), record("e", synthetic=True),
        record("f", first=2001, last=9000), record("g", first=1999, last=9000, metrics={"sharpe": -1.0}),
    )  # fmt: skip
    found = tried_on(HERE, OWN, 0.5, folder)
    assert found is not None
    assert (found.variants, found.known) == (5, 3)
    assert found.variance == pytest.approx(2.25)  # of 2, -1 and 0.5


def test_what_was_tried_before_counts_once(keep: Any) -> None:
    """The same strategy again adds nothing."""
    found = tried_on(HERE, ("a", "a"), 1.0, keep(record("a"), record("b")))
    assert found is not None
    assert found.variants == 2


def test_a_sweep_counts_as_all_its_variants(keep: Any) -> None:
    """One row for many, with mean and variance of their Sharpe ratios; the same sweep twice is one."""
    sweep = record(
        "own", kind="sweep", settings={"variants": 9, "sweep": {"fast": "5..50:5"}},
        metrics={"sharpe": 3.0, "sharpe_mean": 0.0, "sharpe_variance": 4.0},
    )  # fmt: skip
    found = tried_on(HERE, OWN, 0.0, keep(sweep, sweep))
    assert found is not None
    assert (found.variants, found.known) == (10, 10)
    assert found.variance == pytest.approx(4.0)


def test_a_program_that_an_optimiser_tried_is_no_other_when_it_is_run(keep: Any) -> None:
    """Its rows name no class; the backtest of the same program is the same variant."""
    found = tried_on(HERE, ("b", "class of b"), 1.0, keep(
        record("a", python_sha256=""), record("b", python_sha256=""), record("c", python_sha256="class of c"),
    ))  # fmt: skip
    assert found is not None
    assert found.variants == 3


def test_nothing_tried_is_one_variant(tmp_path: Path) -> None:
    """The one that asks."""
    found = tried_on(HERE, OWN, None, tmp_path)
    assert found is not None
    assert (found.variants, found.known, found.variance) == (1, 0, None)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A damaged library gives no number; lines that were cut off, or are odd, are left out."""
    (tmp_path / spool.NAME).write_text('{"symbol": "EURUSD", "fir\n{"symbol": "EURUSD"}\n[1, "EURUSD"]\n\n')
    assert tried_on(HERE, OWN, None, tmp_path) is not None
    (tmp_path / "library.sqlite").write_text("no database")
    assert tried_on(HERE, OWN, None, tmp_path) is None


def test_it_is_fast(tmp_path: Path) -> None:
    """Many tries of other markets, and some of this one, cost a blink; a large spool is taken in."""
    line = record("z", symbol="GBPUSD", python_sha256="q")
    for number in range(300):
        spool.append(
            tmp_path, {**line, "symbol": "EURUSD" if number % 10 == 0 else "GBPUSD", "dsl_sha256": str(number)}
        )
    begun = time.process_time()
    found = tried_on(HERE, OWN, None, tmp_path)
    assert time.process_time() - begun < 0.2
    assert found is not None
    assert found.variants == 31
    with (tmp_path / spool.NAME).open("a") as lines:
        lines.write("x" * 1_100_000 + "\n")
    again = tried_on(HERE, OWN, None, tmp_path)
    assert again == found
    assert not (tmp_path / spool.NAME).exists()
