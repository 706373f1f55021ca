"""Write a message into a dialogue, which begins with its first.

Locks are taken in the order of those of orders (``orders.store.locks.lock_sequence``): the pair,
the order, and last the dialogue, whose row is changed before its message is written. So two who
write one wait for each other, and ids of its messages are in the order of their commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, insert, literal, select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.accounts.people.client_models import Membership
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.database.row_locks import lock
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.files.attached_files import FIELD, MAX_A_DAY, MEGABYTE, AttachedFile
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.tables.request_keys import once
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.find_dialogues import About, about_order, general, side_of
from plugins.messages.store.models import Attachment, Dialogue, DialogueMark, Message, Side
from plugins.orders.store.models import Order

INSERT = insert(Message).returning(Message.id)
MAX_TEXT = 10_000
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Topic:
    """What is written about: an order, or a client with a provider (None: their only one)."""

    order_id: int | None = None
    client_id: int | None = None
    provider: str | None = None


@dataclass(frozen=True)
class WriteMessage:
    """``internal``: for staff alone. ``seen``: the id of the last message that was looked at.

    ``has_sums``: a template put in what the order costs. ``files`` were taken by ``take_files``.
    """

    topic: Topic
    text: str
    internal: bool = False
    seen: int | None = None
    has_sums: bool = False
    files: Sequence[AttachedFile] = ()
    request_key: str | None = None


@dataclass(frozen=True)
class NewMessage:
    """A row to be: ``said`` and ``has_sums`` as ``Message`` has them."""

    side: Side
    user_id: int | None
    at: datetime
    text: str = ""
    internal: bool = False
    automatic: bool = False
    has_sums: bool = False
    said: Mapping[str, Any] | None = None

    @property
    def counts(self) -> bool:
        """It is in the pills."""
        return not self.internal and not self.automatic


@dataclass(frozen=True)
class Place:
    """To whom a dialogue belongs, so that it can begin."""

    provider_id: int
    client_id: int
    order_id: int | None = None


def write_message(session: Session, command: WriteMessage, *, actor: Actor, clock: Clock) -> int:
    """The id of the message.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``client_erased`` or
    ``idempotency_key_reused``; then nothing is written.
    """
    if command.request_key is None:
        return _write(session, command, actor=actor, clock=clock)
    outcome = once(
        session,
        lambda: {"message": _write(session, command, actor=actor, clock=clock)},
        scope=f"write_message:{actor.key}",
        key=command.request_key,
        content=_content(command),
        at=clock.now(),
    )
    return int(outcome.answer["message"])


def _content(command: WriteMessage) -> Mapping[str, object]:
    topic = command.topic
    return {
        "topic": [topic.order_id, topic.client_id, topic.provider],
        "text": command.text,
        "internal": command.internal,
        "files": [[one.name, one.fingerprint] for one in command.files],
    }


def _write(session: Session, command: WriteMessage, *, actor: Actor, clock: Clock) -> int:
    needed = MessagesFunction.NOTE_WRITE if command.internal else MessagesFunction.MESSAGE_WRITE
    require(actor, needed)
    _check(command, actor)
    about = topic_of(session, actor, command.topic)
    # whoever is being forgotten is waited for, and then nothing is written to them
    pair = select(Membership.client_id).filter_by(
        client_id=about.client.id, provider_id=about.provider.id
    )
    lock(session, pair.with_for_update(read=True))
    if about.client.erased_at is not None:
        message = text("This client’s personal data was erased; nothing can be written to them.")
        raise Conflict(message, code="client_erased")
    place = Place(about.provider.id, about.client.id, about.order_id)
    bound_files(session, command.files, actor, clock.now())
    new = NewMessage(
        side=side_of(actor),
        user_id=actor.user_id,
        at=clock.now(),
        text=command.text.strip(),
        internal=command.internal,
        # nobody hides what a client wrote
        has_sums=command.has_sums and actor.client_id is None,
    )
    dialogue_id, message_id = add_message(session, place, new)
    attach(session, message_id, command.files)
    if actor.user_id is not None:
        upto = message_id if command.seen is None else min(command.seen, message_id)
        mark_read(session, dialogue_id, upto, actor=actor)
    kind = "note.written" if command.internal else "message.written"
    tell(session, kind, dialogue_id, place, actor=actor, at=new.at)
    return message_id


def topic_of(session: Session, actor: Actor, topic: Topic) -> About:
    """Raises FunctionNotHeld, NotFound, Refused ``provider_needed``."""
    if topic.order_id is not None:
        return about_order(session, actor, topic.order_id)
    require(actor, MessagesFunction.MESSAGE_READ)
    client = find_client(session, actor, client_id=topic.client_id)
    provider = provider_for(session, actor, client, topic.provider)
    if all(one.provider_id != provider.id for one in client.memberships):
        raise Invalid(
            [
                FieldError(
                    "provider", "not_a_client", text("This client doesn’t buy from that provider.")
                )
            ]
        )
    return general(session, client, provider)


def _check(command: WriteMessage, actor: Actor) -> None:
    errors = []
    if command.internal and actor.client_id is not None:
        message = text("Only staff can write internal notes.")
        errors.append(FieldError("internal", "staff_alone", message))
    if len(command.text) > MAX_TEXT:
        message = text("A message can have at most %(most)s characters.", most=MAX_TEXT)
        errors.append(FieldError("text", "length", message))
    if not is_visible(command.text) and not command.files:
        errors.append(FieldError("text", "empty", text("Write something, or attach a file.")))
    if errors:
        raise Invalid(errors)


def attach(session: Session, message_id: int, files: Iterable[AttachedFile]) -> None:
    """Keep what came with a message."""
    for file in files:
        session.add(
            Attachment(
                message_id=message_id,
                name=file.name,
                media_type=file.media_type,
                size=len(file.content),
                content=file.content,
            )
        )


def bound_files(
    session: Session, files: Sequence[AttachedFile], actor: Actor, at: datetime
) -> None:
    """How much one client may send within a day. Raises Invalid ``too_many_files``."""
    if not files or actor.client_id is None:
        return
    client_id = actor.client_id
    of_today = (
        select(func.coalesce(func.sum(Attachment.size), 0))
        .join(Message, Message.id == Attachment.message_id)
        .join(Dialogue, Dialogue.id == Message.dialogue_id)
        .where(Dialogue.client_id == client_id, Message.side == Side.CLIENT, Message.at > at - DAY)
    )
    if session.scalars(of_today).one() + sum(len(one.content) for one in files) > MAX_A_DAY:
        message = text(
            "At most %(most)s MB of files can be sent within 24 hours; send these later.",
            most=MAX_A_DAY // MEGABYTE,
        )
        raise Invalid([FieldError(FIELD, "too_many_files", message)])


def add_message(
    session: Session, place: Place, new: NewMessage, *, is_locked: bool = False
) -> tuple[int, int]:
    """The ids of the dialogue, which begins if it has not, and of the message.

    ``is_locked``: the order is, or nobody knows of it yet.
    """
    # ids of messages are in their order
    write_late(session)
    dialogue_id = _counted(session, place, new)
    if dialogue_id is None:
        if place.order_id is not None and not is_locked:
            # as whoever moves an order does it: the order first, then its dialogue
            order = select(Order.id).where(Order.id == place.order_id)
            lock(session, order.with_for_update(read=True, key_share=True))
        _begin(session, place, new.at)
        dialogue_id = _counted(session, place, new)
    assert dialogue_id is not None  # noqa: S101 (for mypy: it has just begun)
    return dialogue_id, _insert(session, dialogue_id, new)


def _insert(session: Session, dialogue_id: int, new: NewMessage) -> int:
    values = {"dialogue_id": dialogue_id, **written(new)}
    return session.execute(INSERT, values).scalar_one()


def written(new: NewMessage) -> dict[str, Any]:
    """Its columns, but for the dialogue it is in."""
    return {
        "at": new.at,
        "side": new.side,
        "user_id": new.user_id,
        "internal": new.internal,
        "automatic": new.automatic,
        "has_sums": new.has_sums,
        "text": new.text,
        "said": None if new.said is None else dict(new.said),
    }


def _counted(session: Session, place: Place, new: NewMessage) -> int | None:
    """The dialogue's id with the message counted, its row locked; None: it has not begun."""
    is_appeal = new.counts and new.side is Side.CLIENT
    changed = (
        update(Dialogue)
        .where(
            Dialogue.provider_id == place.provider_id,
            Dialogue.client_id == place.client_id,
            Dialogue.order_id.is_(None)
            if place.order_id is None
            else Dialogue.order_id == place.order_id,
        )
        .values(
            messages=Dialogue.messages + int(new.counts),
            appeals=Dialogue.appeals + int(is_appeal),
            last_at=new.at,
            last_open_at=Dialogue.last_open_at if new.internal else new.at,
        )
        .returning(Dialogue.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(changed).scalar_one_or_none()


def _begin(session: Session, place: Place, at: datetime) -> None:
    """One, however many begin it at once."""
    new = insert_into(session, Dialogue).values(**_empty(place, at))
    session.execute(new.on_conflict_do_nothing())


def _empty(place: Place, at: datetime) -> dict[str, Any]:
    return {
        "provider_id": place.provider_id,
        "client_id": place.client_id,
        "order_id": place.order_id,
        "messages": 0,
        "appeals": 0,
        "seen_id": 0,
        "last_at": at,
    }


def mark_read(session: Session, dialogue_id: int, upto: int, *, actor: Actor) -> bool:
    """The person has read up to that message; whether a client's message was new to all staff.

    The dialogue's row is locked. Nobody reads backwards.
    """
    _mark_own(session, dialogue_id, upto, actor)
    if actor.client_id is not None:
        return False
    later = (
        select(func.count(Message.id))
        .where(
            Message.dialogue_id == dialogue_id,
            Message.id > upto,
            Message.side == Side.CLIENT,
            Message.automatic.is_(False),
        )
        .scalar_subquery()
    )
    found = select(Dialogue.appeals, Dialogue.seen_id, later).where(Dialogue.id == dialogue_id)
    appeals, seen_id, left = session.execute(found).one()
    if seen_id >= upto:
        return False
    session.execute(
        update(Dialogue)
        .where(Dialogue.id == dialogue_id)
        .values(seen_id=upto, appeals=left)
        .execution_options(synchronize_session=False)
    )
    return bool(left != appeals)


def _mark_own(session: Session, dialogue_id: int, upto: int, actor: Actor) -> None:
    mark = insert_into(session, DialogueMark).values(
        dialogue_id=dialogue_id, user_id=actor.user_id, read_id=upto
    )
    farther = case(
        (DialogueMark.read_id < literal(upto), literal(upto)), else_=DialogueMark.read_id
    )
    session.execute(
        mark.on_conflict_do_update(
            index_elements=["dialogue_id", "user_id"], set_={"read_id": farther}
        )
    )


def tell(
    session: Session, kind: str, dialogue_id: int, place: Place, *, actor: Actor, at: datetime
) -> None:
    """Write down that it happened, and nothing of what was said."""
    record(
        session,
        kind,
        actor=actor,
        at=at,
        subject=("dialogue", dialogue_id),
        provider_id=place.provider_id,
        client_id=place.client_id,
        facts={} if place.order_id is None else {"order_id": place.order_id},
    )
