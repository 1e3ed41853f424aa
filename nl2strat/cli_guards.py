"""`nl2strat guards`: the presets there are, what one says, and whether a file of guards is right."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nl2strat.cli_options import JsonOption
from nl2strat.cli_steps import console_of, reporting

if TYPE_CHECKING:
    from mas.terminals.guarded.rules import Rules

guards = typer.Typer(
    name="guards",
    help="Guards: limits that an account is kept inside, whatever a strategy does.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@guards.command("list")
def list_presets(json: JsonOption = None) -> None:
    """Show the presets that come along."""
    with reporting(json) as result:
        from mas.terminals.guarded.presets import guards_called, preset_names

        found = [guards_called(name) for name in preset_names()]
        result["presets"] = [{"name": rules.source, "about": rules.about} for rules in found]
        if json != "-":
            for rules in found:
                sys.stdout.write(f"{rules.source}\n    {rules.about}\n")


@guards.command("show")
def show_preset(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A preset; see `nl2strat guards list`.")],
    json: JsonOption = None,
) -> None:
    """Print the file of a preset, to be used as it is or changed: nl2strat guards show NAME > guards.toml."""
    with reporting(json) as result:
        from mas.terminals.guarded.presets import guards_called, preset_text

        text = preset_text(name)
        result["guards"] = guards_object(guards_called(name)) | {"toml": text}
        if json != "-":
            sys.stdout.write(text)


@guards.command("check")
def check_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of guards.")],
    json: JsonOption = None,
) -> None:
    """Find what is wrong with a file of guards; say in sentences what it means if nothing is."""
    with reporting(json) as result:
        from mas.terminals.guarded.reading import read_guards

        rules = read_guards(file)
        result["guards"] = guards_object(rules)
        if json != "-":
            console_of(stderr=True).print("[green]No errors.[/]")
            for line in result["guards"]["meaning"]:
                sys.stdout.write(f"- {line}\n")


def guards_object(rules: Rules) -> dict[str, Any]:
    """Where the rules are from, what they are about, and their meaning in sentences."""
    from mas.terminals.guarded.wording import sentences

    return {"source": rules.source, "about": rules.about, "meaning": sentences(rules)}
