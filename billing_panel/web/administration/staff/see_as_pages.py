"""Administration → Permissions → See the panel as a department or a person, and the way back."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.administration.staff.see_as import DEPARTMENT, STAFF, Ended, Whose, choices
from billing_panel.administration.staff.see_as import see_as as put_on
from billing_panel.kernel.language.errors import DomainError, NotFound
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.requests.seeing_as import begin_impersonation, end_impersonation
from billing_panel.web.shell import post_in_transaction
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import SIGNED_IN, access, needs
from permissions.panel_functions import PanelFunction

see_as = Blueprint("see_as", __name__, url_prefix="/permissions/see-as")
changing = access(needs(PanelFunction.RIGHTS_CHANGE))


@see_as.get("", endpoint="page")
@changing
def page() -> ResponseReturnValue:
    """Choose as whom to see the panel."""
    return _page()


@see_as.post("", endpoint="begin")
@changing
def begin() -> ResponseReturnValue:
    """See the panel as a department or a person who may do no more than oneself."""
    running, whose, actor = panel(), _whose(), current_actor()

    def act(db: Session) -> int | None:
        return put_on(db, whose, actor=actor, known=running.known, clock=running.clock).entry

    def then(entry: int | None) -> ResponseReturnValue:
        begin_impersonation(whose, actor, entry)
        return redirect(url_for("web.home"), 303)

    return post_in_transaction.change(act, _page, then, post_in_transaction.WITH_RIGHTS)


@see_as.post("/end", endpoint="end")
@access(SIGNED_IN)
def end() -> ResponseReturnValue:
    """Back to one's own eyes."""
    end_impersonation(Ended.WENT_BACK)
    return redirect(url_for("see_as.page"), 303)


def _page(refusal: DomainError | None = None) -> ResponseReturnValue:
    running = panel()
    with running.database.reading() as db:
        found = choices(db, actor=current_actor(), known=running.known)
    return render_template(
        "administration/see_as.html",
        departments=[choice for choice in found if choice.whose.kind == DEPARTMENT],
        people=[choice for choice in found if choice.whose.kind == STAFF],
        refusal=refusal,
    ), refusal.status if refusal else 200


def _whose() -> Whose:
    """``staff:5`` as the button sends it. Raises NotFound."""
    kind, _, number = request.form.get("whose", "").partition(":")
    found = whole_number(number)
    if kind not in {STAFF, DEPARTMENT} or found is None:
        raise NotFound
    return Whose(kind, found)
