"""What the API says of orders: as a list has them, and one with everything about it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from billing_panel.api.answer_models import (
    AddressAnswer,
    Answer,
    Key,
    Moment,
    MoneyAnswer,
    Percent,
    PointsAnswer,
    address_answer,
    minor_seen,
    money,
)
from billing_panel.api.endpoint_dispatch import AnyCall
from billing_panel.catalog.rules.eligibility_facts import OptionValue, Period, Tender
from billing_panel.kernel.language.errors import Conflict
from billing_panel.kernel.language.stale_version import STALE
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.money import POINTS
from billing_panel.tax.sale_tax_summary import TaxTreatment
from billing_panel.tax.supply import TaxCategory
from plugins.orders.lifecycle.retaxing.rates_told import RateMissing, RatesTold, rates_told
from plugins.orders.settlement.payment_due_day import pay_by
from plugins.orders.settlement.payment_json import (
    BillAnswer,
    PaymentAnswer,
    seen_bill,
    seen_payment,
)
from plugins.orders.store.find_orders import find_order, order_group, placed_by
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.order_extensions import MessageCounts, message_counts
from plugins.orders.store.order_sum_rules import PaymentStanding
from plugins.orders.store.plain_reading.told_orders import ToldLine, ToldOrder
from plugins.orders.store.visibility.order_field_visibility import fields_of
from plugins.orders.store.visibility.price_visibility import priced, sees_prices, without_sums
from plugins.orders.timeline.order_timeline import question_of
from plugins.orders.workflow.statuses.stage import Stage


class OrderClientAnswer(Answer):
    """The client whose order it is."""

    id: int = Field(examples=[42])
    login: str = Field(examples=["stoyanova"])
    account_number: int
    name: str


class OrderLineAnswer(Answer):
    """Prices and title as they were when it was placed; null where the caller may not see them.

    ``status``: ``ordered``, ``delivered``, or a key of the workflow's line statuses.
    """

    id: int
    tariff: str = Field(examples=["web-start"])
    title: str
    status: str = Field(examples=["ordered"])
    period: str = Field(examples=["1 month"])
    quantity: int
    options: dict[str, OptionValue] = Field(examples=[{"disk": 20}])
    pay_with: Tender
    unit_price: MoneyAnswer | None
    setup_fee: MoneyAnswer | None
    discount: MoneyAnswer | None
    amount: MoneyAnswer | None
    tax_percent: Percent
    tax_category: TaxCategory
    listed_tax_percent: Percent
    points: PointsAnswer | None
    delivered_at: Moment | None
    taken_back_at: Moment | None


class OrderTaxAnswer(Answer):
    """``base`` without tax; null where the caller may not see it."""

    percent: Percent
    category: TaxCategory
    place: str = Field(examples=["BG"])
    base: MoneyAnswer | None
    tax: MoneyAnswer | None


class TotalsAnswer(Answer):
    """``taxes_inside``: prices include tax. Null where the caller may not see amounts."""

    goods: MoneyAnswer | None
    delivery: MoneyAnswer | None
    discount: MoneyAnswer | None
    taxes: list[OrderTaxAnswer]
    taxes_inside: bool
    treatment: TaxTreatment


class OrderAnswer(Answer):
    """An order in a list; amounts are null where the caller may not see them.

    ``payment_method`` is null where none was named yet, as a workflow may have it.
    ``claimed_by``: the login of the one of the staff who has it in hand; null: nobody, or a client
    asks. ``messages``: how many its client and the provider wrote to each other about it;
    ``unread``: how many are new to the caller. Both are 0 for a caller who may not read them.
    """

    id: int = Field(examples=[17])
    number: str = Field(examples=["10017"])
    provider: Key
    client: OrderClientAnswer
    status: str = Field(examples=["awaiting_payment"])
    status_title: str
    stage: Stage
    version: int = Field(examples=[3])
    placed_at: Moment
    payment_method: str | None = Field(examples=["bank_transfer"])
    payment_state: PaymentStanding
    total: MoneyAnswer | None
    paid: MoneyAnswer | None
    left: MoneyAnswer | None
    total_points: PointsAnswer | None
    left_points: PointsAnswer | None
    lines: list[OrderLineAnswer]
    totals: TotalsAnswer
    invoices: list[BillAnswer]
    note: str
    claimed_by: str | None = Field(examples=["petar"])
    messages: int
    unread: int


class PlacedByAnswer(Answer):
    """``login`` is null for the system, and for somebody who is not named."""

    kind: ActorKind
    login: str | None
    name: str


class OrderDeliveryAnswer(Answer):
    """Where the order goes; ``service`` is null where none was chosen.

    ``address`` is whole, on one line; its parts stand in ``postal_address``.
    """

    service: str | None = Field(examples=["courier"])
    address: str
    postal_address: AddressAnswer | None


class DeadlineAnswer(Answer):
    """When the system moves the order by itself."""

    due_at: Moment


class RatesAnswer(Answer):
    """That a tax rate has changed since the order was placed: total and tax then, and at the rates
    of ``day``. ``ahead``: it becomes so when the order is paid or delivered. ``text``: in a
    sentence. The sums are null where the caller may not see them, and where the rate of the day
    is missing.
    """

    day: date
    ahead: bool
    total_before: MoneyAnswer | None
    total: MoneyAnswer | None
    tax_before: MoneyAnswer | None
    tax: MoneyAnswer | None
    text: str


class OrderWorkflowAnswer(Answer):
    """The workflow the order runs by, and which version of it."""

    key: str = Field(examples=["hosting"])
    version: int


class OrderDetailsAnswer(OrderAnswer):
    """An order with everything about it.

    ``deadlines``: when the system moves it by itself. ``question``: what its client is asked while
    it waits for the answer. ``rates``: what a changed tax rate does to it; null: none has changed
    since it was placed. ``group``: ids of the orders that one checkout made. ``owed``: what of
    it is a debt.
    """

    placed_by: PlacedByAnswer
    placed_for: str = Field(examples=["stoyanova"])
    delivery: OrderDeliveryAnswer
    deadlines: list[DeadlineAnswer]
    pay_by: date | None
    status_since: Moment
    question: str | None
    workflow: OrderWorkflowAnswer
    fields: dict[str, str]
    promo_code: str | None
    rates: RatesAnswer | None
    group: list[int]
    owed: MoneyAnswer | None
    written_off: MoneyAnswer | None
    payments: list[PaymentAnswer]


def order_answers(
    session: Session, orders: Sequence[ToldOrder], language: str, actor: Actor
) -> list[OrderAnswer]:
    """Say orders as a list has them, without sums that ``actor`` may not see."""
    counts = message_counts(session, [order.id for order in orders], actor)
    return [
        OrderAnswer(**_row(order, language, counts.get(order.id), actor))
        for order in priced([*orders], actor)
    ]


def order_details(
    session: Session, order: Order, language: str, actor: Actor, now: datetime | None = None
) -> OrderDetailsAnswer:
    """Say all about an order that ``actor`` may know.

    ``now`` None: nothing is told of tax rates it does not have yet.
    """
    by, seen = placed_by(session, order, actor), priced(order, actor)
    counts = message_counts(session, [order.id], actor)
    return OrderDetailsAnswer(
        **_row(seen, language, counts.get(order.id), actor),
        placed_by=PlacedByAnswer(kind=by.kind, login=by.login, name=by.name),
        placed_for=order.client.login,
        delivery=_delivery(order),
        deadlines=[DeadlineAnswer(due_at=order.deadline.due_at)] if order.deadline else [],
        pay_by=pay_by(order),
        status_since=order.status_since,
        question=question_of(session, order),
        workflow=OrderWorkflowAnswer(key=order.workflow.key, version=order.workflow.number),
        fields=dict(fields_of(order, actor)),
        promo_code=order.promo_code or None,
        rates=_rates(rates_told(session, order, now), language, actor),
        group=list(order_group(session, order)),
        owed=minor_seen(seen.owed, order.currency),
        written_off=minor_seen(seen.written_off, order.currency),
        payments=[seen_payment(payment, actor) for payment in seen.payments],
    )


def answer_of(call: AnyCall, order: Order) -> OrderDetailsAnswer:
    """Say all about an order that the caller may know, in the caller's language."""
    now = call.panel.clock.now()
    return order_details(call.session, order, call.language, call.actor, now)


