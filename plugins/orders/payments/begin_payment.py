"""The client leaves for an outside payment system (W3). Staff never do (H3).

1. The order is locked; what is left is a payment, begun: one that is open already, or a new one.
2. The payment system is asked for its page between two transactions, by a key that makes a repeat
   harmless.
3. Its answer is stored with what the order's workflow says of leaving; then the client goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.extension.gateways import (
    Begun,
    Gateway,
    PaymentToBegin,
    TurnedDown,
    Unreachable,
)
from billing_panel.kernel.language.errors import Conflict, FieldError, Forbidden, Invalid, Refused
from billing_panel.kernel.language.text import AnyOf, Text, say, text
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.retaxing.follow_tax_rates import follow_rates
from plugins.orders.lifecycle.take_step import note_switched_off, take_step
from plugins.orders.settlement.allowed_payment_methods import (
    METHOD_OFF,
    gateway_methods,
    refusal_to_pay,
    why_off,
)
from plugins.orders.settlement.most_payment_parts import refuse_try
from plugins.orders.settlement.read_order_facts import facts_of, fill_in
from plugins.orders.store.locks.lock_order import lock_for_change, lock_payment
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note
from plugins.orders.store.order_search import index_payment
from plugins.orders.store.payment import Payment, PaymentState
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.order_facts import SYSTEM, Trigger
from plugins.orders.workflow.plan_step import Refusal, plan

# Payment systems close their pages after a day; one that is nearly over is not offered again.
PAGE_LASTS = timedelta(hours=23)
LEFT = "left_for_gateway"

log = logger()


@dataclass(frozen=True)
class BeginPayment:
    """``method``: the key of one, where there are several. ``return_url`` has a place ``{id}``."""

    order_id: int
    return_url: str
    method: str = ""


def begin_payment(
    database: Database,
    gateways: Mapping[str, Gateway],
    command: BeginPayment,
    *,
    actor: Actor,
    clock: Clock,
) -> Payment:
    """The payment, with the ``page`` where the client pays.

    Raises NotFound, FunctionNotHeld, Forbidden ``client_alone``, Invalid ``method_not_allowed``,
    Conflict ``not_to_be_paid`` with the reasons, Refused ``no_gateway``, ``gateway_unreachable``,
    ``gateway_turned_down``, ``tried_too_often``, and what the workflow's effects raise.
    """
    with database.writing() as session:
        payment, wanted = _open(session, gateways, command, actor=actor, clock=clock)
    gateway = gateways[payment.gateway or ""]
    try:
        begun = _known(payment) or slow(gateway.begin)(wanted)
    except Unreachable as error:
        log.warning("payment_system_unreachable", payment=payment.id, why=str(error))
        message = text("The payment system is not answering; try again in a few minutes.")
        raise Refused(message, code="gateway_unreachable") from error
    except TurnedDown as error:
        log.warning("payment_turned_down", payment=payment.id, why=str(error))
        with database.writing() as session:
            _give_up(session, payment, actor=actor, clock=clock)
        message = text(
            "The payment system didn’t accept this payment; try again, or pay another way."
        )
        raise Refused(message, code="gateway_turned_down") from error
    with database.writing() as session:
        return _leave(session, payment, begun, actor=actor, clock=clock)


def _open(
    session: Session,
    gateways: Mapping[str, Gateway],
    command: BeginPayment,
    *,
    actor: Actor,
    clock: Clock,
) -> tuple[Payment, PaymentToBegin]:
    order = lock_for_change(session, actor, command.order_id)
    if actor.kind is not ActorKind.CLIENT:
        message = text("Only the client can make this payment; no one else is sent to pay.")
        raise Forbidden(message, code="client_alone")
    require(actor, OrdersFunction.ORDER_PAY)
    if refusal := refusal_to_pay(order, actor):
        message = text("The order can’t be paid now.")
        raise Conflict(message, code="not_to_be_paid", reasons=refusal.reasons)
    follow_rates(session, order, actor=actor, at=clock.now())
    gateway = _gateway(session, gateways, order, command.method, actor, clock.now())
    payment = _begun_before(order, gateway, clock) or _begin(
        session, order, gateway, actor=actor, clock=clock
    )
    number = text("Order %(number)s", number=order.number)
    wanted = PaymentToBegin(
        key=payment.key,
        money=payment.sum,
        description=f"{order.provider.name}, {say(number, actor.language)}",
        language=actor.language,
        return_url=command.return_url.format(id=payment.id),
        email=order.client.email,
    )
    return payment, wanted


def _gateway(
    session: Session,
    gateways: Mapping[str, Gateway],
    order: Order,
    method: str,
    actor: Actor,
    at: datetime,
) -> Gateway:
    methods = {
        found.key: gateways[found.gateway]
        for found in gateway_methods(session, order, at)
        if found.gateway is not None and found.gateway in gateways
    }
    if off := _why_off(order, method, actor, at):
        raise Invalid([FieldError("method", METHOD_OFF, off)], code=METHOD_OFF)
    if not methods:
        message = text("The provider has no payment system set up; pay in another way.")
        raise Refused(message, code="no_gateway")
    if method and method not in methods:
        message = text("Choose one of: %(methods)s.", methods=AnyOf(sorted(methods)))
        raise Invalid([FieldError("method", "method_not_allowed", message)])
    return methods[method] if method else next(iter(methods.values()))


def _why_off(order: Order, method: str, actor: Actor, at: datetime) -> Text | None:
    """Why that method, or the only one of its kind, can't be used now."""
    kinds = {m.kind: m.key for m in order.provider.payment_methods}
    return why_off(order, method or kinds.get(MethodKind.CARD_GATEWAY, ""), actor, at)


