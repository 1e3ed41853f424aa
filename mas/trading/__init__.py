"""A strategy on an account that goes on without it: real, or on paper.

What a strategy is told comes in as `inputs` and goes through a `channel`; the `session` handles it exactly as a
replay handles its bars, on a `mirror` of the account. The journal keeps every input and every request, so that a
process that was killed comes back to the very state it was in by handling its journal again.
"""
