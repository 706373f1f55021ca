"""What other plugins bring to orders: reactions to what happens, and parts of their pages.

Like the language of workflows it belongs to a panel, and stands in each session of it. Whoever
brings nothing leaves a field as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, false, or_
from sqlalchemy.orm import Session

from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.extension.hooks import PagePart
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.process.lazy_values import Lazy
from billing_panel.kernel.values.actor import Actor
from plugins.orders.session_info_keys import EXTENSIONS
from plugins.orders.store.models import Order

if TYPE_CHECKING:
    # whoever only reads lists plans no step
    from plugins.orders.store.effect_context import EffectContext
    from plugins.orders.workflow.workflow import Step


@dataclass(frozen=True)
class MessageCounts:
    """How many messages there are of an order, and how many are new to whoever looks.

    ``endpoint``: the page on which they stand, by ``order_id``.
    """

    messages: int
    unread: int
    endpoint: str


@dataclass(frozen=True)
class Letter:
    """An e-mail that goes out because of what happened: what it is about, and to which address."""

    title: Text
    address: str


@dataclass(frozen=True)
class PageLink:
    """A button on the order's page. ``endpoint`` takes a POST; ``icon`` is one of the sprite."""

    label: Text
    endpoint: str
    icon: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FileLink:
    """A file that came with a step. ``endpoint``: where it is saved, by ``values``."""

    name: str
    endpoint: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class OrderExtension:
    """What one plugin brings to orders.

    ``placed``, ``moved`` and ``edited``, of its lines, run within the transaction of what happened,
    the order locked; what they raise refuses it. ``step_words``: what the client is told when the
    step is taken, in their language, unless whoever takes it writes something else; None: nothing.
    ``page_parts``: parts
    of the order's page; ``page_links``: buttons there that the actor may press. ``counts``: of
    several orders at once, as far as the actor may know. ``keeps_files``: what comes with a step is
    kept by ``moved``; ``files``: what came so, as far as the actor may know, by when.
    ``unread``: ids of the orders of which something is new to them; None: the plugin knows of
    nothing like that. ``letters``: the e-mails that events, named by their ids, lead to.
    ``reminds``: it reminds clients of the bills of the provider of that id, so nobody else need to.
    ``remarks``: sentences below a statement of account of that client with that provider.
    """

    placed: Callable[[EffectContext], None] = lambda _on: None
    moved: Callable[[EffectContext, Step], None] = lambda _on, _step: None
    edited: Callable[[EffectContext], None] = lambda _on: None
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
    keeps_files: bool = False
    files: Callable[[Session, Order, Actor], Mapping[datetime, Sequence[FileLink]]] = (
        lambda _session, _order, _actor: {}
    )
    unread: Callable[[Session, Actor], Select[Any] | None] = lambda _session, _actor: None
    letters: Callable[[Session, Sequence[int]], Sequence[Letter]] = lambda _session, _ids: ()
    reminds: Callable[[Session, int], bool] = lambda _session, _provider_id: False
    remarks: Callable[[Session, int, int, date], Sequence[Text]] = (
        lambda _session, _client_id, _provider_id, _today: ()
    )


def extensions_of(session: Session) -> Sequence[OrderExtension]:
    """Those of the panel whose session it is."""
    found: Lazy[Sequence[OrderExtension]] = session.info[EXTENSIONS]
    return found()


def tell_placed(on: EffectContext) -> None:
    """The order is placed and stands in its first status. Raises what refuses it."""
    for one in extensions_of(on.session):
        one.placed(on)


def tell_moved(on: EffectContext, step: Step) -> None:
    """The step is taken. Raises what refuses it."""
    for one in extensions_of(on.session):
        one.moved(on, step)


def tell_edited(on: EffectContext) -> None:
    """The lines of the order are others now, and so is its bill. Raises what refuses it."""
    for one in extensions_of(on.session):
        one.edited(on)


def unread_orders(session: Session, actor: Actor, *, wanted: bool) -> Sequence[ColumnElement[bool]]:
    """Conditions on Order, where ``wanted``: something of it is new to the actor."""
    if not wanted:
        return ()
    brought = (one.unread(session, actor) for one in extensions_of(session))
    return [or_(false(), *(Order.id.in_(ids) for ids in brought if ids is not None))]


def message_counts(
    session: Session, ids: Sequence[int], actor: Actor
) -> Mapping[int, MessageCounts]:
    """Of each order, by its id, of which there is something to tell."""
    write_late(session)
    brought = [one.counts(session, ids, actor) for one in extensions_of(session)]
    return {order_id: counts for one in brought for order_id, counts in one.items()}


def reminds_of_bills(session: Session, provider_id: int) -> bool:
    """Whether clients of the provider are reminded of its bills by a plugin."""
    return any(one.reminds(session, provider_id) for one in extensions_of(session))


def statement_remarks(
    session: Session, client_id: int, provider_id: int, today: date
) -> Sequence[Text]:
    """What plugins say below a statement of account that ends ``today``, where the provider is."""
    brought = extensions_of(session)
    return [r for one in brought for r in one.remarks(session, client_id, provider_id, today)]


def keeps_files(session: Session) -> bool:
    """Whether files that come with a step are kept by anybody."""
    return any(one.keeps_files for one in extensions_of(session))


def files_of_steps(
    session: Session, order: Order, actor: Actor
) -> Mapping[datetime, Sequence[FileLink]]:
    """What came with the order's steps, by when each was taken."""
    write_late(session)
    brought = [one.files(session, order, actor) for one in extensions_of(session)]
    return {at: links for one in brought for at, links in one.items()}
