"""The commands ``mail send`` and ``mail test``."""

from collections import Counter

import click

from billing_panel.accounts.access.load_actors import console as console_actor
from billing_panel.command_console import Console, json_option, pass_console, print_json
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.mailbox_settings import mailbox
from billing_panel.mail.accounts.account_letters import post_account_letters
from billing_panel.mail.answers.mailbox_session import MailboxClosed
from billing_panel.mail.answers.take_in_replies import take_answers
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


@mail.command("read")
@json_option
@pass_console
def read(console: Console, *, as_json: bool) -> None:
    """Take in what was answered by mail, once, as the worker does each minute."""
    running = console.panel
    if mailbox(running.config) is None:
        raise Refused(
            text(
                "No mailbox is set up; set BILLING_PANEL_IMAP_URL and BILLING_PANEL_REPLY_ADDRESS."
            ),
            code="no_mailbox",
        )
    try:
        ended = take_answers(running.database, console_actor(running.known), running.clock)
    except MailboxClosed as closed:
        click.echo(str(closed), err=True)
        raise Refused(text("The mailbox could not be read."), code="mailbox_closed") from closed
    if as_json:
        print_json(dict(sorted(ended.items())))
    elif not ended:
        click.echo("Nothing new in the mailbox.")
    else:
        for how, number in sorted(ended.items()):
            click.echo(f"{how.replace('_', ' ').capitalize()}: {number}.")


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
