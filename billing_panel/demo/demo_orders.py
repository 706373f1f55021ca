"""The demo's other businesses, orders that are on their way in all five, and what is written."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.actors import actor_of
from billing_panel.accounts.people.clients import Client
from billing_panel.accounts.people.users import User
from billing_panel.catalog.rules.choose_line import WantedLine
from billing_panel.demo.demo_files import MessageEntry, OrderEntry, StepEntry, read_orders
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock, FixedClock
from plugins.messages.correspondence.answer_templates import TemplateDetails, save_template
from plugins.messages.correspondence.write_message import Topic, WriteMessage, write_message
from plugins.orders.checkout.place_order import DeliveryWish, PlaceOrder, place_order
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.workflow.order_facts import BY_HAND

STEP, PAUSE = timedelta(hours=1), timedelta(minutes=10)


def load_orders(session: Session, *, known: Iterable[str], clock: Clock) -> None:
    """Place and move the demo's orders, each step when it is said to have happened."""
    now, functions = clock.now(), frozenset(known)
    for entry in sorted(read_orders().order, key=lambda order: -order.hours_ago):
        placed_at = now - timedelta(hours=entry.hours_ago)
        order_id = _place(session, entry, _actor(session, entry.by, functions), placed_at)
        for number, step in enumerate(entry.steps, start=1):
            actor = _actor(session, step.by, functions)
            _advance(session, order_id, step, actor, placed_at + number * STEP)
        last = placed_at + len(entry.steps) * STEP
        _say(session, Topic(order_id=order_id), entry.messages, functions, last)


def load_talks(session: Session, *, known: Iterable[str], clock: Clock) -> None:
    """Write what clients and providers say in general, and templates of answers."""
    now, functions, written = clock.now(), frozenset(known), read_orders()
    for talk in written.talk:
        client = session.scalars(select(Client).filter_by(login=talk.client)).one()
        begun = now - timedelta(hours=talk.hours_ago)
        _say(session, Topic(client_id=client.id), talk.messages, functions, begun)
    owner = _actor(session, "owner", functions)
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
        write_message(session, command, actor=_actor(session, one.by, known), clock=clock)


def _place(session: Session, entry: OrderEntry, actor: Actor, at: datetime) -> int:
    client = session.scalars(select(Client).filter_by(login=entry.client)).one()
    command = PlaceOrder(
        client.id,
        None,
        _method(client, entry.method),
        tuple(WantedLine(line.tariff, line.period, line.quantity) for line in entry.lines),
        delivery=DeliveryWish(entry.delivery),
    )
    (order,) = place_order(session, command, actor=actor, clock=FixedClock(at))
    return order.id


def _method(client: Client, wanted: str) -> str:
    """Where the demo has no payment system, nobody can choose to pay by card there."""
    (membership,) = client.memberships
    offered = {method.key for method in membership.provider.methods_to_choose}
    return wanted if wanted in offered else "bank_transfer"


def _advance(session: Session, order_id: int, step: StepEntry, actor: Actor, at: datetime) -> None:
    command = AdvanceOrder(order_id, step.action or BY_HAND, step.to, step.fields)
    advance_order(session, command, actor=actor, clock=FixedClock(at))


def _actor(session: Session, login: str, known: frozenset[str]) -> Actor:
    user = session.scalars(select(User).filter_by(login=login)).one()
    actor = actor_of(session, user, known)
    if actor is None:
        raise LookupError(f"{login} may not act")
    return actor
