"""The command line: which commands there are, and running one. Each is loaded and built when it is asked for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from nl2strat.cli_values import take_plain_values

_COMMANDS = {
    **dict.fromkeys(("translate", "check", "explain", "compile"), "cli_programs"),
    "backtest": "cli_backtest",
    **dict.fromkeys(("sweep", "warmup"), "cli_sweep"),
    **dict.fromkeys(("optimise", "walk-forward"), "cli_optimise"),
    **dict.fromkeys(("why", "diff"), "cli_readings"),
    **dict.fromkeys(("approve", "approvals"), "cli_approve"),
    **dict.fromkeys(("deploy", "resume"), "cli_deploy"),
    "parity": "cli_parity",
    "export": "cli_export",
    **dict.fromkeys(("status", "stop", "pause", "unpause", "flatten", "kill"), "cli_runs"),
    "symbols": "cli_symbols",
    "models": "cli_models",
    "ui": "cli_ui",
    "demo": "cli_backtest",
    "guards": "cli_guards",
}
"""The module of each command, in the order of `--help`. What is run there has the command's name."""

_COLLECT_AFTER = 200_000
"""New objects after which Python looks for garbage, usually 700: a command makes many that last, and little garbage."""


class Commands(Mapping[str, Any]):
    """The commands by name, as typer builds them."""

    def __getitem__(self, name: str) -> Any:
        return _built(name, _COMMANDS[name])

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


@cache
def _built(name: str, module: str) -> Any:
    found = getattr(import_module(f"nl2strat.{module}"), name.replace("-", "_"))
    if isinstance(found, typer.Typer):
        return get_command(found)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name=name)(found)
    return get_command(alone)


class OnDemand(TyperGroup):
    """A group whose commands are there when they are looked up."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = Commands()  # type: ignore[assignment]


app = typer.Typer(
    cls=OnDemand,
    name="nl2strat",
    help="Type a strategy in plain English, see what was understood, read the Python, backtest it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def nl2strat() -> None:
    """Makes it a group, though no command is here yet."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit code (0 done, 2 invalid input, 3 needs clarification)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    take_plain_values()
    before = gc.get_threshold()
    gc.set_threshold(_COLLECT_AFTER, *before[1:])
    try:
        app(args=arguments, standalone_mode=True)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130
    except Exception:  # with NL2STRAT_DEBUG: whatever is in it, no secret is shown
        import traceback

        from mas.secrecy import conceal

        sys.stderr.write(conceal(traceback.format_exc()))
        return 1
    finally:
        if arguments is None:
            gc.freeze()  # the process ends: what there is goes with it, and need not be looked through for garbage
        gc.set_threshold(*before)
    return 0
