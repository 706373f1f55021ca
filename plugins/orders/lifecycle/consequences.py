"""What a step changed: the order and all that belongs to it, compared before and after.

Nothing here knows what effects do. So what is told of a step beforehand (``preview_step``)
and what it does cannot differ: it is the same step, taken, and then undone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.service_models import Service, ServiceState
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.language.text import Text, Titles
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.money import Money
from plugins.orders.store.models import Order, OrderService, number_of
from plugins.orders.store.order_extensions import extensions_of
from plugins.orders.store.payment import Payment, Refund, RefundTo
from plugins.orders.workflow.statuses.stage import Stage

BEGUN, SUSPENDED, RESUMED, ENDED = "begun", "suspended", "resumed", "ended"


@dataclass(frozen=True)
class Back:
    """``sum`` goes back: to the client's balance or points, else by the ``method`` it came by."""

    sum: Money
    to: RefundTo
    method: MethodKind

    @property
    def is_to_balance(self) -> bool:
        return self.to is RefundTo.BALANCE or self.method is MethodKind.BALANCE


@dataclass(frozen=True)
class Bill:
    """``number`` of a bill that is annulled; one that is issued has its own only then."""

    sum: Money
    number: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class Moved:
    """``number`` of a tariff: of stock, above zero what comes back; of services, how many."""

    title: Titles
    number: int


@dataclass(frozen=True)
class Consequences:
    """``owed``: what of the order is a debt before and after. ``points_lost``: of those it earned.

    ``services``: by what becomes of them. ``covers``: debts of other orders that money given back
    pays, by the order's number. ``retaxed``: total before and after, where a tax rate has changed
    since the order was placed. ``notices``: to whom one is due. ``letters``: e-mails
    that go out, by their title, each with its addresses.
    """

    source: Titles
    target: Titles
    stays: bool
    is_lost: bool
    given_back: tuple[Back, ...]
    received: tuple[Money, ...]
    annulled: tuple[Bill, ...]
    issued: tuple[Bill, ...]
    stock: tuple[Moved, ...]
    services: Mapping[str, tuple[Moved, ...]]
    delivered: tuple[Titles, ...]
    taken_back: tuple[Titles, ...]
    owed: tuple[Money, Money]
    points_lost: int
    covers: tuple[tuple[str, Money], ...]
    notices: tuple[str, ...]
    letters: tuple[tuple[Text, tuple[str, ...]], ...] = ()
    retaxed: tuple[Money, Money] | None = None


@dataclass(frozen=True)
class Before:
    """What of an order is compared afterwards."""

    status: str
    title: Titles
    refunds: frozenset[int]
    payments: frozenset[int]
    last_payment: int
    last_event: int
    bills: Mapping[int, bool]
    held: Mapping[str, int]
    services: Mapping[int, str]
    delivered: frozenset[int]
    owed: Money
    earned: int
    total: Money
    rated_on: date | None


def look(session: Session, order: Order) -> Before:
    """The order is locked, with its pair: whatever is new of them afterwards came by the step."""
    last = last_written(session)
    return Before(
        status=order.status.key,
        title=order.status.title,
        refunds=frozenset(refund.id for refund in _refunds(order)),
        payments=frozenset(payment.id for payment in order.payments),
        last_payment=last.payment,
        last_event=last.event,
        bills={document.id: document.is_void for document in order.documents},
        held=dict(order.held),
        services={service.id: _state(service) for service in _services(session, order)},
        delivered=_delivered(order),
        owed=Money(order.owed, order.currency),
        earned=order.earned,
        total=order.money(order.total),
        rated_on=order.rated_on,
    )


@dataclass(frozen=True)
class LastWritten:
    """Ids of the last payment and the last event there were; 0: none."""

    payment: int
    event: int


def last_written(session: Session) -> LastWritten:
    """Before orders are placed, which ``of_placed`` tells afterwards."""
    return LastWritten(
        session.scalar(select(func.max(Payment.id))) or 0,
        session.scalar(select(func.max(Event.id))) or 0,
    )


def of_placed(
    session: Session, orders: Sequence[Order], before: LastWritten
) -> Sequence[Consequences]:
    """What placing ``orders`` at one checkout did, for each; e-mails with the first alone.

    They were not there before: all that is of them came by it.
    """
    told = [compare(session, order, _nothing_of(order, before)) for order in orders]
    own = {order.number for order in orders}
    return [
        replace(
            one,
            # what pays another order of the same checkout is told with that
            covers=tuple(pair for pair in one.covers if pair[0] not in own),
            letters=() if place else one.letters,
        )
        for place, one in enumerate(told)
    ]


def _nothing_of(order: Order, before: LastWritten) -> Before:
    return Before(
        status="",
        title=order.status.title,
        refunds=frozenset(),
        payments=frozenset(),
        last_payment=before.payment,
        last_event=before.event,
        bills={},
        held={},
        services={},
        delivered=frozenset(),
        owed=order.money(0),
        earned=0,
        total=order.money(order.total),
        rated_on=order.rated_on,
    )


