"""English to the language."""
