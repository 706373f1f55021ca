"""The commands ``balance credit|debit`` and ``order pay``."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from billing_panel.accounts.access.scope import find_client
from billing_panel.console import Console, json_option, json_words, pass_console
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.money import POINTS, Money, show
from billing_panel.ledger.models import LedgerEntry
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance
from plugins.orders.balance.posting_answer import posting_answer
from plugins.orders.balance.statements import lines_of
from plugins.orders.payments.give_up_payment import GiveUpPayment, give_up_payment
from plugins.orders.payments.pay_order import PayOrder, pay_order
from plugins.orders.settlement.payment_answer import payment_answer
from plugins.orders.store.payment import Payment
from plugins.orders.store.price_visibility import HIDDEN, priced
from plugins.orders.store.queries import find_order_by_number
from plugins.orders.surface.cli import order

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
            f"{say(line.title, console.language)}: {_said(line.amount, console.language)}. "
            f"Balance after: {_said(line.balance, console.language)}."
        )
    click.echo(json_words(row) if as_json else words)


@order.command("pay")
@click.argument("number")
@click.option("--as", "as_login", required=True, metavar="STAFF")
@click.option("--method", required=True, metavar="KEY", help="By what it is paid: balance, cash …")
@click.option("--amount", default="", help="A part of it; default: all that is left.")
@click.option("--reference", default="", help="What the payment is called where it came from.")
@json_option
@pass_console
def pay(
    console: Console,
    number: str,
    as_login: str,
    method: str,
    amount: str,
    reference: str,
    *,
    as_json: bool,
) -> None:
    """Pay an order, whole or in part."""
    running = console.panel
    with running.database.writing() as session:
        actor = console.actor(session, as_login)
        found = find_order_by_number(session, actor, number)
        command = PayOrder(found.id, method, amount, reference)
        paid = pay_order(session, command, actor=actor, clock=running.clock)
        rows = {"payments": [payment_answer(payment, actor).plain() for payment in paid]}
        shown = priced([*paid], actor)
        words = "\n".join(_line(payment, console.language) for payment in shown)
    click.echo(json_words(rows) if as_json else words)


@order.command("give-up-payment")
@click.argument("number")
@click.option("--as", "as_login", required=True, metavar="STAFF")
@click.option("--payment", "payment_id", required=True, type=int, help="As `order show` names it.")
@click.option("--reason", required=True, help="It stands in the order's history.")
@json_option
@pass_console
def give_up(
    console: Console, number: str, as_login: str, payment_id: int, reason: str, *, as_json: bool
) -> None:
    """Wait no more for a payment at a payment system."""
    running = console.panel
    with running.database.writing() as session:
        actor = console.actor(session, as_login)
        found = find_order_by_number(session, actor, number)
        if payment_id not in {payment.id for payment in found.payments}:
            raise NotFound(text("No such payment, or you don’t have access to it."))
        command = GiveUpPayment(payment_id, reason)
        given_up = give_up_payment(session, command, actor=actor, clock=running.clock)
        row, words = payment_answer(given_up, actor).plain(), _line(given_up, console.language)
    click.echo(json_words(row) if as_json else f"Given up: {words}")


def _line(payment: Payment, language: str) -> str:
    return f"{say(payment.title, language)}: {_said(payment.sum, language)}"


def _said(amount: Money | None, language: str) -> str:
    """None: not for whoever asks."""
    if amount is None:
        return HIDDEN
    unit = " points" if amount.currency == POINTS else ""
    return f"{show(amount, language)}{unit}"


COMMANDS: Sequence[click.Command] = (balance,)
