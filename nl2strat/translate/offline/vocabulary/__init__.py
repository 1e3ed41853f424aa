"""The translator's words, as data: one module per field, no logic."""