@contextmanager
def current_told(call: AnyCall, order_id: int) -> Iterator[None]:
    """A stale version is answered with the order as it is now, in ``current``."""
    try:
        yield
    except Conflict as error:
        if error.code == STALE:
            error.facts["current"] = answer_of(call, find_order(call.session, call.actor, order_id))
        raise


def _rates(told: RatesTold | RateMissing | None, language: str, actor: Actor) -> RatesAnswer | None:
    if told is None:
        return None
    known = told if isinstance(told, RatesTold) else None
    shown = known if sees_prices(actor) else None
    return RatesAnswer(
        day=told.day,
        ahead=known.ahead if known else True,
        total_before=money(shown.total_before) if shown else None,
        total=money(shown.total) if shown else None,
        tax_before=money(shown.tax_before) if shown else None,
        tax=money(shown.tax) if shown else None,
        text=say(without_sums(told.said, actor), language),
    )


def _delivery(order: Order) -> OrderDeliveryAnswer:
    place = order.place_of_delivery
    return OrderDeliveryAnswer(
        service=order.delivery_service,
        address=str(place),
        postal_address=address_answer(place) if place else None,
    )


def _row(
    order: Order | ToldOrder, language: str, counts: MessageCounts | None, actor: Actor
) -> dict[str, Any]:
    """The fields of an OrderAnswer, of ``order`` as the caller sees it."""
    currency, is_staff = order.currency, actor.client_id is None
    return {
        "id": order.id,
        "number": order.number,
        "provider": order.provider.key,
        "client": _client(order),
        "status": order.status.key,
        "status_title": say(order.status.title, language),
        "stage": order.stage,
        "version": order.version,
        "placed_at": order.placed_at,
        "payment_method": order.payment_method.key if order.payment_method else None,
        "payment_state": order.payment_standing,
        "total": minor_seen(order.total, currency),
        "paid": minor_seen(order.paid, currency),
        "left": minor_seen(order.left, currency),
        "total_points": minor_seen(order.points, POINTS),
        "left_points": minor_seen(order.left_points, POINTS),
        "lines": [_line(line, currency, language) for line in order.lines],
        "totals": _totals(order, currency),
        "invoices": [seen_bill(document) for document in order.documents],
        "note": order.note,
        "claimed_by": order.claim.login if order.claim and is_staff else None,
        "messages": counts.messages if counts else 0,
        "unread": counts.unread if counts else 0,
    }


