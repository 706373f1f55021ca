"""The API of correspondence: what was written, writing, and marking it as read."""

from base64 import b64decode
from collections.abc import Sequence
from typing import Annotated

from flask import Response
from pydantic import Base64Encoder, EncodedBytes, Field, StrictBool
from pydantic_core import PydanticCustomError
from typing_extensions import override

from billing_panel.accounts.access.person_names import people
from billing_panel.api.answer_models import Answer, Moment, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, ProviderQuery
from billing_panel.api.request_bodies import Body, NoBody
from billing_panel.kernel.files.attached_files import MAX_FILES, take_files
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.id_or_name import MAX_ID
from plugins.messages.correspondence.agree_pickup import (
    AnswerPickup,
    OfferPickup,
    answer_pickup,
    offer_pickup,
)
from plugins.messages.correspondence.mark_dialogue_read import ReadDialogue, read_dialogue
from plugins.messages.correspondence.write_message import (
    MAX_TEXT,
    Topic,
    WriteMessage,
    topic_of,
    write_message,
)
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.count_messages import unread_counts
from plugins.messages.store.find_dialogues import (
    About,
    ShownMessage,
    find_attachment,
    messages_of,
)
from plugins.messages.store.models import Side
from plugins.messages.surface.attachment_response import OCTETS, file_response
from plugins.messages.surface.dialogue_view import HIDDEN_SUMS, said_of, speaker
from plugins.orders.store.visibility.price_visibility import sees_prices

api = Api("messages_api", "Messages")

READS, WRITES = MessagesFunction.MESSAGE_READ, MessagesFunction.MESSAGE_WRITE
NOTES = MessagesFunction.NOTE_WRITE
MAX_FILE_NAME = 255


class GeneralQuery(PageQuery, ProviderQuery):
    """A page of what was written with one provider."""


class Base64(Base64Encoder):
    """Base64 to the letter: what is none is not guessed at."""

    @classmethod
    @override
    def decode(cls, data: bytes) -> bytes:
        try:
            return b64decode(data, validate=True)
        except ValueError:
            raise PydanticCustomError("base64", "this is not base64") from None


class FileBody(Body):
    """A file to attach; ``content`` in base64."""

    name: str = Field(max_length=MAX_FILE_NAME, examples=["contract.pdf"])
    content: Annotated[bytes, EncodedBytes(encoder=Base64)]


class MessageBody(Body):
    """``text`` is Markdown: links, emphasis, lists. ``internal``: a note for staff alone.

    ``files``: with all else at most 10 MB as they are sent, which are some 7 MB of files.
    """

    text: str = Field(max_length=MAX_TEXT)
    internal: StrictBool = False
    files: list[FileBody] = Field(default_factory=list, max_length=MAX_FILES)


class PickupBody(Body):
    """``accepts``: the client collects the order; else it is to be delivered."""

    accepts: StrictBool


class ReadBody(Body):
    """``upto``: the id of the last message that was seen; absent: all there are."""

    upto: Annotated[int, Field(strict=True, ge=1, le=MAX_ID)] | None = None


class FileAnswer(Answer):
    """A file that came with a message; ``address``: where a browser saves it.

    ``GET /api/v1/messages/files/{id}`` answers with it.
    """

    id: int
    name: str = Field(examples=["contract.pdf"])
    size: int = Field(description="Bytes.")
    address: str = Field(examples=["/messages/files/7"])


class MessageAnswer(Answer):
    """``side``: who speaks. ``who`` is the provider's name where a client reads.

    ``automatic``: it came with a step of the order. ``unread``: new to the caller.
    """

    id: int
    at: Moment
    side: Side
    who: str
    text: str
    internal: bool
    automatic: bool
    unread: bool
    files: list[FileAnswer]


class ReadAnswer(Answer):
    """How many messages of the dialogue are still new to the caller."""

    unread: int


@api.get("/orders/<bigid:order_id>/messages", READS)
def list_order_messages(call: Call[NoBody, PageQuery], order_id: int) -> PageAnswer[MessageAnswer]:
    """Lists what was written about an order, newest first."""
    return _page(call, Topic(order_id=order_id), call.query)


@api.post(
    "/orders/<bigid:order_id>/messages",
    WRITES,
    NOTES,
    status=201,
    takes_files=True,
    example={"text": "The server will be ready **tomorrow**.", "internal": False},
    errors={409: ("client_erased",)},
)
def write_order_message(call: Call[MessageBody], order_id: int) -> MessageAnswer:
    """Writes a message about an order; with ``internal`` a note that its client never sees."""
    return _written(call, Topic(order_id=order_id))


@api.post("/orders/<bigid:order_id>/messages/read", READS, example={})
def read_order_messages(call: Call[ReadBody], order_id: int) -> ReadAnswer:
    """Marks what was written about an order as read by the caller."""
    return _read(call, Topic(order_id=order_id))


