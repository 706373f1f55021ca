"""The commands ``audit seal`` and ``audit verify``."""

from collections.abc import Sequence

import click

from billing_panel.audit.seal import Head, seal_events
from billing_panel.audit.verify import verify as prove
from billing_panel.console import Console, json_option, pass_console, print_json


@click.group()
def audit() -> None:
    """The log of what happened, and the chain that shows it was not changed."""


@audit.command("seal")
@json_option
@pass_console
def seal(console: Console, *, as_json: bool) -> None:
    """Append what happened to the chain, as the worker does each minute."""
    sealed = seal_events(console.panel.database)
    if as_json:
        print_json({"sealed": sealed.number, **_head(sealed.head)})
        return
    click.echo(f"Sealed now: {sealed.number}.")
    click.echo(_head_line(sealed.head))


@audit.command("verify")
@click.option("--from", "kept", metavar="HASH", help="A head you kept: the chain must have it.")
@json_option
@pass_console
def verify(console: Console, kept: str | None, *, as_json: bool) -> None:
    """Prove the chain; the first place where it is broken is named, and the exit code is 1."""
    with console.panel.database.reading() as session:
        proof = prove(session, kept=kept)
    if as_json:
        counts = {"events": proof.sealed, "unsealed": proof.unsealed, "erased": proof.erased}
        print_json({**counts, **_head(proof.head)})
        return
    click.echo(
        f"The chain is whole. Events in it: {proof.sealed}, not sealed yet: {proof.unsealed}."
    )
    if proof.erased:
        click.echo(f"Events whose personal data was erased: {proof.erased}.")
    click.echo(_head_line(proof.head))


def _head(head: Head) -> dict[str, int | str]:
    return {"last_event": head.event_id, "head": head.hash}


def _head_line(head: Head) -> str:
    return f"Head, to be kept outside: {head.hash} (event {head.event_id})"


COMMANDS: Sequence[click.Command] = (audit,)
