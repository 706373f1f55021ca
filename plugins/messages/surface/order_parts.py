"""What pages of orders and of clients show of correspondence (P6)."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, seen_memberships
from billing_panel.kernel.extension.hooks import PagePart
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from plugins.messages.automatic.order_entries import order_moved, order_placed, step_words
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.find_dialogues import about_order, general
from plugins.messages.store.find_dialogues import message_counts as counts_of
from plugins.messages.surface.dialogue_view import view_of
from plugins.orders.store.models import Order
from plugins.orders.store.order_extension import MessageCounts, OrderExtension

# of each dialogue, beside everything else of an order or a client
SHOWN = 4


def _page_parts(session: Session, order: Order, actor: Actor) -> Sequence[PagePart]:
    """Staff have both dialogues in the client block, the client the order's among the rest."""
    if not allows(actor, MessagesFunction.MESSAGE_READ):
        return ()
    about = about_order(session, actor, order.id)
    of_order = view_of(session, actor, about, limit=SHOWN, back="order")
    if actor.client_id is not None:
        return (PagePart("messages/order_card.html", of_order),)
    own = view_of(
        session,
        actor,
        general(session, order.client, order.provider),
        limit=SHOWN,
        back=f"order-{order.id}",
    )
    return (PagePart("messages/client_card.html", [of_order, own], place="client"),)


def client_parts(session: Session, client_id: int, actor: Actor) -> Sequence[PagePart]:
    """For each provider in scope the general dialogue; orders have theirs."""
    if not allows(actor, MessagesFunction.MESSAGE_READ):
        return ()
    client = find_client(session, actor, client_id=client_id)
    views = [
        view_of(session, actor, general(session, client, one.provider), limit=SHOWN, back="client")
        for one in seen_memberships(actor, client)
    ]
    return [PagePart("messages/client_card.html", [view], place="client") for view in views]


def _counts(
    session: Session, order_ids: Sequence[int], actor: Actor
) -> Mapping[int, MessageCounts]:
    if not allows(actor, MessagesFunction.MESSAGE_READ):
        return {}
    return {
        order_id: MessageCounts(messages, unread, "messages.order_dialogue")
        for order_id, (messages, unread) in counts_of(session, order_ids, actor).items()
    }


ORDER_CORRESPONDENCE = OrderExtension(
    placed=order_placed,
    moved=order_moved,
    step_words=step_words,
    page_parts=_page_parts,
    counts=_counts,
)
