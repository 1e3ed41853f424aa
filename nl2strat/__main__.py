"""`python -m nl2strat` is the command `nl2strat`."""

import sys

from nl2strat.cli import main

sys.exit(main())
