"""One run, from the moment its process begins until it ends: the loop around a live session.

What goes wrong has one of two ends. The terminal is out of reach: it is tried again, for as long as it takes, and what
happened meanwhile is looked up. Nobody knows what has become of a request, the journal cannot be written, or the
strategy fails: the run ends at once, open positions keep the stops that the broker has, and the user is told.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mas.errors import BrokerError, ConnectionLost, MasError, ParameterError
from mas.secrecy import conceal
from mas.terminals.guarded.terminal import Guarded
from mas.terminals.troubles import OutcomeUnknown
from mas.trading.direct import DirectChannel
from mas.trading.inputs import BarClosed, Command, Input
from mas.trading.journal import Journal
from mas.trading.journaled import JournaledChannel
from mas.trading.session import LiveSession
from nl2strat.deploy.folders import GUARDS, RunFolder, kill_file
from nl2strat.deploy.happenings import Happening, Kind, Watchers
from nl2strat.deploy.telling import TellingChannel

if TYPE_CHECKING:
    from mas.client import MAS
    from mas.terminals.guarded.events import GuardEvent
    from mas.terminals.guarded.rules import Rules
    from nl2strat.library.tables import Run

log = logging.getLogger("nl2strat")

_WAITS = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between attempts to reach a terminal that is out of reach; the last one again and again."""
_STATE_EVERY = 5.0
_SIGNALS = [signal.Signals[name] for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]


