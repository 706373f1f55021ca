"""Which orders a list shows, as conditions on Order; and which index reads them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.store.find_orders import ASKS_FOR_MONEY, PROVIDER_OF_FOUND, is_overdue
from plugins.orders.store.models import Order, OrderDeadline, OrderLine
from plugins.orders.store.order_sum_rules import PaymentStanding
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.statuses.stage import ENDS, Stage

LIVE = (Stage.NEW, Stage.OPEN)
ENDED = tuple(sorted(ENDS))
PAYMENT_STATE = Order.__table__.c.payment_state
Conditions = Sequence[ColumnElement[bool]]
SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
# of a filter, what its statement need not be made anew for; each with what stands for any
VALUES: Mapping[str, Any] = {
    "client_id": 0,
    "since": SOME_DAY,
    "until": SOME_DAY,
    "due_before": SOME_DAY,
    "before": 0,
    "after": 0,
}


def named(name: str, value: object, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Stands for what ``OrderFilter.values`` has under ``name``, ``value`` unless it is given."""
    return bindparam(name, value, column.type)


def written(value: object) -> ColumnElement[Any]:
    """Stands in the statement itself: PostgreSQL has to see which of a few values is meant."""
    return bindparam(None, value, literal_execute=True)


def any_written(values: Iterable[object]) -> ColumnElement[Any]:
    """The same of several, for ``in_``."""
    return bindparam(None, [*values], expanding=True, literal_execute=True)