def _client(order: Order | ToldOrder) -> OrderClientAnswer:
    client = order.client
    return OrderClientAnswer(
        id=client.id,
        login=client.login,
        account_number=client.account_number,
        name=client.name,
    )


def _line(line: OrderLine | ToldLine, currency: str, language: str) -> OrderLineAnswer:
    """``line`` as the caller sees it."""
    points = line.points if line.tender is Tender.POINTS else 0
    return OrderLineAnswer(
        id=line.id,
        tariff=line.tariff.key,
        title=say(line.title, language),
        status="delivered" if line.delivered_at else line.status or "ordered",
        period=str(Period(line.months)),
        quantity=line.quantity,
        options=dict(line.options),
        pay_with=line.tender,
        unit_price=minor_seen(line.unit_price, currency),
        setup_fee=minor_seen(line.setup_fee, currency),
        discount=minor_seen(line.discount, currency),
        amount=minor_seen(line.amount, currency),
        tax_percent=str(line.tax_percent),
        tax_category=line.tax_category,
        listed_tax_percent=str(line.listed_percent),
        points=minor_seen(points, POINTS),
        delivered_at=line.delivered_at,
        taken_back_at=line.taken_back_at,
    )


def _totals(order: Order | ToldOrder, currency: str) -> TotalsAnswer:
    """``order`` as the caller sees it."""
    return TotalsAnswer(
        goods=minor_seen(order.goods, currency),
        delivery=minor_seen(order.delivery, currency),
        discount=minor_seen(order.discount, currency),
        taxes=[
            OrderTaxAnswer(
                percent=str(tax.percent),
                category=tax.category,
                place=tax.place,
                base=minor_seen(tax.base, currency),
                tax=minor_seen(tax.tax, currency),
            )
            for tax in order.taxes
        ],
        taxes_inside=order.taxes_inside,
        treatment=order.treatment,
    )
