"""The commands ``order place|deliver|advance``."""

from typing import Any

import click

from billing_panel.accounts.access.scope import find_client
from billing_panel.command_console import Console, json_option, pass_console
from billing_panel.kernel.values.postal_address import Address
from plugins.orders.checkout.place_order import (
    DeliveryWish,
    PlaceOrder,
    place_order,
)
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.store.find_orders import find_order_by_number
from plugins.orders.surface.cli_types import LINE, FieldType, LineType, MoneyType
from plugins.orders.surface.orders_cli_output import told

PARTS_OF_ADDRESS = ("address", "post_code", "city", "region", "country")


@click.command("place")
@click.option("--as", "as_login", required=True, metavar="STAFF", help="Who places it.")
@click.option("--client", "login", required=True, help="The client it is placed for.")
@click.option("--provider", metavar="KEY", help="May be left out while the client has one.")
@click.option(
    "--line", "lines", multiple=True, type=LineType(), metavar="LINE", help=f"{LINE}; once or more."
)
@click.option(
    "--from-cart", "whole_cart", is_flag=True, help="Order what lies in the client's own cart."
)
@click.option("--payment-method", metavar="KEY", help="May be left out where it is asked later.")
@click.option("--note", default="")
@click.option("--delivery", metavar="KEY", help="A delivery service of the provider.")
@click.option("--delivery-address", default="", help="Its lines. Default: the client's own.")
@click.option("--delivery-post-code", default="")
@click.option("--delivery-city", default="")
@click.option("--delivery-region", default="")
@click.option("--delivery-country", default="", help="Two letters. Default: the client's.")
@click.option("--promo-code", metavar="CODE")
@click.option("--expected-total", type=MoneyType(), help="Refuse when the price is another.")
@click.option("--request-key", metavar="KEY", help="The same key gives the same order.")
@click.option("--exception", "exceptions", multiple=True, type=int, help="An approved one, by id.")
@json_option
@pass_console
def place(
    console: Console,
    /,
    *,
    as_login: str,
    login: str,
    delivery: str | None,
    as_json: bool,
    **typed: Any,
) -> None:
    """Place an order for a client, under the client's own restrictions."""
    if typed["whole_cart"] == bool(typed["lines"]):
        raise click.UsageError("Give either --line (once or more) or --from-cart.")
    running = console.panel
    place = Address(*(typed.pop(f"delivery_{part}") for part in PARTS_OF_ADDRESS))
    with running.database.writing() as session:
        actor = console.actor(session, as_login)
        client = find_client(session, actor, login=login)
        wish = DeliveryWish(delivery, place)
        command = PlaceOrder(client_id=client.id, delivery=wish, **typed)
        placed = place_order(session, command, actor=actor, clock=running.clock)
        printed = told(session, placed, console.language, actor, as_json=as_json)
    click.echo(printed)


@click.command("deliver")
@click.argument("number")
@click.option("--as", "as_login", required=True, metavar="STAFF")
@click.option("--line", "line_ids", multiple=True, type=int, help="Default: every line left.")
@json_option
@pass_console
def deliver(
    console: Console, number: str, as_login: str, line_ids: tuple[int, ...], *, as_json: bool
) -> None:
    """Mark lines of an order delivered."""
    running = console.panel
    with running.database.writing() as session:
        actor = console.actor(session, as_login)
        found = find_order_by_number(session, actor, number)
        command = DeliverLines(found.id, line_ids or None)
        delivered = deliver_lines(session, command, actor=actor, clock=running.clock)
        printed = told(session, [delivered], console.language, actor, as_json=as_json, one=True)
    click.echo(printed)


@click.command("advance")
@click.argument("number")
@click.argument("action")
@click.option("--as", "as_login", required=True, metavar="STAFF")
@click.option("--to", metavar="STATUS", help="The status, for the action set.")
@click.option(
    "--field", "fields", multiple=True, type=FieldType(), metavar="NAME=VALUE", help="Asked fields."
)
@json_option
@pass_console
def advance(
    console: Console,
    number: str,
    action: str,
    as_login: str,
    to: str | None,
    fields: tuple[tuple[str, str], ...],
    *,
    as_json: bool,
) -> None:
    """Move an order: ACTION is accept, pay, send, cancel ..., or set with --to."""
    running = console.panel
    with running.database.writing() as session:
        actor = console.actor(session, as_login)
        found = find_order_by_number(session, actor, number)
        command = AdvanceOrder(found.id, action, to, dict(fields))
        moved = advance_order(session, command, actor=actor, clock=running.clock)
        printed = told(session, [moved], console.language, actor, as_json=as_json, one=True)
    click.echo(printed)
