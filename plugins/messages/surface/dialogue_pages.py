"""Messages: the list of dialogues, one dialogue, what is written and read there, its files.

For both sides: a client sees their own, staff those of the providers they work for.
"""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.files.attached_files import AttachedFile, take_files
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.forms.uploaded_files import sent_files
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import WITH_RIGHTS, answer, change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs, takes_files
from plugins.messages.correspondence.agree_pickup import (
    AnswerPickup,
    OfferPickup,
    answer_pickup,
    offer_pickup,
)
from plugins.messages.correspondence.answer_templates import insert_template
from plugins.messages.correspondence.mark_dialogue_read import ReadDialogue, read_dialogue
from plugins.messages.correspondence.write_message import (
    Topic,
    WriteMessage,
    topic_of,
    write_message,
)
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.find_dialogues import find_attachment
from plugins.messages.surface.attachment_response import file_response
from plugins.messages.surface.dialogue_list import read_page
from plugins.messages.surface.dialogue_view import Sent, view_of

PAGE = 50
OF_ORDER = "/messages/orders/<bigid:order_id>"
GENERAL = "/messages/clients/<bigid:client_id>/<key>"

messages = Blueprint(
    "messages",
    "plugins.messages",
    template_folder="templates",
    static_folder="static",
    static_url_path="/messages/static",
)
reading = access(needs(MessagesFunction.MESSAGE_READ))
writing = access(needs(MessagesFunction.MESSAGE_WRITE, MessagesFunction.NOTE_WRITE))


@messages.get("/messages")
@reading
def index() -> ResponseReturnValue:
    """Dialogues in one's scope, those with something new first.

    Needs ``messages:message:read``. ``?query=``, ``?provider=``, ``?kind=`` and ``?show=new``
    narrow them, ``?from=`` goes on.
    """
    actor = current_actor()
    with panel().database.reading() as db:
        page = read_page(db, actor, request.args)
        return render_template("messages/list.html", page=page)


@messages.get(OF_ORDER)
@reading
def order_dialogue(order_id: int) -> ResponseReturnValue:
    """What was written about an order, and where to answer; ``?before=`` shows what came earlier.

    Needs ``messages:message:read``.
    """
    return _show(Topic(order_id=order_id))


@messages.get(GENERAL)
@reading
def general_dialogue(client_id: int, key: str) -> ResponseReturnValue:
    """What a client and a provider wrote in general.

    Needs ``messages:message:read``.
    """
    return _show(Topic(client_id=client_id, provider=key))


@messages.post(OF_ORDER)
@takes_files
@writing
def order_write(order_id: int) -> ResponseReturnValue:
    """Write a message about an order, or an internal note.

    Needs ``messages:message:write``, of a note ``messages:note:write``. Refuses an empty one, and
    files that are too many, too large or of no known type.
    """
    return _write(Topic(order_id=order_id))


@messages.post(GENERAL)
@takes_files
@writing
def general_write(client_id: int, key: str) -> ResponseReturnValue:
    """Write to a client or a provider, in general.

    Needs ``messages:message:write``, of a note ``messages:note:write``. Refuses as above.
    """
    return _write(Topic(client_id=client_id, provider=key))


@messages.post(f"{OF_ORDER}/read")
@reading
def order_read(order_id: int) -> ResponseReturnValue:
    """Mark what was written about an order as read. Needs ``messages:message:read``."""
    return _read(Topic(order_id=order_id))


@messages.post(f"{GENERAL}/read")
@reading
def general_read(client_id: int, key: str) -> ResponseReturnValue:
    """Mark a general dialogue as read. Needs ``messages:message:read``."""
    return _read(Topic(client_id=client_id, provider=key))


@messages.post(f"{OF_ORDER}/pickup")
@writing
def offer(order_id: int) -> ResponseReturnValue:
    """Offer that the client collects an order in the provider's own city (M3).

    Needs ``messages:message:write``; staff alone.
    """
    return _agree(order_id, offer_pickup, OfferPickup(order_id))


@messages.post(f"{OF_ORDER}/pickup/answer")
@writing
def answer_offer(order_id: int) -> ResponseReturnValue:
    """Take the offer, or decline it. Needs ``messages:message:write``; the client alone."""
    accepts = request.form.get("accepts") == "yes"
    return _agree(order_id, answer_pickup, AnswerPickup(order_id, accepts=accepts))


