"""Taking a step of an order: its effects, status, deadline and log entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.database.rows_written_at_commit import savepoint
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.values.actor import Actor
from plugins.orders.lifecycle.effects import redate_bill
from plugins.orders.lifecycle.retaxing.follow_tax_rates import retax
from plugins.orders.promo.use_promo import settle_promo
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import following_books
from plugins.orders.settlement.ledger.order_ledger import post_difference
from plugins.orders.settlement.payment_due_day import day_after_step, day_to_pay
from plugins.orders.settlement.read_order_facts import facts_of, fill_in, value_day
from plugins.orders.store.effect_context import EffectContext, Made
from plugins.orders.store.models import Order, OrderDeadline
from plugins.orders.store.order_extensions import tell_moved
from plugins.orders.store.order_log import note_change
from plugins.orders.store.order_review import OrderReview
from plugins.orders.store.order_search import QUOTED, index_written
from plugins.orders.store.payment import Payment
from plugins.orders.store.versions.installed_vocabulary import run_effects
from plugins.orders.store.versions.workflow_store import (
    as_run,
    knows_status,
    language_of_order,
    running_version,
    status_row,
    workflow_of,
)
from plugins.orders.store.workflow_models import OrderStatus, WorkflowVersion
from plugins.orders.workflow.order_facts import SYSTEM, Filled, Source, Trigger
from plugins.orders.workflow.plan_step import STATUS_OFF, Refusal, plan
from plugins.orders.workflow.requirements import (
    ACCEPT_DUPLICATE,
    ANSWER,
    CLIENT_TEXT,
    DELIVERY_CHARGE,
    RATING,
    RECEIVED_ON,
    RETURN_REASON,
    TAKEN_BACK,
    TO_RETURN,
)
from plugins.orders.workflow.statuses.stage import DELIVERING, Stage
from plugins.orders.workflow.workflow import VOIDS, Deadline, Step

# effects that tax, deliver or ask for money: at the rates of their day
RATED = frozenset({"take_payment", "open_debt", "deliver_lines", "issue_proforma", "issue_bill"})
# fields of an order that have a column of their own
COLUMNS = frozenset({"delivery_service"})
# what is written down with a step and is no property of the order
OF_THE_STEP = frozenset(
    {
        "reason",
        CLIENT_TEXT,
        ANSWER,
        "payment_method",
        "amount",
        "reference",
        RECEIVED_ON,
        ACCEPT_DUPLICATE,
        "refund_to",
        "payment",
        TAKEN_BACK,
        TO_RETURN,
        RETURN_REASON,
        DELIVERY_CHARGE,
    }
)


def take_step(
    session: Session,
    order: Order,
    step: Step,
    filled: Filled,
    *,
    actor: Actor,
    at: datetime,
    statuses: Mapping[str, OrderStatus] | None = None,
) -> Made:
    """``step`` was planned for the order, which is locked, with its stock (``locks``).

    ``statuses``: those of the provider by key, where they were read already.

    What its effects made. Raises what they raise.
    """
    if not step.stays:
        settle_promo(session, order, step.target.stage, at)
    changed = None
    if not RATED.isdisjoint(step.effects) and VOIDS not in step.effects:
        changed = retax(session, order, actor=actor, at=at, day=value_day(order, filled, at))
    key = step.target.key
    target = statuses[key] if statuses else _status(session, order, key)
    version = _version_after(session, order, step)
    deadline = _deadline_in(version, order, step)
    beside = language_of_order(order).vocabulary.beside
    own = {name: value for name, value in filled.values.items() if name not in beside}
    _keep_fields(session, order, own)
    if RATING in own:
        session.add(OrderReview(order_id=order.id, written_at=at))
    day = day_after_step(order, as_run(version), step, deadline, at)
    on = EffectContext(session, order, actor, at, target, filled, day)
    if on.pay_by != day_to_pay(order) and not _is_settled_by(step, order, filled):
        redate_bill(on)
    if changed is not None:
        post_difference(session, order, changed, actor=actor, at=at)
    with following_books(session, order, actor=actor, at=at):
        made = run_effects(step.effects, on)
        if not step.stays:
            order.workflow = version
            begin_status(order, target, deadline, at=at)
    facts = {
        "action": step.action,
        "from": step.source.key,
        "to": step.target.key,
        "effects": list(step.effects),
    }
    words = {"fields": own} if own else None
    note_change(session, "order.moved", order, facts, actor, at, words)
    tell_moved(on, step)
    return made


def _status(session: Session, order: Order, key: str) -> OrderStatus:
    if key == order.status.key:
        return order.status
    return status_row(session, order.provider_id, key)


def _is_settled_by(step: Step, order: Order, filled: Filled) -> bool:
    """The step annuls the bills or loses the order, or takes all that they ask for."""
    if VOIDS in step.effects or step.target.stage is Stage.LOST:
        return True
    known = workflow_of(order).effects
    taking = filled.taking
    if taking is None or not any(known[name].pays for name in step.effects):
        return False
    in_money = taking.source is not Source.POINTS
    return in_money and (taking.amount is None or taking.amount.minor >= order.needed)


def _version_after(session: Session, order: Order, step: Step) -> WorkflowVersion:
    """By which the order runs from now on.

    Of what stands in for a status and is new to the order's version, the newest knows.
    """
    if step.stays or knows_status(order.workflow, step.target.key):
        return order.workflow
    return running_version(session, order.provider)


def _deadline_in(version: WorkflowVersion, order: Order, step: Step) -> Deadline | None:
    is_own = version is order.workflow
    return step.deadline if is_own else as_run(version).deadline(step.target.key)


def begin_status(
    order: Order, status: OrderStatus, deadline: Deadline | None, *, at: datetime
) -> None:
    """The deadline of the status left is forgotten; the one of ``status`` begins."""
    order.status = status
    order.stage = status.stage
    order.status_since = at
    if status.stage in DELIVERING and order.taken_up_at is None:
        order.taken_up_at = at
    if status.stage is not Stage.LOST:
        # what goes on is asked for as a whole again
        order.claim_all()
    if deadline is None:
        order.deadline = None
    elif order.deadline is None:
        order.deadline = OrderDeadline(due_at=deadline.due(at, order.provider.timezone))
    else:
        order.deadline.due_at = deadline.due(at, order.provider.timezone)


def move_by_itself(
    session: Session,
    order: Order,
    action: str,
    *,
    of: Payment | None = None,
    actor: Actor,
    at: datetime,
) -> bool:
    """What the system does when ``action`` has happened, if the workflow says so.

    ``of``: the payment that a payment system speaks of. What has happened has happened: where an
    effect refuses, or the status is switched off, the order stays and its history says why.
    """
    step = plan(workflow_of(order), facts_of(order, of=of), Trigger(action), SYSTEM)
    if isinstance(step, Refusal):
        note_switched_off(session, order, action, step, actor=actor, at=at)
        return False
    refused = try_step(session, order, step, actor=actor, at=at)
    if refused is not None:
        _note_refused(session, order, action, refused, actor=actor, at=at)
    return refused is None


def note_switched_off(
    session: Session, order: Order, action: str, refusal: Refusal, *, actor: Actor, at: datetime
) -> None:
    """Where only a switch keeps the order from moving by itself, its history says so (W1)."""
    if codes := [reason.code for reason in refusal.reasons if reason.code == STATUS_OFF]:
        _note_refused(session, order, action, codes, actor=actor, at=at)


def _note_refused(
    session: Session,
    order: Order,
    action: str,
    codes: Sequence[str],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    facts = {"action": action, "reasons": [*codes]}
    note_change(session, "order.move_refused", order, facts, actor, at)


def go_on_paid(
    session: Session, order: Order, *, of: Payment | None = None, actor: Actor, at: datetime
) -> None:
    """What the system does when nothing is left to pay; what was delivered before is done then.

    ``of``: the payment that a payment system says has come in.
    """
    moved = move_by_itself(session, order, "payment_succeeded", of=of, actor=actor, at=at)
    if moved and facts_of(order).is_delivered:
        move_by_itself(session, order, "lines_delivered", actor=actor, at=at)


def try_step(
    session: Session, order: Order, step: Step, *, actor: Actor, at: datetime
) -> Sequence[str] | None:
    """Take ``step`` for the system: whole (None), or not at all, and the codes of the reasons."""
    try:
        with savepoint(session):
            take_step(session, order, step, fill_in(order, {}), actor=actor, at=at)
    except DomainError as error:
        session.refresh(order)
        return [reason.code for reason in error.reasons] or [error.code]
    return None


def _keep_fields(session: Session, order: Order, fields: Mapping[str, str]) -> None:
    if service := fields.get("delivery_service"):
        order.delivery_service = service
    kept = {k: v for k, v in fields.items() if v and k not in COLUMNS | OF_THE_STEP}
    if kept:
        order.fields = {**order.fields, **kept}
        if not kept.keys().isdisjoint(QUOTED):
            index_written(session, order)
