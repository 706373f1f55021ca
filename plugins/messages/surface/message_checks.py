"""Invariants of correspondence: its counts agree with its rows."""

from collections.abc import Iterator

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from plugins.messages.store.models import Dialogue, Message, Side
from plugins.orders.store.models import Order

_COUNTED = Message.internal.is_(False) & Message.automatic.is_(False)
_NEW = _COUNTED & (Message.side == Side.CLIENT) & (Message.id > Dialogue.seen_id)


def _wrong_counts(session: Session) -> Iterator[Text]:
    all_, new = func.count(case((_COUNTED, 1))), func.count(case((_NEW, 1)))
    rows = session.execute(
        select(Dialogue.id)
        .outerjoin(Message, Message.dialogue_id == Dialogue.id)
        .group_by(Dialogue.id, Dialogue.messages, Dialogue.appeals)
        .having(or_(all_ != Dialogue.messages, new != Dialogue.appeals))
        .order_by(Dialogue.id)
    )
    for row in rows:
        yield text("Dialogue %(id)s counts its messages wrongly.", id=row.id)


def _foreign_orders(session: Session) -> Iterator[Text]:
    rows = session.scalars(
        select(Dialogue.id)
        .join(Order, Order.id == Dialogue.order_id)
        .where(
            or_(Order.client_id != Dialogue.client_id, Order.provider_id != Dialogue.provider_id)
        )
    )
    for dialogue_id in rows:
        yield text("Dialogue %(id)s is about another client’s order.", id=dialogue_id)


MESSAGE_CHECKS = (
    Check("messages.counts", _wrong_counts),
    Check("messages.orders", _foreign_orders),
)