def compare(session: Session, order: Order, before: Before) -> Consequences:
    """What is different now."""
    # what happened is read from the log
    write_late(session)
    session.flush()
    # effects change rows of these without their objects
    for document in order.documents:
        session.expire(document, ["events"])
    titles = {line.id: line.title for line in order.lines}
    now = _delivered(order)
    return Consequences(
        source=before.title,
        target=order.status.title,
        stays=order.status.key == before.status,
        is_lost=order.stage is Stage.LOST,
        given_back=tuple(_given_back(order, before)),
        received=tuple(p.sum for p in order.payments if p.id not in before.payments),
        annulled=tuple(
            Bill(Money(bill.total, bill.currency), bill.number)
            for bill in order.documents
            if bill.is_void and not before.bills.get(bill.id)
        ),
        issued=tuple(
            Bill(Money(bill.total, bill.currency), due_on=bill.due_on)
            for bill in order.documents
            if bill.id not in before.bills and not bill.is_void
        ),
        stock=tuple(_stock(session, order, before)),
        services=_changed_services(session, order, before),
        delivered=tuple(titles[line] for line in sorted(now - before.delivered)),
        taken_back=tuple(titles[line] for line in sorted(before.delivered - now)),
        owed=(before.owed, Money(order.owed, order.currency)),
        points_lost=max(before.earned - order.earned, 0),
        covers=tuple(_covers(session, order, before)),
        notices=tuple(_notices(session, order, before)),
        letters=tuple(_letters(session, order, before)),
        retaxed=None
        if order.rated_on == before.rated_on
        else (before.total, order.money(order.total)),
    )


def _refunds(order: Order) -> Iterator[Refund]:
    for payment in order.payments:
        yield from payment.refunds


def _given_back(order: Order, before: Before) -> Iterator[Back]:
    """One for each place it goes to, with its sum."""
    sums: dict[tuple[str, RefundTo, MethodKind], int] = {}
    for payment in order.payments:
        for refund in payment.refunds:
            if refund.id not in before.refunds:
                to = refund.to
                method = payment.method if to is RefundTo.METHOD else MethodKind.BALANCE
                key = (payment.currency, to, method)
                sums[key] = sums.get(key, 0) + refund.amount
    for (currency, to, method), amount in sums.items():
        yield Back(Money(amount, currency), to, method)


def _delivered(order: Order) -> frozenset[int]:
    return frozenset(line.id for line in order.lines if line.delivered_at is not None)


def _services(session: Session, order: Order) -> Iterable[Service]:
    own = select(OrderService.service_id).filter_by(order_id=order.id)
    found = select(Service).where(Service.id.in_(own)).order_by(Service.id)
    return session.scalars(found.execution_options(populate_existing=True)).all()


def _state(service: Service) -> str:
    if service.state is ServiceState.ENDED:
        return ENDED
    return SUSPENDED if service.suspended_at else BEGUN


def _changed_services(
    session: Session, order: Order, before: Before
) -> Mapping[str, tuple[Moved, ...]]:
    changed: dict[str, Counter[int]] = {}
    for service in (services := _services(session, order)):
        was, now = before.services.get(service.id), _state(service)
        if was != now:
            what = RESUMED if (was, now) == (SUSPENDED, BEGUN) else now
            changed.setdefault(what, Counter())[service.tariff_id] += 1
    titles = _titles(session, {service.tariff_id for service in services} if changed else ())
    return {
        what: tuple(Moved(titles[tariff], number) for tariff, number in sorted(counts.items()))
        for what, counts in changed.items()
    }


def _stock(session: Session, order: Order, before: Before) -> Iterator[Moved]:
    moved = {
        int(tariff): before.held.get(tariff, 0) - order.held.get(tariff, 0)
        for tariff in sorted({*before.held, *order.held}, key=int)
    }
    moved = {tariff: number for tariff, number in moved.items() if number}
    titles = _titles(session, moved)
    for tariff, number in moved.items():
        yield Moved(titles[tariff], number)


def _titles(session: Session, tariffs: Iterable[int]) -> Mapping[int, Titles]:
    wanted = [*tariffs]
    if not wanted:
        return {}
    found = select(Tariff).where(Tariff.id.in_(wanted))
    return {tariff.id: tariff.title for tariff in session.scalars(found)}


def _covers(session: Session, order: Order, before: Before) -> Iterator[tuple[str, Money]]:
    """Of the pair, which is locked."""
    rows = session.execute(
        select(Payment.order_id, Payment.amount, Payment.currency)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.id > before.last_payment, Order.id != order.id)
        .where(Order.client_id == order.client_id, Order.provider_id == order.provider_id)
        .order_by(Payment.id)
    )
    for order_id, amount, currency in rows:
        yield number_of(order_id), Money(amount, currency)


def _notices(session: Session, order: Order, before: Before) -> Iterator[str]:
    found = select(Event.facts).filter_by(
        kind="notice.due", subject_kind="order", subject_id=order.id
    )
    rows: Iterable[dict[str, Any]] = session.scalars(found.where(Event.id > before.last_event))
    yield from dict.fromkeys(str(facts["to"]) for facts in rows)


def _letters(
    session: Session, order: Order, before: Before
) -> Iterator[tuple[Text, tuple[str, ...]]]:
    """What other plugins send because of what the step wrote down for this pair."""
    own = select(Event.id).where(
        Event.id > before.last_event,
        Event.client_id == order.client_id,
        Event.provider_id == order.provider_id,
    )
    ids = session.scalars(own.order_by(Event.id)).all()
    by_title: dict[Text, set[str]] = {}
    for one in extensions_of(session):
        for letter in one.letters(session, ids):
            by_title.setdefault(letter.title, set()).add(letter.address)
    for title, addresses in by_title.items():
        yield title, tuple(sorted(addresses))
