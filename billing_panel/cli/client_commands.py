"""The commands ``client export`` and ``client erase``."""

from pathlib import Path

import click

from billing_panel.accounts.access.scope import find_client
from billing_panel.administration.clients.personal_data import (
    as_json as json_file,
)
from billing_panel.administration.clients.personal_data import (
    as_zip,
    erase_client,
    export_client,
    preview,
)
from billing_panel.command_console import Console, as_option, json_option, pass_console, print_json
from billing_panel.kernel.language.text import say


@click.group()
def client() -> None:
    """A client's personal data: handed out, or erased."""


@client.command("export")
@click.argument("login")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="FILE.json, or FILE.zip with the printed documents.",
)
@as_option
@json_option
@pass_console
def export(console: Console, login: str, out: Path, as_login: str | None, *, as_json: bool) -> None:
    """Write everything the panel holds about the client LOGIN to a file."""
    if out.suffix not in {".json", ".zip"}:
        raise click.UsageError("--out is a file named .json or .zip")
    running = console.panel
    with running.database.reading() as session:
        actor = console.actor(session, as_login)
        found = find_client(session, actor, login=login)
    held = export_client(
        running.database, found.id, running.client_records, actor=actor, clock=running.clock
    )
    content = as_zip(held) if out.suffix == ".zip" else json_file(held)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
    if as_json:
        print_json({"client": login, "file": str(out), "bytes": len(content)})
    else:
        click.echo(f"{login}: {out}")


@client.command("erase")
@click.argument("login")
@click.option("--yes", is_flag=True, help="Do it; without, only what would go is shown.")
@as_option
@json_option
@pass_console
def erase(console: Console, login: str, as_login: str | None, *, yes: bool, as_json: bool) -> None:
    """Erase the personal data of the client LOGIN, for good."""
    running = console.panel
    with running.database.writing() as session:
        actor = console.actor(session, as_login)
        found = find_client(session, actor, login=login)
        told, reasons = preview(session, found.id, running.client_records, actor=actor)
        if yes:
            erase_client(
                session, found.id, running.client_records, actor=actor, clock=running.clock
            )
    lines = {
        "erased": [say(line, console.language) for line in told.erased],
        "kept": [say(line, console.language) for line in told.kept],
        "hindered_by": [say(reason.message, console.language) for reason in reasons],
    }
    if as_json:
        print_json({"client": login, "done": yes, **lines})
        return
    for title, about in lines.items():
        for line in about:
            click.echo(f"{title}: {line}")
    click.echo("Erased." if yes else "Nothing is erased yet: add --yes to do it.")
