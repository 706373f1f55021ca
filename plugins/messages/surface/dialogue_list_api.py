"""The API of the list of dialogues, as the page of Messages has it."""

from typing import Literal

from pydantic import Field

from billing_panel.accounts.access.scope import find_provider
from billing_panel.api.answer_models import Answer, Moment, PageAnswer
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import DEFAULT_PAGE, Limit, Query
from billing_panel.api.request_bodies import NoBody
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import Text, say, text
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.find_dialogues import DialogueFilter, ListPlace, list_dialogues
from plugins.messages.surface.dialogue_list import (
    ListedDialogue,
    listed,
    read_place,
    written_place,
)

MOST_TYPED = 200

api = Api("dialogue_list_api", "Messages")


class DialoguesQuery(Query):
    """``kind``: about orders, or in general. ``unread=true``: those that hold something new."""

    query: str = Field(default="", max_length=MOST_TYPED, examples=["stoyanova"])
    provider: str = Field(default="", max_length=MOST_TYPED, examples=["nordvik"])
    kind: Literal["order", "general"] | None = None
    unread: Literal["true", "false"] = "false"
    limit: Limit = DEFAULT_PAGE
    cursor: str | None = Field(default=None, max_length=MOST_TYPED)


class DialogueAnswer(Answer):
    """A dialogue, and what was said last in it. ``order`` null: it is in general.

    ``new``: to staff, something that none of them has read. ``own``: the caller’s side spoke last.
    """

    id: int
    client: str
    login: str = Field(examples=["stoyanova"])
    provider: str
    order: str | None = Field(examples=["10017"])
    at: Moment
    said: str
    own: bool
    messages: int
    unread: int
    new: bool
    address: str = Field(examples=["/messages/orders/17"])


@api.get("/messages", MessagesFunction.MESSAGE_READ)
def list_all_dialogues(call: Call[NoBody, DialoguesQuery]) -> PageAnswer[DialogueAnswer]:
    """Lists the dialogues in scope: those with something new first, then by what was said last."""
    query = call.query
    if query.provider:
        find_provider(call.session, call.actor, query.provider)
    asked = DialogueFilter(
        query=query.query.strip(),
        provider=query.provider,
        kind=query.kind or "",
        only_new=query.unread == "true",
        after=_place(query.cursor),
        limit=query.limit + 1,
    )
    rows = list_dialogues(call.session, call.actor, asked)
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    items = [_answer(one, call.language) for one in listed(call.session, call.actor, shown)]
    return PageAnswer(
        items=items, next_cursor=written_place(shown[-1], call.actor) if more else None
    )


def _place(cursor: str | None) -> ListPlace | None:
    """Raises Invalid."""
    if cursor is None:
        return None
    place = read_place(cursor)
    if place is None:
        message = text("Use the next_cursor of the previous page.")
        raise Invalid([FieldError("cursor", "cursor", message)])
    return place


def _answer(one: ListedDialogue, language: str) -> DialogueAnswer:
    return DialogueAnswer(
        id=one.id,
        client=one.client,
        login=one.login,
        provider=one.provider,
        order=one.number,
        at=one.at,
        said=say(one.said, language) if isinstance(one.said, Text) else one.said,
        own=one.is_own,
        messages=one.messages,
        unread=one.unread,
        new=one.is_new,
        address=one.address,
    )
