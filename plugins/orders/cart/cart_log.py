"""Carts in the log: who added, changed or removed what.

Placing has an entry of its own, and so have carts that are sent to approve.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import people
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.without_index import Unindexed
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.kernel.values.actor import Actor, ActorKind
from plugins.orders.store.cart_line import CartLine

CART_CHANGED = "cart.changed"
# a cart holds 100 positions: nobody who shops comes near it, and no script fills the log
MOST_AN_HOUR = 300
HOUR = timedelta(hours=1)
RECENT = timedelta(days=1)
MOST_READ = 30
MOST_SHOWN = 3


class CartAct(StrEnum):
    """What was done; by these names it stands in the log."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    ORDERED_AGAIN = "ordered_again"
    CODE_ENTERED = "code_entered"
    CODE_REMOVED = "code_removed"


@dataclass(frozen=True)
class CartNews:
    """Something done to the cart with the provider of that key, as its reader is told."""

    event_id: int
    at: datetime
    provider: str
    said: Text


Saying = Callable[[object, object], Text]

BY_SOMEBODY: Mapping[CartAct, Saying] = {
    CartAct.ADDED: lambda who, what: text("%(who)s added %(tariff)s", who=who, tariff=what),
    CartAct.CHANGED: lambda who, what: text("%(who)s changed %(tariff)s", who=who, tariff=what),
    CartAct.REMOVED: lambda who, what: text("%(who)s removed %(tariff)s", who=who, tariff=what),
    CartAct.ORDERED_AGAIN: lambda who, _: text("%(who)s added what an order had", who=who),
    CartAct.CODE_ENTERED: lambda who, _: text("%(who)s entered a promo code", who=who),
    CartAct.CODE_REMOVED: lambda who, _: text("%(who)s removed the promo code", who=who),
}
BY_ITSELF: Mapping[CartAct, Callable[[object], Text]] = {
    CartAct.ADDED: lambda what: text("Added to the cart: %(tariff)s", tariff=what),
    CartAct.CHANGED: lambda what: text("Changed in the cart: %(tariff)s", tariff=what),
    CartAct.REMOVED: lambda what: text("Removed from the cart: %(tariff)s", tariff=what),
    CartAct.ORDERED_AGAIN: lambda _: text("Added to the cart: what an order had"),
    CartAct.CODE_ENTERED: lambda _: text("Promo code entered in the cart"),
    CartAct.CODE_REMOVED: lambda _: text("Promo code removed from the cart"),
}


def note_position(
    session: Session, act: CartAct, line: CartLine, actor: Actor, at: datetime
) -> None:
    """Raises Refused ``cart_too_busy``."""
    facts = {
        "tariff": line.tariff.key,
        "title": dict(line.tariff.title.by_language),
        "quantity": line.quantity,
    }
    note_cart(session, act, line.client_id, line.provider_id, actor, at, facts)


def note_cart(
    session: Session,
    act: CartAct,
    client_id: int,
    provider_id: int,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Write what was done; the client is locked. Raises Refused ``cart_too_busy``."""
    counted = _changes(client_id, since=at - HOUR).limit(MOST_AN_HOUR).subquery()
    if (session.scalar(select(func.count()).select_from(counted)) or 0) >= MOST_AN_HOUR:
        message = text(
            "The cart was changed %(most)s times within an hour; try again in a while.",
            most=MOST_AN_HOUR,
        )
        raise Refused(message, code="cart_too_busy")
    record(
        session,
        CART_CHANGED,
        actor=actor,
        at=at,
        subject=("client", client_id),
        provider_id=provider_id,
        client_id=client_id,
        facts={"act": act.value, **(facts or {})},
    )


def said_in_log(facts: Mapping[str, Any]) -> Text:
    """What the entry says where who did it stands beside."""
    return BY_ITSELF[CartAct(facts["act"])](_what(facts))


def latest_news(
    session: Session, client_id: int, providers: Sequence[Provider], actor: Actor, at: datetime
) -> Mapping[str, Sequence[CartNews]]:
    """What was done last to the carts of a client found in scope, newest first, by provider's key.

    Of a day, and three things of each. To the client the staff are the provider.
    """
    known = {provider.id: provider for provider in providers}
    entries = session.scalars(
        _changes(client_id, since=at - RECENT)
        .where(Unindexed(Event.provider_id).in_(known))
        .order_by(Event.id.desc())
        .limit(MOST_READ)
    ).all()
    names = people(session, (event.user_id for event in entries), actor)
    news: dict[str, list[CartNews]] = {}
    for event in entries:
        provider, person = known[event.provider_id or 0], names.get(event.user_id or 0)
        of_provider = news.setdefault(provider.key, [])
        if len(of_provider) == MOST_SHOWN:
            continue
        is_named = person is not None and (
            actor.client_id is None or event.actor_kind is ActorKind.CLIENT
        )
        who = person.name if person and is_named else provider.name
        said = BY_SOMEBODY[CartAct(event.facts["act"])](who, _what(event.facts))
        of_provider.append(CartNews(event.id, event.at, provider.key, said))
    return news


def _changes(client_id: int, since: datetime) -> Select[Event]:
    """By what is written of the client alone: all that happened with their orders may be much.

    Other conditions are put so that no other index promises to be as good.
    """
    about = select(Event).filter_by(subject_kind="client", subject_id=client_id, kind=CART_CHANGED)
    return about.where(Event.at > since)


def _what(facts: Mapping[str, Any]) -> object:
    """A position by its title, and how many of it where it is not one."""
    title, number = Titles(facts.get("title", {})), facts.get("quantity", 1)
    return title if number == 1 else text("%(tariff)s × %(number)s", tariff=title, number=number)
