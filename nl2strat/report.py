"""report.html: one file with everything a reader needs to judge a backtest, loading nothing from anywhere.

Figures come from `mas.report`; this module puts them beside the English, the reading and the code. All text is
escaped by Jinja, data is embedded as JSON that cannot close its element, and the page's content policy lets only
this very script run. The same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from mas import metrics as mas_metrics
from mas import report as figures
from mas.heat_map import MONTH_NAMES, heat_map
from mas.metric_table import METRICS, Value, format_metric
from mas.page import joined_script, safe_json, script_hash, template_text
from mas.terminals.guarded.summary import lines_of
from nl2strat.highlight import program_html, python_html
from nl2strat.language.grammar import resource_text

if TYPE_CHECKING:
    from jinja2 import Environment

    from mas.results import Backtest
    from nl2strat.research.checks import Robustness

Json = dict[str, Any]

TILES = (
    ("Net profit", "net_profit", "total_return_percent"),
    ("Annual growth", "cagr_percent", "volatility_percent"),
    ("Max. drawdown", "equity_drawdown_relative_percent", "longest_drawdown_days"),
    ("Profit factor", "profit_factor", "expected_payoff"),
    ("Sharpe ratio", "sharpe", "sortino"),
    ("Trades", "trades", "exposure_percent"),
    ("Win rate", "win_rate_percent", "payoff_ratio"),
    ("Spread paid", "spread_cost", "ambiguous_trades"),
)
"""The key figures: heading, what a tile shows large, and what stands under it."""

TRADE_COLUMNS = (
    ("number", "#", ""),
    ("side", "Side", ""),
    ("net", "Net", "num"),
    ("exit_reason", "Exit", ""),
    ("entry", "In", "num"),
    ("entry_price", "Price", "num"),
    ("exit", "Out", "num"),
    ("exit_price", "Price", "num"),
    ("sl", "SL", "num extra"),
    ("tp", "TP", "num extra"),
    ("bars", "Bars", "num extra"),
    ("volume", "Lots", "num"),
)
"""Key to sort by, heading, CSS classes (`extra` disappears on narrow screens)."""

STANDS = {"good": "passes", "doubt": "doubt", "luck": "luck", "note": "to know"}
"""What a check says of the result (`nl2strat.research.checks.Stand`), in a word."""

REFUSED_SHOWN = 10


class WordUse(Protocol):
    """A stretch of the user's text and what it became (`nl2strat.translate.reading.Use`)."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def node(self) -> str: ...


def report_html(
    *,
    backtest: Backtest,
    metrics: Mapping[str, Value],
    title: str,
    english: str,
    explanation: str,
    assumptions: Sequence[str],
    program_text: str,
    python: str,
    uses: Sequence[WordUse] = (),
    warnings: Sequence[str] = (),
    lookahead: str = "",
    notes: Sequence[str] = (),
    account: Sequence[str] = (),
    generated: str = "",
    extra: str = "",
    robustness: Robustness | None = None,
) -> str:
    """The page as text.

    Args: metrics: from `compute_metrics`. uses: which words of `english` became what, highlighted there. warnings:
        further ones; those of `warnings_for` are always shown. lookahead: the outcome of that check, a sentence.
        notes: more lines about the data; those of its quality report are always shown. account: what is other than
        usual about the account. generated: when and by what, shown as given (nothing is added, so that equal input
        gives equal bytes). extra: HTML of sections that come first, escaped by whoever made it.
        robustness: how far the run can be believed.
    """
    from markupsafe import Markup

    script = joined_script(template_text("chart.js"), template_text("page.js"), _template("report.page.js"))
    bars = backtest.bars
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            css=Markup(template_text("page.css") + _template("report.css")),
            script=Markup(script),
            script_hash=script_hash(script),
            data=Markup(safe_json(_page_data(backtest))),
            synthetic=bars.synthetic,
            title=title,
            symbol=", ".join(backtest.symbols),
            timeframe=bars.timeframe,
            period=_period(backtest),
            bars=len(bars),
            source=bars.source,
            generated=generated,
            extra=Markup(extra),
            robustness=robustness,
            stands=STANDS,
            english=highlighted(english, uses),
            uses=[{"text": english[use.start : use.end], "node": use.node} for use in uses],
            explanation=explanation.strip(),
            assumptions=assumptions,
            warnings=list(dict.fromkeys((*mas_metrics.warnings_for(backtest, dict(metrics)), *warnings))),
            tiles=_tiles(metrics, backtest.currency),
            band=figures.band_text(backtest),
            equity_words=_equity_words(metrics, backtest),
            months=heat_map(figures.monthly_returns(backtest)),
            month_names=MONTH_NAMES,
            trade_count=len(backtest.trades),
            trade_columns=_trade_columns(backtest),
            groups=_metric_groups(metrics, backtest.currency),
            execution=[*figures.execution_notes(backtest), *account],
            lookahead=lookahead,
            data_lines=_data_lines(backtest, notes),
            refused=_refused_lines(backtest),
            held_back=[f"{reason}: {count:,}" for reason, count in sorted(backtest.held_back.items())],
            alerts=_alert_lines(backtest),
            guards=lines_of(backtest.guards, REFUSED_SHOWN),
            program=Markup(program_html(program_text)) if program_text else "",
            python=Markup(python_html(python)) if python else "",
        )
    )


