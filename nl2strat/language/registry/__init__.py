"""The registry's entries, one module per family, mirroring mas/indicators; `functions.py` is the face."""
