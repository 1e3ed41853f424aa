"""The English of explanations, read back exactly.

`nl2strat.language.english` says each thing in one way. This package is the inverse of it: it proposes every part of
a program that such words might mean, and keeps the one that `english` says in exactly these words. So nothing is ever
nearly read: a text is an explanation down to the last word, or it is none, and ordinary English is read.
"""

from nl2strat.translate.explained.program import Explained, read_explanation

__all__ = ["Explained", "read_explanation"]
