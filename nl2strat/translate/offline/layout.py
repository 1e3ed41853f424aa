"""Stage 2a: what only lays a text out: Markdown emphasis and headings, tables, questions and answers.

Tables become lines of `name: what is in the cell`, answers the same; marks of emphasis and rulers are taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nl2strat.translate.offline.phrases import listed
from nl2strat.translate.offline.tokens import Token

_WORDS = listed("layout")


def plain(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without layout."""
    lines = [_without_emphasis(line) for line in _lines(_headed(tokens))]
    return [token for line in _answered(_tables(lines)) for token in line]


def _lines(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens line by line, each line with its end."""
    lines: list[list[Token]] = [[]]
    for token in tokens:
        lines[-1].append(token)
        if token.kind == "break":
            lines.append([])
    return [line for line in lines if line]


def _without_emphasis(line: list[Token]) -> list[Token]:
    """Without `**`, `__`, the hashes of a heading but one, and rulers (`---`, `===`)."""
    said = [t for t in line if t.kind != "break"]
    if len(said) >= 3 and all(t.word in ("-", "=", "*", "_", "->", "==") for t in said):
        return [t for t in line if t.kind == "break"]
    kept: list[Token] = []
    starred = _starred(line)
    for i, token in enumerate(line):
        if i in starred:
            continue
        twin = token.word in ("*", "_", "#") and (
            (i > 0 and token.glued and line[i - 1].word == token.word)
            or (i + 1 < len(line) and line[i + 1].word == token.word and line[i + 1].glued)
        )
        hashes = token.word == "#" and twin
        if twin and not (hashes and not kept):
            continue
        kept.append(token)
    return kept


def _starred(line: Sequence[Token]) -> set[int]:
    """The places of the stars of `*Long:*`: one before a word, one behind it, as many of each."""
    opening, closing = [], []
    for i, token in enumerate(line):
        following = line[i + 1] if i + 1 < len(line) else None
        joined = following is not None and following.glued and following.kind != "break"
        if token.word != "*":
            continue
        if joined and not token.glued and following is not None and following.kind == "word":
            opening.append(i)
        elif token.glued and not joined:
            closing.append(i)
    return {*opening, *closing} if len(opening) == len(closing) else set()


def _headed(tokens: Sequence[Token]) -> list[Token]:
    """`Entry? RSI below 30. Stop? 3 ATR.`: a short question with its answer behind it is a heading."""
    result: list[Token] = []
    since = 0
    for i, token in enumerate(tokens):
        short = 0 < i - since <= 3 and " ".join(t.word for t in tokens[since:i]) in _WORDS["headings"]
        if token.word == "?" and short and i + 1 < len(tokens) and tokens[i + 1].kind != "break":
            token = _mark(token, ":")
        if token.kind == "break" or token.word in (".", "?", "!"):
            since = i + 1
        result.append(token)
    return result


# ------------------------------------------------------------------------ tables


def _tables(lines: list[list[Token]]) -> list[list[Token]]:
    """Rows between pipes as sentences; the ruler and a header that names the columns only are taken out."""
    result: list[list[Token]] = []
    sided = False
    for i, line in enumerate(lines):
        cells = _cells(line)
        sided = cells is not None and (sided or (_names_sides(cells) and _rules(*lines[i + 1 : i + 2])))
        if cells is None:
            result.append(line)
        elif sided and _names_sides(cells):
            continue
        elif sided and len(cells) == 3 and not _rules(line):
            result += _both_sides(line, cells)
        elif not (_rules(line) or (_rules(*lines[i + 1 : i + 2]) and all(_names_column(cell) for cell in cells))):
            result.append(_row(line, cells))
    return result


def _cells(line: Sequence[Token]) -> list[list[Token]] | None:
    """The cells of a row that begins with a pipe; None for any other line."""
    said = [t for t in line if t.kind != "break"]
    if len(said) < 3 or said[0].word != "|":
        return None
    cells: list[list[Token]] = [[]]
    for token in said[1:]:
        if token.word == "|":
            cells.append([])
        else:
            cells[-1].append(token)
    return [cell for cell in cells if cell]


def _rules(line: Sequence[Token] = ()) -> bool:
    """Whether a row is the ruler below a header."""
    cells = _cells(line)
    return cells is not None and all(t.word in ("-", ":", "->") for cell in cells for t in cell)


def _names_column(cell: Sequence[Token]) -> bool:
    return " ".join(t.base for t in cell) in _WORDS["columns"]


def _names_sides(cells: Sequence[Sequence[Token]]) -> bool:
    """Whether a header ends in a column for longs and one for shorts."""
    said = [" ".join(t.word for t in cell) for cell in cells[-2:]]
    return len(said) == 2 and said[0] in _WORDS["column of longs"] and said[1] in _WORDS["column of shorts"]


def _both_sides(line: Sequence[Token], cells: Sequence[list[Token]]) -> list[list[Token]]:
    """`| Entry | A | B |` as `long : A .` and `short : B .`; what is alike on both sides is said once."""
    label, *sides = cells
    name = " ".join(t.word for t in label)
    end = [t for t in line if t.kind == "break"]
    if [t.word for t in sides[0]] == [t.word for t in sides[1]]:
        last = replace(sides[0][-1], end=sides[1][-1].end)  # the account shows both cells
        return [_row(line, [label, [*sides[0][:-1], last]])]
    rows = []
    for side, cell in zip(("long", "short"), sides, strict=True):
        word = replace(_mark(cell[0], side), kind="word")
        if name in _WORDS["entry rows"]:
            head = [word]
        elif name in _WORDS["exit rows"]:
            head = [word, replace(_mark(cell[0], "exit"), kind="word")]
        else:
            head = [*label, replace(_mark(cell[0], "for"), kind="word"), word]
        rows.append([*head, _mark(cell[0], ":"), *cell, _mark(cell[-1], "."), *end])
    return rows


def _row(line: Sequence[Token], cells: Sequence[list[Token]]) -> list[Token]:
    """`name : cell , cell .` with the pipes' places."""
    result: list[Token] = []
    for i, cell in enumerate(cells):
        if i and cells[i - 1][-1].word != ":":
            result.append(_mark(cell[0], ":" if i == 1 else ","))
        result += cell
    last = cells[-1][-1]
    return [*result, _mark(last, "."), *(t for t in line if t.kind == "break")]


def _mark(at: Token, word: str) -> Token:
    return replace(at, word=word, base=word, kind="mark", value=None, glued=False, upper=False)


# --------------------------------------------------------- questions and answers


def _answered(lines: list[list[Token]]) -> list[list[Token]]:
    """`Q: When do you buy?` and `A: When ...` as `buy: When ...`."""
    result: list[list[Token]] = []
    k = 0
    while k < len(lines):
        asked = _asked(lines[k])
        answer = _answer(lines[k + 1]) if asked is not None and k + 1 < len(lines) else None
        if asked is not None and answer is not None:
            result.append([*asked, *answer])
            k += 2
            continue
        result.append(lines[k])
        k += 1
    return result


def _asked(line: Sequence[Token]) -> list[Token] | None:
    """What a question asks for, with a colon: `buy :`."""
    said = [t for t in line if t.kind != "break"]
    if len(said) < 4 or said[0].word not in ("q", "question") or said[-1].word != "?":
        return None
    asked = said[1:-1]
    while asked and (asked[0].kind == "number" or asked[0].word in (":", ".", ")", "-")):
        asked = asked[1:]
    for phrase in sorted(_WORDS["asking"], key=len, reverse=True):
        words = phrase.split()
        if [t.word for t in asked[: len(words)]] == words:
            asked = asked[len(words) :]
            break
    return [*asked, _mark(said[-1], ":")] if asked else None


def _answer(line: Sequence[Token]) -> list[Token] | None:
    if len(line) < 3 or line[0].word not in ("a", "answer"):
        return None
    rest = list(line[1:])
    while rest and (rest[0].kind == "number" or rest[0].word in (".", ")")) and len(rest) > 1:
        if rest[0].kind == "number" and rest[1].word not in (":", ".", ")"):
            return None
        rest = rest[1:]
    return rest[1:] if rest and rest[0].word in (":", "-") else None
