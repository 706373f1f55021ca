"""Give a provider the workflow it runs, and change it: each change is a new version.

Orders keep the version they run by, so that what was promised of them holds, until they are moved.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.details.record_provider_event import record_of_provider
from billing_panel.kernel.database.row_locks import lock
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid, Reason, Refused
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import SHAPING, OrdersFunction
from plugins.orders.store.locks.lock_sequence import lock_workflow
from plugins.orders.store.models import Order
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.store.versions.workflow_store import (
    file_of,
    latest_version,
    running_version,
    shipped_file,
    shipped_keys,
    status_rows,
)
from plugins.orders.store.workflow_models import OrderStatus, WorkflowVersion
from plugins.orders.workflow.file.workflow_edit import changes_ways
from plugins.orders.workflow.file.workflow_file import WorkflowFile, WorkflowMistakes
from plugins.orders.workflow.operator_steps import desk_steps
from plugins.orders.workflow.statuses.stage import ENDS, Stage
from plugins.orders.workflow.workflow import Workflow
from plugins.orders.workflow.workflow_build import build


def choose_workflow(
    session: Session, provider_key: str, workflow_key: str, *, actor: Actor, clock: Clock
) -> WorkflowVersion:
    """Let a provider run one of the shipped workflows; once, while it has none.

    Raises FunctionNotHeld, NotFound, Invalid ``unknown_workflow``, Conflict ``workflow_runs``.
    """
    require(actor, OrdersFunction.TRANSITION_CHANGE)
    provider = lock_provider(session, actor, provider_key)
    if workflow_key not in shipped_keys():
        message = text("Choose one of: %(known)s.", known=AnyOf(shipped_keys()))
        raise Invalid([FieldError("workflow", "unknown_workflow", message)])
    if latest_version(session, provider.id) is not None:
        raise Conflict(text("This provider already has a workflow."), code="workflow_runs")
    return _write(session, provider, shipped_file(workflow_key), 1, actor=actor, clock=clock)


def change_workflow(
    session: Session,
    provider_key: str,
    file: WorkflowFile,
    *,
    seen: int,
    actor: Actor,
    clock: Clock,
) -> WorkflowVersion:
    """Run ``file`` from now on for new orders; ``seen``: number of the version it was made from.

    What runs already makes no new version. Statuses and the ways between them are changed by
    functions of their own; the ways of a status that is deleted go with it.
    Raises FunctionNotHeld, NotFound, Conflict ``changed_meanwhile``.

    And Refused: ``workflow_wrong`` with every mistake, ``status_in_use``.
    """
    require(actor, *SHAPING)
    provider = lock_provider(session, actor, provider_key)
    running = running_version(session, provider)
    if running.number != seen:
        raise Conflict(
            text(
                "Someone changed how orders run in the meantime; check it, then"
                " make your change again."
            ),
            code="changed_meanwhile",
        )
    now = file_of(running)
    if file == now:
        return running
    if file.status != now.status:
        require(actor, OrdersFunction.STATUS_LIST_CHANGE)
    if changes_ways(now, file):
        require(actor, OrdersFunction.TRANSITION_CHANGE)
    built_or_refused(session, file)
    _refuse_stranded(session, provider, file)
    return _write(session, provider, file, seen + 1, actor=actor, clock=clock)


def built_or_refused(session: Session, file: WorkflowFile) -> Workflow:
    """Raises Refused ``workflow_wrong`` with every mistake of ``file``."""
    try:
        return build(file, vocabulary_of(session))
    except WorkflowMistakes as mistakes:
        raise Refused(
            text("Orders couldn’t run like that; nothing has changed."),
            code="workflow_wrong",
            reasons=mistakes.reasons,
        ) from mistakes


def lock_provider(session: Session, actor: Actor, provider_key: str) -> Provider:
    """Find a provider, whose workflow nobody else changes until commit. Raises NotFound."""
    provider = find_provider(session, actor, provider_key)
    lock_workflow(session, provider)
    return provider


def orders_in(
    session: Session, provider: Provider, condition: ColumnElement[bool]
) -> Sequence[tuple[OrderStatus, int]]:
    """Each status with orders that ``condition`` is true of, and how many they are."""
    counts = session.execute(
        select(Order.status_id, func.count().label("orders"))
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .where(Order.provider_id == provider.id, condition)
        .group_by(Order.status_id)
    ).all()
    by_id = {row.id: row for row in status_rows(session, provider.id).values()}
    return [(by_id[row.status_id], row.orders) for row in counts]


def _refuse_stranded(session: Session, provider: Provider, file: WorkflowFile) -> None:
    """An own status that orders are in is not taken from under them (W1).

    Nor does it end them, or begin them again: what is done and lost is decided on the way there.
    """
    stages = {status.key: status.stage for status in file.status}
    taken = [
        key
        for key, row in status_rows(session, provider.id).items()
        if key not in stages or _ends_otherwise(row.stage, stages[key])
    ]
    in_use = orders_in(session, provider, OrderStatus.key.in_(taken))
    if in_use:
        raise Refused(
            text("Some orders have a status that would be removed or change its meaning."),
            code="status_in_use",
            reasons=[_in_use(status, orders) for status, orders in in_use],
        )


def _ends_otherwise(before: Stage, after: Stage) -> bool:
    return before is not after and not ENDS.isdisjoint({before, after})


def _in_use(status: OrderStatus, orders: int) -> Reason:
    return Reason(
        "status_in_use",
        text("Orders that are “%(status)s”: %(orders)s.", status=status.title, orders=orders),
        text("Give them another status first."),
        f"status.{status.key}",
    )


def _write(
    session: Session,
    provider: Provider,
    file: WorkflowFile,
    number: int,
    *,
    actor: Actor,
    clock: Clock,
) -> WorkflowVersion:
    now = clock.now()
    version = WorkflowVersion(
        provider_id=provider.id,
        number=number,
        key=file.key,
        content=file.model_dump(mode="json", by_alias=True, exclude_none=True),
        made_at=now,
        made_by_id=actor.user_id,
    )
    session.add(version)
    session.flush()
    _write_statuses(session, provider, file)
    _list_anew(session, version)
    session.flush()
    record_of_provider(
        session,
        "workflow.changed" if number > 1 else "workflow.chosen",
        provider,
        {"workflow": file.key, "version": number},
        actor=actor,
        at=now,
    )
    return version


def _list_anew(session: Session, version: WorkflowVersion) -> None:
    """Older versions, by which orders may still run, get the statuses as ``version`` lists them."""
    older = update(WorkflowVersion).where(
        WorkflowVersion.provider_id == version.provider_id, WorkflowVersion.id != version.id
    )
    session.execute(older.values(listed=version.content["status"]))


def _write_statuses(session: Session, provider: Provider, file: WorkflowFile) -> None:
    """Lists show a status as it is now; one that is gone stays for the orders that knew it."""
    rows, steps = status_rows(session, provider.id), desk_steps(built_or_refused(session, file))
    for position, status in enumerate(file.status):
        row = rows.pop(status.key, None)
        if row is None:
            row = OrderStatus(provider_id=provider.id, key=status.key)
            session.add(row)
        elif row.stage is not status.stage:
            # in the order in which everybody locks them
            there = select(Order.id).where(Order.status_id == row.id).order_by(Order.id)
            lock(session, there.with_for_update())
            orders = update(Order).where(Order.status_id == row.id)
            session.execute(orders.values(stage=status.stage))
        row.position = position
        row.titles = dict(status.titles)
        row.stage, row.tone, row.shape = status.stage, status.tone, status.shape
        row.enabled = status.enabled
        row.desk_steps = [*steps[status.key]] if status.key in steps else None
    for gone in rows.values():
        gone.enabled = False
