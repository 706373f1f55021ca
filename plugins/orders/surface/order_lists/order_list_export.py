"""A list of orders as a table in a file: what its filters show, as whoever takes it may see it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, zone_of
from billing_panel.core.panel import Panel
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.files.csv_rows import SheetCell, SheetRow
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, needs
from billing_panel.web.shell.streamed_files import SHEETS, sheet
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.listed_rows import listed_rows
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.listing.select_order_rows import OrderRow
from plugins.orders.listing.status_counts import ListedProvider, ListedStatus, offered
from plugins.orders.store.visibility.price_visibility import sees_prices
from plugins.orders.surface.order_lists.read_order_filter import Asked, Known, read_asked
from plugins.orders.surface.order_lists.return_to_list import asked_there, client_there
from plugins.orders.timeline.order_log_wording import LIST_EXPORTED

order_files = Blueprint("order_files", "plugins.orders")
# read and sent together
CHUNK = 500
HEADS = (
    text("Order"),
    text("Date and time (%(zone)s)"),
    text("Provider"),
    text("Client"),
    text("Login"),
    text("What"),
    text("Status"),
)
SUMS = (text("Total"), text("Paid"), text("Left"), text("Points"))


@dataclass(frozen=True)
class Listed:
    """What is taken: which orders, of whom, and how they are said."""

    shown: OrderFilter
    actor: Actor
    providers: Mapping[int, ListedProvider]
    statuses: Mapping[int, ListedStatus]
    meant: Sequence[int]
    zone: str
    language: str


@order_files.post(f"/orders/export.<{SHEETS}:file>", endpoint="take")
@access(needs(OrdersFunction.HISTORY_READ, for_staff=True))
def take(file: str) -> ResponseReturnValue:
    """The list as a table in a file, all of its pages; the log says who took it.

    Needs ``orders:history:read``; sums are there for whoever sees prices. Refuses filters that
    nobody knows, and a workbook with more rows than the panel allows.
    """
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        listed = _listed(db, running, actor)
    with running.database.writing() as db:
        told = {"filters": dict(asked_there()), "file": file}
        whose = ("user", actor.user_id or 0)
        record(db, LIST_EXPORTED, actor=actor, at=running.clock.now(), subject=whose, words=told)
    return sheet(rows_of(running.database, listed), actor, name="orders", kind=file)


def _listed(db: Session, running: Panel, actor: Actor) -> Listed:
    """Raises Invalid."""
    scope = offered(db, actor)
    own = scope.providers
    now: datetime = running.clock.now()
    asked: Asked = read_asked(asked_there(), Known(db, actor, scope, now), within="")
    if asked.refusal is not None:
        raise asked.refusal
    client_id = client_there()
    if client_id is not None:
        client_id = find_client(db, actor, client_id=client_id).id
    chosen = asked.filters.provider
    return Listed(
        shown=replace(
            asked.shown,
            client_id=client_id or asked.shown.client_id,
            before=None,
            after=None,
            limit=CHUNK,
        ),
        actor=actor,
        providers={one.id: one for one in own},
        statuses={one.id: one for one in scope.statuses},
        meant=[one.id for one in own if chosen in {"", one.key}],
        zone=zone_of(own, chosen),
        language=language(),
    )


def rows_of(database: Database, listed: Listed) -> Iterator[SheetRow]:
    """Its heading, then newest first, a chunk a transaction: a slow reader keeps none open."""
    prices = sees_prices(listed.actor)
    heads = (*HEADS, *SUMS) if prices else HEADS
    yield [say(head, listed.language) % {"zone": listed.zone} for head in heads]
    shown, zone = listed.shown, ZoneInfo(listed.zone)
    while True:
        with database.reading() as session:
            rows = listed_rows(session, listed.actor, shown, listed.meant, listed.language)
        for row in rows:
            yield [*_words(row, listed, zone), *(_sums(row) if prices else ())]
        if len(rows) < shown.limit:
            return
        shown = replace(shown, before=rows[-1].id)


def _words(row: OrderRow, listed: Listed, zone: ZoneInfo) -> Sequence[SheetCell]:
    return (
        row.number,
        row.placed_at.astimezone(zone),
        listed.providers[row.provider_id].name,
        row.client_name,
        row.client_login,
        row.goods or "",
        say(listed.statuses[row.status_id].title, listed.language),
    )


def _sums(row: OrderRow) -> Sequence[SheetCell]:
    in_money = (Money(minor, row.currency) for minor in (row.total, row.paid, row.left))
    return (*in_money, row.points)
