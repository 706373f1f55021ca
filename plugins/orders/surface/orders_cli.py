"""The commands ``orders`` and ``order``; of the latter those that change orders stand apart."""

import click

from billing_panel.accounts.access.scope import find_client
from billing_panel.command_console import Console, as_option, json_option, pass_console
from billing_panel.kernel.process.lazy_imports import NamedCommand
from plugins.orders.listing.listed_orders import all_orders, history
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.store.find_orders import find_order_by_number
from plugins.orders.surface.orders_cli_output import listed, told

CHANGE = "plugins.orders.surface.change_orders_cli"
PAYMENTS = "plugins.orders.payments.payments_cli"


@click.command()
@click.option("--client", "login", help="Of this client alone, by their login.")
@click.option("--query", help="Words: a number, what was ordered, a document, the client.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 200))
@as_option
@json_option
@pass_console
def orders(
    console: Console,
    login: str | None,
    query: str | None,
    limit: int,
    as_login: str | None,
    *,
    as_json: bool,
) -> None:
    """Orders, newest first: the history of a client, or those of all."""
    shown = OrderFilter(query=query, limit=limit)
    with console.panel.database.reading() as session:
        actor = console.actor(session, as_login)
        if login is None:
            rows = all_orders(session, actor, shown)
        else:
            client = find_client(session, actor, login=login)
            rows = history(session, actor, client, shown)
        printed = listed(session, rows, console.language, actor, as_json=as_json)
    if rows or as_json:
        click.echo(printed)
    else:
        click.echo("No order matches." if query else "No orders yet.")


@click.group()
def order() -> None:
    """Show, place and deliver orders."""


@order.command("show")
@click.argument("number")
@as_option
@json_option
@pass_console
def show_order(console: Console, number: str, as_login: str | None, *, as_json: bool) -> None:
    """Everything about one order."""
    with console.panel.database.reading() as session:
        actor = console.actor(session, as_login)
        found = find_order_by_number(session, actor, number)
        printed = told(session, [found], console.language, actor, as_json=as_json, one=True)
    click.echo(printed)


CHANGING = (
    NamedCommand(
        "place",
        f"{CHANGE}:place",
        "Place an order for a client, under the client's own restrictions.",
    ),
    NamedCommand("deliver", f"{CHANGE}:deliver", "Mark lines of an order delivered."),
    NamedCommand(
        "advance",
        f"{CHANGE}:advance",
        "Move an order: ACTION is accept, pay, send, cancel ..., or set with --to.",
    ),
    NamedCommand("pay", f"{PAYMENTS}:pay", "Pay an order, whole or in part."),
    NamedCommand(
        "give-up-payment", f"{PAYMENTS}:give_up", "Wait no more for a payment at a payment system."
    ),
)
for _command in CHANGING:
    order.add_command(_command)
