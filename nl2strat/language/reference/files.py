"""Which files are generated, and what stands in them."""

from __future__ import annotations

from pathlib import Path

from nl2strat.language.reference.document import language_reference
from nl2strat.language.reference.editors import code_mirror, text_mate
from nl2strat.language.reference.examples import read_examples, table_of_examples


def generated(folder: Path) -> dict[str, str]:
    """Path within a checkout -> text.

    Raises: OSError: the examples cannot be read.
    """
    return {
        "docs/language.md": language_reference(),
        "editors/nl2strat.tmLanguage.json": text_mate(),
        "editors/nl2strat.codemirror.json": code_mirror(),
        "examples/README.md": table_of_examples(read_examples(folder / "examples")),
    }
