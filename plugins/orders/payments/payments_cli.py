"""The commands ``order pay`` and ``order give-up-payment``."""

from typing import Any

import click

from billing_panel.command_console import Console, json_option, json_words, pass_console
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import say, text
from plugins.orders.payments.give_up_payment import GiveUpPayment, give_up_payment
from plugins.orders.payments.pay_order import PayOrder, pay_order
from plugins.orders.settlement.payment_json import payment_answer
from plugins.orders.store.find_orders import find_order_by_number
from plugins.orders.store.payment import Payment
from plugins.orders.store.visibility.price_visibility import priced, sum_said


@click.command("pay")
@click.argument("number")
@click.option("--as", "as_login", required=True, metavar="STAFF")
@click.option("--method", required=True, metavar="KEY", help="By what it is paid: balance, cash …")
@click.option("--amount", default="", help="A part of it; default: all that is left.")
@click.option("--reference", default="", help="What the payment is called where it came from.")
@json_option
@pass_console
def pay(console: Console, /, *, number: str, as_login: str, as_json: bool, **typed: Any) -> None:
    """Pay an order, whole or in part."""
    running = console.panel
    with running.database.writing() as session:
        actor = console.actor(session, as_login)
        found = find_order_by_number(session, actor, number)
        command = PayOrder(found.id, **typed)
        paid = pay_order(session, command, actor=actor, clock=running.clock)
        rows = {"payments": [payment_answer(payment, actor).plain() for payment in paid]}
        shown = priced([*paid], actor)
        words = "\n".join(_line(payment, console.language) for payment in shown)
    click.echo(json_words(rows) if as_json else words)


@click.command("give-up-payment")
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
    return f"{say(payment.title, language)}: {sum_said(payment.sum, language)}"
