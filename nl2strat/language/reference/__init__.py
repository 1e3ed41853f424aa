"""What is written from the grammar and the registry: the language reference, editor support, the table of examples.

    python -m nl2strat.language.reference

Prose that no grammar can give stands in `prose`; everything else is read off, and tests hold the files to be current.
"""
