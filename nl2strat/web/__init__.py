"""The page: `server` puts it together, `api` is what it does for programs, `pages` what people see.

Nothing that computes runs in the server's own process: `work` hands it to worker processes (`tasks`), so that the
page answers whatever a strategy is doing.
"""
