"""The commands ``orders``, ``order show|place|deliver`` and ``invoice print``."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session
from typing_extensions import override

from billing_panel.accounts.access.actors import console as system_actor
from billing_panel.accounts.access.scope import find_client
from billing_panel.catalog.rules.choose import WantedLine
from billing_panel.catalog.rules.facts import OptionValue, Tender
from billing_panel.console import (
    Console,
    as_option,
    json_option,
    json_words,
    pass_console,
    print_json,
)
from billing_panel.kernel.input.reading import read_moment, signed_number, whole_number
from billing_panel.kernel.language.errors import Conflict, NotFound
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.kernel.values.money import Money, MoneyError, parse, show
from invoices.actions import print_document
from invoices.printing.renderer_pool import renderer
from invoices.store.queries import documents_by_number
from plugins.orders.checkout.place_order import (
    DeliveryWish,
    PlaceOrder,
    place_order,
)
from plugins.orders.deadlines.fire_deadlines import fire_deadlines
from plugins.orders.deadlines.watch_dates import watch_dates
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.lifecycle.order_answer import order_answers, order_details
from plugins.orders.store.models import Order
from plugins.orders.store.price_visibility import HIDDEN, priced
from plugins.orders.store.queries import OrderFilter, all_orders, find_order_by_number, history
from plugins.orders.timeline.timeline import question_of

# what is larger is not read; what is smaller, and too many, the rules refuse
MOST_WRITTEN = 10**30
MOST_OF_OPTION = 10**9 - 1
LINE = "TARIFF:PERIOD:QUANTITY[;option=value;pay_with=points]"


class LineType(click.ParamType[WantedLine]):
    name = "line"

    @override
    def convert(self, value: Any, param: Any, ctx: Any) -> WantedLine:
        what, *extras = str(value).split(";")
        parts = what.split(":")
        if len(parts) not in {2, 3} or not all(parts):
            self.fail(f"write {LINE}, for example 'web-start:12 months:1'", param, ctx)
        options = dict(self._pair(extra, param, ctx) for extra in extras)
        tender = options.pop("pay_with", Tender.MONEY.value)
        if tender not in set(Tender):
            self.fail("pay_with is money or points", param, ctx)
        written = parts[2] if len(parts) == 3 else "1"
        quantity = signed_number(written, most=MOST_WRITTEN)
        if quantity is None:
            self.fail(f"the quantity {written!r} is not a whole number", param, ctx)
        return WantedLine(parts[0], parts[1], quantity, options, Tender(tender))

    def _pair(self, written: str, param: Any, ctx: Any) -> tuple[str, OptionValue]:
        name, equals, value = written.partition("=")
        if not equals or not name:
            self.fail(f"write an option as name=value, not {written!r}", param, ctx)
        number = whole_number(value, most=MOST_OF_OPTION)
        return name, value if number is None else number


class MoneyType(click.ParamType[Money]):
    """``591.19 EUR``"""

    name = "money"

    @override
    def convert(self, value: Any, param: Any, ctx: Any) -> Money:
        amount, _, currency = str(value).partition(" ")
        try:
            return parse(amount, currency or "")
        except MoneyError as error:
            self.fail(f"{error}; write it as '591.19 EUR'", param, ctx)


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
            answers = order_answers(rows, console.language, actor)
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


@order.command("place")
@click.option("--as", "as_login", required=True, metavar="STAFF", help="Who places it.")
@click.option("--client", "login", required=True, help="The client it is placed for.")
@click.option("--provider", metavar="KEY", help="May be left out while the client has one.")
@click.option(
    "--line", "lines", multiple=True, type=LineType(), metavar="LINE", help=f"{LINE}; once or more."
)
@click.option("--from-cart", is_flag=True, help="Order what lies in the client's own cart.")
@click.option("--payment-method", required=True, metavar="KEY")
@click.option("--note", default="")
@click.option("--delivery", metavar="KEY", help="A delivery service of the provider.")
@click.option("--delivery-address", default="", help="Default: the client's own.")
@click.option("--expected-total", type=MoneyType(), help="Refuse when the price is another.")
@click.option("--request-key", metavar="KEY", help="The same key gives the same order.")
@click.option("--exception", "exceptions", multiple=True, type=int, help="An approved one, by id.")
@json_option
@pass_console
def place(  # noqa: PLR0913 (one for each option)
    console: Console,
    *,
    as_login: str,
    login: str,
    provider: str | None,
    lines: tuple[WantedLine, ...],
    from_cart: bool,
    payment_method: str,
    note: str,
    delivery: str | None,
    delivery_address: str,
    expected_total: Money | None,
    request_key: str | None,
    exceptions: tuple[int, ...],
    as_json: bool,
) -> None:
    """Place an order for a client, under the client's own restrictions."""
    if from_cart == bool(lines):
        raise click.UsageError("Give either --line (once or more) or --from-cart.")
    running = console.panel
    with running.database.writing() as session:
        actor = console.actor(session, as_login)
        command = PlaceOrder(
            client_id=find_client(session, actor, login=login).id,
            provider=provider,
            payment_method=payment_method,
            lines=lines,
            whole_cart=from_cart,
            note=note,
            delivery=DeliveryWish(delivery, delivery_address),
            expected_total=expected_total,
            request_key=request_key,
            exceptions=exceptions,
        )
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


