"""To import this is to be ready for a page's first call: the process that workers are forked from does it for all."""

from __future__ import annotations

from nl2strat.web.workers import become_warm

become_warm()
