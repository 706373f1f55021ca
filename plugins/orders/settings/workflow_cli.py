"""The commands ``workflows check`` and ``workflows show``; they need no database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from billing_panel.command_console import Console, json_option, pass_console, print_json
from billing_panel.kernel.language.errors import NotFound, Reason
from billing_panel.kernel.language.text import say, text
from plugins.orders.drawing.graph_style import alone
from plugins.orders.drawing.graph_svg import draw
from plugins.orders.drawing.workflow_table import as_data, as_table
from plugins.orders.store.versions.installed_vocabulary import installed_vocabulary
from plugins.orders.store.versions.workflow_store import shipped_workflow
from plugins.orders.workflow.file.workflow_file import WorkflowMistakes
from plugins.orders.workflow.workflow import Workflow
from plugins.orders.workflow.workflow_bounds import MAX_CHARACTERS
from plugins.orders.workflow.workflow_build import parse

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def workflows() -> None:
    """Check and show the workflows that orders run on."""


@workflows.command()
@click.argument("file", nargs=-1, required=True, type=FILE)
@json_option
@pass_console
@click.pass_context
def check(ctx: click.Context, console: Console, file: tuple[Path, ...], *, as_json: bool) -> None:
    """Tell every mistake of workflow files, with its place and its cure."""
    found = {str(path): _mistakes(path) for path in file}
    if as_json:
        told = [_as_data(name, mistakes, console.language) for name, mistakes in found.items()]
        print_json({"files": told})
    for name, mistakes in found.items() if not as_json else ():
        for line in mistakes.said(console.language) if mistakes else ():
            click.echo(f"{name}: {line}", err=True)
        if mistakes is None:
            click.echo(f"{name}: {say(text('nothing is wrong'), console.language)}")
    ctx.exit(1 if any(found.values()) else 0)


@workflows.command()
@click.argument("key")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "svg", "json"]),
    default="table",
    show_default=True,
)
@pass_console
def show(console: Console, key: str, form: str) -> None:
    """Show a shipped workflow, or that of a file, as a table, a drawing or data."""
    workflow = _workflow(key, console.language)
    match form:
        case "json":
            print_json(as_data(workflow))
        case "svg":
            click.echo(alone(draw(workflow, console.language)))
        case _:
            for line in as_table(workflow, console.language):
                click.echo(line)


def _read(path: Path) -> Workflow:
    """Raises WorkflowMistakes, UnicodeDecodeError, OSError."""
    with path.open("rb") as file:
        # no character takes more than four bytes; of a file cut off within one the size is told
        source = file.read(4 * MAX_CHARACTERS + 1)
    errors = "replace" if len(source) > 4 * MAX_CHARACTERS else "strict"
    return parse(source.decode("utf-8", errors), installed_vocabulary())


def _mistakes(path: Path) -> WorkflowMistakes | None:
    try:
        _read(path)
    except WorkflowMistakes as mistakes:
        return mistakes
    except (OSError, UnicodeDecodeError) as error:
        return WorkflowMistakes([_unreadable(error)])
    return None


def _unreadable(error: Exception) -> Reason:
    return Reason(
        "unreadable",
        text("The file can’t be read: %(error)s.", error=str(error)),
        text("Save it as UTF-8 text in a readable place."),
    )


def _as_data(name: str, mistakes: WorkflowMistakes | None, language: str) -> dict[str, Any]:
    return {"file": name, "mistakes": [*_rows(mistakes, language)] if mistakes else []}


def _rows(mistakes: WorkflowMistakes, language: str) -> Iterator[dict[str, Any]]:
    for reason, line in zip(mistakes.reasons, mistakes.lines, strict=True):
        yield {
            "place": reason.place,
            "line": line,
            "code": reason.code,
            "message": say(reason.message, language),
            "remedy": say(reason.remedy, language),
        }


def _workflow(key: str, language: str) -> Workflow:
    """By its key, or from a file. Raises NotFound, ClickException."""
    path = Path(key)
    if not path.is_file():
        try:
            return shipped_workflow(key, installed_vocabulary())
        except LookupError:
            raise NotFound(text("There is no workflow “%(key)s”.", key=key)) from None
    if mistakes := _mistakes(path):
        raise click.ClickException("\n".join(mistakes.said(language)))
    return _read(path)
