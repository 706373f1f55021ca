"""The pages on which a noun of the administration is made, changed, and given a sign-in link."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.people.users import User
from billing_panel.accounts.signing_in.one_time_links import OneTimeLinks
from billing_panel.web.forms.form_frame import DetailsForm
from billing_panel.web.forms.form_pages import Editing, FormPage, refused, save, show
from billing_panel.web.shell import refused_page
from billing_panel.web.shell.request_context import current_actor, panel


def create(page: FormPage, make: Callable[[Session, Any], str]) -> ResponseReturnValue:
    """GET shows the empty form; POST makes what was typed.

    ``make(session, details)`` runs in a transaction and gives the address of what it made.
    """
    if request.method == "GET":
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
    if request.method == "GET":
        return show(page)
    form = page.form
    editing = {"": Editing(now, form.details, refill)}
    return save(page, lambda db: change(db, form.details(), form.seen.data), editing)


def give_link(
    invite: Callable[[Session], User], page: Callable[[str | None], FormPage]
) -> ResponseReturnValue:
    """Make a sign-in link for whom ``invite`` finds, and show it once: it is stored nowhere.

    ``page(link)`` is the page of the noun, with the link on it; None: it was refused.
    """
    running, actor = panel(), current_actor()

    def act(db: Session) -> str:
        links = OneTimeLinks(running.config.secret_key)
        return links.make(db, invite(db), by=actor.user_id)

    def then(token: str) -> ResponseReturnValue:
        path = url_for("web.choose_password", token=token)
        return show(page(f"{running.config.public_url}{path}"))

    return refused_page.change(
        act,
        lambda refusal: refused(page(None), refusal, sent=False),
        then,
        refused_page.WITH_RIGHTS,
    )
