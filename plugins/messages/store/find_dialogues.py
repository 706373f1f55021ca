"""Finding dialogues and messages in an actor's scope.

A client sees their own, and nothing internal; staff those of the providers they work for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from billing_panel.accounts.access.client_search import clients_found
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.find_search_entries import Page
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from permissions.guard import require
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.models import Attachment, Dialogue, DialogueMark, Message, Side
from plugins.orders.store.find_orders import own_orders
from plugins.orders.store.models import Order
from plugins.orders.store.order_search import orders_found

# a pill says "99+" for this many
MAX_COUNT = 100
# of the orders, and of the clients, that a search finds so many are looked up
MOST_FOUND = 200


def own_dialogues(actor: Actor) -> ColumnElement[bool]:
    """Condition on Dialogue: a client's own, those with the providers somebody works for."""
    if actor.client_id is not None:
        return Dialogue.client_id == actor.client_id
    return true() if actor.provider_ids is None else Dialogue.provider_id.in_(actor.provider_ids)


def side_of(actor: Actor) -> Side:
    """On which side ``actor`` speaks; whatever is done by itself is done for the provider."""
    return Side.STAFF if actor.client_id is None else Side.CLIENT


def seen_messages(actor: Actor) -> ColumnElement[bool]:
    """Condition on Message: what a client may know that it exists."""
    return true() if actor.client_id is None else Message.internal.is_(False)


def is_unread(actor: Actor) -> ColumnElement[bool]:
    """Condition on Message, joined with the actor's ``DialogueMark``: new to them."""
    return and_(
        Message.side != side_of(actor),
        Message.id > func.coalesce(DialogueMark.read_id, 0),
        seen_messages(actor),
    )


def own_mark(actor: Actor) -> ColumnElement[bool]:
    """What joins a dialogue with how far the actor has read it."""
    return and_(DialogueMark.dialogue_id == Dialogue.id, DialogueMark.user_id == actor.user_id)


def new_dialogues(actor: Actor) -> Select[int]:
    """Dialogues that hold something new: to staff at all, or to this user of the client."""
    return select(Dialogue.id).where(own_dialogues(actor), _is_new(actor))


def orders_with_news(actor: Actor) -> Select[int | None]:
    """Ids of the orders whose dialogues ``new_dialogues`` counts."""
    about = Dialogue.order_id.is_not(None)
    return select(Dialogue.order_id).where(own_dialogues(actor), about, _is_new(actor))


def _is_new(actor: Actor) -> ColumnElement[bool]:
    if actor.client_id is None:
        return Dialogue.appeals > 0
    unread = (
        select(Message.id)
        .outerjoin(
            DialogueMark,
            and_(
                DialogueMark.dialogue_id == Message.dialogue_id,
                DialogueMark.user_id == actor.user_id,
            ),
        )
        .where(Message.dialogue_id == Dialogue.id, is_unread(actor))
    )
    return unread.exists()


@dataclass(frozen=True)
class About:
    """What a dialogue is about; ``order_id`` None: it is the general one."""

    client: Client
    provider: Provider
    order_id: int | None
    dialogue: Dialogue | None


