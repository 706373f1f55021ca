"""Give a provider the workflow it runs, and change it: each change is a new version.

Orders keep the version they run by, so that what was promised of them holds, until they are moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Delete, and_, delete, func, insert, select, update
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.firms.providers import Provider
from billing_panel.kernel.database.locking import lock
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid, Reason, Refused
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.tables.events import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import SHAPING, OrdersFunction
from plugins.orders.lifecycle.effects import redate
from plugins.orders.settlement.pay_by import day_to_pay
from plugins.orders.store.locks import lock_workflow
from plugins.orders.store.models import (
    Order,
    OrderDeadline,
    OrderDocument,
    OrderStatus,
    WorkflowVersion,
)
from plugins.orders.store.words import vocabulary
from plugins.orders.store.workflow_store import (
    built,
    file_of,
    latest_version,
    running_version,
    shipped_file,
    shipped_keys,
    status_rows,
)
from plugins.orders.workflow.file.workflow_edit import changes_ways
from plugins.orders.workflow.file.workflow_file import WorkflowFile, WorkflowMistakes
from plugins.orders.workflow.workflow import ENDS, Stage, Workflow
from plugins.orders.workflow.workflow_build import build


def choose_workflow(
    session: Session, provider_key: str, workflow_key: str, *, actor: Actor, clock: Clock
) -> WorkflowVersion:
    """Let a provider run one of the shipped workflows; once, while it has none.

    Raises FunctionNotHeld, NotFound, Invalid ``unknown_workflow``, Conflict ``workflow_runs``.
    """
    require(actor, OrdersFunction.TRANSITION_CHANGE)
    provider = _locked(session, actor, provider_key)
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
    provider = _locked(session, actor, provider_key)
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
    judged(file)
    _refuse_stranded(session, provider, file)
    return _write(session, provider, file, seen + 1, actor=actor, clock=clock)


def judged(file: WorkflowFile) -> Workflow:
    """Raises Refused ``workflow_wrong`` with every mistake of ``file``."""
    try:
        return build(file, vocabulary())
    except WorkflowMistakes as mistakes:
        raise Refused(
            text("Orders couldn’t run like that; nothing has changed."),
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
    require(actor, OrdersFunction.TRANSITION_CHANGE)
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

    ``instead``: for statuses it no longer has, the one their orders get, without effects; its
    deadline begins; who gives them one moves orders by hand, and is asked for that too. Other
    deadlines stay, where the newest version still has one. Raises FunctionNotHeld, NotFound,
    Invalid ``unknown_status``.
    """
    require(actor, OrdersFunction.TRANSITION_CHANGE)
    provider = _locked(session, actor, provider_key)
    version = running_version(session, provider)
    at = clock.now()
    _lock_old(session, version)
    old = _old(session, provider, version)
    rows = status_rows(session, provider.id)
    known = {status.key for status in file_of(version).status}
    open_to_all = {key for key in known if rows[key].enabled}
    errors = [
        FieldError(f"instead.{status.key}", "unknown_status", text("Choose a status for these."))
        for status, _orders in old
        if status.key not in known and instead.get(status.key) not in open_to_all
    ]
    if errors:
        raise Invalid(errors)
    if any(status.key not in known for status, _orders in old):
        require(actor, OrdersFunction.STATUS_CHANGE)
    billed = _billed(session, version)
    for status, _orders in old:
        if status.key in known:
            _run_by(session, version, status)
        else:
            target = rows[instead[status.key]]
            _give_status(session, version, status, target, actor=actor, at=at)
    _redate(session, billed, actor=actor, at=at)
    moved = sum(orders for _status, orders in old)
    record(
        session,
        "workflow.orders_moved",
        actor=actor,
        at=at,
        subject=("provider", provider.id),
        provider_id=provider.id,
        facts={"orders": moved, "version": version.number, "instead": dict(instead)},
    )
    return moved


def _old_in(version: WorkflowVersion, status: OrderStatus) -> ColumnElement[bool]:
    return and_(
        Order.provider_id == version.provider_id,
        Order.workflow_id != version.id,
        Order.status_id == status.id,
    )


def _lock_old(session: Session, version: WorkflowVersion) -> None:
    old = select(Order.id).where(
        Order.provider_id == version.provider_id, Order.workflow_id != version.id
    )
    lock(session, old.order_by(Order.id).with_for_update())