def _agree(order_id: int, action: Callable[..., int], command: object) -> ResponseReturnValue:
    running, actor, topic = panel(), current_actor(), Topic(order_id=order_id)

    def act(db: Session) -> int:
        return action(db, command, actor=actor, clock=running.clock)

    def done(message_id: int) -> ResponseReturnValue:
        flash(gettext("Sent."), "ok")
        return redirect(_back(topic, message_id), 303)

    return change(act, lambda refusal: _show(topic, Sent(refusal)), done, WITH_RIGHTS)


@messages.get("/messages/files/<bigid:attachment_id>")
@reading
def attachment(attachment_id: int) -> ResponseReturnValue:
    """A file that came with a message, to be saved; nothing of it is opened in the panel.

    Needs ``messages:message:read``.
    """
    with panel().database.reading() as db:
        return file_response(find_attachment(db, current_actor(), attachment_id))


def _show(topic: Topic, sent: Sent | None = None) -> ResponseReturnValue:
    """Raises NotFound."""
    actor, before = current_actor(), whole_number(request.args.get("before", ""))
    with panel().database.reading() as db:
        about = topic_of(db, actor, topic)
        view = view_of(db, actor, about, limit=PAGE, before=before, sent=sent)
        drawn = render_template("messages/dialogue.html", view=view)
    return drawn, sent.refusal.status if sent and sent.refusal else 200


def _write(topic: Topic) -> ResponseReturnValue:
    if "insert" in request.form:
        return answer(partial(_insert, topic), lambda refusal: _show(topic, _typed(refusal)))
    running, actor = panel(), current_actor()

    def act(files: list[AttachedFile]) -> Callable[[Session], int]:
        command = WriteMessage(
            topic,
            request.form.get("text", ""),
            internal=request.form.get("to") == "staff",
            seen=whole_number(request.form.get("seen", "")),
            has_sums="has_sums" in request.form,
            files=files,
            request_key=request.form.get("request_key") or None,
        )
        return lambda db: write_message(db, command, actor=actor, clock=running.clock)

    def refused(refusal: DomainError) -> ResponseReturnValue:
        return _show(topic, _typed(refusal))

    def done(message_id: int) -> ResponseReturnValue:
        is_note = request.form.get("to") == "staff"
        flash(gettext("Note saved.") if is_note else gettext("Sent."), "ok")
        return redirect(_back(topic, message_id), 303)

    return answer(
        lambda: change(act([*take_files(sent_files())]), refused, done, WITH_RIGHTS), refused
    )


def _typed(refusal: DomainError | None = None) -> Sent:
    return Sent(
        refusal,
        request.form.get("text", ""),
        request.form.get("to") == "staff",
        "has_sums" in request.form,
    )


def _insert(topic: Topic) -> ResponseReturnValue:
    """The page again, with a template after what was typed. Raises NotFound."""
    actor = current_actor()
    chosen = whole_number(request.form.get("template", ""))
    with panel().database.reading() as db:
        about = topic_of(db, actor, topic)
        made = insert_template(db, chosen or 0, about, actor=actor)
    typed = _typed()
    words = "\n\n".join(filter(None, (typed.text.rstrip(), made.words)))
    return _show(topic, Sent(None, words, typed.internal, typed.has_sums or made.has_sums))


def _read(topic: Topic) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    command = ReadDialogue(topic, whole_number(request.form.get("upto", "")))
    with running.database.writing() as db:
        read_dialogue(db, command, actor=actor, clock=running.clock)
    return redirect(_back(topic), 303)


def _back(topic: Topic, message_id: int | None = None) -> str:
    """The page from which it was sent; only pages of the panel's own are named."""
    back = request.form.get("back", "")
    order_id = whole_number(back.removeprefix("order-")) if back.startswith("order-") else None
    if back == "order" and topic.order_id is not None:
        order_id = topic.order_id
    if order_id is not None:
        return url_for("order.details", order_id=order_id, _anchor="correspondence")
    if back == "client" and topic.client_id is not None:
        return url_for("clients.profile", client_id=topic.client_id)
    anchor = None if message_id is None else f"message-{message_id}"
    if topic.order_id is not None:
        return url_for("messages.order_dialogue", order_id=topic.order_id, _anchor=anchor)
    return url_for(
        "messages.general_dialogue",
        client_id=topic.client_id,
        key=topic.provider,
        _anchor=anchor,
    )