class FieldType(click.ParamType[tuple[str, str]]):
    """``tracking_code=RB123``"""

    name = "field"

    @override
    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:
        name, separator, written = str(value).partition("=")
        if not separator:
            self.fail("write it as NAME=VALUE", param, ctx)
        return name, written


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


@click.group()
def deadlines() -> None:
    """What happens to orders by itself when time is up."""


@deadlines.command("run")
@click.option(
    "--now",
    metavar="MOMENT",
    help="As if it were 2026-12-01T00:00Z; for a rehearsal on a copy of the database.",
)
@json_option
@pass_console
@click.pass_context
def run_deadlines(ctx: click.Context, console: Console, now: str | None, *, as_json: bool) -> None:
    """Fire every deadline that is due, as the worker does each minute.

    And tell orders of dates that have passed: a bill not paid in time, a paid term that is over.
    Where one breaks off by a mistake of ours, the exit code is 1, and the mistake is logged.
    """
    running = console.panel
    clock = FixedClock(_moment(now)) if now else running.clock
    system = system_actor(running.known)
    fired = fire_deadlines(running.database, actor=system, clock=clock)
    fired += watch_dates(running.database, actor=system, clock=clock)
    if as_json:
        print_json(asdict(fired))
    else:
        click.echo(
            f"Moved: {fired.moved}. Could not move: {fired.refused}. Broke off: {fired.broke_off}."
        )
    ctx.exit(1 if fired.broke_off else 0)


def _moment(written: str) -> datetime:
    read = read_moment(written)
    if read is None or read.tzinfo is None:
        raise click.UsageError("--now is a moment with its zone, such as 2026-12-01T00:00Z")
    return read


@click.group()
def invoice() -> None:
    """Documents of orders."""


@invoice.command("print")
@click.argument("number")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="FILE.pdf"
)
@as_option
@json_option
@pass_console
def print_invoice(
    console: Console, number: str, out: Path, as_login: str | None, *, as_json: bool
) -> None:
    """Write the PDF of a document, by its own number or by its order's."""
    running = console.panel
    with running.database.reading() as session:
        actor = console.actor(session, as_login)
        document_id = _document_id(session, actor, number)
    printed = print_document(
        running.database,
        renderer(running.config.fonts_dir),
        document_id,
        actor=actor,
        clock=running.clock,
    )
    try:
        out.write_bytes(printed.pdf)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
    if as_json:
        print_json({"number": printed.number, "file": str(out), "bytes": len(printed.pdf)})
    else:
        click.echo(f"{printed.number}: {out}")


COMMANDS: Sequence[click.Command] = (orders, order, deadlines, invoice)


def _document_id(session: Session, actor: Actor, number: str) -> int:
    """Raises NotFound, Conflict ``invoice_not_issued``."""
    found = documents_by_number(session, actor, number)
    if found:
        return found[0].id
    try:
        of_order = find_order_by_number(session, actor, number)
    except NotFound:
        raise NotFound(
            text("There is no document or order with number %(number)s.", number=number)
        ) from None
    if not of_order.documents:
        raise Conflict(
            text("No invoice has been issued for order %(number)s yet.", number=number),
            code="invoice_not_issued",
        )
    return of_order.documents[-1].id


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
        amount = _amount(line.amount, row.currency, language)
        yield f"    {line.quantity} × {say(line.title, language)}  {amount}"
    for document in row.documents:
        yield f"    {document.number}"


def _line_of(row: Order, language: str) -> str:
    total = _amount(row.total, row.currency, language)
    points = f" + {row.points} points" if row.points else ""
    when = f"{row.placed_at:%Y-%m-%d %H:%M} UTC"
    status = say(row.status.title, language)
    return f"№ {row.number}  {when}  {row.provider.name}  {status}  {total}{points}"


def _amount(minor: int | None, currency: str, language: str) -> str:
    """None: not for whoever asks."""
    return HIDDEN if minor is None else show(Money(minor, currency), language)
