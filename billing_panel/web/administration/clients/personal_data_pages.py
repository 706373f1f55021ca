"""A client's personal data: exported as a file, and erased after a preview of what goes."""

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client
from billing_panel.administration.clients.personal_data import (
    as_zip,
    erase_client,
    export_client,
    preview,
)
from billing_panel.kernel.extension.hooks import Preview
from billing_panel.kernel.language.errors import DomainError, Reason
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.download_names import name_file
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from permissions.panel_functions import PanelFunction

RULE = "/<bigid:client_id>"

personal_data = Blueprint("personal_data", __name__, url_prefix="/clients")


@personal_data.post(f"{RULE}/export")
@access(needs(PanelFunction.CLIENT_EXPORT, for_staff=True))
def export(client_id: int) -> ResponseReturnValue:
    """Sent as a form, because it is written down who took it."""
    running, actor = panel(), current_actor()
    with running.exports.taken(actor.user_id or 0):
        held = export_client(
            running.database, client_id, running.client_records, actor=actor, clock=running.clock
        )
        packed = as_zip(held)
    return name_file(Response(packed, content_type="application/zip"), f"client-{client_id}.zip")


@personal_data.get(f"{RULE}/erase")
@access(needs(PanelFunction.CLIENT_ERASE, for_staff=True))
def look(client_id: int) -> ResponseReturnValue:
    """What erasing would take away and what it would leave; why it can't be done yet."""
    return _page(client_id)


@personal_data.post(f"{RULE}/erase")
@access(needs(PanelFunction.CLIENT_ERASE, for_staff=True))
def erase(client_id: int) -> ResponseReturnValue:
    """Erase a client's personal data, for good. Refuses while something hinders it."""
    running, actor = panel(), current_actor()

    def act(db: Session) -> None:
        erase_client(db, client_id, running.client_records, actor=actor, clock=running.clock)

    def then(_: None) -> ResponseReturnValue:
        flash(gettext("The personal data has been erased."), "ok")
        return redirect(url_for("personal_data.look", client_id=client_id), 303)

    return post_in_transaction.change(
        act, lambda refusal: _page(client_id, refusal), then, post_in_transaction.WITH_RIGHTS
    )


def _page(client_id: int, refusal: DomainError | None = None) -> ResponseReturnValue:
    """What would go and what would stay; what hinders it stands there before anybody tries."""
    running, actor = panel(), current_actor()
    told: Preview | None = None
    reasons: Sequence[Reason] = ()
    with running.database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        try:
            told, reasons = preview(db, client_id, running.client_records, actor=actor)
        except DomainError as wrong:
            refusal = wrong if client.erased_at is None else None
        return render_template(
            "clients/erase.html",
            client=client,
            told=told,
            reasons=reasons,
            refusal=refusal,
            zone=next((m.provider.timezone for m in client.memberships), "UTC"),
        ), refusal.status if refusal else 200