def is_good(payment: Payment, order: Order, now: datetime) -> bool:
    """It is begun, its page still open, and for what is to be paid now."""
    return (
        payment.state is PaymentState.BEGUN
        and payment.amount == order.needed
        and payment.begun_at > now - PAGE_LASTS
    )


def _begun_before(order: Order, gateway: Gateway, clock: Clock) -> Payment | None:
    """One that is open still, for what is left now."""
    return next(
        (
            payment
            for payment in reversed(order.payments)
            if payment.gateway == gateway.key and is_good(payment, order, clock.now())
        ),
        None,
    )


def _begin(
    session: Session, order: Order, gateway: Gateway, *, actor: Actor, clock: Clock
) -> Payment:
    refuse_try(session, order)
    payment = Payment(
        method=MethodKind.CARD_GATEWAY,
        currency=order.currency,
        amount=order.needed,
        state=PaymentState.BEGUN,
        gateway=gateway.key,
        begun_at=clock.now(),
        user_id=actor.user_id,
    )
    order.payments.append(payment)
    session.flush()
    facts = {"payment": payment.id, "amount": payment.amount, "currency": payment.currency}
    note(session, "payment.begun", order, facts, actor, payment.begun_at)
    return payment


def _known(payment: Payment) -> Begun | None:
    if payment.page is None or payment.outside is None:
        return None
    return Begun(payment.outside, payment.page)


def _give_up(session: Session, payment: Payment, *, actor: Actor, clock: Clock) -> None:
    """The next try is another payment: by the same key a payment system repeats its answer."""
    order, now = lock_payment(session, actor, payment.id)
    if now.state is PaymentState.BEGUN:
        now.state = PaymentState.FAILED
        facts = {"payment": now.id}
        note(session, "payment.turned_down", order, facts, actor, clock.now())


def _leave(
    session: Session, payment: Payment, begun: Begun, *, actor: Actor, clock: Clock
) -> Payment:
    """Its message may have come before this; then the client has nothing to leave for."""
    order, now = lock_payment(session, actor, payment.id)
    now.outside, now.page = begun.reference, begun.url
    index_payment(session, order, now)
    if now.state is PaymentState.BEGUN:
        at = now.left_at = clock.now()
        step = plan(workflow_of(order), facts_of(order), Trigger(LEFT), SYSTEM)
        if isinstance(step, Refusal):
            note_switched_off(session, order, LEFT, step, actor=actor, at=at)
        else:
            take_step(session, order, step, fill_in(order, {}), actor=actor, at=at)
    return now
