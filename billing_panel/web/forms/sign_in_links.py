"""Giving someone a sign-in link on their page."""

from collections.abc import Callable

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.kernel.process.mail_settings import mail_is_set_up
from billing_panel.mail.accounts.account_letters import mail_sign_in_link
from billing_panel.web.forms.form_pages import FormPage, refused, show
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, panel


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
        path = url_for("sign_in.choose_password", token=made)
        return show(page(f"{running.config.public_url}{path}"))

    return post_in_transaction.change(
        act,
        lambda refusal: refused(page(None), refusal, sent=False),
        then,
        post_in_transaction.WITH_RIGHTS,
    )


def link_address(email: str) -> str | None:
    """Where a sign-in link can be sent; empty: no address is known, None: mail is not set up."""
    return email if mail_is_set_up(panel().config) else None
