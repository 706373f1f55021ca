"""How the orders of a provider run."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.scope import find_provider
from billing_panel.kernel.errors import DomainError
from billing_panel.kernel.text import say
from billing_panel.web.access import access, needs
from billing_panel.web.context import current_actor, language, panel
from billing_panel.web.i18n import gettext
from plugins.orders.actions.run_workflow import choose_workflow
from plugins.orders.functions import OrdersFunction
from plugins.orders.workflow_store import (
    latest_version,
    shipped_keys,
    shipped_workflow,
    status_rows,
)

workflow = Blueprint("workflow", "plugins.orders")
changing = access(needs(OrdersFunction.WORKFLOW_CHANGE))


@workflow.get("/providers/<key>/workflow")
@changing
def page(key: str) -> ResponseReturnValue:
    return _page(key, None)


@workflow.post("/providers/<key>/workflow", endpoint="choose")
@changing
def choose(key: str) -> ResponseReturnValue:
    running = panel()
    try:
        with running.database.writing() as db:
            chosen = request.form.get("workflow", "")
            choose_workflow(db, key, chosen, actor=current_actor(), clock=running.clock)
    except DomainError as refusal:
        if refusal.status not in {409, 422}:
            raise
        return _page(key, refusal)
    flash(gettext("Orders run from now on."), "ok")
    return redirect(url_for("workflow.page", key=key), 303)


def _page(key: str, refusal: DomainError | None) -> ResponseReturnValue:
    with panel().database.reading() as db:
        provider = find_provider(db, current_actor(), key)
        return render_template(
            "orders/workflow.html",
            provider=provider,
            runs=latest_version(db, provider.id),
            statuses=status_rows(db, provider.id).values(),
            offered=[shipped_workflow(name) for name in shipped_keys()],
            problem=say(refusal.message, language()) if refusal else None,
        ), refusal.status if refusal else 200