def _give_status(
    session: Session,
    version: WorkflowVersion,
    status: OrderStatus,
    target: OrderStatus,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """``target`` instead of ``status``, written into the history of each order."""
    deadline = built(version.content).deadline(target.key)
    orders = session.execute(
        select(Order.id, Order.client_id).where(_old_in(version, status)).order_by(Order.id)
    ).all()
    session.execute(_without_deadline(version, status))
    if deadline is not None:
        due_at = deadline.due(at, session.get_one(Provider, version.provider_id).timezone)
        due = [{"order_id": order.id, "due_at": due_at} for order in orders]
        session.execute(insert(OrderDeadline), due)
    for order in orders:
        record(
            session,
            "order.status_given",
            actor=actor,
            at=at,
            subject=("order", order.id),
            provider_id=version.provider_id,
            client_id=order.client_id,
            facts={"from": status.key, "to": target.key},
        )
    session.execute(
        update(Order)
        .where(Order.id.in_(select(Order.id).where(_old_in(version, status))))
        .values(
            status_id=target.id,
            stage=target.stage,
            status_since=at,
            workflow_id=version.id,
            version=Order.version + 1,
        )
        .execution_options(synchronize_session=False)
    )


def _run_by(session: Session, version: WorkflowVersion, status: OrderStatus) -> None:
    """The orders in ``status`` that run by older versions; a deadline it has no more is over."""
    if built(version.content).deadline(status.key) is None:
        session.execute(_without_deadline(version, status))
    session.execute(
        update(Order)
        .where(_old_in(version, status))
        .values(workflow_id=version.id, version=Order.version + 1)
        .execution_options(synchronize_session=False)
    )


def _billed(session: Session, version: WorkflowVersion) -> Mapping[int, date | None]:
    """The orders of older versions that have a bill, and the day by which they are to be paid."""
    billed = select(OrderDocument.order_id)
    old = select(Order).where(
        Order.provider_id == version.provider_id,
        Order.workflow_id != version.id,
        Order.id.in_(billed),
    )
    orders = session.scalars(old.options(selectinload(Order.deadline)).order_by(Order.id))
    return {order.id: day_to_pay(order) for order in orders}


def _redate(
    session: Session, billed: Mapping[int, date | None], *, actor: Actor, at: datetime
) -> None:
    """Where the newest version has them paid by another day, their bills are issued anew."""
    session.expire_all()
    orders = select(Order).where(Order.id.in_(billed)).order_by(Order.id)
    for order in session.scalars(orders.options(selectinload(Order.deadline))).all():
        if order.stage not in ENDS:
            redate(session, order, billed[order.id], actor=actor, at=at)


def _without_deadline(version: WorkflowVersion, status: OrderStatus) -> Delete:
    orders = select(Order.id).where(_old_in(version, status))
    return (
        delete(OrderDeadline)
        .where(OrderDeadline.order_id.in_(orders))
        .execution_options(synchronize_session=False)
    )


def _locked(session: Session, actor: Actor, provider_key: str) -> Provider:
    provider = find_provider(session, actor, provider_key)
    lock_workflow(session, provider)
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
    """An own status that orders are in is not taken from under them (W1).

    Nor does it end them, or begin them again: what is done and lost is decided on the way there.
    """
    stages = {status.key: status.stage for status in file.status}
    taken = [
        key
        for key, row in status_rows(session, provider.id).items()
        if key not in stages or _ends_otherwise(row.stage, stages[key])
    ]
    in_use = _orders_in(session, provider, OrderStatus.key.in_(taken))
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


def _list_anew(session: Session, version: WorkflowVersion) -> None:
    """Older versions, by which orders may still run, get the statuses as ``version`` lists them."""
    older = update(WorkflowVersion).where(
        WorkflowVersion.provider_id == version.provider_id, WorkflowVersion.id != version.id
    )
    session.execute(older.values(listed=version.content["status"]))


def _write_statuses(session: Session, provider: Provider, file: WorkflowFile) -> None:
    """Lists show a status as it is now; one that is gone stays for the orders that knew it."""
    rows = status_rows(session, provider.id)
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
    for gone in rows.values():
        gone.enabled = False
