"""From a reviewed strategy to one that trades: approval, the runner, what watches it, and what ends it."""
