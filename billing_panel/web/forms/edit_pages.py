"""The pages on which a noun of the administration is made, changed, and given a sign-in link."""

from collections.abc import Callable
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.people.users import User
from billing_panel.accounts.signing_in.one_time_links import OneTimeLinks
from billing_panel.kernel.process.mail_settings import mail_is_set_up
from billing_panel.mail.accounts.account_letters import mail_sign_in_link
from billing_panel.web.forms.form_frame import DetailsForm
from billing_panel.web.forms.form_pages import Editing, FormPage, refused, save, show
from billing_panel.web.shell import refused_page
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, panel


def create(page: FormPage, make: Callable[[Session, Any], str]) -> ResponseReturnValue:
    """GET shows the empty form; POST makes what was typed.

    ``make(session, details)`` runs in a transaction and gives the address of what it made.
    """
    if request.method != "POST":
        return show(page)
    return save(page, lambda db: make(db, page.form.details()))


def edit(
    page: FormPage,
    change: Callable[[Session, Any, str], str],
    *,
    now: Callable[[Session], Any],
    refill: Callable[[Any], DetailsForm],
) -> ResponseReturnValue:
    """GET shows the form as filled; POST changes the noun by what was typed.

    ``change(session, details, seen)`` runs in a transaction and gives the address to go to; it
    raises Conflict ``changed_meanwhile`` when the form was filled from another state than now.
    Then ``now`` reads the details, and ``refill`` makes a form of both people's changes.
    """
    if request.method != "POST":
        return show(page)
    form = page.form
    editing = {"": Editing(now, form.details, refill)}
    return save(page, lambda db: change(db, form.details(), form.seen.data), editing)


def give_link(
    invite: Callable[[Session], User], page: Callable[[str | None], FormPage]
) -> ResponseReturnValue:
    """Make a sign-in link for whom ``invite`` finds, and show it once: it is stored nowhere.

    Or, where the button for it was pressed, send it to their address.

    ``page(link)`` is the page of the noun, with the link on it; None: there is none to show.
    """
    running, actor = panel(), current_actor()
    is_mailed = request.form.get("how") == "mail"

    def act(db: Session) -> str:
        user = invite(db)
        if is_mailed:
            return mail_sign_in_link(db, user, actor=actor, at=running.clock.now())
        return OneTimeLinks(running.config.secret_key).make(db, user, by=actor.user_id)

    def then(made: str) -> ResponseReturnValue:
        if is_mailed:
            flash(gettext("The link goes to %(address)s.", address=made), "ok")
            return show(page(None))
        path = url_for("web.choose_password", token=made)
        return show(page(f"{running.config.public_url}{path}"))

    return refused_page.change(
        act,
        lambda refusal: refused(page(None), refusal, sent=False),
        then,
        refused_page.WITH_RIGHTS,
    )


def link_address(email: str) -> str | None:
    """Where a sign-in link can be sent; empty: no address is known, None: mail is not set up."""
    return email if mail_is_set_up(panel().config) else None
