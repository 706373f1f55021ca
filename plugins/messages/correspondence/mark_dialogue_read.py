"""Marking a dialogue as read; what one of the staff has read is new to none of them."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.row_locks import lock
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.messages.correspondence.write_message import (
    Place,
    Topic,
    mark_read,
    tell,
    topic_of,
)
from plugins.messages.store.find_dialogues import seen_messages
from plugins.messages.store.models import Dialogue, Message


@dataclass(frozen=True)
class ReadDialogue:
    """``upto``: the id of the last message that was seen; None: all there are."""

    topic: Topic
    upto: int | None = None


def read_dialogue(session: Session, command: ReadDialogue, *, actor: Actor, clock: Clock) -> None:
    """Raises FunctionNotHeld, NotFound, Refused ``provider_needed``."""
    about = topic_of(session, actor, command.topic)
    if about.dialogue is None or actor.user_id is None:
        return
    dialogue_id = about.dialogue.id
    lock(session, select(Dialogue.id).where(Dialogue.id == dialogue_id).with_for_update())
    newest = select(func.max(Message.id)).where(
        Message.dialogue_id == dialogue_id, seen_messages(actor)
    )
    last = session.scalar(newest) or 0
    upto = last if command.upto is None else min(command.upto, last)
    if mark_read(session, dialogue_id, upto, actor=actor):
        place = Place(about.provider.id, about.client.id, about.order_id)
        tell(session, "message.seen", dialogue_id, place, actor=actor, at=clock.now())
