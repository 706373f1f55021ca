"""The commands ``orders`` and ``order show|place|deliver|advance``."""

from collections.abc import Iterator, Sequence
from typing import Any

import click
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client
from billing_panel.command_frame import (
    Console,
    as_option,
    json_option,
    json_words,
    pass_console,
    print_json,
)
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from billing_panel.kernel.values.postal_address import Address
from plugins.orders.checkout.place_order import (
    DeliveryWish,
    PlaceOrder,
    place_order,
)
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.lifecycle.order_answer import order_answers, order_details
from plugins.orders.payments.payments_cli import COMMANDS as PAYMENT_COMMANDS
from plugins.orders.store.find_orders import OrderFilter, all_orders, find_order_by_number, history
from plugins.orders.store.models import Order
from plugins.orders.store.order_visibility import sum_said
from plugins.orders.store.price_visibility import priced
from plugins.orders.surface.cli_types import LINE, FieldType, LineType, MoneyType
from plugins.orders.timeline.order_timeline import question_of


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
        if as_json:
            answers = order_answers(session, rows, console.language, actor)
            print_json({"orders": [answer.plain() for answer in answers]})
            return
        for row in priced([*rows], actor):
            click.echo(_line_of(row, console.language))
        if not rows:
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
        told = _told(session, [found], console, actor, as_json=as_json, one=True)
    click.echo(told)


PARTS_OF_ADDRESS = ("address", "post_code", "city", "region", "country")


@order.command("place")
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
        told = _told(session, placed, console, actor, as_json=as_json)
    click.echo(told)


@order.command("deliver")
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
        told = _told(session, [delivered], console, actor, as_json=as_json, one=True)
    click.echo(told)


@order.command("advance")
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
        told = _told(session, [moved], console, actor, as_json=as_json, one=True)
    click.echo(told)


for command in PAYMENT_COMMANDS:
    order.add_command(command)

COMMANDS: Sequence[click.Command] = (orders, order)


def _told(
    session: Session,
    rows: Sequence[Order],
    console: Console,
    actor: Actor,
    *,
    as_json: bool,
    one: bool = False,
) -> str:
    """What is printed about orders, once they are committed: a pipe may close while we print."""
    if as_json:
        details = [order_details(session, row, console.language, actor).plain() for row in rows]
        return json_words(details[0] if one else {"orders": details})
    shown = [priced(row, actor) for row in rows]
    lines = [line for row in shown for line in _lines_of(row, console.language)]
    question = question_of(session, rows[0]) if one else None
    return "\n".join([*lines, *([f"    ? {question}"] if question else [])])


def _lines_of(row: Order, language: str) -> Iterator[str]:
    yield _line_of(row, language)
    for line in row.lines:
        amount = _sum(line.amount, row.currency, language)
        yield f"    {line.quantity} × {say(line.title, language)}  {amount}"
    for document in row.documents:
        yield f"    {document.number}"


def _line_of(row: Order, language: str) -> str:
    total = _sum(row.total, row.currency, language)
    points = f" + {row.points} points" if row.points else ""
    when = f"{row.placed_at:%Y-%m-%d %H:%M} UTC"
    status = say(row.status.title, language)
    return f"№ {row.number}  {when}  {row.provider.name}  {status}  {total}{points}"


def _sum(minor: int | None, currency: str, language: str) -> str:
    return sum_said(None if minor is None else Money(minor, currency), language)
