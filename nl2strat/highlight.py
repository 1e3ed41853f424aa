"""Programs and Python as coloured HTML (CSS classes as Pygments names them); everything but the markup is escaped."""

from __future__ import annotations

import re
from functools import cache
from html import escape

from nl2strat.language.grammar import grammar_text


def python_html(source: str) -> str:
    """Python source as HTML spans."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    return str(highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)))


def program_html(source: str) -> str:
    """A program of the strategy language as HTML spans."""
    parts, at = [], 0
    for token in _tokens().finditer(source):
        parts.append(escape(source[at : token.start()]))
        parts.append(f'<span class="{token.lastgroup}">{escape(token.group())}</span>')
        at = token.end()
    return "".join((*parts, escape(source[at:])))


@cache
def _tokens() -> re.Pattern[str]:
    """Comment, string, call, keyword, number; the group's name is the CSS class."""
    words = "|".join(keywords())
    return re.compile(
        rf'(?P<c1>#.*)|(?P<s>"[^"\n]*")|(?P<nf>\b[a-z]\w*(?=\())|(?P<k>\b(?:{words})\b)|(?P<m>\b\d+(?::\d\d|\.\d+)?%?)'
    )


@cache
def keywords() -> tuple[str, ...]:
    """The words that the grammar spells out: quoted ones, and those inside the terminals that swallow blanks."""
    quoted = re.findall(r'"([a-z]{2,})"', grammar_text())
    terminals = re.findall(r"^[A-Z_]+: /(.*)/$", grammar_text(), re.MULTILINE)
    bare = [re.sub(r"\[[^\]]*\]|\{[^}]*\}|\\.", " ", terminal) for terminal in terminals]
    return tuple(sorted({*quoted, *(word for text in bare for word in re.findall(r"[a-z]{2,}", text))}))
