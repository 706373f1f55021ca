"""The client leaves for a payment system to top up, as for an order (W3); staff never do (H3).

Its page is asked for between two transactions, by a key that makes a repeat harmless.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.extension.gateways import (
    Gateway,
    PaymentToBegin,
    TurnedDown,
    Unreachable,
)
from billing_panel.kernel.language.errors import Conflict, Forbidden, Refused
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.settlement.allowed_payment_methods import METHOD_OFF, off_to
from plugins.orders.store.top_up import TopUp, TopUpState
from plugins.orders.top_ups.ask_top_up import note_top_up, refuse_settled
from plugins.orders.top_ups.find_top_ups import lock_top_up

# payment systems close their pages after a day
PAGE_LASTS = timedelta(hours=23)

log = logger()


def begin_top_up(
    database: Database,
    gateways: Mapping[str, Gateway],
    top_up_id: int,
    return_url: str,
    *,
    actor: Actor,
    clock: Clock,
) -> TopUp:
    """The top-up, with the ``page`` where the client pays.

    Raises FunctionNotHeld, NotFound, Forbidden ``client_alone``, Conflict ``not_waiting`` or
    ``page_closed``, Refused ``method_off``, ``no_gateway``, ``gateway_unreachable``,
    ``gateway_turned_down``.
    """
    with database.writing() as session:
        top_up = lock_top_up(session, actor, top_up_id)
        _refuse(top_up, actor, clock)
        gateway = gateways.get(top_up.gateway or "")
        wanted = _wanted(top_up, return_url, actor)
    if top_up.page:
        return top_up
    if gateway is None:
        message = text("The provider has no payment system set up; pay in another way.")
        raise Refused(message, code="no_gateway")
    try:
        begun = slow(gateway.begin)(wanted)
    except Unreachable as error:
        log.warning("payment_system_unreachable", top_up=top_up.id, why=str(error))
        message = text("The payment system is not answering; try again in a few minutes.")
        raise Refused(message, code="gateway_unreachable") from error
    except TurnedDown as error:
        log.warning("top_up_turned_down", top_up=top_up.id, why=str(error))
        _fail(database, top_up.id, actor=actor, clock=clock)
        message = text(
            "The payment system didn’t accept this payment; try again, or pay another way."
        )
        raise Refused(message, code="gateway_turned_down") from error
    with database.writing() as session:
        now = lock_top_up(session, actor, top_up.id)
        now.outside, now.page = begun.reference, begun.url
        return now


def _refuse(top_up: TopUp, actor: Actor, clock: Clock) -> None:
    if actor.kind is not ActorKind.CLIENT:
        message = text("Only the client can make this payment; no one else is sent to pay.")
        raise Forbidden(message, code="client_alone")
    require(actor, OrdersFunction.ORDER_PAY)
    refuse_settled(top_up)
    if top_up.asked_at <= clock.now() - PAGE_LASTS:
        message = text("The payment system’s page is closed by now: cancel this, and top up anew.")
        raise Conflict(message, code="page_closed")
    if off := _why_off(top_up, actor, clock.now()):
        raise Refused(off, code=METHOD_OFF)


def _why_off(top_up: TopUp, actor: Actor, at: datetime) -> Text | None:
    """None: some method of the provider's leads to its payment system."""
    leading = [m for m in top_up.provider.payment_methods if m.gateway == top_up.gateway]
    reasons = [off_to(method, top_up.provider, actor, at) for method in leading]
    return next(iter(reasons), None) if all(reasons) else None


def _wanted(top_up: TopUp, return_url: str, actor: Actor) -> PaymentToBegin:
    what = text("Balance top-up %(number)s", number=top_up.number)
    return PaymentToBegin(
        key=top_up.key,
        money=top_up.sum,
        description=f"{top_up.provider.name}, {say(what, actor.language)}",
        language=actor.language,
        return_url=return_url,
        email=top_up.client.email,
    )


def _fail(database: Database, top_up_id: int, *, actor: Actor, clock: Clock) -> None:
    with database.writing() as session:
        top_up = lock_top_up(session, actor, top_up_id)
        if top_up.state is TopUpState.WAITING:
            top_up.close(TopUpState.FAILED, clock.now())
            note_top_up(session, "top_up.failed", top_up, actor=actor, at=clock.now())
