"""The list of dialogues, as the page of Messages shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import url_for
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, providers, seen_memberships
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import whole_number
from plugins.messages.store.count_messages import unread_counts
from plugins.messages.store.find_dialogues import (
    DialogueFilter,
    DialogueRow,
    ListPlace,
    last_said,
    list_dialogues,
)
from plugins.messages.store.models import Message, Side
from plugins.messages.surface.dialogue_view import HIDDEN_SUMS, said_of
from plugins.orders.store.models import number_of
from plugins.orders.store.visibility.price_visibility import sees_prices

PAGE = 50
MAX_EXCERPT = 140
MICROSECOND = 1_000_000


@dataclass(frozen=True)
class ListedDialogue:
    """A row: what it is about, what was said last and when, and what is new to whoever looks.

    ``is_new``: to staff, something that none of them has read. ``number``: of its order.
    """

    address: str
    client: str
    login: str
    provider: str
    timezone: str
    number: str | None
    at: datetime
    said: Text | str
    is_own: bool
    messages: int
    appeals: int
    unread: int
    is_new: bool
    id: int


@dataclass(frozen=True)
class DialoguesPage:
    """``start``: general dialogues that a client may begin, as (provider, address)."""

    staff: bool
    rows: Sequence[ListedDialogue]
    filters: DialogueFilter
    providers: Sequence[Provider]
    next_page: str | None
    start: Sequence[tuple[str, str]]
    follows: str

    @property
    def is_narrow(self) -> bool:
        shown = self.filters
        return bool(shown.query or shown.provider or shown.kind or shown.only_new)

    def address(self, **changed: str | None) -> str:
        """The list with other filters."""
        shown = self.filters
        now: dict[str, str | None] = {
            "query": shown.query or None,
            "provider": shown.provider or None,
            "kind": shown.kind or None,
            "show": "new" if shown.only_new else None,
        }
        return url_for("messages.index", **{**now, **changed})  # type: ignore[arg-type]


def read_page(session: Session, actor: Actor, asked: Mapping[str, str]) -> DialoguesPage:
    """``asked``: the values of the address; what can't be read is left out."""
    known = providers(session, actor)
    filters = DialogueFilter(
        query=asked.get("query", "").strip(),
        provider=next((p.key for p in known if p.key == asked.get("provider")), ""),
        kind=asked.get("kind", "") if asked.get("kind") in {"order", "general"} else "",
        only_new=asked.get("show") == "new",
        after=read_place(asked.get("from", "")),
        limit=PAGE + 1,
    )
    rows = list_dialogues(session, actor, filters)
    return DialoguesPage(
        staff=actor.client_id is None,
        rows=listed(session, actor, rows[:PAGE]),
        filters=filters,
        providers=known,
        next_page=written_place(rows[PAGE - 1], actor) if len(rows) > PAGE else None,
        start=_start(session, actor),
        follows="dialogues orders" if actor.client_id is None else f"client:{actor.client_id}",
    )


def listed(session: Session, actor: Actor, rows: Sequence[DialogueRow]) -> Sequence[ListedDialogue]:
    """Each with what was said last and what is new, as ``actor`` sees it."""
    ids = [row[0].id for row in rows]
    last, unread = last_said(session, actor, ids), unread_counts(session, actor, ids)
    sums, staff = sees_prices(actor), actor.client_id is None
    listed = []
    for dialogue, name, login, key, provider, timezone, is_new in rows:
        message = last.get(dialogue.id)
        address = (
            url_for("messages.order_dialogue", order_id=dialogue.order_id)
            if dialogue.order_id is not None
            else url_for("messages.general_dialogue", client_id=dialogue.client_id, key=key)
        )
        listed.append(
            ListedDialogue(
                address=address,
                client=name,
                login=login,
                provider=provider,
                timezone=timezone,
                number=None if dialogue.order_id is None else number_of(dialogue.order_id),
                at=_last_at(dialogue.last_at, dialogue.last_open_at, staff=staff),
                said=_excerpt(message, sums=sums),
                is_own=message is not None and (message.side is Side.STAFF) is staff,
                messages=dialogue.messages,
                appeals=dialogue.appeals if staff else 0,
                unread=unread.get(dialogue.id, 0),
                is_new=is_new,
                id=dialogue.id,
            )
        )
    return listed


def _last_at(at: datetime, open_at: datetime | None, *, staff: bool) -> datetime:
    return at if staff or open_at is None else open_at


def _excerpt(message: Message | None, *, sums: bool) -> Text | str:
    if message is None:
        return ""
    if message.has_sums and not sums:
        return HIDDEN_SUMS
    words = " ".join(message.text.split())
    short = words if len(words) <= MAX_EXCERPT else f"{words[:MAX_EXCERPT].rstrip()}…"
    return said_of(message.said) or short


def _start(session: Session, actor: Actor) -> Sequence[tuple[str, str]]:
    if actor.client_id is None:
        return ()
    client = find_client(session, actor, client_id=actor.client_id)
    return [
        (
            one.provider.name,
            url_for("messages.general_dialogue", client_id=client.id, key=one.provider.key),
        )
        for one in seen_memberships(actor, client)
    ]


def written_place(row: DialogueRow, actor: Actor) -> str:
    """``new-1700000000000000-17``: where the next page goes on."""
    dialogue = row[0]
    at = _last_at(dialogue.last_at, dialogue.last_open_at, staff=actor.client_id is None)
    stamp = (at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * MICROSECOND
    return f"{'new' if row[6] else 'old'}-{round(stamp)}-{dialogue.id}"


def read_place(written: str) -> ListPlace | None:
    """What ``written_place`` wrote; None: nobody can read it."""
    part, _, rest = written.partition("-")
    stamp, _, dialogue_id = rest.partition("-")
    at, found = whole_number(stamp, most=253_402_300_799_999_999), whole_number(dialogue_id)
    if part not in {"new", "old"} or at is None or found is None:
        return None
    seconds, rest_of = divmod(at, MICROSECOND)
    moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest_of)
    return ListPlace(part == "new", moment, found)
