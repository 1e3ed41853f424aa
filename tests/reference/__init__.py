"""A plain, slow reading of the execution contract, independent of `mas`: what generated strategies must agree with.

`bars.History` holds the bars as lists, `indicators` the textbook formulas as loops, `evaluate.Evaluator` the
conditions of a program bar by bar, `simulate.simulate` the account. "Rule N" is a rule of EXECUTION.md.
"""
