"""The kinds of letters that notices are sent in, with the places of their texts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.mail_kinds import MailKind, Sample, no_sample
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.mail.post_office import post_office
from permissions.guard import allows
from plugins.notices.kinds.known_kinds import CLIENTS, EXCEPTIONS, KINDS, TALK, WEBHOOKS
from plugins.notices.mailing.notice_email_values import (
    OF_BALANCES,
    ORDER_PLACES,
    subjects,
    values_for,
)
from plugins.notices.wording.load_notice_facts import facts_by_event
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.find_orders import own_orders
from plugins.orders.store.models import Order

CLIENT, PROVIDER = text("Name of the client"), text("Name of the provider")
LINK = text("Link to the page in the panel")

BALANCE_PLACES: Mapping[str, Text] = {
    "client": CLIENT,
    "provider": PROVIDER,
    "sentence": text("What changed, in one sentence"),
    "sum": text("By how much"),
    "link": LINK,
}
EXCEPTION_PLACES: Mapping[str, Text] = {
    "client": CLIENT,
    "provider": PROVIDER,
    "sentence": text("What was proposed or decided, in one sentence"),
    "what": text("What the exception is"),
    "reason": text("The reason that was given"),
    "link": LINK,
}
MESSAGE_PLACES: Mapping[str, Text] = {
    "client": CLIENT,
    "provider": PROVIDER,
    "sentence": text("Who wrote, in one sentence"),
    "link": LINK,
}
CLIENT_PLACES: Mapping[str, Text] = {
    **MESSAGE_PLACES,
    "sentence": text("What happened, in one sentence"),
}
WEBHOOK_PLACES: Mapping[str, Text] = {
    "provider": PROVIDER,
    "sentence": text("What happened, in one sentence"),
    "link": LINK,
}
EXAMPLE: Mapping[str, str] = {
    "client": "Balkan Media OOD",
    "provider": "Nordvik Hosting",
    "number": "10017",
    "status": "Awaiting payment",
    "lines": "2 × VPS Pro 4",
    "sum": "€238.80",
    "left": "€238.80",
    "day": "13 Dec 2026",
    "method": "Bank transfer",
    "document": "Bill",
    "bill": "P-2026-0117",
    "details": "Which operating system shall we install?",
    "sentence": "Order № 10017: see below",
    "what": "Discount 10% on “VPS Pro 4”",
    "reason": "A promise of ours",
    "link": "https://panel.example/orders/17",
}


def places_of(key: str) -> Mapping[str, Text]:
    """What may stand in the text of a letter of the kind."""
    if key in OF_BALANCES:
        return BALANCE_PLACES
    if KINDS[key].section is CLIENTS:
        return CLIENT_PLACES
    if KINDS[key].section is WEBHOOKS:
        return WEBHOOK_PLACES
    if KINDS[key].section is TALK:
        return MESSAGE_PLACES
    return EXCEPTION_PLACES if KINDS[key].section is EXCEPTIONS else ORDER_PLACES


def mail_kinds() -> Sequence[MailKind]:
    """One for each kind of notice: whoever wants is told of it by mail."""
    return [
        MailKind(
            key=kind.key,
            section=kind.section,
            title=kind.title,
            placeholders=places_of(kind.key),
            example={name: EXAMPLE[name] for name in places_of(kind.key)},
            samples=_samples(kind.key) if places_of(kind.key) is ORDER_PLACES else no_sample,
            optional=True,
        )
        for kind in KINDS.values()
    ]


def _samples(key: str) -> Callable[[Session, Actor, int, str], Sample | None]:
    """By the newest order of the provider that the actor may see, as if it had just been placed."""

    def sample(session: Session, actor: Actor, provider_id: int, language: str) -> Sample | None:
        office = post_office(session)
        if office is None or not allows(actor, OrdersFunction.ORDER_READ):
            return None
        newest = (
            select(Event.id, Order.id.label("order_id"))
            .join(Order, (Event.subject_kind == "order") & (Event.subject_id == Order.id))
            .where(own_orders(actor), Order.provider_id == provider_id)
            .where(Event.kind == EVENTS.get(key, "order.placed"))
            .order_by(Event.id.desc())
            .limit(1)
        )
        row = session.execute(newest).first()
        if row is None:
            return None
        (subject,) = subjects(session, facts_by_event(session, [row.id])).values()
        reader = replace(actor, language=language)
        values = values_for(session, key, subject, reader, office.public_url)
        source = text("Order № %(number)s", number=subject.facts.number)
        return Sample({name: values.get(name, "") for name in ORDER_PLACES}, source)

    return sample


# the event that a sample is taken from, where a new order would not do
EVENTS: Mapping[str, str] = {
    "payment.troubled": "refund.failed",
    "dispute.changed": "payment.disputed",
    "lines.delivered": "order.lines_delivered",
    "deadline.approached": "deadline.approached",
    "deadline.changed": "order.deadline_changed",
    "payment.received": "payment.received",
    "payment.arrived": "payment.received",
    "refund.sent": "payment.refunded",
    "answer.needed": "order.moved",
    "client.answered": "order.moved",
    "return.asked": "order.moved",
    "return.answered": "order.moved",
    "order.changed": "notice.due",
}