@dataclass(frozen=True)
class OrderFilter:
    """Which orders of a list are shown.

    ``before`` and ``after``: the id a neighbouring page ends with, towards newer ones with
    ``after``. ``status``: its key. ``stages`` empty: every one. ``payment`` unpaid leaves out what
    has ended; ``owed``: what is a debt, in whatever stage. ``overdue``: its bill is late; which day
    it is where each provider is, by the provider's id. ``tariffs``, ``people``: ids, one of
    which it has a line of, or was placed by; None: whichever. ``since`` and ``until``: when it was
    placed. ``status_id``: of ``status``, where it is known. ``due_before``: its deadline.
    ``query``: words of ``order_search``.
    """

    provider: str | None = None
    client_id: int | None = None
    status: str | None = None
    status_id: int | None = None
    stages: tuple[Stage, ...] = ()
    payment: PaymentStanding | None = None
    owed: bool = False
    overdue: Mapping[int, date] | None = None
    tariffs: tuple[int, ...] | None = None
    placed_by: ActorKind | None = None
    people: tuple[int, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    has_deadline: bool = False
    due_before: datetime | None = None
    unread: bool = False
    query: str | None = None
    before: int | None = None
    after: int | None = None
    limit: int = 50

    @property
    def values(self) -> dict[str, object]:
        """What statements of the same ``shape`` differ by, by name."""
        return {name: value for name in VALUES if (value := getattr(self, name)) is not None}

    @property
    def shape(self) -> "OrderFilter":
        """The same, with the same values for whoever looks from wherever, and whenever."""
        return replace(self, **{name: VALUES[name] for name in self.values})

    @property
    def place(self) -> tuple[InstrumentedAttribute[Any], ...]:
        """In what an index has orders: the days of bills, when they were placed, or their ids."""
        if self.overdue is not None:
            return (Order.due_on, Order.id)
        is_placed = self.since is not None or self.until is not None
        return (Order.placed_at, Order.id) if is_placed else (Order.id,)

    @property
    def is_dated(self) -> bool:
        """It is read by days or moments, not by ids alone."""
        return len(self.place) > 1

    def of_client(self, client_id: int) -> "OrderFilter":
        """The same of one client alone."""
        return replace(self, client_id=client_id)

    def narrow(self, page: Select[Any], scope: ColumnElement[bool]) -> Select[Any]:
        """``page`` of orders in ``scope``, but for ``query`` and what is unread."""
        page = page.where(*self._of_provider(), *self._of_stage(), *self._of_others())
        if self.overdue is not None:
            page = page.where(is_overdue(self.overdue))
        return page.where(scope, *self.conditions(), *self.cut(scope))

    def cut(self, scope: ColumnElement[bool]) -> Iterator[ColumnElement[bool]]:
        """Where the page begins. By days it begins where the neighbour's last order stands.

        An order that isn't in ``scope`` stands nowhere, as one that doesn't exist.
        """
        for name, number, newer in (("before", self.before, False), ("after", self.after, True)):
            if number is None:
                continue
            edge = named(name, number, Order.id)
            if self.is_dated:
                here = tuple_(*self.place)
                found = select(*self.place).where(Order.id == edge, scope)
                there = found.correlate(None).scalar_subquery()
                yield here > there if newer else here < there
            else:
                yield Order.id > edge if newer else Order.id < edge

    def in_order(self, page: Select[Any]) -> Select[Any]:
        """The newest first; towards newer ones the nearest first."""
        newer = self.after is not None
        return page.order_by(*(one.asc() if newer else one.desc() for one in self.place))

    def pages(
        self, provider_ids: Sequence[int], scope: ColumnElement[bool], besides: Conditions = ()
    ) -> Iterator[Select[Any]]:
        """Ids of the orders in ``scope``, in statements each of which one index reads in its order.

        Of all of them at once SQLite would sort every order there is. ``provider_ids``: those in
        scope, and of the provider that is meant alone. ``besides``: what else they must fulfil.
        """
        own = [scope, *self.conditions(), *self.cut(scope), *besides]
        late = self.overdue
        of_indexes = self._of_indexes if late is None else partial(self._of_due_days, late)
        for of_index in of_indexes(provider_ids):
            if self.asks_deadline and self.tariffs is None and not self.is_dated:
                yield self._of_deadlines([*of_index, *own]).limit(self.limit)
                continue
            page = select(Order.id) if self.tariffs is None else self._of_lines()
            if self.asks_deadline:
                page = page.join(OrderDeadline, OrderDeadline.order_id == Order.id)
                page = page.where(*self._of_deadline())
            page = page.where(*of_index, *own)
            if self.tariffs is None or self.is_dated:
                page = self.in_order(page)
            yield page.limit(self.limit)

    def _of_lines(self) -> Select[Any]:
        """Orders by their lines, in the order of the index of these, where nothing is sorted."""
        by = Order.id if self.is_dated else OrderLine.order_id
        of_lines = OrderLine.order_id == Order.id
        page = select(by.label("id")).select_from(Order).join(OrderLine, of_lines).group_by(by)
        if self.is_dated:
            return page
        return self._from_edge(page, by)

    def _of_deadlines(self, conditions: Conditions) -> Select[Any]:
        """Orders by their deadlines, in the order of these, which few orders have.

        Put as a join, SQLite reads every order of a provider to look whether it has one.
        """
        order = select(literal(1)).where(Order.id == OrderDeadline.order_id, *conditions)
        page = select(OrderDeadline.order_id.label("id"))
        page = page.where(*self._of_deadline(), order.correlate(OrderDeadline).exists())
        return self._from_edge(page, OrderDeadline.order_id)

    def _from_edge(self, page: Select[Any], by: InstrumentedAttribute[int]) -> Select[Any]:
        """``page`` in the order of ``by``, an order's id, from where it begins."""
        for name, number, newer in (("before", self.before, False), ("after", self.after, True)):
            if number is not None:
                edge = named(name, number, Order.id)
                page = page.where(by > edge if newer else by < edge)
        return page.order_by(by.asc() if self.after is not None else by.desc())

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Those that hold whichever index is read."""
        if self.payment is not None:
            yield written(self.payment.value) == PAYMENT_STATE
        if self.owed:
            yield Order.owed > 0
        if self.placed_by is not None:
            yield Order.placed_by_kind == written(self.placed_by)
        if self.since is not None:
            yield Order.placed_at >= named("since", self.since, Order.placed_at)
        if self.until is not None:
            yield Order.placed_at < named("until", self.until, Order.placed_at)

    @property
    def asks_deadline(self) -> bool:
        return self.has_deadline or self.due_before is not None

    def _of_deadline(self) -> Iterator[ColumnElement[bool]]:
        if self.due_before is not None:
            due = named("due_before", self.due_before, OrderDeadline.due_at)
            yield OrderDeadline.due_at < due

    def _of_others(self) -> Iterator[ColumnElement[bool]]:
        """What other tables say, and who placed it, of orders that were found by something else."""
        if self.tariffs is not None:
            lines = select(OrderLine.order_id).where(OrderLine.tariff_id.in_(self.tariffs))
            yield Order.id.in_(lines)
        if self.people is not None:
            yield Order.placed_by_id.in_(self.people)
        if self.asks_deadline:
            yield Order.id.in_(select(OrderDeadline.order_id).where(*self._of_deadline()))

    def _of_indexes(self, provider_ids: Sequence[int]) -> Iterator[Conditions]:
        if self.status is not None:
            # a status has its provider and its stage
            of_status = self._of_status(provider_ids)
            yield from (self._of_client([Order.status_id == one]) for one in of_status)
            return
        stages = [Order.stage == written(stage) for stage in self.stages]
        within = Order.provider_id.in_(provider_ids)
        for name, ids in ((OrderLine.tariff_id, self.tariffs), (Order.placed_by_id, self.people)):
            if ids is not None:
                for one in ids:
                    yield self._of_client([name == one, within, *self._of_stage()])
                return
        if self.client_id is not None and not stages:
            yield self._of_client([PROVIDER_OF_FOUND.in_(provider_ids)])
            return
        each: Sequence[Conditions] = [[one] for one in stages] or [()]
        for provider_id, stage in product(provider_ids, each):
            yield self._of_client([Order.provider_id == provider_id, *stage])

    def _of_status(self, provider_ids: Sequence[int]) -> Iterator[ColumnElement[Any]]:
        """Ids of the status; known ones written down, for PostgreSQL to see if few are in it."""
        if self.status_id is not None:
            yield written(self.status_id)
            return
        for provider_id in provider_ids:
            own = select(OrderStatus.id).filter_by(provider_id=provider_id, key=self.status)
            yield own.scalar_subquery()

    def _of_due_days(
        self, today: Mapping[int, date], provider_ids: Sequence[int]
    ) -> Iterator[Conditions]:
        rest = [*self._of_provider(), *self._of_stage(), *self._of_others()]
        for provider_id in provider_ids:
            late = Order.due_on < today[provider_id]
            yield [Order.provider_id == provider_id, late, ASKS_FOR_MONEY, *rest]

    def _of_client(self, conditions: Conditions) -> Conditions:
        if self.client_id is None:
            return conditions
        return [Order.client_id == named("client_id", self.client_id, Order.client_id), *conditions]

    def _of_stage(self) -> Iterator[ColumnElement[bool]]:
        if self.stages:
            yield Order.stage.in_(any_written(self.stages))

    def _of_provider(self) -> Iterator[ColumnElement[bool]]:
        if self.provider is not None:
            provider = select(Provider.id).filter_by(key=self.provider)
            yield Order.provider_id == provider.scalar_subquery()
        if self.status is not None:
            yield Order.status_id.in_(select(OrderStatus.id).filter_by(key=self.status))
        if self.client_id is not None:
            yield Order.client_id == named("client_id", self.client_id, Order.client_id)
