"""Many orders, made quickly: one is placed by the panel itself, the others are copies of it.

So they are as real as the code of the day makes them, and no list of columns grows old here. The
copies are made inside the database: the same statements on both engines.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    String,
    Table,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    true,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from benchmarks.measuring.plain_sql import Plain
from billing_panel.accounts.access.client_search import KINDS
from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.companies.provider_models import PaymentMethod
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.core.panel import Panel
from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.tables.numbers_in_words import OF_CLIENT, SAID, Words
from billing_panel.kernel.tables.search_entries import (
    SearchEntry,
    bounded,
    client_mark,
    first_id,
)
from billing_panel.migrations.search_words import drop_index, make_index
from invoices.store.models import IssuedDocument
from plugins.orders.checkout.place_order import PlaceOrder, place_order
from plugins.orders.store.models import FIRST_NUMBER, Order, OrderDocument, OrderLine
from plugins.orders.store.order_search import ORDER
from plugins.orders.store.order_sums import OrderTax
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.statuses.stage import Stage

GIANT = "balkan.media"
MODEST = "stoyanova"
LINES = (
    WantedLine("web-start", "12 months"),
    WantedLine("vps-pro-4", "12 months", options={"ram": 16}),
    WantedLine("sfp-10g", "once"),
)
ENDLESS = 10**9
# a million rows by one statement take longer than anything the panel does
PATIENT = sql("SET LOCAL statement_timeout = 0")

# Each twentieth order is the giant's; the latest fiftieth are not done; each third has a document.
GIANTS_SHARE = 20
LIVE_SHARE = 50
DOCUMENTS_SHARE = 3
# of those with a document, each tenth fell due so long ago
LATE_SHARE, LATE = 30, timedelta(days=5)


@dataclass(frozen=True)
class Crowd:
    """``giant`` has a twentieth of all orders, ``others`` about twenty each."""

    giant: int
    others: tuple[int, ...]


def gather(panel: Panel, orders: int) -> Crowd:
    """Fill a database that holds the demo. ``orders``: how many there will be."""
    with _without_index(panel.database), panel.database.writing() as session:
        if not panel.database.is_sqlite:
            session.execute(PATIENT)
        giant = session.scalars(select(Client.id).filter_by(login=GIANT)).one()
        session.execute(update(Tariff).where(Tariff.stock.is_not(None)).values(stock=ENDLESS))
        others = _clients(session, orders // GIANTS_SHARE)
        command = PlaceOrder(giant, None, "bank_transfer", lines=LINES)
        (order,) = place_order(session, command, actor=console(panel.known), clock=panel.clock)
        write_late(session)
        _Copying(session, order, giant, others, orders - 1).everything()
    _settle(panel.database)
    return Crowd(giant, others)


@contextmanager
def _without_index(database: Database) -> Iterator[None]:
    """The index of searching is made of all entries at once, as an upgrade makes it."""
    _change_index(database, drop_index)
    yield
    _change_index(database, make_index)


def _change_index(database: Database, change: Callable[[], None]) -> None:
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(PATIENT)
        with Operations.context(MigrationContext.configure(connection)):
            change()


def _clients(session: Session, count: int) -> tuple[int, ...]:
    model = session.scalars(select(Client).filter_by(login=MODEST)).one()
    last = session.scalars(select(func.max(Client.id))).one()
    series = _series(count)
    number = series.c.n
    _copy(
        session,
        Client,
        Client.id == model.id,
        series,
        id=last + number,
        login=literal("client-").concat(cast(last + number, String)),
        account_number=1_000_000 + number,
    )
    for kind in KINDS:
        login = literal("client-").concat(_in_words(SAID, last + number))
        _copy(
            session,
            SearchEntry,
            SearchEntry.id == first_id(kind) + model.id,
            series,
            id=literal(first_id(kind) + last, BigInteger) + number,
            subject_id=last + number,
            words=func.replace(SearchEntry.words, MODEST, login),
        )
    _copy(session, Membership, Membership.client_id == model.id, series, client_id=last + number)
    return tuple(range(last + 1, last + count + 1))


class _Copying:
    """Copies of ``order``: the n-th has the id of the model plus n."""

    def __init__(
        self, session: Session, order: Order, giant: int, others: tuple[int, ...], count: int
    ) -> None:
        self.session = session
        self.order = order
        self.giant = giant
        self.others = others
        self.count = count
        self.series = _series(count)
        self.number = self.series.c.n
        self.is_done = self.number <= count - count // LIVE_SHARE

    def everything(self) -> None:
        self._orders()
        self._lines()
        self._taxes()
        self._documents()
        self._events()
        self._entries()

    @property
    def client_id(self) -> ColumnElement[Any]:
        other = self.others[0] + self.number % len(self.others)
        return case((self.number % GIANTS_SHARE == 0, self.giant), else_=other)

    def _orders(self) -> None:
        provider = self.order.provider_id
        done = self.session.scalars(
            select(OrderStatus.id).filter_by(provider_id=provider, stage=Stage.DONE)
        ).first()
        cash = self.session.scalars(
            select(PaymentMethod.id).filter_by(provider_id=provider, key="cash")
        ).one()
        has_document = self.number % DOCUMENTS_SHARE == 0
        is_late = self.number % LATE_SHARE == 0
        late = self.order.placed_at.date() - LATE
        self._copy(
            Order,
            Order.id == self.order.id,
            id=self.order.id + self.number,
            client_id=self.client_id,
            status_id=case((self.is_done, done), else_=Order.status_id),
            stage=case((self.is_done, literal(Stage.DONE.value)), else_=Order.stage),
            paid=case((self.is_done, Order.total), else_=0),
            due_on=case((is_late, literal(late)), (has_document, Order.due_on), else_=null()),
            payment_method_id=case((has_document, Order.payment_method_id), else_=cash),
        )

    def _lines(self) -> None:
        first = min(line.id for line in self.order.lines)
        each = len(self.order.lines)
        self._copy(
            OrderLine,
            OrderLine.order_id == self.order.id,
            id=first + each * self.number + OrderLine.position,
            order_id=self.order.id + self.number,
            delivered_at=case((self.is_done, literal(self.order.placed_at)), else_=null()),
        )

    def _taxes(self) -> None:
        where = OrderTax.order_id == self.order.id
        self._copy(OrderTax, where, order_id=self.order.id + self.number)

    def _documents(self) -> None:
        (document,) = self.order.documents
        series = _series(self.count // DOCUMENTS_SHARE)
        number = series.c.n
        _copy(
            self.session,
            IssuedDocument,
            IssuedDocument.id == document.id,
            series,
            id=document.id + number,
            number=literal("COPY-").concat(cast(number, String)),
            # no year that any other was issued in
            year=literal(1),
            n=number,
        )
        _copy(
            self.session,
            OrderDocument,
            OrderDocument.document_id == document.id,
            series,
            order_id=self.order.id + DOCUMENTS_SHARE * number,
            document_id=document.id + number,
        )

    def _events(self) -> None:
        placed = select(Event.id).filter_by(kind="order.placed", subject_id=self.order.id)
        model = self.session.scalars(placed).one()
        last = self.session.scalars(select(func.max(Event.id))).one()
        self._copy(
            Event,
            Event.id == model,
            id=last + self.number,
            subject_id=self.order.id + self.number,
            client_id=self.client_id,
        )

    def _entries(self) -> None:
        """Each is found by its own number, and is its own client's."""
        order_id = self.order.id + self.number
        number = _in_words(SAID, FIRST_NUMBER + order_id)
        client = _in_words(OF_CLIENT, self.client_id)
        words = func.replace(SearchEntry.words, _as_kept(bounded(self.order.number)), number)
        self._copy(
            SearchEntry,
            SearchEntry.id == first_id(ORDER) + self.order.id,
            id=literal(first_id(ORDER), BigInteger) + order_id,
            subject_id=order_id,
            words=func.replace(words, _as_kept(client_mark(self.order.client_id)), client),
        )

    def _copy(self, model: type[Base], where: ColumnElement[bool], **instead: Any) -> None:
        _copy(self.session, model, where, self.series, **instead)


