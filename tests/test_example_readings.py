"""What each example becomes, as reviewed: its generated class and its explanation, byte for byte.

`NL2STRAT_UPDATE_GOLDEN=1 pytest tests/test_example_readings.py` writes them anew: then read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

from nl2strat.language.english import explain
from nl2strat.language.reference.examples import Example
from tests.test_examples import EXAMPLES, ROOT, checked, every_example, python

GOLDEN = ROOT / "tests" / "golden" / "examples"
UPDATE = bool(os.environ.get("NL2STRAT_UPDATE_GOLDEN"))


@every_example
def test_the_class_is_the_reviewed_one(example: Example) -> None:
    """The generated file, byte for byte."""
    compare(GOLDEN / f"{example.name}.py", python(example))


@every_example
def test_the_explanation_is_the_reviewed_one(example: Example) -> None:
    """The English back from the program."""
    compare(GOLDEN / f"{example.name}.txt", explain(checked(example).program) + "\n")


def compare(golden: Path, text: str) -> None:
    if UPDATE:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert golden.is_file(), "write it with: NL2STRAT_UPDATE_GOLDEN=1 pytest tests/test_example_readings.py"
    assert golden.read_text(encoding="utf-8") == text


def test_no_reviewed_file_is_left_over() -> None:
    """Each belongs to an example."""
    assert {path.stem for path in GOLDEN.glob("*.*")} == {example.name for example in EXAMPLES}
