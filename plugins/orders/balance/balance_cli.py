"""The commands ``balance credit`` and ``balance debit``."""

from collections.abc import Callable
from typing import Any

import click

from billing_panel.accounts.access.scope import find_client
from billing_panel.command_console import Console, json_option, json_words, pass_console
from billing_panel.kernel.language.text import say
from billing_panel.ledger.models import LedgerEntry
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance
from plugins.orders.balance.posting_json import posting_answer
from plugins.orders.balance.statement import lines_of
from plugins.orders.store.visibility.price_visibility import sum_said

Command = Callable[..., None]


@click.group()
def balance() -> None:
    """Credit and debit what clients have with a provider."""


def _changing(name: str) -> Callable[[Command], click.Command]:
    """The options that crediting and debiting share."""
    options = (
        balance.command(name),
        click.option("--client", "login", required=True, help="The client's login."),
        click.option("--provider", metavar="KEY", help="May be left out while the client has one."),
        click.option("--amount", required=True, help="In the provider's currency: 12.50."),
        click.option("--points", "in_points", is_flag=True, help="The amount is in points."),
        click.option("--reason", required=True, help="It stands on the client's statement."),
        click.option("--method", default="", metavar="KEY", help="By what money came or went."),
        click.option("--received-on", default="", metavar="DAY", help="On which day; else today."),
        click.option("--request-key", metavar="KEY", help="The same key changes it once."),
        click.option("--as", "as_login", required=True, metavar="STAFF"),
        json_option,
        pass_console,
    )

    def wrap(command: Command) -> click.Command:
        wrapped: Any = command
        for option in reversed(options):
            wrapped = option(wrapped)
        made: click.Command = wrapped
        return made

    return wrap


@_changing("credit")
def credit(console: Console, **typed: Any) -> None:
    """Put a sum on a client's balance."""
    _change(console, credit_balance, **typed)


@_changing("debit")
def debit(console: Console, **typed: Any) -> None:
    """Take a sum off a client's balance."""
    _change(console, debit_balance, **typed)


def _change(
    console: Console,
    act: Callable[..., LedgerEntry],
    *,
    login: str,
    as_login: str,
    as_json: bool,
    **typed: Any,
) -> None:
    running = console.panel
    with running.database.writing() as session:
        actor = console.actor(session, as_login)
        client = find_client(session, actor, login=login)
        command = ChangeBalance(client.id, **typed)
        entry = act(session, command, actor=actor, clock=running.clock)
        (own,) = [posting for posting in entry.postings if posting.account.client_id is not None]
        (line,) = lines_of(session, [own], actor)
        row = posting_answer(line, console.language).plain()
        words = (
            f"{say(line.title, console.language)}: {sum_said(line.amount, console.language)}. "
            f"Balance after: {sum_said(line.balance, console.language)}."
        )
    click.echo(json_words(row) if as_json else words)
