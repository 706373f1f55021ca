"""How the orders of a provider run: chosen once; shaped among the order statuses then."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from billing_panel.accounts.access.scope import find_provider
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import say
from billing_panel.web.shell.context import current_actor, language, panel
from billing_panel.web.shell.i18n import gettext
from plugins.orders.settings.run_workflow import choose_workflow
from plugins.orders.settings.workflow_frame import first_place, nothing_runs, of_transitions
from plugins.orders.store.language import vocabulary_of
from plugins.orders.store.workflow_store import shipped_keys, shipped_workflow

workflow = Blueprint("workflow", "plugins.orders")


@workflow.get("/providers/<key>/workflow")
@of_transitions
def page(key: str) -> ResponseReturnValue:
    return _page(key, None) if nothing_runs(key) else redirect(first_place(key))


@workflow.post("/providers/<key>/workflow", endpoint="choose")
@of_transitions
def choose(key: str) -> ResponseReturnValue:
    running = panel()
    try:
        with running.database.writing() as db:
            chosen = request.form.get("workflow", "")
            choose_workflow(db, key, chosen, actor=current_actor(), clock=running.clock)
    except DomainError as refusal:
        if refusal.status != 422:
            raise
        return _page(key, refusal)
    flash(gettext("Orders can run from now on."), "ok")
    return redirect(first_place(key), 303)


def _page(key: str, refusal: DomainError | None) -> ResponseReturnValue:
    with panel().database.reading() as db:
        provider = find_provider(db, current_actor(), key)
        return render_template(
            "orders/workflow.html",
            provider=provider,
            offered=[shipped_workflow(name, vocabulary_of(db)) for name in shipped_keys()],
            problem=say(refusal.message, language()) if refusal else None,
        ), refusal.status if refusal else 200
