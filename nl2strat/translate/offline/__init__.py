"""English to the strategy language, offline and deterministic.

    text -> normalise -> lexer -> segment, filler -> spelling, numerals -> reader (phrases to elements)
         -> assemble (elements to rules) -> settle (defaults) -> validate -> account -> Reading

What raises a question there may have a few meanings that can each be written out; `alternatives` reads those too.

Each stage is a module of that name; the words are data in `vocabulary/` and in the registry.
"""

from nl2strat.translate.offline.alternatives import translate

__all__ = ["translate"]
