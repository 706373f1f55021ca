"""What the pages that shape a workflow share: whose it is, which version runs, who made it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import people
from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.access.scope import providers as providers_in_scope
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from plugins.orders.functions import SHAPING, OrdersFunction
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.store.versions.workflow_store import (
    file_of,
    latest_version,
    running_version,
    version_numbered,
)
from plugins.orders.store.workflow_models import WorkflowVersion
from plugins.orders.workflow.file.version_difference_sentences import changes
from plugins.orders.workflow.file.workflow_file import WorkflowFile

of_list = access(needs(OrdersFunction.STATUS_LIST_CHANGE))
of_transitions = access(needs(OrdersFunction.TRANSITION_CHANGE))
shaping = access(needs(*SHAPING))


@dataclass(frozen=True)
class Frame:
    """``seen``: the file the page that was sent was made from; ``made_by`` empty: the system."""

    provider: Provider
    providers: Sequence[Provider]
    version: WorkflowVersion
    made_by: str
    file: WorkflowFile
    seen: WorkflowFile

    @property
    def meanwhile(self) -> Sequence[Text]:
        """What somebody else changed since the page was made."""
        return changes(self.seen, self.file)


def frame_of(db: Session, key: str, seen: int | None = None) -> Frame:
    """``seen``: number of a version. Raises NotFound, Refused ``no_workflow``."""
    actor = current_actor()
    provider = find_provider(db, actor, key)
    version = running_version(db, provider)
    base = version_numbered(db, provider.id, seen) if seen is not None else None
    made_by = people(db, [version.made_by_id], actor).get(version.made_by_id or 0)
    return Frame(
        provider=provider,
        providers=providers_in_scope(db, actor),
        version=version,
        made_by=made_by.name if made_by else "",
        file=file_of(version),
        seen=file_of(base or version),
    )


def first_place(key: str) -> str:
    """Where whoever shapes a workflow begins: the list, or the transitions if not theirs."""
    own = may_open("statuses.index")
    return url_for("statuses.index" if own else "transitions.page", key=key)


def nothing_runs(key: str) -> bool:
    """Raises NotFound."""
    with panel().database.reading() as db:
        provider = find_provider(db, current_actor(), key)
        return latest_version(db, provider.id) is None


def seen_version() -> int:
    """The number of the version that the page sent was made from; 0: there is no such."""
    return whole_number(request.form.get("seen", "")) or 0


def save_workflow(
    key: str,
    changed: Callable[[WorkflowFile], WorkflowFile],
    seen: int,
    *,
    then: str,
    refused: Callable[[DomainError], ResponseReturnValue],
) -> ResponseReturnValue:
    """Run the running file as ``changed`` gives it back from now on, and go to ``then``."""
    running, actor = panel(), current_actor()

    def act(db: Session) -> int:
        file = changed(file_of(running_version(db, find_provider(db, actor, key))))
        made = change_workflow(db, key, file, seen=seen, actor=actor, clock=running.clock)
        return made.number

    def done(number: int) -> ResponseReturnValue:
        flash(
            gettext("Saved. New orders follow version %(number)s.", number=number)
            if number > seen
            else gettext("Nothing was changed."),
            "ok",
        )
        return redirect(then, 303)

    return change(act, refused, done)
