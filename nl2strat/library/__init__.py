"""The library: strategies, their versions, the backtests that were tried, approvals and runs, in one SQLite file.

    from nl2strat.library.store import Library
    library = Library.open()
    version = library.keep(compiled)

Command line, page and runner share it. What may be written by a command that has no time for a database (a backtest
that is over in a blink) goes through `spool`, and is taken in when the library is opened next; for the same reason
nothing is imported here.
"""
