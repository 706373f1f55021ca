"""Choosing the workflow that a provider's orders run by, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import DomainError
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, panel
from plugins.orders.settings.save_workflow_version import choose_workflow
from plugins.orders.settings.workflow_page_frame import first_place, nothing_runs, of_transitions
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.store.versions.workflow_store import shipped_keys, shipped_workflow
from plugins.orders.workflow.workflow import Workflow

workflow = Blueprint("workflow", "plugins.orders")


@dataclass(frozen=True)
class WorkflowPage:
    """``offered``: the workflows that come with the panel."""

    provider: Provider
    offered: Sequence[Workflow]
    refusal: DomainError | None


@workflow.get("/providers/<key>/workflow")
@of_transitions
def page(key: str) -> ResponseReturnValue:
    """The workflows a provider's orders may begin with; where one runs, it leads there.

    Needs ``orders:transition:change``.
    """
    return _page(key) if nothing_runs(key) else redirect(first_place(key))


@workflow.post("/providers/<key>/workflow", endpoint="choose")
@of_transitions
def choose(key: str) -> ResponseReturnValue:
    """Run one of them for the provider from now on.

    Needs ``orders:transition:change``. Refuses one that is unknown, and a provider that runs one
    already.
    """
    running = panel()

    def act(db: Session) -> None:
        chosen = request.form.get("workflow", "")
        choose_workflow(db, key, chosen, actor=current_actor(), clock=running.clock)

    def done(_: None) -> ResponseReturnValue:
        flash(gettext("Orders can run from now on."), "ok")
        return redirect(first_place(key), 303)

    return change(act, partial(_page, key), done, frozenset({422}))


def _page(key: str, refusal: DomainError | None = None) -> ResponseReturnValue:
    with panel().database.reading() as db:
        provider = find_provider(db, current_actor(), key)
        offered = [shipped_workflow(name, vocabulary_of(db)) for name in shipped_keys()]
        page = WorkflowPage(provider, offered, refusal)
        drawn = render_template("orders/workflow.html", page=page)
    return drawn, refusal.status if refusal else 200
