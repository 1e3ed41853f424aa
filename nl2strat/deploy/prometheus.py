"""Figures of a run for Prometheus, on a local port: http://127.0.0.1:PORT/metrics."""

from __future__ import annotations

from typing import Any

from nl2strat.deploy.happenings import Happening, Kind
from nl2strat.errors import UsageError

_GAUGES = {
    "balance": "Balance of the account, in its currency",
    "equity": "Equity of the account, in its currency",
    "open_positions": "Open positions of the strategy",
    "waiting_orders": "Waiting orders of the strategy",
    "result_today": "What the strategy's positions closed today have brought, after costs",
    "bar_time": "Open time of the last bar that was handled, seconds since the epoch of the server's clock",
    "decision_seconds": "CPU seconds that the last bar took",
}
_STATES = {Kind.STARTED: 1.0, Kind.RESUMED: 1.0, Kind.PAUSED: 2.0, Kind.STOPPED: 0.0, Kind.FAILED: -1.0}


class Metrics:
    """A watcher that counts.

    Args: port: 0 for any that is free (see `port`). labels: what tells this run from others.
    Raises: UsageError: prometheus-client is not installed, or the port is taken.
    """

    def __init__(self, port: int, labels: dict[str, str], host: str = "127.0.0.1") -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server
        except ImportError:
            raise UsageError("metrics need the prometheus-client package: pip install 'nl2strat[metrics]'") from None
        registry = CollectorRegistry()
        names = tuple(labels)

        def labelled(metric: Any) -> Any:
            return metric.labels(**labels)

        self._gauges = {
            name: labelled(Gauge(f"nl2strat_{name}", text, names, registry=registry)) for name, text in _GAUGES.items()
        }
        self._state = labelled(
            Gauge("nl2strat_state", "1 running, 2 paused, 0 stopped, -1 failed", names, registry=registry)
        )
        happened = Counter("nl2strat_happenings", "What has happened, by kind", (*names, "kind"), registry=registry)
        self._counts = {kind: happened.labels(**labels, kind=kind.value) for kind in Kind}
        try:
            self._server, self._thread = start_http_server(port, addr=host, registry=registry)
        except OSError as error:
            raise UsageError(f"--metrics {port}: the port cannot be used: {error.strerror or error}") from None
        self.port: int = self._server.server_port

    def tell(self, happening: Happening) -> None:
        self._counts[happening.kind].inc()
        for name, gauge in self._gauges.items():
            value = happening.data.get(name)
            if isinstance(value, int | float):
                gauge.set(float(value))
        if happening.kind in _STATES:
            self._state.set(_STATES[happening.kind])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)
