"""The wording of order and workflow events outside their order's own history."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Subject
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from plugins.orders.cart.cart_log import CART_CHANGED, said_in_log
from plugins.orders.functions import OrdersFunction
from plugins.orders.promo.promo_models import PromoCode
from plugins.orders.store.models import Order, id_of_number
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.store.versions.workflow_store import status_rows
from plugins.orders.store.visibility.price_visibility import HIDDEN, sees_prices, without_sums
from plugins.orders.timeline.event_sentences import (
    LINES_EDITED,
    RATE_MISSING,
    RETAXED,
    EventSentences,
    typed_details,
)
from plugins.orders.timeline.order_event_audience import SIGHTS
from plugins.orders.workflow.requirements import Field

# fields of steps, by their names
Fields = Mapping[str, Field]
# what events of orders and balances know of sums, by its name in the log
SUMS = frozenset({"amount", "loss", "of_balance", "points", "total"})
PRICES = frozenset({"from", "to", "tax_from", "tax_to"})
PRICED = frozenset({"order.price_raised", "order.delivery_agreed", LINES_EDITED, RETAXED})

LIST_EXPORTED = "order_list.exported"
KINDS: Mapping[str, Text] = {
    "order.placed": text("Order placed"),
    "order.moved": text("Order moved"),
    "order.status_given": text("Order status set by hand"),
    "order.lines_delivered": text("Order lines delivered"),
    "order.lines_taken_back": text("Order lines taken back"),
    "order.hours_used": text("Hours of a time package used"),
    "order.line_moved": text("Order line moved"),
    "order.debt_written_off": text("Debt for an order written off"),
    "order.debt_expected_again": text("Debt for an order no longer written off"),
    "order.deadline_changed": text("Deadline of an order changed"),
    "order.deadline_refused": text("Deadline reached, but the order couldn’t move"),
    "order.move_refused": text("Order couldn’t move automatically"),
    "order.claimed": text("Order taken"),
    "order.handed_over": text("Order handed over"),
    "order.released": text("Order released"),
    "order.exception_used": text("Exception used"),
    CART_CHANGED: text("Cart changed"),
    LIST_EXPORTED: text("List of orders saved as a file"),
    "promo_code.created": text("Promo code created"),
    "promo_code.changed": text("Promo code changed"),
    "exception.proposed": text("Exception proposed"),
    "exception.approved": text("Exception approved"),
    "exception.refused": text("Exception refused"),
    "order.price_raised": text("Order price raised"),
    LINES_EDITED: text("Order lines edited"),
    RETAXED: text("Tax of an order changed with its rate"),
    RATE_MISSING: text("Tax rate of an order not known"),
    "order.delivery_agreed": text("Delivery charge of an order lowered"),
    "order.rated": text("Order rated"),
    "order.rating_changed": text("Rating of an order changed"),
    "order.rating_answered": text("Rating of an order answered"),
    "order.rating_hidden": text("Rating of an order hidden"),
    "payment.received": text("Payment received"),
    "payment.refunded": text("Payment refunded"),
    "payment.begun": text("Payment started at the payment system"),
    "payment.failed": text("Payment failed"),
    "payment.in_review": text("Payment under review"),
    "payment.turned_down": text("Payment not accepted by the payment system"),
    "payment.message_refused": text("Message from the payment system doesn’t match its payment"),
    "gateway_message.refused": text("Message about an unknown payment"),
    "payment.given_up": text("Payment no longer expected"),
    "payment.disputed": text("Payment disputed by the payer"),
    "payment.dispute_won": text("Dispute won"),
    "payment.dispute_lost": text("Dispute lost, money taken back"),
    "payment.dispute_waits": text("Dispute lost, for money already refunded"),
    "refund.failed": text("Refund failed at the payment system"),
    "refund.sent": text("Refund accepted by the payment system"),
    "refund.delayed": text("Refund not yet accepted by the payment system"),
    "balance.credited": text("Balance credited"),
    "balance.debited": text("Balance debited"),
    "balance.reversed": text("Credit or debit reversed"),
    "points.expired": text("Points expired"),
    # written down for whoever sends notices; nothing does yet
    "notice.due": text("News recorded for someone"),
    "workflow.chosen": text("Workflow chosen"),
    "workflow.changed": text("Workflow changed"),
    "workflow.orders_moved": text("Older orders moved to the newest workflow"),
}


def _words(session: Session, events: Sequence[Event], actor: Actor) -> Mapping[int, EventWords]:
    """What an order's own page says of them; of workflows their titles and facts."""
    ids = {event.subject_id for event in events if event.subject_kind == "order"}
    found = select(Order).where(Order.id.in_(ids)).options(joinedload(Order.workflow))
    orders = {order.id: order for order in session.scalars(found)}
    titles = {
        provider_id: {row.key: row.title for row in status_rows(session, provider_id).values()}
        for provider_id in {order.provider_id for order in orders.values()}
    }
    fields = vocabulary_of(session).fields
    promos = _promos(session, events)
    words = {}
    for event in events:
        order = orders.get(event.subject_id) if event.subject_kind == "order" else None
        if order is None:
            subject = promos.get(event.subject_id) if event.subject_kind == "promo_code" else None
            words[event.id] = replace(_other_words(event, fields, actor), subject=subject)
        else:
            reading = EventSentences(order, titles[order.provider_id])
            words[event.id] = _of_order(event, reading, fields, actor)
    return words


