"""How often English becomes the right strategy: the figures of docs/accuracy.md.

    python benchmarks/accuracy.py [--cases FOLDER] [--list]

Three tables. The held-out texts and the repository's own readings and refusals are judged in this process: `pass` means
the program beside the text (in normal form), or another one that makes the same trades on the bundled synthetic bars; a
text that must not run passes when it is refused. The acceptance cases are judged by their own runner, through the
command line and on their own data; they are not part of the repository, so the table is left out where they are absent.

`wrong` is a text that ran as something else, or ran where it must not. `refused` is a question about a text that can
be run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nl2strat.errors import NotUnderstood
from nl2strat.language import ast

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "tests" / "nl2strat" / "translate"
CASES = ROOT.parent / "shared" / "cases"
OUTCOMES = ("pass", "wrong", "refused", "crashed")


@dataclass(frozen=True)
class Item:
    """One text of a table; `program` is None for one that must not run."""

    category: str
    text: str
    symbol: str
    timeframe: str
    program: str | None


@dataclass(frozen=True)
class Judged:
    """What became of a text. `detail`: the question it raised, or the program it became."""

    category: str
    text: str
    outcome: str
    detail: str


def items(path: Path, category: str = "") -> Iterator[Item]:
    """The texts of a table: one a line with its program indented below, or in a section of texts to refuse.

    `@ SYMBOL TIMEFRAME` and `[category]` hold for what follows. Sections called `[refuse: ...]`, and all sections of a
    table without programs, are of texts to refuse.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    only_refusals = not any(line.startswith("    ") for line in lines)
    market, text, rules = ("EURUSD", "H1"), "", list[str]()
    for line in [*lines, ""]:
        refuse = only_refusals or category.startswith("refuse")
        if line.startswith("@ "):
            symbol, timeframe = line[2:].split()
            market = symbol, timeframe
        elif line.startswith("["):
            category = line.strip("[]")
        elif line.startswith("    "):
            rules.append(line[4:])
        elif line and not line.startswith("# "):
            text = line.replace("\\n", "\n")
            if refuse:
                yield Item(category, text, *market, None)
        elif not line and rules:
            yield Item(category, text, *market, "\n".join(rules))
            rules = []


def judge(item: Item) -> Judged:
    """Reads one text and compares."""
    from nl2strat.translate.offline import translate

    try:
        program = translate(item.text, symbol=item.symbol, timeframe=item.timeframe).program
    except NotUnderstood as asked:
        outcome = "pass" if item.program is None else "refused"
        return Judged(item.category, item.text, outcome, " ".join(str(asked).split()))
    except Exception as error:  # whatever it is, it is counted
        return Judged(item.category, item.text, "crashed", f"{type(error).__name__}: {error}")
    from nl2strat.language.printer import print_program

    same = item.program is not None and _same(program, _expected(item), item)
    return Judged(item.category, item.text, "pass" if same else "wrong", print_program(program))


def _expected(item: Item) -> ast.Program:
    from nl2strat.language.parser import parse_program

    return parse_program(f'strategy "Expected"\n{item.program}\nend strategy\n')


def _same(program: ast.Program, expected: ast.Program, item: Item) -> bool:
    """Whether two programs are one in normal form, or trade alike on the synthetic bars (and trade at all)."""
    from nl2strat.translate.llm.canonical import normal

    market = item.symbol, item.timeframe
    if normal(program, *market) == normal(expected, *market):
        return True
    found, wanted = _trades(program, item), _trades(expected, item)
    return bool(wanted) and found == wanted


def _trades(program: ast.Program, item: Item) -> list[object]:
    from nl2strat.backtesting import DataChoice, play, prepare
    from nl2strat.language.printer import print_program
    from nl2strat.settings import Settings
    from nl2strat.source import Kind, Source

    source = Source(print_program(program), Kind.LANGUAGE, "text")
    if program.timeframe is None:
        source = Source(source.text.replace("\n", f"\ntimeframe {item.timeframe}\n", 1), Kind.LANGUAGE, "text")
    compiled, bars = prepare(source, DataChoice(symbol=item.symbol))
    return [
        (t.side, t.entry_time, t.entry_price, t.exit_time, t.exit_price, t.volume)
        for t in play(compiled, bars, Settings()).trades
    ]


def by_runner(folder: Path) -> list[Judged]:
    """The acceptance cases, through the command line, by their own runner."""
    texts = {}
    for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        texts[case["id"]] = case["text"]
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.jsonl")
        command = [sys.executable, "-B", str(folder / "run_cases.py"), "--cases", str(folder)]
        command += ["--cmd", f"{sys.executable} -m nl2strat", "--report", str(report)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=scratch)
        rows = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    return [
        Judged(
            ("refuse: " if row["difficulty"] == "refuse" else "") + row["category"],
            texts[row["id"]], row["outcome"], row["summary"],
        )
        for row in rows
    ]  # fmt: skip


def show(title: str, judged: list[Judged], listed: bool) -> None:
    """A table with a row per category, and the texts that did not pass."""
    print(f"\n{title}\n")
    print(f"| {'Category':30} | " + " | ".join(f"{name:>7}" for name in (*OUTCOMES, "total")) + " |")
    print(f"|{'-' * 32}|" + "|".join("-" * 8 + ":" for _ in (*OUTCOMES, "")) + "|")
    runnable = [j for j in judged if not _must_refuse(j.category)]
    refuse = [j for j in judged if _must_refuse(j.category)]
    groups = {name: [j for j in judged if j.category == name] for name in dict.fromkeys(j.category for j in judged)}
    for name, part in {**groups, "all that can run": runnable, "all that must not run": refuse}.items():
        if part:
            counts = [sum(j.outcome == outcome for j in part) for outcome in OUTCOMES]
            print(f"| {name:30} | " + " | ".join(f"{n:7}" for n in (*counts, len(part))) + " |")
    for j in judged if listed else ():
        if j.outcome != "pass":
            detail = "\n    ".join(line for line in j.detail.splitlines() if line)
            print(f"\n{j.outcome.upper()} [{j.category}] {j.text!r}\n    {detail}")


def _must_refuse(category: str) -> bool:
    return category.startswith("refuse")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=Path, default=CASES, help="folder of the acceptance cases and their runner")
    parser.add_argument("--list", action="store_true", help="list what did not pass")
    options = parser.parse_args()
    show("Held-out texts", [judge(item) for item in items(TABLES / "held_out.txt")], options.list)
    own = [judge(item) for table in sorted(TABLES.glob("readings*.txt")) for item in items(table, table.stem)]
    own += [judge(Item(f"refuse: {i.category}", i.text, i.symbol, i.timeframe, None)) for i in refusals()]
    show("The repository's own readings and refusals", own, options.list)
    if (options.cases / "run_cases.py").is_file():
        show("Acceptance cases", by_runner(options.cases), options.list)
    else:
        print(f"\nThe acceptance cases are not here ({options.cases}); that table is left out.")
        print("--cases names their folder.")


def refusals() -> Iterator[Item]:
    """The repository's texts to refuse; those about gold are read with gold's data, as in the tests."""
    for item in items(TABLES / "refusals.txt"):
        yield Item(item.category, item.text, "XAUUSD" if "gold" in item.text else "EURUSD", "H1", None)


if __name__ == "__main__":
    main()