@api.post(
    "/orders/<bigid:order_id>/pickup-offer",
    WRITES,
    example={},
    errors={409: ("pickup_offered",), 422: ("no_pickup",), 403: ("forbidden",)},
)
def offer_order_pickup(call: Call, order_id: int) -> MessageAnswer:
    """Offers that the client collects an order whose delivery city is the provider's own."""
    offer_pickup(call.session, OfferPickup(order_id), actor=call.actor, clock=call.panel.clock)
    return _newest(call, Topic(order_id=order_id))


@api.post(
    "/orders/<bigid:order_id>/pickup-answer",
    WRITES,
    example={"accepts": True},
    errors={409: ("pickup_offered",), 403: ("forbidden",)},
)
def answer_order_pickup(call: Call[PickupBody], order_id: int) -> MessageAnswer:
    """Takes the offer of pickup for the client, or declines it."""
    command = AnswerPickup(order_id, accepts=call.body.accepts)
    answer_pickup(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _newest(call, Topic(order_id=order_id))


@api.get("/messages/files/<bigid:attachment_id>", READS, media=OCTETS)
def show_message_file(call: Call, attachment_id: int) -> Response:
    """Answers with a file that came with a message, as it was sent."""
    return file_response(find_attachment(call.session, call.actor, attachment_id))


@api.get("/clients/<bigid:client_id>/messages", READS, errors={422: ("provider_needed",)})
def list_client_messages(
    call: Call[NoBody, GeneralQuery], client_id: int
) -> PageAnswer[MessageAnswer]:
    """Lists what a client and a provider wrote in general, newest first."""
    return _page(call, Topic(client_id=client_id, provider=call.query.provider), call.query)


@api.post(
    "/clients/<bigid:client_id>/messages",
    WRITES,
    NOTES,
    status=201,
    takes_files=True,
    example={"text": "Good morning! Our office moves on Monday.", "internal": False},
    errors={409: ("client_erased",), 422: ("provider_needed",)},
)
def write_client_message(call: Call[MessageBody, ProviderQuery], client_id: int) -> MessageAnswer:
    """Writes a message in the general dialogue; with ``internal`` a note for staff alone."""
    return _written(call, Topic(client_id=client_id, provider=call.query.provider))


@api.post(
    "/clients/<bigid:client_id>/messages/read",
    READS,
    example={},
    errors={422: ("provider_needed",)},
)
def read_client_messages(call: Call[ReadBody, ProviderQuery], client_id: int) -> ReadAnswer:
    """Marks what was written in general as read by the caller."""
    return _read(call, Topic(client_id=client_id, provider=call.query.provider))


def _page(call: AnyCall, topic: Topic, query: PageQuery) -> PageAnswer[MessageAnswer]:
    about = topic_of(call.session, call.actor, topic)
    rows = messages_of(
        call.session, call.actor, about.dialogue, before=query.cursor, limit=query.limit + 1
    )
    shown = rows[: query.limit]
    cursor = str(shown[-1].id) if len(rows) > query.limit else None
    return PageAnswer(items=_answers(call, about, shown), next_cursor=cursor)


def _written(call: AnyCall, topic: Topic) -> MessageAnswer:
    body = call.body
    files = take_files([(one.name, one.content) for one in body.files])
    command = WriteMessage(topic, body.text, internal=body.internal, files=files)
    write_message(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _newest(call, topic)


def _newest(call: AnyCall, topic: Topic) -> MessageAnswer:
    about = topic_of(call.session, call.actor, topic)
    rows = messages_of(call.session, call.actor, about.dialogue, limit=1)
    return _answers(call, about, rows)[0]


def _read(call: AnyCall, topic: Topic) -> ReadAnswer:
    command = ReadDialogue(topic, call.body.upto)
    read_dialogue(call.session, command, actor=call.actor, clock=call.panel.clock)
    about = topic_of(call.session, call.actor, topic)
    unread = 0
    if about.dialogue is not None:
        counts = unread_counts(call.session, call.actor, [about.dialogue.id])
        unread = counts.get(about.dialogue.id, 0)
    return ReadAnswer(unread=unread)


def _answers(call: AnyCall, about: About, rows: Sequence[ShownMessage]) -> list[MessageAnswer]:
    names = people(call.session, {one.row.user_id for one in rows}, call.actor)
    sums = sees_prices(call.actor)
    answers = []
    for one in rows:
        row = one.row
        said = HIDDEN_SUMS if row.has_sums and not sums else said_of(row.said)
        answers.append(
            MessageAnswer(
                id=row.id,
                at=row.at,
                side=row.side,
                who=speaker(row, names, about, call.actor),
                text=say(said, call.language) if said else row.text,
                internal=row.internal,
                automatic=row.automatic,
                unread=one.is_unread,
                files=[
                    FileAnswer(id=id_, name=name, size=size, address=f"/messages/files/{id_}")
                    for id_, name, size in one.files
                ],
            )
        )
    return answers
