"""Whatever the text, parsing and checking end in a program, in questions, or in errors with a place."""

from __future__ import annotations

import pytest

from nl2strat.errors import LanguageErrors, Problem
from tests import fuzz
from tests.fuzz import GOOD, judge, run, smallest, texts
from tests.lengths import lengths


@pytest.mark.parametrize("count", lengths(250, 1000))
def test_random_and_mutated_programs_end_well(count: int) -> None:
    """Grown from the grammar, grafted onto examples, or examples with damage: the same texts in every run."""
    tally = run(texts(20_240_101, count))
    failures = [f"{outcome}\n{smallest(text, outcome)}" for outcome, text in tally.failures.items()]
    assert not failures, "\n\n".join(failures)
    assert sum(tally.outcomes.values()) == count


def test_the_texts_reach_everything() -> None:
    """Each way of making texts gives errors of meaning, and programs come out whole: not all is noise."""
    outcomes = run(texts(7, 250)).outcomes
    for kind in fuzz.KINDS:
        assert outcomes[f"{kind}: errors of meaning"] + outcomes[f"{kind}: program"] > 0, kind
    assert outcomes["mutant: program"] > 10
    assert outcomes["grafted: program"] > 10


def test_other_exceptions_and_lost_places_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash is told with its place and made small; an error beside the text is one too."""

    def crash(text: str) -> None:
        if "boom" in text:
            raise ZeroDivisionError
        raise LanguageErrors([Problem("S100", "far away", 99)], text)

    monkeypatch.setattr(fuzz, "parse", crash)
    outcome = judge("one\ntwo boom three\nfour")
    assert outcome.startswith("ZeroDivisionError")
    assert smallest("one\ntwo boom three\nfour", outcome) == "boom"
    assert judge("x") not in GOOD
