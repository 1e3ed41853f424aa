"""Many runs of one strategy: sweeps, optimisation, and what they are worth."""