class Runner:
    """The process's part in a run.

    Args: run: its row in the library. folder: its folder; must be held. home: the data folder. terminal: with
        MetaTrader5's functions, open. rules: of the guards. watchers: who is told. wait: seconds between two looks.
        left_alone: tickets that the user has told it to leave alone.
    """

    def __init__(
        self, run: Run, strategy: MAS, folder: RunFolder, home: Path, terminal: Any, rules: Rules, watchers: Watchers,
        *, wait: float = 1.0, left_alone: Iterable[int] = (),
    ) -> None:  # fmt: skip
        self.run_row, self.folder, self._home, self._terminal, self._watchers = run, folder, home, terminal, watchers
        self._wait = wait
        self._asked: list[Command] = []
        """Commands that came by signals, or while the terminal was out of reach."""
        self._files: list[Path] = []
        """Of the commands that are being carried out."""
        self._to_handle = 0
        """Commands that the session has been given and has not handled."""
        self._killed = False
        self._written = 0.0
        self._cpu = 0.0
        self.reason = ""
        """Why it has ended."""
        self.guarded = Guarded(terminal, rules, magics={run.magic}, symbols=[run.symbol], listener=self._guard_acted)
        self._restore_guards()
        for name, value in (("magic", run.magic), ("toggle", False)):  # what generated classes send with every order
            setattr(strategy, name, value)
        pause: dict[str, Any] = {"pause": terminal.wait} if hasattr(terminal, "wait") else {}
        direct = DirectChannel(self.guarded, run.symbol, run.timeframe, run.magic, interval=wait, **pause)
        facts = {
            "id": run.id, "strategy": run.version.strategy.name, "python_sha256": run.version.python_sha256,
            "symbol": run.symbol, "timeframe": run.timeframe, "magic": run.magic, "terminal": run.terminal,
        }  # fmt: skip
        self.journal = Journal(folder.journal, facts)
        journaled = JournaledChannel(direct, self.journal, commands=self._commands, left_alone=tuple(left_alone))
        self.channel = TellingChannel(journaled, watchers, run.symbol)
        self._strategy = strategy
        self.session: LiveSession | None = None

    # ------------------------------------------------------------- the run

    def run(self) -> str:
        """Trade until told to stop, or until the recording of a paper account is over.

        Returns: the state in which it ends: "stopped", "killed", "finished" or "failed".
        """
        try:
            with self._signals():
                self._begin()
                return self._loop()
        except MasError as error:
            return self._fail(str(error))
        except OSError as error:
            return self._fail(f"the disk: {error.strerror or error} ({error.filename or self.folder.path})")
        except Exception as error:
            log.error("the strategy has failed", exc_info=error)
            return self._fail(f"the strategy has failed: {error!r}")
        finally:
            self.journal.close()

    def _begin(self) -> None:
        again = self.journal.last > 1
        self._check_terminal(again=again)
        session = self.session = LiveSession(self._strategy, self.channel)
        if again:
            while self.channel.recovering:
                item = self.channel.next(0.0)
                if item is not None:
                    session.take(item)
                session.stopping = False  # it was told to stop then; now somebody has begun it again
        words = "goes on" if again else "begins"
        run = self.run_row
        text = f"{run.version.strategy.name} {words} on {run.terminal}, {run.symbol} {run.timeframe}, run {run.id}"
        self._watchers.say(Kind.RECOVERED if again else Kind.STARTED, text, **self._figures())
        self._say_state("running", force=True)

    def _check_terminal(self, *, again: bool) -> None:
        """Raises: BrokerError: orders would not go through, and nothing has begun yet."""
        troubles: tuple[str, ...] = getattr(self._terminal, "troubles", tuple)()
        if troubles and not again:
            raise BrokerError("the terminal would not carry out orders: " + " ".join(troubles))
        for trouble in troubles:
            self._watchers.say(Kind.TROUBLE, trouble)

    def _loop(self) -> str:
        session = self.session
        assert session is not None
        lost = 0
        while not session.stopping:
            try:
                item = self.channel.next(self._wait)
            except OutcomeUnknown:
                raise
            except ConnectionLost as error:
                self._lost(error, lost)
                lost += 1
                if any(command.name == "stop" for command in self._asked):
                    return self._end("stopped", "it was told to stop while the terminal was out of reach")
                continue
            if lost:
                self._watchers.say(Kind.BACK, "the terminal answers again")
                lost = 0
            self._take(session, item)
            if item is None and getattr(self._terminal, "over", False):
                return self._end("finished", "the recording is over")
        return self._end("killed" if self._killed else "stopped", self.reason or "it was told to stop")

    def _take(self, session: LiveSession, item: Input | None) -> None:
        """Handle an input to its end, and let the guards look.

        Raises: what ends the run: also a lost connection, as it is not known how far the input has been handled. The
            next process handles it again, from the journal.
        """
        begin = time.process_time()
        if item is not None:
            session.take(item)
            self._cpu = time.process_time() - begin
        if isinstance(item, Command):
            self._carried_out()
        try:
            self.guarded.watch()
        except ConnectionLost as error:  # the next input tells as well
            log.warning("the guards could not look: %s", error)
        self._store_guards()
        if isinstance(item, BarClosed):
            self._watchers.say(Kind.BAR, f"bar {item.time}", **self._figures())
        self._say_state("paused" if session.paused else "running", force=item is not None)

    def _lost(self, error: ConnectionLost, times: int) -> None:
        """Wait for the next attempt to reach the terminal, or for a command."""
        if not times:
            self._watchers.say(Kind.TROUBLE, f"the terminal does not answer, trying on: {conceal(str(error))}")
        self._say_state("waiting", force=True)
        until = time.monotonic() + _WAITS[min(times, len(_WAITS) - 1)]
        while time.monotonic() < until and not self._asked:
            time.sleep(0.2)
            self._asked += self._take_commands()

    def _end(self, state: str, reason: str) -> str:
        self.reason = reason
        held = self.session.management.held if self.session is not None else {}
        left = f"; {len(held)} positions stay open with their stops" if held else ""
        self._watchers.say(Kind.STOPPED, f"{state}: {reason}{left}", **self._figures())
        self._say_state(state, force=True)
        return state

    def _fail(self, reason: str) -> str:
        reason = self.reason = conceal(reason)
        self._watchers.say(
            Kind.FAILED, f"the run has ended, what is open keeps the stops that the broker has: {reason}"
        )
        self._say_state("failed", force=True)
        return "failed"

    # ------------------------------------------------------------- commands

    def _commands(self) -> list[Command]:
        """What the session is told; a kill first takes effect here, whatever the session does."""
        found, self._asked = [*self._asked, *self._take_commands()], []
        told: list[Command] = []
        for command in found:
            if command.name == "kill":
                self._kill(command)
                told += [Command("flatten", command.by, "kill"), Command("stop", command.by, command.reason)]
            else:
                if command.name in ("pause", "resume", "flatten"):
                    kind = Kind.RESUMED if command.name == "resume" else Kind.PAUSED
                    self._watchers.say(kind, f"told to {command.name}" + (f" by {command.by}" if command.by else ""))
                told.append(command)
                if command.name == "flatten":  # else the next signal would open what has just been closed
                    told.append(Command("pause", command.by, "flatten"))
                if command.name == "stop":
                    self.reason = command.reason or "it was told to stop"
        self._to_handle += len(told)
        return told

    def _take_commands(self) -> list[Command]:
        waiting = {file: told for file, told in self.folder.commands().items() if file not in self._files}
        self._files += waiting
        found = list(waiting.values())
        file = kill_file(self._home, self.folder.path)
        if file is not None and not self._killed:
            found.append(Command("kill", "file", f"the file {file.name} is there"))
        return found

    def _carried_out(self) -> None:
        """A command has been handled. Once they all are, their files go: else the next process takes them again."""
        self._to_handle -= 1
        if self._to_handle <= 0:
            for file in self._files:
                file.unlink(missing_ok=True)
            self._files.clear()

    def _kill(self, command: Command) -> None:
        self._killed, self.reason = True, f"killed by {command.by or 'a command'}: {command.reason}".rstrip(": ")
        try:
            self.guarded.guards.kill(command.by or "a command", command.reason)
        except MasError as error:
            self._watchers.say(Kind.TROUBLE, f"the kill did not reach the terminal yet: {error}")
        self._store_guards()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM, Ctrl-C and the end of the terminal window end the run between two inputs."""
        interrupt = getattr(self._terminal, "interrupt", None)

        def stop(number: int, frame: Any) -> None:
            self._asked.append(Command("stop", "signal", f"signal {signal.Signals(number).name}"))
            if interrupt is not None:
                interrupt()  # attempts to reach a lost terminal take half a minute

        before: dict[signal.Signals, Any] = {}
        try:
            for number in _SIGNALS:
                before[number] = signal.signal(number, stop)
        except ValueError:  # not in the main thread: whoever started the thread stops it by a command
            before = {}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    # ------------------------------------------------------------- guards

    def _guard_acted(self, event: GuardEvent) -> None:
        data = event.as_json()
        if hasattr(self, "channel"):
            self.channel.note("guard", **data)
        self._watchers.tell(Happening(Kind.GUARD, event.text, data))

    def _restore_guards(self) -> None:
        try:
            text = (self.folder.path / GUARDS).read_text(encoding="utf-8")
        except FileNotFoundError:
            self._stored = ""
            return
        self._stored = text
        try:
            self.guarded.guards.restore(json.loads(text))
        except ValueError as error:
            raise ParameterError(f"{self.folder.path / GUARDS}: what the guards knew cannot be read: {error}") from None

    def _store_guards(self) -> None:
        text = json.dumps(self.guarded.guards.state())
        if text == self._stored:
            return
        place = self.folder.path / GUARDS
        temporary = place.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(place)
        self._stored = text

    # ------------------------------------------------------------- figures

    def _figures(self) -> dict[str, Any]:
        """How it is doing, as data."""
        seen, session = self.channel.latest, self.session
        found: dict[str, Any] = {"decision_seconds": self._cpu, "bar_time": self.channel.bar}
        if seen is not None:
            found.update(time=seen.time, balance=seen.balance, equity=seen.equity, margin=seen.margin)
        if session is not None:
            books = session.management
            found.update(
                open_positions=len(books.held), waiting_orders=len(session.terminal.book.orders),
                result_today=books.ledger.result_on((seen.time if seen else 0) // 86_400),
                closed=len(session.terminal.book.closed), refused=len(session.refused),
                held_back=dict(books.ledger.held_back),
            )  # fmt: skip
        return found

    def _say_state(self, state: str, *, force: bool = False) -> None:
        now = time.monotonic()
        ends = state not in ("running", "paused")
        if not ends and now - self._written < (0.2 if force else _STATE_EVERY):
            return  # a recording that is played at full speed has hundreds of bars a second
        self._written = now
        positions = [] if self.session is None else [
            {"ticket": ticket, "side": "long" if held.position.side > 0 else "short", "volume": held.position.volume,
             "entry": held.position.entry, "sl": held.position.sl, "tp": held.position.tp,
             "profit": round(held.position.profit(), 2)}
            for ticket, held in self.session.management.held.items()
        ]  # fmt: skip
        halts = {name: halt.text for name, halt in self.guarded.guards.halts.items()}
        figures = {"positions": positions, "halts": halts, "reason": self.reason, **self._figures()}
        try:
            self.folder.write_state({"state": state, "run": self.run_row.id, **figures})
        except OSError as error:  # it is for those who look on; what must be kept is in the journal
            log.warning("how the run is doing cannot be written: %s", error)
