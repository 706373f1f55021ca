"""The demo's other businesses, orders that are on their way in all five, and what is written."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_methods import methods_to_choose
from billing_panel.accounts.people.client_models import Client
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.demo.demo_actor import demo_actor
from billing_panel.demo.demo_order_models import MessageEntry, OrderEntry, StepEntry, read_orders
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock, FixedClock
from plugins.messages.correspondence.answer_templates import TemplateDetails, save_template
from plugins.messages.correspondence.write_message import Topic, WriteMessage, write_message
from plugins.orders.checkout.place_order import DeliveryWish, PlaceOrder, place_order
from plugins.orders.claims.claim_order import ClaimOrder, claim_order
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.top_ups.ask_top_up import AskTopUp, ask_top_up
from plugins.orders.top_ups.receive_top_up import record_top_up
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.webhooks.endpoints.change_endpoint import EndpointDetails, create_endpoint
from plugins.webhooks.webhook_settings import WebhookSettings

# a name that RFC 6761 keeps from ever being given: what is posted there arrives nowhere
RECEIVER = "https://crm.nordvik.example/hooks"
STEP, PAUSE = timedelta(hours=1), timedelta(minutes=10)


def load_webhooks(
    session: Session, *, known: Iterable[str], settings: WebhookSettings, clock: Clock
) -> None:
    """Add a webhook that is told of the demo's orders, and one that is switched off."""
    owner = demo_actor(session, "owner", frozenset(known))
    crm = EndpointDetails("CRM", RECEIVER, ["order.placed", "payment.received"])
    shop = EndpointDetails("Old shop", RECEIVER, ["order.moved"], on=False)
    for details in (crm, shop):
        create_endpoint(session, "nordvik", details, settings=settings, actor=owner, clock=clock)


def load_orders(session: Session, *, known: Iterable[str], clock: Clock) -> None:
    """Place and move the demo's orders, each step when it is said to have happened."""
    now, functions = clock.now(), frozenset(known)
    for entry in sorted(read_orders().order, key=lambda order: _placed_at(order, now)):
        at = _placed_at(entry, now)
        order_id = _place(session, entry, demo_actor(session, entry.by, functions), at)
        for step in entry.steps:
            at += timedelta(hours=step.hours_later)
            _advance(session, order_id, step, demo_actor(session, step.by, functions), at)
        if entry.claim:
            command = ClaimOrder(order_id, note=entry.claim.note)
            actor = demo_actor(session, entry.claim.by, functions)
            claim_order(session, command, actor=actor, clock=FixedClock(at))
        _say(session, Topic(order_id=order_id), entry.messages, functions, at)


def _placed_at(entry: OrderEntry, now: datetime) -> datetime:
    if entry.placed_on is None:
        return now - timedelta(hours=entry.hours_ago)
    return datetime.combine(entry.placed_on, time(9), tzinfo=UTC)


def load_top_ups(session: Session, *, known: Iterable[str], clock: Clock) -> None:
    """Ask for the demo's top-ups, and take the money of those that have arrived."""
    now, functions = clock.now(), frozenset(known)
    for entry in read_orders().top_up:
        client = session.scalars(select(Client).filter_by(login=entry.client)).one()
        asked_at = now - timedelta(hours=entry.hours_ago)
        command = AskTopUp(client.id, entry.amount, entry.method)
        asker = demo_actor(session, entry.client, functions)
        asked = ask_top_up(session, command, actor=asker, clock=FixedClock(asked_at))
        if entry.arrived:
            owner, then = demo_actor(session, "owner", functions), FixedClock(asked_at + STEP)
            record_top_up(session, asked.id, actor=owner, clock=then)


def load_talks(session: Session, *, known: Iterable[str], clock: Clock) -> None:
    """Write what clients and providers say in general, and templates of answers."""
    now, functions, written = clock.now(), frozenset(known), read_orders()
    for talk in written.talk:
        client = session.scalars(select(Client).filter_by(login=talk.client)).one()
        begun = now - timedelta(hours=talk.hours_ago)
        _say(session, Topic(client_id=client.id), talk.messages, functions, begun)
    owner = demo_actor(session, "owner", functions)
    for template in written.answer_template:
        texts = {f"text_{language}": words for language, words in template.text.items()}
        details = TemplateDetails(template.title, **texts)
        save_template(session, details, provider=template.provider, actor=owner, clock=clock)


def _say(
    session: Session,
    topic: Topic,
    messages: Iterable[MessageEntry],
    known: frozenset[str],
    after: datetime,
) -> None:
    for number, one in enumerate(messages, start=1):
        command = WriteMessage(topic, one.text, internal=one.internal)
        clock = FixedClock(after + number * PAUSE)
        write_message(session, command, actor=demo_actor(session, one.by, known), clock=clock)


def _place(session: Session, entry: OrderEntry, actor: Actor, at: datetime) -> int:
    client = session.scalars(select(Client).filter_by(login=entry.client)).one()
    command = PlaceOrder(
        client.id,
        None,
        _method(client, entry.method),
        tuple(WantedLine(line.tariff, line.period, line.quantity) for line in entry.lines),
        note=entry.note,
        delivery=DeliveryWish(entry.delivery),
        terms=_terms(client) if actor.client_id is not None else "",
    )
    (order,) = place_order(session, command, actor=actor, clock=FixedClock(at))
    return order.id


def _terms(client: Client) -> str:
    """The version that a client accepts who orders for themselves."""
    (membership,) = client.memberships
    return membership.provider.terms_version


def _method(client: Client, wanted: str) -> str:
    """Where the demo has no payment system, nobody can choose to pay by card there."""
    (membership,) = client.memberships
    offered = {method.key for method in methods_to_choose(membership.provider)}
    return wanted if wanted in offered else "bank_transfer"


def _advance(session: Session, order_id: int, step: StepEntry, actor: Actor, at: datetime) -> None:
    command = AdvanceOrder(order_id, step.action or BY_HAND, step.to, step.fields)
    advance_order(session, command, actor=actor, clock=FixedClock(at))
