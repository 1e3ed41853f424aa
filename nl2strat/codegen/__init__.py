"""From a checked program to a Python class that can be read, verified, and run."""

from nl2strat.codegen.load import extract_english, extract_program, load
from nl2strat.codegen.render import render
from nl2strat.codegen.verify import verify

__all__ = ["extract_english", "extract_program", "load", "render", "verify"]
