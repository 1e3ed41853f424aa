"""`python -m nl2strat.language.reference [FOLDER]`: writes docs/language.md, editors/ and examples/README.md anew."""

from __future__ import annotations

import sys
from pathlib import Path

from nl2strat.language.reference.files import generated


def main(folder: str = ".") -> None:
    """Writes the files of a checkout that are not current, and names them."""
    for name, text in generated(Path(folder)).items():
        path = Path(folder, name)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"written: {path}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
