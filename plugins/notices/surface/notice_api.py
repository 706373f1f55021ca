"""The API of a person's notices."""

from typing import Annotated, Literal

from pydantic import Field

from billing_panel.api.answer_models import Answer, Moment, PageAnswer
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import PageQuery, page_by_id
from billing_panel.api.request_bodies import Body, NoBody
from billing_panel.kernel.values.id_or_name import MAX_ID
from plugins.notices.store.find_notices import newest, unread_count
from plugins.notices.surface.mark_read import MarkRead, mark_read
from plugins.notices.surface.notice_view import say_notices

api = Api("notices_api", "Notices")
MOST_IDS = 200
Id = Annotated[int, Field(ge=1, le=MAX_ID, strict=True)]


class NoticesQuery(PageQuery):
    """``unread=true``: those alone that are new."""

    unread: Literal["true", "false"] = "false"


class NoticeAnswer(Answer):
    """``title`` is in the language asked for; ``address``: the page it leads to."""

    id: int
    kind: str = Field(examples=["order.placed"])
    at: Moment
    title: str = Field(examples=["New order № 10017 from Balkan Media OOD: €238.80"])
    address: str = Field(examples=["/orders/17"])
    read: bool


class NoticesRead(Body):
    """``up_to``: that one and all before it; or ``ids``. One of the two."""

    up_to: Id | None = None
    ids: Annotated[list[Id], Field(max_length=MOST_IDS)] | None = None


class UnreadAnswer(Answer):
    """``read``: how many were new till now; ``unread``: how many still are, 100 for more."""

    read: int
    unread: int


@api.get("/notices")
def list_notices(call: Call[NoBody, NoticesQuery]) -> PageAnswer[NoticeAnswer]:
    """Lists the notices of the token’s owner, newest first, as far as they may still see them."""
    query = call.query
    found = newest(
        call.session,
        call.actor,
        before=query.cursor or 0,
        unread=query.unread == "true",
        limit=query.limit + 1,
    )
    rows, cursor = page_by_id(found, query.limit)
    said = say_notices(call.session, rows, call.actor, call.language)
    items = [
        NoticeAnswer(
            id=one.id,
            kind=one.kind,
            at=one.at,
            title=one.title,
            address=one.address,
            read=not one.is_new,
        )
        for one in said
    ]
    return PageAnswer(items=items, next_cursor=cursor)


@api.post("/notices/read", example={"up_to": 117}, errors={422: ("one_of_two",)})
def mark_notices_read(call: Call[NoticesRead]) -> UnreadAnswer:
    """Marks notices of the token’s owner as read; those of others are left alone."""
    body = call.body
    number = mark_read(
        call.session,
        MarkRead(body.up_to, body.ids),
        actor=call.actor,
        at=call.panel.clock.now(),
    )
    return UnreadAnswer(read=number, unread=unread_count(call.session, call.actor))
