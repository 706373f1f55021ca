"""The commands ``audit seal``, ``audit verify`` and ``audit head``."""

from collections.abc import Sequence
from pathlib import Path

import click

from billing_panel.audit.extend_hash_chain import head_of, seal_before
from billing_panel.audit.hash_chain import Head
from billing_panel.audit.verify_chain import Proof, prove
from billing_panel.audit.witness_file import Witness
from billing_panel.command_console import Console, json_option, pass_console, print_json


@click.group()
def audit() -> None:
    """The log of what happened, and the chain that shows it was not changed."""


@audit.command("seal")
@json_option
@pass_console
def seal(console: Console, *, as_json: bool) -> None:
    """Append what happened to the chain, and tell the witness, as the worker does each minute."""
    running = console.panel
    sealed = seal_before(Witness(running.config.witness), running.database, running.clock)
    if as_json:
        print_json({"sealed": sealed.number, **_head(sealed.head)})
        return
    click.echo(f"Sealed now: {sealed.number}.")
    click.echo(_head_line(sealed.head))


@audit.command("verify")
@click.option("--from", "kept", metavar="HASH", help="A head you kept: the chain must have it.")
@click.option(
    "--witness",
    "copies",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A copy of the witness, kept elsewhere.",
)
@json_option
@pass_console
def verify(console: Console, kept: str | None, copies: Sequence[Path], *, as_json: bool) -> None:
    """Prove the chain and its end; what is wrong first is named, and the exit code is 1."""
    running = console.panel
    witnesses = [Witness(path) for path in (running.config.witness, *copies)]
    proof = prove(running.database, witnesses, now=running.clock.now(), kept=kept)
    if as_json:
        print_json(_facts(proof))
        return
    click.echo(
        f"The chain is whole. Events in it: {proof.sealed}, not sealed yet: {proof.unsealed}."
    )
    if proof.told_since is not None:
        since = proof.told_since.isoformat(timespec="minutes")
        click.echo(f"It has every head that was told since {since}: {proof.told}.")
    if proof.erased:
        click.echo(f"Events whose personal data was erased: {proof.erased}.")
    click.echo(_head_line(proof.head))


@audit.command("head")
@json_option
@pass_console
def head(console: Console, *, as_json: bool) -> None:
    """Print where the chain ends, and prove nothing: to be kept elsewhere, as often as you like."""
    with console.panel.database.reading() as session:
        found = head_of(session)
    if as_json:
        print_json(_head(found))
    else:
        click.echo(_head_line(found))


def _facts(proof: Proof) -> dict[str, object]:
    return {
        "events": proof.sealed,
        "unsealed": proof.unsealed,
        "erased": proof.erased,
        "told": proof.told,
        "told_since": proof.told_since.isoformat() if proof.told_since else None,
        **_head(proof.head),
    }


def _head(head: Head) -> dict[str, int | str]:
    return {"last_event": head.event_id, "head": head.hash}


def _head_line(head: Head) -> str:
    return f"Head, to be kept outside: {head.hash} (event {head.event_id})"
