"""The page on which a person sees what an assistant drafted for them, and confirms it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import DomainError
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import SIGNED_IN, access
from plugins.assistant.drafts.keep_draft import find_draft
from plugins.assistant.drafts.models import Draft, DraftKind
from plugins.assistant.drafts.preview_and_confirm_draft import Seen, confirm_draft, preview_draft
from plugins.orders.store.models import number_of

MARK, TERMS = "seen", "terms"

drafts = Blueprint("drafts", __name__, url_prefix="/drafts", template_folder="../templates")


@drafts.get("/<bigid:draft_id>")
@access(SIGNED_IN)
def show(draft_id: int) -> ResponseReturnValue:
    """What the draft would do now; only to the person it was made for."""
    return _page(draft_id)


@drafts.post("/<bigid:draft_id>")
@access(SIGNED_IN)
def confirm(draft_id: int) -> ResponseReturnValue:
    """Do what the page told; where something else would come of it, tell that first."""
    running, actor = panel(), current_actor()
    seen = Seen(request.form.get(MARK, ""), request.form.get(TERMS, ""))

    def act(db: Session) -> list[int]:
        return [*confirm_draft(db, draft_id, seen, actor=actor, clock=running.clock)]

    def then(order_ids: list[int]) -> ResponseReturnValue:
        numbers = ", ".join(number_of(one) for one in order_ids)
        flash(gettext("Done: order № %(numbers)s", numbers=numbers), "ok")
        return redirect(url_for("order.details", order_id=order_ids[0]), 303)

    return post_in_transaction.change(
        act, lambda refusal: _page(draft_id, refusal), then, post_in_transaction.WITH_RIGHTS
    )


def _page(draft_id: int, refusal: DomainError | None = None) -> ResponseReturnValue:
    """What would happen is seen by doing and undoing it: where a transaction writes."""
    running, actor = panel(), current_actor()
    with running.database.writing() as db:
        draft = find_draft(db, actor, draft_id)
        is_open = _is_open(draft)
        told = preview_draft(db, draft, actor=actor, clock=running.clock) if is_open else None
        values = _plain(draft)
        client = db.get_one(Client, draft.client_id).name
    page = render_template(
        "drafts/draft.html",
        draft=values,
        client=client,
        told=told,
        reasons=_said(told.refusal) if told and told.refusal else (),
        problems=_said(refusal) if refusal else (),
        accepted=request.form.get(TERMS),
    )
    return page, refusal.status if refusal else 200


def _plain(draft: Draft) -> Mapping[str, Any]:
    """What the page names, once the transaction is over."""
    return {
        "id": draft.id,
        "is_order": draft.kind is DraftKind.ORDER,
        "is_confirmed": draft.confirmed_at is not None,
        "number": number_of(draft.order_id) if draft.order_id else "",
        "order_ids": [*draft.order_ids],
    }


def _is_open(draft: Draft) -> bool:
    return draft.confirmed_at is None and draft.expires_at > panel().clock.now()


def _said(refusal: DomainError) -> list[str]:
    if refusal.reasons:
        return [f"{said(one.message)} {said(one.remedy)}" for one in refusal.reasons]
    return [said(one.message) for one in refusal.errors] or [said(refusal.message)]
