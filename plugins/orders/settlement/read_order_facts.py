"""An order as its workflow sees it: rows as facts, the actor as who acts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from billing_panel.accounts.companies.provider_methods import methods_of
from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod
from billing_panel.kernel.files.attached_files import AttachedFile
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.typed_amounts import read_amount
from billing_panel.ledger.value_days import read_value_day
from plugins.orders.settlement.delivered_part import delivered_lines
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.payment import Payment, PaymentState
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.order_facts import Filled, OrderFacts, Source, Taking, Who
from plugins.orders.workflow.requirements import RATING, RECEIVED_ON
from plugins.orders.workflow.statuses.stage import Stage


def facts_of(
    order: Order, filled: Filled | None = None, *, of: Payment | None = None
) -> OrderFacts:
    """``filled``: what is given now, beside what the order holds already; None: not known yet.

    ``of``: the payment that a payment system speaks of now.
    """
    given_up = _given_up(order)
    return OrderFacts(
        status=order.status.key,
        total=Money(order.claimed, order.currency),
        paid=Money(order.paid, order.currency),
        owed=order.owed > 0 or (order.stage is Stage.LOST and order.needed_points > 0),
        points=order.claimed_points,
        paid_points=order.paid_points,
        lines=sum(line.status not in given_up for line in order.lines),
        lines_delivered=sum(line.delivered_at is not None for line in order.lines),
        to_deliver=len(lines_to_deliver(order)),
        needed=order.needed,
        needed_points=order.needed_points,
        taking=filled.taking if filled else None,
        delivered={line.id: line.title for line in delivered_lines(order)},
        quantities={line.id: line.quantity for line in delivered_lines(order)},
        return_asked=order.return_asked_at is not None,
        taken_up=order.taken_up_at is not None,
        lines_on_order=sum(line.on_order for line in order.lines),
        needs_delivery=any(line.tariff.needs_delivery for line in order.lines),
        delivery=order.delivery,
        pays_online=order.is_paid_by(MethodKind.CARD_GATEWAY),
        came_by_gateway=of is not None and of.state is PaymentState.RECEIVED,
        left_from_here=_left_from_here(order, of),
        is_rated=RATING in order.fields,
        placed_by=order.placed_by_kind,
        fields={**_held_fields(order), **(filled.values if filled else {})},
        places=filled.places if filled else None,
    )


def _left_from_here(order: Order, payment: Payment | None) -> bool:
    left_at = None if payment is None else payment.left_at
    return left_at is not None and left_at >= order.status_since


def lines_to_deliver(order: Order) -> Sequence[OrderLine]:
    """Those neither delivered nor given up, such as what is not to be had any more (P4)."""
    given_up = _given_up(order)
    return [
        line for line in order.lines if line.delivered_at is None and line.status not in given_up
    ]


SOURCES = {MethodKind.BALANCE: Source.BALANCE, MethodKind.POINTS: Source.POINTS}


def source_of(method: PaymentMethod) -> Source:
    """Where money of ``method`` comes from."""
    return SOURCES.get(method.kind, Source.OUTSIDE)


def fill_in(
    order: Order,
    fields: Mapping[str, str],
    places: Mapping[str, str] | None = None,
    files: Sequence[AttachedFile] = (),
) -> Filled:
    """``fields`` as they are written, and the payment of the order that they describe."""
    written = Filled(fields, places, files=files)
    return replace(written, taking=_taking(order, written))


def _taking(order: Order, filled: Filled) -> Taking:
    """What cannot be read as an amount is refused by whatever takes it."""
    fields = filled.values
    key, written = fields.get("payment_method"), fields.get("amount")
    known = methods_of(order.provider) if key else ()
    method = next((m for m in known if m.key == key), None) if key else order.payment_method
    if method is None:
        return Taking(None)
    source = source_of(method)
    if not written:
        return Taking(source)
    currency = POINTS if source is Source.POINTS else order.currency
    try:
        return Taking(source, read_amount(written, currency, filled.place_of("amount")))
    except Invalid as mistake:
        return Taking(source, Money(0, currency), mistake.errors[0])


def value_day(order: Order, filled: Filled, at: datetime) -> date | None:
    """The day on which the money came, where that is said; else None.

    Raises Invalid ``day``, ``future_day``, ``month_closed``, and ``not_dated`` of what the client
    has here, which moves as it is paid.
    """
    written, place = filled.values.get(RECEIVED_ON, ""), filled.place_of(RECEIVED_ON)
    day = read_value_day(written, order.provider, at, place)
    source = filled.taking.source if filled.taking else None
    if day is not None and source in {Source.BALANCE, Source.POINTS}:
        message = text("What is paid from the balance is paid today; leave the day empty.")
        raise Invalid([FieldError(place, "not_dated", message)], code="not_dated")
    return day


def _given_up(order: Order) -> frozenset[str]:
    """Statuses of lines of which nothing comes."""
    known = workflow_of(order).line_statuses
    return frozenset(status.key for status in known if status.stage is Stage.LOST)


def who_is(actor: Actor) -> Who:
    """The actor as workflows know them."""
    return Who(actor.kind, actor.functions)


def _held_fields(order: Order) -> Mapping[str, str]:
    service = {"delivery_service": order.delivery_service} if order.delivery_service else {}
    return {**service, **order.fields}
