"""The commands ``mail send`` and ``mail test``."""

from collections import Counter

import click

from billing_panel.command_frame import Console, json_option, pass_console, print_json
from billing_panel.kernel.language.errors import Refused
from billing_panel.mail.accounts.account_letters import post_account_letters
from billing_panel.mail.letter_problems import PROBLEMS
from billing_panel.mail.models import LetterState
from billing_panel.mail.sending.mime_message import BadAddress
from billing_panel.mail.sending.send_letters import send_letters
from billing_panel.mail.sending.try_server import try_server


@click.group()
def mail() -> None:
    """E-mails to clients and staff."""


@mail.command("send")
@json_option
@pass_console
def send(console: Console, *, as_json: bool) -> None:
    """Send what waits, once, as the worker does."""
    running = console.panel
    post_account_letters(running.database, running.clock)
    ended = send_letters(running.database, running.clock)
    if as_json:
        print_json({state.value: ended[state] for state in _told(ended)})
    elif not ended:
        click.echo("Nothing waits to be sent.")
    else:
        for state in _told(ended):
            click.echo(f"{state.value.capitalize()}: {ended[state]}.")


def _told(ended: Counter[str]) -> list[LetterState]:
    """How an attempt may end; e-mails that wait are tried again later."""
    ways = (LetterState.SENT, LetterState.WAITING, LetterState.UNCERTAIN, LetterState.FAILED)
    return [state for state in ways if ended[state] or state is LetterState.SENT]


@mail.command("test")
@click.argument("address")
@json_option
@pass_console
def test(console: Console, address: str, *, as_json: bool) -> None:
    """Send an e-mail to ADDRESS straight away, and say what the mail server answers."""
    running = console.panel
    try:
        outcome = try_server(running.database, address, console.language, running.clock)
    except BadAddress as error:
        raise Refused(PROBLEMS["bad_address"], code="bad_address") from error
    if outcome.state is not LetterState.SENT:
        if outcome.answer:
            click.echo(outcome.answer, err=True)
        raise Refused(PROBLEMS[outcome.problem or "put_off"], code=outcome.problem)
    if as_json:
        print_json({"sent": address, "answer": outcome.answer})
    else:
        click.echo(f"The mail server took it: {outcome.answer}")


COMMANDS = (mail,)
