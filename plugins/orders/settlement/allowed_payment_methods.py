"""By which methods an order may be paid, and by whom (D3, D11)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_methods import methods_of
from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod, Provider
from billing_panel.accounts.people.client_models import ForbiddenMethod, Membership
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from plugins.orders.settlement.ledger.order_postings import HELD_IN
from plugins.orders.settlement.read_order_facts import facts_of, source_of, who_is
from plugins.orders.store.models import Order
from plugins.orders.store.payment import PaymentState
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.order_facts import SYSTEM, Trigger
from plugins.orders.workflow.plan_step import Refusal, plan
from plugins.orders.workflow.step_functions import FUNCTION_OF

NOTHING_LEFT = Reason(
    "already_paid",
    text("No money is left to pay."),
    text("Leave it as it is; points are taken from the client’s points."),
)
NO_METHOD = Reason(
    "no_method",
    text("None of the payment methods you may use here can take what is left."),
    text("Someone else must take it, or the provider’s payment methods must be changed."),
)
# the code of whatever is refused because a method is switched off for a time
METHOD_OFF = "method_off"
IN_REVIEW = Reason(
    "payment_in_review",
    text("The payment system is still reviewing a payment."),
    text("Wait for its answer, or stop waiting for that payment."),
)


def methods_for(
    session: Session, order: Order, actor: Actor, at: datetime
) -> Sequence[PaymentMethod]:
    """Those by which ``actor`` can pay the order now; never one the client's group may not use.

    The client pays out of what they have with the provider; what staff take is the provider's
    list, but for what is switched off ``at`` that moment. An outside payment system has a way of
    its own.
    """
    forbidden = _forbidden(session, order)
    is_client = actor.client_id is not None
    return [
        method
        for method in methods_of(order.provider)
        if method.key not in forbidden
        and not method.is_off(at)
        and method.kind is not MethodKind.CARD_GATEWAY
        and (method.kind is not MethodKind.POINTS or order.needed_points > 0)
        and (
            method.client_may_choose and method.kind in HELD_IN
            if is_client
            else method.staff_may_take
        )
    ]


def payable_by(
    session: Session, order: Order, actor: Actor, at: datetime
) -> Sequence[PaymentMethod]:
    """Of these, by which ``actor`` may take something that is left: money, or points by points."""
    return [
        method
        for method in methods_for(session, order, actor, at)
        if FUNCTION_OF[source_of(method)] in actor.functions
        and (order.needed > 0 or method.kind is MethodKind.POINTS)
    ]


def why_off(order: Order, key: str, actor: Actor, at: datetime) -> Text | None:
    """Why nobody can pay by the method of that key at that moment; None: it is on, or not there."""
    found = next((m for m in methods_of(order.provider) if m.key == key), None)
    return off_to(found, order.provider, actor, at) if found else None


def off_to(method: PaymentMethod, provider: Provider, actor: Actor, at: datetime) -> Text | None:
    """Why a method of the provider is off then, as ``actor`` may read it; None: it is on."""
    return method.why_off(at, provider.timezone, for_staff=actor.client_id is None)


def gateway_methods(session: Session, order: Order, at: datetime) -> Sequence[PaymentMethod]:
    """Those by which the client can leave for an outside payment system then."""
    forbidden = _forbidden(session, order)
    return [
        method
        for method in methods_of(order.provider)
        if method.kind is MethodKind.CARD_GATEWAY
        and method.gateway is not None
        and method.client_may_choose
        and method.key not in forbidden
        and not method.is_off(at)
    ]


def refusal_to_pay(order: Order, client: Actor) -> Refusal | None:
    """Why the client cannot leave for a payment system now, or None.

    They can where the workflow lets them pay, or says what becomes of an order they leave from.
    """
    if order.needed <= 0:
        return Refusal((NOTHING_LEFT,))
    if any(payment.state is PaymentState.IN_REVIEW for payment in order.payments):
        return Refusal((IN_REVIEW,))
    workflow, facts = workflow_of(order), facts_of(order)
    refusal = plan(workflow, facts, Trigger("pay"), who_is(client))
    leaving = plan(workflow, facts, Trigger("left_for_gateway"), SYSTEM)
    return refusal if isinstance(refusal, Refusal) and isinstance(leaving, Refusal) else None


_FORBIDDEN = (
    select(ForbiddenMethod.method)
    .join(Membership, Membership.group_id == ForbiddenMethod.group_id)
    .where(
        Membership.client_id == bindparam("client_id"),
        Membership.provider_id == bindparam("provider_id"),
    )
)


def _forbidden(session: Session, order: Order) -> set[str]:
    """As it was read with the order, else as it is."""
    if "membership" in inspect(order).unloaded:
        return forbidden_to(session, order.client_id, order.provider_id)
    pair = order.membership
    if pair is None or pair.group_id is None:
        return set()
    if "group" in inspect(pair).unloaded:
        return forbidden_to(session, order.client_id, order.provider_id)
    return {one.method for one in pair.group.forbidden_methods} if pair.group else set()


def forbidden_to(session: Session, client_id: int, provider_id: int) -> set[str]:
    """Keys of methods that the client's group with the provider may not use."""
    pair = {"client_id": client_id, "provider_id": provider_id}
    return set(plain(session, _FORBIDDEN, pair).scalars())
