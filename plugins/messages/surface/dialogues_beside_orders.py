"""Correspondence on the pages of orders and clients (P6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, seen_memberships
from billing_panel.kernel.extension.hooks import PagePart
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from plugins.messages.automatic.order_messages import (
    order_edited,
    order_moved,
    order_placed,
    step_words,
)
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.count_messages import message_counts as counts_of
from plugins.messages.store.find_dialogues import (
    both_dialogues,
    files_with_steps,
    general,
    orders_with_news,
)
from plugins.messages.surface.dialogue_view import read_beside, view_of
from plugins.orders.store.models import Order
from plugins.orders.store.order_extensions import FileLink, MessageCounts, OrderExtension

# of each dialogue, beside everything else of an order or a client
SHOWN = 4


def _page_parts(session: Session, order: Order, actor: Actor) -> Sequence[PagePart]:
    """Staff have both dialogues in the client block, the client the order's among the rest."""
    if not allows(actor, MessagesFunction.MESSAGE_READ):
        return ()
    about, about_client = both_dialogues(session, order)
    beside = read_beside(session, actor, about)
    of_order = view_of(session, actor, about, limit=SHOWN, back="order", beside=beside)
    if actor.client_id is not None:
        return (PagePart("messages/order_card.html", of_order),)
    back = f"order-{order.id}"
    own = view_of(session, actor, about_client, limit=SHOWN, back=back, beside=beside)
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


def _unread(_session: Session, actor: Actor) -> Select[int | None] | None:
    return orders_with_news(actor) if allows(actor, MessagesFunction.MESSAGE_READ) else None


def _files(session: Session, order: Order, actor: Actor) -> Mapping[datetime, Sequence[FileLink]]:
    if not allows(actor, MessagesFunction.MESSAGE_READ):
        return {}
    found: dict[datetime, list[FileLink]] = {}
    for at, file_id, name in files_with_steps(session, actor, order.id):
        link = FileLink(name, "messages.attachment", {"attachment_id": file_id})
        found.setdefault(at, []).append(link)
    return found


ORDER_CORRESPONDENCE = OrderExtension(
    keeps_files=True,
    files=_files,
    placed=order_placed,
    moved=order_moved,
    edited=order_edited,
    step_words=step_words,
    page_parts=_page_parts,
    counts=_counts,
    unread=_unread,
)