def section(template: str, **values: Any) -> str:
    """A section that comes first in a page (`extra`): a template with values, which are escaped."""
    return _environment().get_template(template).render(**values)


def highlighted(english: str, uses: Sequence[WordUse]) -> list[dict[str, str]]:
    """The text cut into pieces `{text, node}`; `node` is empty where no use covers the piece. Overlaps: first wins."""
    pieces, at = [], 0
    for use in sorted(uses, key=lambda use: (use.start, -use.end)):
        if use.start < at or use.end <= use.start or use.end > len(english):
            continue
        pieces += [
            {"text": english[at : use.start], "node": ""},
            {"text": english[use.start : use.end], "node": use.node},
        ]
        at = use.end
    pieces.append({"text": english[at:], "node": ""})
    return [piece for piece in pieces if piece["text"]]


def _template(name: str) -> str:
    return resource_text("templates", name)


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined)


def _trade_columns(backtest: Backtest) -> tuple[tuple[str, str, str], ...]:
    """The columns of the trade list; the symbol is one of them where there are several."""
    symbol = (("symbol", "Symbol", ""),) if len(backtest.symbols) > 1 else ()
    return (*TRADE_COLUMNS[:1], *symbol, *TRADE_COLUMNS[1:])


def _page_data(backtest: Backtest) -> Json:
    rows = figures.trade_rows(backtest)
    columns = list(rows[0]) if rows else []
    return {
        "synthetic": backtest.bars.synthetic,
        "currency": backtest.currency,
        "price": figures.price_chart(backtest),
        **({"digits": {p.bars.symbol: p.bars.spec.digits for p in backtest.played}} if backtest.played else {}),
        "equity": figures.equity_chart(backtest),
        "trades": {"columns": columns, "rows": [list(row.values()) for row in rows]},
    }


def _period(backtest: Backtest) -> str:
    if not len(backtest.bars):
        return "no bars"
    first, last = figures.iso_times([backtest.bars.time[0], backtest.bars.time[-1]])
    return f"{first[:10]} to {last[:10]}"


def _tiles(metrics: Mapping[str, Value], currency: str) -> list[Json]:
    tiles = []
    for title, key, under in TILES:
        metric = METRICS[key]
        tiles.append(
            {
                "title": title,
                "definition": metric.definition,
                "value": _written(key, metrics[key]),
                "unit": currency if metric.unit == "money" and metrics[key] is not None else "",
                "sub": f"{METRICS[under].title} {_written(under, metrics[under], currency)}",
                "tone": _tone(key, metrics[key]),
            }
        )
    return tiles


def _written(key: str, value: Value, currency: str = "") -> str:
    """The value as text with a typographic minus."""
    return format_metric(key, value, currency).replace("-", "\N{MINUS SIGN}")


def _tone(key: str, value: Value) -> str:
    """CSS class for a figure: green above 0, red below, where that means good and bad."""
    if not METRICS[key].signed or not value:
        return ""
    return "gain" if value > 0 else "loss"


def _metric_groups(metrics: Mapping[str, Value], currency: str) -> list[tuple[str, list[Json]]]:
    groups: dict[str, list[Json]] = {}
    for key, metric in METRICS.items():
        value = metrics[key]
        row = {"title": metric.title, "definition": metric.definition, "tone": _tone(key, value)}
        groups.setdefault(metric.group, []).append({**row, "value": _written(key, value, currency)})
    return list(groups.items())


def _equity_words(metrics: Mapping[str, Value], backtest: Backtest) -> str:
    """The equity chart in words, for readers who cannot see it."""
    end = float(backtest.equity[-1]) if len(backtest.equity) else backtest.deposit
    fall = format_metric("equity_drawdown_relative_percent", metrics["equity_drawdown_relative_percent"])
    return f"From {backtest.deposit:,.2f} to {end:,.2f} {backtest.currency}, deepest fall {fall}."


def _data_lines(backtest: Backtest, notes: Sequence[str]) -> list[str]:
    """Where the bars come from and what was found wrong with them."""
    bars = backtest.bars
    quality = list(bars.report.lines()) if bars.report is not None else []
    source = f"{len(bars):,} bars of {bars.symbol} {bars.timeframe}" + (f" from {bars.source}" if bars.source else "")
    return list(dict.fromkeys((source, *quality, *notes)))


def _alert_lines(backtest: Backtest) -> list[str]:
    shown = backtest.alerts[:REFUSED_SHOWN]
    times = figures.iso_times([alert.time for alert in shown])
    lines = [f"{time.replace('T', ' ')[:16]} {a.symbol}: {a.text}" for time, a in zip(times, shown, strict=True)]
    more = len(backtest.alerts) - len(shown)
    return [*lines, f"and {more:,} more"] if more > 0 else lines


def _refused_lines(backtest: Backtest) -> list[str]:
    shown = backtest.refused[:REFUSED_SHOWN]
    times = figures.iso_times([refusal.time for refusal in shown])
    lines = [f"{time.replace('T', ' ')[:16]}: {r.text} ({r.retcode})" for time, r in zip(times, shown, strict=True)]
    more = len(backtest.refused) - len(shown)
    return [*lines, f"and {more:,} more"] if more > 0 else lines
