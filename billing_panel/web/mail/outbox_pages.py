"""Outbox: letters waiting, sent and failed, each as its reader sees it."""

import re
from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.access.scope import zone_of
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.process.mail_settings import mail_server, shows_mail
from billing_panel.kernel.process.mailbox_settings import mailbox
from billing_panel.mail.answers.reply_outcomes import refused_answers
from billing_panel.mail.letter_problems import GONE
from billing_panel.mail.models import LetterState
from billing_panel.mail.outbox import (
    STATES,
    LetterShown,
    Wanted,
    failed_number,
    letter_shown,
    letters,
    no_letter,
    send_again,
)
from billing_panel.mail.post_office import POST_OFFICE
from billing_panel.web.mail.sandboxed_letter import framing, letter_answer
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from permissions.panel_functions import PanelFunction

PAGE = 50
FILTERS = ("state", "kind", "provider", "to")
STATE_TITLES: Mapping[LetterState, tuple[Text, str]] = {
    LetterState.WAITING: (text("Waiting"), "info"),
    LetterState.HANDING_OVER: (text("Being sent"), "info"),
    LetterState.SENT: (text("Sent"), "ok"),
    LetterState.SHOWN: (text("Not sent, only shown"), "mute"),
    LetterState.UNCERTAIN: (text("May have arrived"), "warn"),
    LetterState.FAILED: (text("Failed"), "bad"),
}
GROUPS: Mapping[str, Text] = {
    "": text("All"),
    "waiting": text("Waiting"),
    "sent": text("Sent"),
    "failed": text("Failed"),
}

outbox = Blueprint("outbox", __name__, url_prefix="/outbox")
reading = access(needs(PanelFunction.MAIL_READ, for_staff=True))


@outbox.get("")
@reading
def index() -> ResponseReturnValue:
    """Letters in one's scope, newest first, and how mail is sent here."""
    running, actor = panel(), current_actor()
    filters = {name: request.args.get(name, "").strip()[:320] for name in FILTERS}
    with running.database.reading() as db:
        offered = providers_in_scope(db, actor)
        ids = {provider.key: provider.id for provider in offered}
        wanted = Wanted(
            state=filters["state"] if filters["state"] in STATES else "",
            kind=filters["kind"],
            to=filters["to"],
            provider_id=ids.get(filters["provider"], 0) if filters["provider"] else None,
        )
        rows = letters(db, actor, wanted, before=page_start(), limit=PAGE + 1)
        return render_template(
            "outbox/index.html",
            rows=rows[:PAGE],
            filters=filters,
            kept={name: value for name, value in filters.items() if value},
            groups=GROUPS,
            titles=_titles(db),
            states=STATE_TITLES,
            failed=failed_number(db, actor),
            providers=offered,
            zone=zone_of(offered, filters["provider"]),
            shows=shows_mail(running.config),
            sends=mail_server(running.config) is not None,
            next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
        )


@outbox.get("/answers")
@reading
def answers() -> ResponseReturnValue:
    """Answers by mail that nobody got, newest first, and why."""
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        rows = refused_answers(db, actor, before=page_start(), limit=PAGE + 1)
        return render_template(
            "outbox/answers.html",
            rows=rows[:PAGE],
            zone=zone_of(providers_in_scope(db, actor)),
            address=_reply_address(running.config),
            next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
        )


def _reply_address(config: Config) -> str:
    """Where answers arrive; empty: nobody reads them."""
    found = mailbox(config)
    return found.address if found else ""


@outbox.get("/<bigid:letter_id>")
@reading
def letter(letter_id: int) -> ResponseReturnValue:
    """One letter, with what became of it; its HTML stands in a frame of its own."""
    return _page(letter_id)


@outbox.get("/<bigid:letter_id>/html")
@reading
def html(letter_id: int) -> ResponseReturnValue:
    """The letter's HTML alone, for the frame."""
    with panel().database.reading() as db:
        shown = letter_shown(db, current_actor(), letter_id)
    if shown.written is None:
        raise no_letter()
    return letter_answer(shown.written.html)


@outbox.post("/<bigid:letter_id>/send")
@access(needs(PanelFunction.MAIL_SEND, for_staff=True))
def send(letter_id: int) -> ResponseReturnValue:
    """Send a letter that failed, or that may not have arrived, once more."""
    running, actor = panel(), current_actor()

    def act(db: Session) -> None:
        send_again(db, letter_id, actor=actor, clock=running.clock)

    def then(_: None) -> ResponseReturnValue:
        flash(gettext("The e-mail is waiting to be sent again."), "ok")
        may_look = may_open("outbox.letter")
        own = url_for("outbox.letter", letter_id=letter_id) if may_look else url_for("web.home")
        return redirect(own, 303)

    def refused(refusal: DomainError) -> ResponseReturnValue:
        if not may_open("outbox.letter"):
            raise refusal
        return _page(letter_id, refusal)

    return post_in_transaction.change(act, refused, then)


def _page(letter_id: int, refusal: DomainError | None = None) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        shown = letter_shown(db, actor, letter_id)
        titles, zone = _titles(db), zone_of(providers_in_scope(db, actor))
    page = render_template(
        "outbox/letter.html",
        letter=shown,
        line=shown.line,
        title=titles.get(shown.line.kind, said(GONE)),
        state=STATE_TITLES[shown.line.state],
        parts=_parts(shown, running.config.public_url),
        zone=zone,
        shows=shows_mail(running.config),
        may_send=shown.may_be_sent_again and may_open("outbox.send"),
        refusal=said(refusal.message) if refusal else None,
    )
    return framing(page, refusal.status if refusal else 200)


def _parts(shown: LetterShown, public_url: str) -> Sequence[tuple[str, str | None]]:
    """The plain text: words (with None), and addresses of this panel with where they lead."""
    if shown.written is None:
        return ()
    parts = re.split(rf"({re.escape(public_url)}/\S+)", shown.written.text)
    return [
        (part, part.removeprefix(public_url) if n % 2 else None) for n, part in enumerate(parts)
    ]


def _titles(db: Session) -> Mapping[str, str]:
    return {key: said(kind.title) for key, kind in db.info[POST_OFFICE].kinds.items()}
