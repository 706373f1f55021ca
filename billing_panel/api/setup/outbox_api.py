"""The API of the outbox: letters waiting, sent and failed, and answers that nobody got."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from billing_panel.accounts.access.scope import find_provider
from billing_panel.api.answer_models import Answer, Moment, PageAnswer
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, chosen, page_by_id
from billing_panel.api.request_bodies import NoBody
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import say, text
from billing_panel.mail.answers.reply_outcomes import refused_answers
from billing_panel.mail.models import MAX_ADDRESS, LetterState
from billing_panel.mail.outbox import (
    STATES,
    LetterLine,
    Wanted,
    letter_shown,
    letters,
    send_again,
)
from billing_panel.mail.post_office import POST_OFFICE
from permissions.panel_functions import PanelFunction

READING = PanelFunction.MAIL_READ

api = Api("panel_outbox_api", "Mail")


class OutboxQuery(PageQuery):
    """``state``: waiting, sent or failed; ``to``: part of an address; ``provider``: a key."""

    state: Annotated[str | None, BeforeValidator(chosen([*STATES], "unknown_state"))] = Field(
        default=None, examples=["failed"]
    )
    kind: str | None = Field(default=None, examples=["account.signed_in"])
    provider: str | None = Field(default=None, examples=["nordvik"])
    to: str | None = Field(default=None, max_length=MAX_ADDRESS)


class LetterAnswer(Answer):
    """A letter. ``provider``: its name; null: it is the panel’s own. ``due_at``: the next try.

    ``problem``: why it could not be sent, and ``server_answer`` what the mail server said.
    """

    id: int
    kind: str = Field(examples=["account.signed_in"])
    state: LetterState
    to: str
    provider: str | None = Field(examples=["Nordvik Hosting"])
    posted_at: Moment
    due_at: Moment
    ended_at: Moment | None
    tries: int
    problem: str | None
    server_answer: str
    erased: bool


class LetterDetailsAnswer(LetterAnswer):
    """``subject``, ``text`` and ``html`` null: what it said was forgotten."""

    language: str = Field(examples=["bg"])
    subject: str | None
    text: str | None
    html: str | None
    may_be_sent_again: bool


class SentAgainAnswer(Answer):
    """A letter that waits again."""

    id: int
    state: LetterState


class RefusedReplyAnswer(Answer):
    """An answer by mail that nobody got, and why. ``provider``: the name of whose letter it was."""

    id: int
    at: Moment
    sender: str
    subject: str
    provider: str | None = Field(examples=["Nordvik Hosting"])
    problem: str


@api.get("/outbox", READING)
def list_letters(call: Call[NoBody, OutboxQuery]) -> PageAnswer[LetterAnswer]:
    """Lists the letters of providers in scope, newest first; those of the panel for owners."""
    query = call.query
    found = letters(
        call.session,
        call.actor,
        _wanted(call, query),
        before=query.cursor or 0,
        limit=query.limit + 1,
    )
    rows, cursor = page_by_id(found, query.limit)
    items = [LetterAnswer(**_line(row, call.language)) for row in rows]
    return PageAnswer(items=items, next_cursor=cursor)


@api.get("/outbox/<bigid:letter_id>", READING)
def show_letter(call: Call, letter_id: int) -> LetterDetailsAnswer:
    """Shows a letter as its reader gets it; one-time links in it are hidden."""
    shown = letter_shown(call.session, call.actor, letter_id)
    written = shown.written
    return LetterDetailsAnswer(
        **_line(shown.line, call.language),
        language=shown.language,
        subject=written.subject if written else None,
        text=written.text if written else None,
        html=written.html if written else None,
        may_be_sent_again=shown.may_be_sent_again,
    )


@api.post(
    "/outbox/<bigid:letter_id>/send",
    PanelFunction.MAIL_SEND,
    example={},
    errors={409: ("not_failed",), 422: ("secret_gone", "letter_erased")},
)
def send_letter_again(call: Call, letter_id: int) -> SentAgainAnswer:
    """Tries a letter that failed, or may not have arrived, for another day."""
    send_again(call.session, letter_id, actor=call.actor, clock=call.panel.clock)
    return SentAgainAnswer(id=letter_id, state=LetterState.WAITING)


@api.get("/outbox/replies", READING)
def list_refused_replies(call: Call[NoBody, PageQuery]) -> PageAnswer[RefusedReplyAnswer]:
    """Lists answers by mail that nobody got, newest first, and why."""
    query = call.query
    found = refused_answers(
        call.session, call.actor, before=query.cursor or 0, limit=query.limit + 1
    )
    rows, cursor = page_by_id(found, query.limit)
    items = [
        RefusedReplyAnswer(
            id=row.id,
            at=row.at,
            sender=row.sender,
            subject=row.subject,
            provider=row.provider,
            problem=say(row.problem, call.language),
        )
        for row in rows
    ]
    return PageAnswer(items=items, next_cursor=cursor)


def _wanted(call: AnyCall, query: OutboxQuery) -> Wanted:
    """Raises NotFound, Invalid ``unknown_kind``."""
    if query.kind and query.kind not in call.session.info[POST_OFFICE].kinds:
        message = text("There are no such e-mails.")
        raise Invalid([FieldError("kind", "unknown_kind", message)])
    provider_id = None
    if query.provider is not None:
        provider_id = find_provider(call.session, call.actor, query.provider).id
    return Wanted(query.state or "", query.kind or "", query.to or "", provider_id)


def _line(row: LetterLine, language: str) -> Mapping[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "to": row.to,
        "provider": row.provider,
        "posted_at": row.posted_at,
        "due_at": row.due_at,
        "ended_at": row.ended_at,
        "tries": row.tries,
        "problem": None if row.problem is None else say(row.problem, language),
        "server_answer": row.answer,
        "erased": row.is_erased,
    }
