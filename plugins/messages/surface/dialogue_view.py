"""A dialogue as its page, the page of its order and that of its client show it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import Person, people
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.files.attached_files import ACCEPTED, MAX_BYTES, MAX_FILES, MAX_TOGETHER
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.secret_fingerprints import new_secret
from permissions.guard import allows
from plugins.messages.correspondence.agree_pickup import may_offer
from plugins.messages.correspondence.answer_templates import templates_with
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.count_messages import Pills, pills_of
from plugins.messages.store.find_dialogues import (
    About,
    ShownMessage,
    messages_of,
)
from plugins.messages.store.models import Message, Pickup, Side
from plugins.messages.store.safe_text import as_html
from plugins.orders.store.models import Order, number_of
from plugins.orders.store.visibility.price_visibility import sees_prices

PICKUP_WORDS: Mapping[str, Callable[[Mapping[str, object]], Text]] = {
    "pickup_offered": lambda said: text(
        "You can collect the order: %(place)s", place=said["place"]
    ),
    "pickup_accepted": lambda _said: text("Pickup accepted: the client collects the order."),
    "pickup_declined": lambda _said: text("Pickup declined: the order is to be delivered."),
}
HIDDEN_SUMS = text("The client was told how to pay. You can’t see what orders cost.")


@dataclass(frozen=True)
class Post:
    """A message for a page. ``said``: a sentence of the panel's own; else ``html``.

    ``files``: id, name, size in bytes. ``opens_day``: the first of its day.
    """

    id: int
    at: datetime
    who: str
    is_client: bool
    internal: bool
    automatic: bool
    is_unread: bool
    said: Text | None
    html: Markup
    files: Sequence[tuple[int, str, int]]
    opens_day: bool


@dataclass(frozen=True)
class Sent:
    """What was sent and refused, or is not sent yet: to be shown again."""

    refusal: DomainError | None = None
    text: str = ""
    internal: bool = False
    has_sums: bool = False

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {e.field: e.message for e in self.refusal.errors} if self.refusal else {}


@dataclass(frozen=True)
class DialogueView:
    """``posts``: oldest first. ``earlier``: the message before which there are more.

    ``last``: the id of the newest message shown, 0: none. ``templates``: (id, title) of those that
    may be inserted. ``back``: the page to go back to after sending: order, client, or the dialogue.
    """

    about: About
    name: str
    posts: Sequence[Post]
    pills: Pills
    earlier: int | None
    staff: bool
    may_write: bool
    may_note: bool
    templates: Sequence[tuple[int, str]]
    back: str
    may_offer_pickup: bool = False
    may_answer_pickup: bool = False
    sent: Sent = field(default_factory=Sent)
    request_key: str = field(default_factory=new_secret)

    accepted: ClassVar = ACCEPTED
    max_files: ClassVar = MAX_FILES
    max_bytes: ClassVar = MAX_BYTES
    max_together: ClassVar = MAX_TOGETHER

    @property
    def client(self) -> Client:
        return self.about.client

    @property
    def timezone(self) -> str:
        return self.about.provider.timezone

    @property
    def unread(self) -> int:
        """How many of those shown are new to whoever looks."""
        return sum(post.is_unread for post in self.posts)

    @property
    def first_unread(self) -> int | None:
        """The id of the first that is new to whoever looks."""
        return next((post.id for post in self.posts if post.is_unread), None)

    @property
    def last(self) -> int:
        return self.posts[-1].id if self.posts else 0

    @property
    def number(self) -> str | None:
        """The number of the order it is about."""
        return None if self.about.order_id is None else number_of(self.about.order_id)

    @property
    def address(self) -> str:
        """Its own page, where it is written to as well."""
        return address_of(self.about, "dialogue")

    @property
    def read_address(self) -> str:
        return address_of(self.about, "read")


def address_of(about: About, what: str) -> str:
    """``what``: the dialogue itself, or marking it as read."""
    if about.order_id is not None:
        return url_for(f"messages.order_{what}", order_id=about.order_id)
    return url_for(f"messages.general_{what}", client_id=about.client.id, key=about.provider.key)


@dataclass(frozen=True)
class Beside:
    """What stands beside each dialogue with a client: how much is new, and ready answers."""

    pills: Pills
    templates: Sequence[tuple[int, str]]


def read_beside(session: Session, actor: Actor, about: About) -> Beside:
    """Read once where several dialogues with the client are shown. Raises FunctionNotHeld."""
    may_write = actor.client_id is None and _may_write(actor, about)
    return Beside(
        pills_of(session, actor, about.client.id, about.provider.id),
        templates_with(session, about.provider.id, actor) if may_write else (),
    )


def _may_write(actor: Actor, about: About) -> bool:
    return allows(actor, MessagesFunction.MESSAGE_WRITE) and about.client.erased_at is None


def view_of(
    session: Session,
    actor: Actor,
    about: About,
    *,
    limit: int,
    before: int | None = None,
    back: str = "dialogue",
    sent: Sent | None = None,
    beside: Beside | None = None,
) -> DialogueView:
    """What ``actor`` sees of the dialogue. Raises FunctionNotHeld.

    ``beside``: where it was read for another dialogue with the client already.
    """
    beside = beside or read_beside(session, actor, about)
    found = messages_of(session, actor, about.dialogue, before=before, limit=limit + 1)
    shown = found[:limit][::-1]
    names = people(session, {one.row.user_id for one in shown}, actor)
    staff, is_erased = actor.client_id is None, about.client.erased_at is not None
    may_write = _may_write(actor, about)
    return DialogueView(
        about=about,
        name=f"order-{about.order_id}" if about.order_id else f"general-{about.provider.key}",
        posts=_posts(shown, names, about, actor),
        pills=beside.pills,
        earlier=shown[0].id if len(found) > limit else None,
        staff=staff,
        may_write=may_write,
        may_note=staff and allows(actor, MessagesFunction.NOTE_WRITE) and not is_erased,
        templates=beside.templates,
        back=back,
        may_offer_pickup=staff and may_write and _may_offer(session, about, actor),
        may_answer_pickup=not staff and may_write and _pickup(about) == Pickup.OFFERED,
        sent=sent or Sent(),
    )


def _may_offer(session: Session, about: About, actor: Actor) -> bool:
    order = None if about.order_id is None else session.get(Order, about.order_id)
    return order is not None and may_offer(order, _pickup(about), actor)


def _pickup(about: About) -> str | None:
    return about.dialogue.pickup if about.dialogue else None


def _posts(
    shown: Sequence[ShownMessage], names: Mapping[int, Person], about: About, actor: Actor
) -> Sequence[Post]:
    sums, zone = sees_prices(actor), ZoneInfo(about.provider.timezone)
    days = [one.row.at.astimezone(zone).date() for one in shown]
    before = [None, *days]
    posts = []
    for one, day, last in zip(shown, days, before, strict=False):
        row = one.row
        is_hidden = row.has_sums and not sums
        posts.append(
            Post(
                id=row.id,
                at=row.at,
                who=speaker(row, names, about, actor),
                is_client=row.side is Side.CLIENT,
                internal=row.internal,
                automatic=row.automatic,
                is_unread=one.is_unread,
                said=HIDDEN_SUMS if is_hidden else said_of(row.said),
                html=Markup() if is_hidden else as_html(row.text),
                files=one.files,
                opens_day=day != last,
            )
        )
    return posts


def said_of(said: Mapping[str, object] | None) -> Text | None:
    """The sentence of an entry that has no words of its own."""
    if said is None:
        return None
    if said["kind"] == "placed":
        return text("Order placed")
    if said["kind"] == "edited":
        return text("The lines of the order were changed")
    if said["kind"] in PICKUP_WORDS:
        return PICKUP_WORDS[str(said["kind"])](said)
    titles = said["titles"]
    assert isinstance(titles, dict)  # noqa: S101 (for mypy: ``order_entries`` writes nothing else)
    return text("New status: %(status)s", status=Titles(titles))


def speaker(row: Message, names: Mapping[int, Person], about: About, actor: Actor) -> str:
    """To a client the staff are the provider, also where they act for the client.

    What the shop writes by itself as a client acts, such as how to pay, is the provider's word.
    """
    person = names.get(row.user_id or 0)
    is_shops = person is not None and not person.is_staff and row.side is Side.STAFF
    if person is not None and not is_shops and (actor.client_id is None or not person.is_staff):
        return person.name
    by_staff = person is not None or row.side is Side.STAFF
    return about.provider.name if by_staff else about.client.name