def _promos(session: Session, events: Sequence[Event]) -> Mapping[int, Subject]:
    ids = {event.subject_id for event in events if event.subject_kind == "promo_code"}
    if not ids:
        return {}
    rows = session.execute(select(PromoCode.id, PromoCode.code).where(PromoCode.id.in_(ids)))
    return {
        row.id: Subject(
            row.code, "promos.change", {"promo_id": row.id}, OrdersFunction.PROMO_CHANGE
        )
        for row in rows
    }


def _other_words(event: Event, fields: Fields, actor: Actor) -> EventWords:
    """Of balances and workflows, and of whoever asks for a link."""
    if event.kind == LIST_EXPORTED:
        return EventWords(KINDS[event.kind], event.told)
    if event.subject_kind == "user":
        return EventWords(text("Asked for a link to choose a password"), event.told)
    if event.kind == CART_CHANGED:
        return EventWords(said_in_log(event.told), event.told)
    hidden = event.subject_kind == "client" and not sees(actor, Fact.BALANCE)
    told = _without(event, SUMS, fields) if hidden else event.told
    return EventWords(KINDS[event.kind], told, tuple(_other_details(told, fields)))


def _without(event: Event, names: Collection[str], known: Fields) -> Mapping[str, Any]:
    """What the event knows, with nothing in the place of ``names`` and of sums typed."""
    sums = {*names, *(PRICES if event.kind in PRICED else ())}
    told = {name: None if name in sums else value for name, value in event.told.items()}
    if fields := told.get("fields"):
        told["fields"] = {
            name: None if name in known and known[name].is_sum else value
            for name, value in fields.items()
        }
    return told


def _of_order(event: Event, reading: EventSentences, fields: Fields, actor: Actor) -> EventWords:
    order = reading.order
    return EventWords(
        said=without_sums(reading.of(event) or KINDS[event.kind], actor),
        told=_without(event, SUMS, fields) if not sees_prices(actor) else event.told,
        details=tuple(_details(event, order, fields, actor)),
        subject=Subject(
            text("Order № %(number)s", number=order.number),
            "order.details",
            {"order_id": order.id},
            OrdersFunction.ORDER_READ,
        ),
    )


def _details(event: Event, order: Order, fields: Fields, actor: Actor) -> Iterator[Detail]:
    sums = sees_prices(actor)
    if event.kind == "order.placed" and sums:
        yield Detail(text("Total"), Money(event.facts["total"], event.facts["currency"]))
        if event.facts["points"]:
            yield Detail(text("Points"), Money(event.facts["points"], POINTS))
    for what, value in typed_details(event.told, fields, order=order, sums=sums):
        yield Detail(what, value)


def _other_details(told: Mapping[str, Any], fields: Fields) -> Iterator[Detail]:
    if "amount" in told:
        amount = told["amount"]
        shown = HIDDEN if amount is None else Money(amount, told["currency"])
        yield Detail(text("Amount"), shown)
    if "reference" in told:
        yield Detail(text("Reference"), told["reference"])
    if "workflow" in told:
        yield Detail(text("Workflow"), told["workflow"])
    if "orders" in told:
        yield Detail(text("Orders"), told["orders"])
    if "version" in told:
        yield Detail(text("Version"), told["version"])
    for what, value in typed_details(told, fields):
        yield Detail(what, value)


def _numbered(_session: Session, number: str) -> Sequence[tuple[str, int]]:
    order_id = id_of_number(number)
    return [] if order_id is None or order_id < 1 else [("order", order_id)]


ORDER_EVENTS = EventReader(KINDS, _words, _numbered, SIGHTS)
