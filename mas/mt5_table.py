"""The tester report's rows in MetaTrader's words, and how it prints them: `12.50 (3.40%)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mas.metric_table import Value

Figures = Mapping[str, Value]


def statistics_rows(found: Figures) -> list[tuple[str, str]]:
    """(name, value) of every row, in the order of the tester's report; `n/a` where a figure is not known."""
    return [(name, write(found)) for name, write in STATISTICS]


def _number(key: str, digits: int = 2) -> Callable[[Figures], str]:
    return lambda found: _text(found[key], digits)


def _with_percent(key: str, percent: str) -> Callable[[Figures], str]:
    return lambda found: _pair(found[key], found[percent], "%")


def _percent_first(percent: str, key: str) -> Callable[[Figures], str]:
    return lambda found: "n/a" if found[percent] is None else f"{_text(found[percent])}% ({_text(found[key])})"


def _count(key: str, percent: str = "") -> Callable[[Figures], str]:
    return lambda found: _pair(found[key], found[percent], "%", 0) if percent else _text(found[key], 0)


def _run(count: str, money: str) -> Callable[[Figures], str]:
    return lambda found: f"{_text(found[count], 0)} ({_text(found[money])})"


def _sum(money: str, count: str) -> Callable[[Figures], str]:
    return lambda found: f"{_text(found[money])} ({_text(found[count], 0)})"


def _growth(key: str) -> Callable[[Figures], str]:
    def write(found: Figures) -> str:
        value = found[key]
        return "n/a" if value is None else f"{value:.4f} ({100 * (value - 1):.2f}%)"

    return write


def _duration(key: str) -> Callable[[Figures], str]:
    def write(found: Figures) -> str:
        hours = found[key]
        if hours is None:
            return "n/a"
        seconds = round(hours * 3600)
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"

    return write


def _text(value: Value, digits: int = 2) -> str:
    return "n/a" if value is None else f"{value + 0.0:,.{digits}f}"


def _pair(value: Value, other: Value, unit: str, digits: int = 2) -> str:
    return _text(value, digits) + ("" if other is None else f" ({_text(other)}{unit})")


STATISTICS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("Total Net Profit", _number("net_profit")),
    ("Gross Profit", _number("gross_profit")),
    ("Gross Loss", _number("gross_loss")),
    ("Profit Factor", _number("profit_factor")),
    ("Expected Payoff", _number("expected_payoff")),
    ("Recovery Factor", _number("recovery_factor")),
    ("Sharpe Ratio", _number("sharpe")),
    ("Margin Level", lambda found: _text(found["margin_level"]) + ("" if found["margin_level"] is None else "%")),
    ("Balance Drawdown Absolute", _number("balance_drawdown_absolute")),
    ("Balance Drawdown Maximal", _with_percent("balance_drawdown_maximal", "balance_drawdown_maximal_percent")),
    ("Balance Drawdown Relative", _percent_first("balance_drawdown_relative_percent", "balance_drawdown_relative")),
    ("Equity Drawdown Absolute", _number("equity_drawdown_absolute")),
    ("Equity Drawdown Maximal", _with_percent("equity_drawdown_maximal", "equity_drawdown_maximal_percent")),
    ("Equity Drawdown Relative", _percent_first("equity_drawdown_relative_percent", "equity_drawdown_relative")),
    ("Z-Score", _with_percent("z_score", "z_probability")),
    ("AHPR", _growth("ahpr")),
    ("GHPR", _growth("ghpr")),
    ("LR Correlation", _number("lr_correlation")),
    ("LR Standard Error", _number("lr_standard_error")),
    ("Correlation (Profits,MFE)", _number("correlation_profit_mfe")),
    ("Correlation (Profits,MAE)", _number("correlation_profit_mae")),
    ("Correlation (MFE,MAE)", _number("correlation_mfe_mae")),
    ("Minimal position holding time", _duration("holding_minimal_hours")),
    ("Maximal position holding time", _duration("holding_maximal_hours")),
    ("Average position holding time", _duration("holding_average_hours")),
    ("Total Trades", _count("trades")),
    ("Total Deals", _count("deals")),
    ("Short Trades (won %)", _count("short_trades", "short_won_percent")),
    ("Long Trades (won %)", _count("long_trades", "long_won_percent")),
    ("Profit Trades (% of total)", _count("profit_trades", "profit_trades_percent")),
    ("Loss Trades (% of total)", _count("loss_trades", "loss_trades_percent")),
    ("Largest profit trade", _number("largest_profit_trade")),
    ("Largest loss trade", _number("largest_loss_trade")),
    ("Average profit trade", _number("average_profit_trade")),
    ("Average loss trade", _number("average_loss_trade")),
    ("Maximum consecutive wins ($)", _run("max_consecutive_wins", "max_consecutive_wins_money")),
    ("Maximum consecutive losses ($)", _run("max_consecutive_losses", "max_consecutive_losses_money")),
    ("Maximal consecutive profit (count)", _sum("maximal_consecutive_wins", "maximal_consecutive_wins_count")),
    ("Maximal consecutive loss (count)", _sum("maximal_consecutive_losses", "maximal_consecutive_losses_count")),
    ("Average consecutive wins", _count("average_consecutive_wins")),
    ("Average consecutive losses", _count("average_consecutive_losses")),
)
"""Name and how its value is written from the figures of `mas.mt5_statistics`."""
