"""How many messages there are, and how many of them are new to whoever looks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, and_, bindparam, case, func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from permissions.guard import require
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.find_dialogues import is_unread, own_dialogues, own_mark
from plugins.messages.store.models import Dialogue, DialogueMark, Message


def message_counts(
    session: Session, order_ids: Iterable[int], actor: Actor
) -> Mapping[int, tuple[int, int]]:
    """Of each order that has any: how many messages there are, and how many new to the actor."""
    ids = sorted(order_ids)
    if not ids:
        return {}
    rows = plain(session, _counts(actor), {"order_ids": ids})
    return {row.order_id: (row.messages, row.unread) for row in rows if row.order_id is not None}


@kept_by_actor
def _counts(actor: Actor) -> Select[int | None, int, int]:
    return (
        select(
            Dialogue.order_id,
            Dialogue.messages,
            func.count(Message.id).label("unread"),
        )
        .outerjoin(DialogueMark, own_mark(actor))
        .outerjoin(Message, and_(Message.dialogue_id == Dialogue.id, is_unread(actor)))
        .where(own_dialogues(actor), Dialogue.order_id.in_(bindparam("order_ids", expanding=True)))
        .group_by(Dialogue.order_id, Dialogue.messages)
    )


@dataclass(frozen=True)
class Pills:
    """``new``: the client's messages that no staff have read; ``all``: all with this client."""

    new: int = 0
    all: int = 0


def pills_of(session: Session, actor: Actor, client_id: int, provider_id: int) -> Pills:
    """Of all dialogues of the pair (P6)."""
    require(actor, MessagesFunction.MESSAGE_READ)
    pair = {"client_id": client_id, "provider_id": provider_id}
    row = plain(session, _pills(actor), pair).one()
    return Pills(int(row[0]), int(row[1]))


@kept_by_actor
def _pills(actor: Actor) -> Select[int, int]:
    return select(
        func.coalesce(func.sum(Dialogue.appeals), 0),
        func.coalesce(func.sum(Dialogue.messages), 0),
    ).where(
        own_dialogues(actor),
        Dialogue.client_id == bindparam("client_id"),
        Dialogue.provider_id == bindparam("provider_id"),
    )


def unread_counts(session: Session, actor: Actor, dialogue_ids: Iterable[int]) -> Mapping[int, int]:
    """How many messages of each dialogue are new to the actor; those of which none are left out."""
    ids = sorted(dialogue_ids)
    if not ids:
        return {}
    rows = session.execute(
        select(Dialogue.id, func.count(case((is_unread(actor), 1))).label("unread"))
        .join(Message, Message.dialogue_id == Dialogue.id)
        .outerjoin(DialogueMark, own_mark(actor))
        .where(Dialogue.id.in_(ids))
        .group_by(Dialogue.id)
    )
    return {row.id: row.unread for row in rows if row.unread}
