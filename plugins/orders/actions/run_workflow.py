"""Give a provider the workflow it runs, and change it: each change is a new version.

Orders keep the version they run by, so that what was promised of them holds, until they are moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.providers import Provider
from billing_panel.accounts.scope import find_provider
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.errors import Conflict, FieldError, Invalid, Reason, Refused
from billing_panel.kernel.events import record
from billing_panel.kernel.text import AnyOf, text
from permissions.guard import require
from plugins.orders.functions import VOCABULARY, OrdersFunction
from plugins.orders.models import Order, OrderStatus, WorkflowVersion
from plugins.orders.rules.workflow import Workflow
from plugins.orders.rules.workflow_build import build
from plugins.orders.rules.workflow_file import WorkflowFile, WorkflowMistakes
from plugins.orders.workflow_store import (
    file_of,
    latest_version,
    running_version,
    shipped_file,
    shipped_keys,
    status_rows,
)


def choose_workflow(
    session: Session, provider_key: str, workflow_key: str, *, actor: Actor, clock: Clock
) -> WorkflowVersion:
    """Let a provider run one of the shipped workflows; once, while it has none.

    Raises FunctionNotHeld, NotFound, Invalid ``unknown_workflow``, Conflict ``workflow_runs``.
    """
    require(actor, OrdersFunction.WORKFLOW_CHANGE)
    provider = _locked(session, actor, provider_key)
    if workflow_key not in shipped_keys():
        message = text("Choose one of: %(known)s.", known=AnyOf(shipped_keys()))
        raise Invalid([FieldError("workflow", "unknown_workflow", message)])
    if latest_version(session, provider.id) is not None:
        raise Conflict(text("This provider runs a workflow already."), code="workflow_runs")
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

    What runs already makes no new version.
    Raises FunctionNotHeld, NotFound, Conflict ``changed_meanwhile``.

    And Refused: ``workflow_wrong`` with every mistake, ``status_in_use``.
    """
    require(actor, OrdersFunction.WORKFLOW_CHANGE)
    provider = _locked(session, actor, provider_key)
    running = running_version(session, provider)
    if running.number != seen:
        raise Conflict(
            text("Somebody changed how orders run meanwhile; look at it, then change it again."),
            code="changed_meanwhile",
        )
    if file == file_of(running):
        return running
    judged(file)
    _refuse_stranded(session, provider, file)
    return _write(session, provider, file, seen + 1, actor=actor, clock=clock)


def judged(file: WorkflowFile) -> Workflow:
    """Raises Refused ``workflow_wrong`` with every mistake of ``file``."""
    try:
        return build(file, VOCABULARY)
    except WorkflowMistakes as mistakes:
        raise Refused(
            text("Orders could not run like that; nothing is changed."),
            code="workflow_wrong",
            reasons=mistakes.reasons,
        ) from mistakes


@dataclass(frozen=True)
class Outdated:
    """Orders that run by an older version: how many are in a status, and whether it still is."""

    status: OrderStatus
    orders: int
    is_known: bool


def outdated_orders(session: Session, actor: Actor, provider_key: str) -> Sequence[Outdated]:
    """What ``move_to_latest`` would move: a preview. Raises FunctionNotHeld, NotFound."""
    require(actor, OrdersFunction.WORKFLOW_CHANGE)
    provider = find_provider(session, actor, provider_key)
    version = running_version(session, provider)
    known = {status.key for status in file_of(version).status}
    return [
        Outdated(status, orders, status.key in known)
        for status, orders in _old(session, provider, version)
    ]


def move_to_latest(
    session: Session,
    provider_key: str,
    instead: Mapping[str, str],
    *,
    actor: Actor,
    clock: Clock,
) -> int:
    """Let all orders run by the newest version; how many were moved.

    ``instead``: for statuses it no longer has, the one their orders get, without effects. Deadlines
    stay as they are. Raises FunctionNotHeld, NotFound, Invalid ``unknown_status``.
    """
    require(actor, OrdersFunction.WORKFLOW_CHANGE)
    provider = _locked(session, actor, provider_key)
    version = running_version(session, provider)
    rows = status_rows(session, provider.id)
    statuses = file_of(version).status
    known = {status.key for status in statuses}
    enabled = {status.key for status in statuses if status.enabled}
    errors = [
        FieldError(f"instead.{status.key}", "unknown_status", text("Choose a status for these."))
        for status, _orders in _old(session, provider, version)
        if status.key not in known and instead.get(status.key) not in enabled
    ]
    if errors:
        raise Invalid(errors)
    old = session.scalars(
        select(Order)
        .where(Order.provider_id == provider.id, Order.workflow_id != version.id)
        .order_by(Order.id)
        .with_for_update()
    ).all()
    now = clock.now()
    for order in old:
        order.workflow = version
        order.version += 1
        if order.status.key not in known:
            _replace_status(session, order, rows[instead[order.status.key]], actor=actor, at=now)
    record(
        session,
        "workflow.orders_moved",
        actor=actor,
        at=now,
        subject=("provider", provider.id),
        provider_id=provider.id,
        facts={"orders": len(old), "version": version.number, "instead": dict(instead)},
    )
    return len(old)


def _replace_status(
    session: Session, order: Order, target: OrderStatus, *, actor: Actor, at: datetime
) -> None:
    facts = {"from": order.status.key, "to": target.key}
    order.status, order.stage, order.status_since = target, target.stage, at
    record(
        session,
        "order.status_given",
        actor=actor,
        at=at,
        subject=("order", order.id),
        provider_id=order.provider_id,
        client_id=order.client_id,
        facts=facts,
    )


def _locked(session: Session, actor: Actor, provider_key: str) -> Provider:
    provider = find_provider(session, actor, provider_key)
    session.refresh(provider, with_for_update=True)
    return provider


def _orders_in(
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


def _old(
    session: Session, provider: Provider, version: WorkflowVersion
) -> Sequence[tuple[OrderStatus, int]]:
    return _orders_in(session, provider, Order.workflow_id != version.id)


def _refuse_stranded(session: Session, provider: Provider, file: WorkflowFile) -> None:
    """An own status that orders are in is not taken from under them (W1)."""
    kept = {status.key for status in file.status}
    in_use = _orders_in(session, provider, OrderStatus.key.not_in(kept))
    if in_use:
        raise Refused(
            text("Orders are in a status that is to be deleted."),
            code="status_in_use",
            reasons=[_in_use(status, orders) for status, orders in in_use],
        )


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
    _write_statuses(session, provider, file)
    session.flush()
    record(
        session,
        "workflow.changed" if number > 1 else "workflow.chosen",
        actor=actor,
        at=now,
        subject=("provider", provider.id),
        provider_id=provider.id,
        facts={"workflow": file.key, "version": number},
    )
    return version


def _write_statuses(session: Session, provider: Provider, file: WorkflowFile) -> None:
    """Lists show a status as it is now; one that is gone stays for the orders that knew it."""
    rows = status_rows(session, provider.id)
    for position, status in enumerate(file.status):
        row = rows.pop(status.key, None)
        if row is None:
            row = OrderStatus(provider_id=provider.id, key=status.key)
            session.add(row)
        row.position = position
        row.titles = dict(status.titles)
        row.stage, row.tone, row.shape = status.stage, status.tone, status.shape
        row.enabled = status.enabled
    for gone in rows.values():
        gone.enabled = False
