"""Notifications by mail, Telegram, webhook and whatever else the apprise library speaks.

Addresses hold tokens, so that they come from the environment (NL2STRAT_NOTIFY: several, separated by blanks) or from
the system's keyring (`keyring set nl2strat notify`), never from a file. They are sent from a thread of their own: a
service that does not answer never holds up an order.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Collection, Mapping
from queue import Empty, Full, Queue
from typing import Any

from mas.secrecy import conceal, keep
from nl2strat.deploy.happenings import Happening, Kind
from nl2strat.errors import UsageError

log = logging.getLogger("nl2strat")

VARIABLE = "NL2STRAT_NOTIFY"

USUAL = frozenset(
    {
        Kind.STARTED, Kind.RECOVERED, Kind.OPENED, Kind.CLOSED, Kind.REFUSED, Kind.ALERT, Kind.GUARD, Kind.TROUBLE,
        Kind.BACK, Kind.STOPPED, Kind.FAILED,
    }
)  # fmt: skip
"""What is sent unless the user chooses: everything but each bar and each order."""

_MOST = 200
"""Messages that may wait; more than that is a storm, and the rest is counted instead of sent."""
_LAST_WORDS = 10.0
"""Seconds that the end of a run waits for what is still to be sent."""


def addresses(environment: Mapping[str, str] | None = None) -> list[str]:
    """Where notifications go, as apprise writes it; each becomes a secret of this process."""
    environment = os.environ if environment is None else environment
    given = environment.get(VARIABLE, "").strip() or _from_keyring()
    return [keep(address) for address in given.split()]


def _from_keyring() -> str:
    try:
        import keyring
    except ImportError:
        return ""
    try:
        return keyring.get_password("nl2strat", "notify") or ""
    except keyring.errors.KeyringError:
        return ""


class Notifier:
    """A watcher that sends.

    Args: places: see `addresses`. title: what messages are headed with. kinds: of what.
    Raises: UsageError: apprise is not installed, or does not know such an address.
    """

    def __init__(self, places: Collection[str], title: str, kinds: Collection[Kind] = USUAL) -> None:
        self._service = _service(places)
        self._title, self._kinds = title, frozenset(kinds)
        self._waiting: Queue[Happening | None] = Queue(_MOST)
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="notifications", daemon=True)
        self._thread.start()

    def tell(self, happening: Happening) -> None:
        if happening.kind not in self._kinds:
            return
        try:
            self._waiting.put_nowait(happening)
        except Full:
            self._dropped += 1

    def close(self) -> None:
        """Send what waits, for a few seconds; the rest is lost, and said so in the log."""
        try:
            self._waiting.put(None, timeout=_LAST_WORDS)
        except Full:
            log.warning("notifications: %d were not sent", self._waiting.qsize())
            return
        self._thread.join(_LAST_WORDS)
        if self._thread.is_alive():
            log.warning("notifications: %d were not sent: the service does not answer", self._waiting.qsize())

    def _run(self) -> None:
        while (happening := self._waiting.get()) is not None:
            lines, last = [happening.text], False
            while len(lines) < 20:  # what has come meanwhile goes into one message
                try:
                    more = self._waiting.get_nowait()
                except Empty:
                    break
                if more is None:
                    last = True
                    break
                lines.append(more.text)
            if self._dropped:
                lines.append(f"({self._dropped} more messages were not sent)")
                self._dropped = 0
            self._send(conceal("\n".join(lines)))
            if last:
                return

    def _send(self, text: str) -> None:
        try:
            sent = self._service.notify(body=text, title=self._title)
        except Exception as error:  # whatever a plug-in of apprise does wrong is no reason to stop trading
            log.warning("a notification failed: %s", conceal(repr(error)))
            return
        if not sent:
            log.warning("a notification was not accepted by every service")


def _service(places: Collection[str]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what apprise and its plug-ins import
        try:
            import apprise
        except ImportError:
            raise UsageError("notifications need the apprise package: pip install 'nl2strat[notify]'") from None
        service = apprise.Apprise()
        for place in places:
            if not service.add(keep(place)):
                scheme = place.partition("://")[0]
                raise UsageError(
                    f"{VARIABLE}: apprise does not know the address that begins with {scheme[:12]!r}; "
                    "see its list of services"
                )
    return service
