"""What other plugins do with orders: what follows what happens to one, and what is shown beside it.

Like the language of workflows it belongs to a panel, and stands in each session of it. Whoever
brings nothing leaves a field as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import PagePart
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.actor import Actor
from plugins.orders.store.effect_context import EffectContext
from plugins.orders.store.models import Order
from plugins.orders.workflow.workflow import Step

# in ``Session.info``
EXTENSIONS = "orders.extensions"


@dataclass(frozen=True)
class MessageCounts:
    """How many messages there are of an order, and how many are new to whoever looks.

    ``endpoint``: the page on which they stand, by ``order_id``.
    """

    messages: int
    unread: int
    endpoint: str


@dataclass(frozen=True)
class PageLink:
    """A button on the order's page. ``endpoint`` takes a POST; ``icon`` is one of the sprite."""

    label: Text
    endpoint: str
    icon: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OrderExtension:
    """What one plugin brings to orders.

    ``placed`` and ``moved`` run within the transaction of what happened, the order locked; what
    they raise refuses it. ``step_words``: what the client is told when the step is taken, in their
    language, unless whoever takes it writes something else; None: nothing. ``page_parts``: parts
    of the order's page; ``page_links``: buttons there that the actor may press. ``counts``: of
    several orders at once, as far as the actor may know.
    """

    placed: Callable[[EffectContext], None] = lambda _on: None
    moved: Callable[[EffectContext, Step], None] = lambda _on, _step: None
    step_words: Callable[[Order, Step, Actor, datetime], str | None] = (
        lambda _order, _step, _actor, _at: None
    )
    page_parts: Callable[[Session, Order, Actor], Sequence[PagePart]] = (
        lambda _session, _order, _actor: ()
    )
    page_links: Callable[[Order, Actor], Sequence[PageLink]] = lambda _order, _actor: ()
    counts: Callable[[Session, Sequence[int], Actor], Mapping[int, MessageCounts]] = (
        lambda _session, _ids, _actor: {}
    )


def extensions_of(session: Session) -> Sequence[OrderExtension]:
    """Those of the panel whose session it is."""
    found: Sequence[OrderExtension] = session.info.get(EXTENSIONS, ())
    return found


def tell_placed(on: EffectContext) -> None:
    """The order is placed and stands in its first status. Raises what refuses it."""
    for one in extensions_of(on.session):
        one.placed(on)


def tell_moved(on: EffectContext, step: Step) -> None:
    """The step is taken. Raises what refuses it."""
    for one in extensions_of(on.session):
        one.moved(on, step)


def message_counts(
    session: Session, orders: Sequence[Order], actor: Actor
) -> Mapping[int, MessageCounts]:
    """Of each order of which there is something to tell."""
    ids = [order.id for order in orders]
    brought = [one.counts(session, ids, actor) for one in extensions_of(session)]
    return {order_id: counts for one in brought for order_id, counts in one.items()}
