"""A strategy as a program of its own: one file that trades what was approved, under its guards, and nothing else."""