def about_order(session: Session, actor: Actor, order_id: int) -> About:
    """The dialogue of an order, which may not have begun. Raises FunctionNotHeld, NotFound."""
    require(actor, MessagesFunction.MESSAGE_READ)
    of_client = Order.client_id == actor.client_id
    of_staff = true() if actor.provider_ids is None else Order.provider_id.in_(actor.provider_ids)
    row = session.execute(
        select(Client, Provider, Dialogue)
        .select_from(Order)
        .join(Client, Client.id == Order.client_id)
        .join(Provider, Provider.id == Order.provider_id)
        .outerjoin(Dialogue, Dialogue.order_id == Order.id)
        .where(Order.id == order_id, of_staff if actor.client_id is None else of_client)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound(text("No such order, or you don’t have access to it."))
    client, provider, dialogue = row
    return About(client, provider, order_id, dialogue)


def both_dialogues(session: Session, order: Order) -> tuple[About, About]:
    """Of an order found in scope its own dialogue, and the general one of its pair."""
    pair = {"client_id": order.client_id, "provider_id": order.provider_id}
    found = session.scalars(_BOTH, {**pair, "order_id": order.id})
    by_order = {one.order_id: one for one in found}
    return (
        About(order.client, order.provider, order.id, by_order.get(order.id)),
        About(order.client, order.provider, None, by_order.get(None)),
    )


_BOTH = (
    select(Dialogue)
    .where(
        or_(
            Dialogue.order_id == bindparam("order_id"),
            and_(
                Dialogue.client_id == bindparam("client_id"),
                Dialogue.provider_id == bindparam("provider_id"),
                Dialogue.order_id.is_(None),
            ),
        )
    )
    .execution_options(populate_existing=True)
)


def general(session: Session, client: Client, provider: Provider) -> About:
    """The general dialogue; client and provider were found in scope."""
    dialogue = session.scalar(
        select(Dialogue)
        .filter_by(client_id=client.id, provider_id=provider.id, order_id=None)
        .execution_options(populate_existing=True)
    )
    return About(client, provider, None, dialogue)


@dataclass(frozen=True)
class ShownMessage:
    """A message as somebody sees it; ``files`` as (id, name, size in bytes)."""

    row: Message
    files: Sequence[tuple[int, str, int]]
    is_unread: bool

    @property
    def id(self) -> int:
        return self.row.id


def messages_of(
    session: Session,
    actor: Actor,
    dialogue: Dialogue | None,
    *,
    before: int | None = None,
    limit: int,
) -> Sequence[ShownMessage]:
    """The newest ``limit`` messages, newest first, before the message of that id."""
    require(actor, MessagesFunction.MESSAGE_READ)
    if dialogue is None:
        return []
    page = select(Message).where(Message.dialogue_id == dialogue.id, seen_messages(actor))
    if before is not None:
        page = page.where(Message.id < before)
    rows = session.scalars(page.order_by(Message.id.desc()).limit(limit)).all()
    files: dict[int, list[tuple[int, str, int]]] = {row.id: [] for row in rows}
    of_rows = Attachment.message_id.in_(files)
    columns = (Attachment.message_id, Attachment.id, Attachment.name, Attachment.size)
    found = select(*columns).where(of_rows).order_by(Attachment.id)
    for message_id, file_id, name, size in session.execute(found):
        files[message_id].append((file_id, name, size))
    read = read_up_to(session, actor, dialogue)
    own = side_of(actor)
    return [
        ShownMessage(row, files[row.id], is_unread=row.side is not own and row.id > read)
        for row in rows
    ]


def read_up_to(session: Session, actor: Actor, dialogue: Dialogue) -> int:
    """The id of the message up to which the actor has read; 0: none."""
    mark = select(DialogueMark.read_id).filter_by(dialogue_id=dialogue.id, user_id=actor.user_id)
    return session.scalar(mark) or 0


def find_attachment(session: Session, actor: Actor, attachment_id: int) -> Attachment:
    """With its content. Raises FunctionNotHeld, NotFound."""
    require(actor, MessagesFunction.MESSAGE_READ)
    found = session.scalar(
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .join(Dialogue, Dialogue.id == Message.dialogue_id)
        .where(Attachment.id == attachment_id, own_dialogues(actor), seen_messages(actor))
    )
    if found is None:
        raise NotFound(text("No such file, or you don’t have access to it."))
    return found


def files_with_steps(
    session: Session, actor: Actor, order_id: int
) -> Sequence[Row[datetime, int, str]]:
    """(when, id, name) of what came with steps of the order, as far as the actor sees it."""
    return plain(session, _with_steps(actor), {"order_id": order_id}).all()


@kept_by_actor
def _with_steps(actor: Actor) -> Select[datetime, int, str]:
    return (
        select(Message.at, Attachment.id, Attachment.name)
        .join(Message, Message.id == Attachment.message_id)
        .join(Dialogue, Dialogue.id == Message.dialogue_id)
        .where(Dialogue.order_id == bindparam("order_id"), Message.automatic.is_(True))
        .where(own_dialogues(actor), seen_messages(actor))
        .order_by(Attachment.id)
    )


@dataclass(frozen=True)
class ListPlace:
    """Where a page of the list goes on: after a dialogue that was new, or was not."""

    is_new: bool
    at: datetime
    id: int


@dataclass(frozen=True)
class DialogueFilter:
    """``query``: words by which the client or the order is found. ``kind``: order, or general."""

    query: str = ""
    provider: str = ""
    kind: str = ""
    only_new: bool = False
    after: ListPlace | None = None
    limit: int = 50


DialogueRow = Row[Dialogue, str, str, str, str, str, bool]


def list_dialogues(
    session: Session, actor: Actor, shown: DialogueFilter
) -> Sequence["DialogueRow"]:
    """New ones first, in each part the newest first: (dialogue, client, login, provider's name and
    zone, is_new). Raises FunctionNotHeld.

    Each part is read in the order of an index.
    """
    require(actor, MessagesFunction.MESSAGE_READ)
    rows: list[DialogueRow] = []
    parts = [True] if shown.only_new else [True, False]
    for is_new in parts:
        if shown.after is not None and is_new and not shown.after.is_new:
            continue
        after = shown.after if shown.after and shown.after.is_new is is_new else None
        rows += _part(session, actor, shown, is_new, after, shown.limit - len(rows))
        if len(rows) >= shown.limit:
            break
    return rows


def _part(
    session: Session,
    actor: Actor,
    shown: DialogueFilter,
    is_new: bool,  # noqa: FBT001 (one of two parts)
    after: ListPlace | None,
    limit: int,
) -> Sequence["DialogueRow"]:
    last = Dialogue.last_at if actor.client_id is None else Dialogue.last_open_at
    new = _is_new(actor)
    page = (
        select(
            Dialogue,
            Client.name.label("client_name"),
            Client.login.label("client_login"),
            Provider.key.label("provider_key"),
            Provider.name.label("provider_name"),
            Provider.timezone.label("timezone"),
            literal(is_new).label("is_new"),
        )
        .join(Client, Client.id == Dialogue.client_id)
        .join(Provider, Provider.id == Dialogue.provider_id)
        .where(own_dialogues(actor), last.is_not(None), new if is_new else ~new)
    )
    if shown.provider:
        page = page.where(Provider.key == shown.provider)
    if shown.kind:
        of_order = Dialogue.order_id.is_not(None)
        page = page.where(of_order if shown.kind == "order" else ~of_order)
    if shown.query:
        page = page.where(_found(session, shown.query, actor))
    if after is not None:
        place = tuple_(literal(after.at, Dialogue.last_at.type), literal(after.id))
        page = page.where(tuple_(last, Dialogue.id) < place)
    return session.execute(page.order_by(last.desc(), Dialogue.id.desc()).limit(limit)).all()


def _found(session: Session, query: str, actor: Actor) -> ColumnElement[bool]:
    """By the order, and for staff by the client; the newest ``MOST_FOUND`` of each."""
    order_ids = orders_found(
        session,
        query,
        actor,
        lambda page: page.where(own_orders(actor)),
        before=None,
        limit=MOST_FOUND,
    )
    by_order = Dialogue.order_id.in_(order_ids)
    if actor.client_id is not None:
        return by_order
    return or_(by_order, Dialogue.client_id.in_(_clients(session, query, actor)))


def _clients(session: Session, query: str, actor: Actor) -> Sequence[int]:
    return clients_found(session, query, actor, Page(MOST_FOUND))


def last_said(session: Session, actor: Actor, dialogue_ids: Iterable[int]) -> Mapping[int, Message]:
    """The newest message of each dialogue that the actor may see."""
    ids = sorted(dialogue_ids)
    newest = (
        select(func.max(Message.id))
        .where(Message.dialogue_id.in_(ids), seen_messages(actor))
        .group_by(Message.dialogue_id)
    )
    rows = session.scalars(select(Message).where(Message.id.in_(newest))) if ids else ()
    return {row.dialogue_id: row for row in rows}