def _as_kept(words: str) -> ColumnElement[str]:
    """What stands for ``words`` in entries."""
    return literal(words, Words())


def _in_words(sign: str, number: ColumnElement[Any]) -> ColumnElement[str]:
    """In digits, as migrations write it too: whoever makes the index makes of them what is kept."""
    return literal(sign).concat(cast(number, String)).concat(sign)


def _series(count: int) -> CTE:
    """1 … ``count`` as a column ``n``."""
    series = select(literal(1).label("n")).cte("series", recursive=True)
    return series.union_all(select(series.c.n + 1).where(series.c.n < count))


def _copy(
    session: Session,
    model: type[Base],
    where: ColumnElement[bool],
    series: CTE,
    **instead: Any,
) -> None:
    """For each number of ``series`` the rows found by ``where``, with some columns different."""
    table = model.__table__
    assert isinstance(table, Table)
    # what the database makes of the others it makes of these too
    own = [c for c in table.columns if c.computed is None]
    columns: Mapping[str, Any] = {c.name: instead.get(c.name, c) for c in own}
    rows = select(*columns.values()).select_from(table.join(series, true())).where(where)
    session.execute(insert(table).from_select(list(columns), rows))


def _settle(database: Database) -> None:
    """What a server would have done by itself in the time it takes to get so many orders."""
    with closing(Plain(database.url)) as plain:
        if plain.is_sqlite:
            plain.rows("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for model in (Client, Order, OrderLine, IssuedDocument, Event):
            # rows are numbered from a sequence, which has not seen the copies
            table = model.__tablename__
            plain.rows(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
        plain.rows("VACUUM ANALYZE")
