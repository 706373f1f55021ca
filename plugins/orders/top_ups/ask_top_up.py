"""Topping up a balance is asked for, and called off while the money has not come.

A client asks by what they may pay by; staff ask for them, but never at a payment system (H3).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.accounts.companies.provider_methods import methods_to_choose
from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod, Provider
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid, NotFound, Refused
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.tables.request_keys import once
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money, digits
from billing_panel.ledger.typed_amounts import read_amount
from invoices.issue_and_print import issue, void
from permissions.guard import allows, require
from permissions.panel_functions import PanelFunction
from plugins.orders.functions import OrdersFunction
from plugins.orders.settlement.allowed_payment_methods import METHOD_OFF, forbidden_to, off_to
from plugins.orders.settlement.ledger.order_postings import RECEIVED_IN
from plugins.orders.store.locks.lock_sequence import lock_membership
from plugins.orders.store.top_up import TopUp, TopUpState
from plugins.orders.top_ups.find_top_ups import asked_number, lock_top_up, waiting_number
from plugins.orders.top_ups.top_up_document import document_of

# in whole units of any currency: less costs more to book than it is, more is a slip of the hand
LEAST, MOST = 1, 1_000_000
MOST_WAITING = 10
# each bank transfer has a pro-forma, also those that are cancelled
MOST_A_DAY = 30
DAY = timedelta(days=1)
ASKING = (OrdersFunction.ORDER_PAY, PanelFunction.BALANCE_CREDIT)


@dataclass(frozen=True)
class AskTopUp:
    """``amount`` as typed, in major units; ``method``: the key of one that is offered.

    ``provider`` None: the client's only one. ``request_key`` makes a repeat harmless.
    """

    client_id: int
    amount: str
    method: str
    provider: str | None = None
    request_key: str | None = None


def function_to_ask(actor: Actor) -> str:
    """Clients pay for themselves; whoever of the staff credits balances does it for them."""
    is_client = actor.client_id is not None
    return OrdersFunction.ORDER_PAY if is_client else PanelFunction.BALANCE_CREDIT


def may_ask(actor: Actor) -> bool:
    """Whether the actor may ask for top-ups at all."""
    return allows(actor, function_to_ask(actor))


def offered_methods(
    session: Session, client_id: int, provider: Provider, actor: Actor, at: datetime
) -> Sequence[PaymentMethod]:
    """By what the client may top up here: what is on then (D13), and money can come by."""
    methods = _methods(session, client_id, provider, actor)
    return [method for method in methods if not method.is_off(at)]


def _methods(
    session: Session, client_id: int, provider: Provider, actor: Actor
) -> Sequence[PaymentMethod]:
    forbidden = forbidden_to(session, client_id, provider.id)
    kinds = set(RECEIVED_IN) - {MethodKind.CASH_ON_DELIVERY}
    if actor.client_id is None:
        kinds -= {MethodKind.CARD_GATEWAY}
    return [
        method
        for method in methods_to_choose(provider)
        if method.kind in kinds and method.key not in forbidden
    ]


def ask_top_up(session: Session, command: AskTopUp, *, actor: Actor, clock: Clock) -> TopUp:
    """The top-up that waits now; of a bank transfer with its pro-forma.

    Raises FunctionNotHeld, NotFound, Invalid ``invalid_amount``, ``method_not_allowed`` or
    ``method_off``, Refused ``provider_needed``, ``too_many_waiting``, ``too_many_top_ups``.
    """
    require(actor, function_to_ask(actor))
    client = find_client(session, actor, client_id=command.client_id)
    provider = provider_for(session, actor, client, command.provider)
    if command.request_key is None:
        return _ask(session, command, provider, actor=actor, clock=clock)

    def run() -> dict[str, Any]:
        return {"top_up": _ask(session, command, provider, actor=actor, clock=clock).id}

    outcome = once(
        session,
        run,
        scope=f"top_up:{actor.key}",
        key=command.request_key,
        content=asdict(command),
        at=clock.now(),
    )
    return session.get_one(TopUp, outcome.answer["top_up"])


def cancel_top_up(session: Session, top_up_id: int, *, actor: Actor, clock: Clock) -> TopUp:
    """One that waits is called off, and its pro-forma void.

    Money that comes from a payment system all the same is credited. Raises FunctionNotHeld,
    NotFound, Conflict ``not_waiting``.
    """
    require(actor, function_to_ask(actor))
    top_up = lock_top_up(session, actor, top_up_id)
    refuse_settled(top_up)
    at = clock.now()
    top_up.close(TopUpState.CANCELLED, at)
    if top_up.document is not None:
        void(session, top_up.document, actor=actor, at=at)
    note_top_up(session, "top_up.cancelled", top_up, actor=actor, at=at)
    return top_up


def refuse_settled(top_up: TopUp) -> None:
    """Raises Conflict ``not_waiting``."""
    if top_up.state is not TopUpState.WAITING:
        message = text("This top-up is not waiting any more; look at its state in the list.")
        raise Conflict(message, code="not_waiting")


def note_top_up(session: Session, kind: str, top_up: TopUp, *, actor: Actor, at: datetime) -> None:
    """Write one event about it."""
    facts: dict[str, object] = {
        "top_up": top_up.number,
        "method": top_up.method.value,
        "amount": top_up.amount,
        "currency": top_up.currency,
    }
    if top_up.document is not None:
        facts |= {"document": top_up.document.id, "bill": top_up.document.number}
    record(
        session,
        kind,
        actor=actor,
        at=at,
        subject=("top_up", top_up.id),
        provider_id=top_up.provider_id,
        client_id=top_up.client_id,
        facts=facts,
    )


def _ask(
    session: Session, command: AskTopUp, provider: Provider, *, actor: Actor, clock: Clock
) -> TopUp:
    lock_membership(session, command.client_id, provider.id)
    client = find_client(session, actor, client_id=command.client_id)
    if provider.id not in {membership.provider_id for membership in client.memberships}:
        raise NotFound(text("This client has no account with this provider."))
    amount, at = _amount(command.amount, provider.currency), clock.now()
    method = _method(session, client.id, provider, command.method, actor, at)
    _refuse_too_many(session, client.id, provider.id, actor, at)
    top_up = TopUp(
        client=client,
        provider=provider,
        method=method.kind,
        currency=amount.currency,
        amount=amount.minor,
        state=TopUpState.WAITING,
        gateway=method.gateway,
        asked_at=at,
        user_id=actor.user_id,
    )
    session.add(top_up)
    session.flush()
    if method.kind is MethodKind.BANK_TRANSFER:
        top_up.document = issue(
            session,
            document_of(top_up, at),
            provider=provider,
            client_id=client.id,
            actor=actor,
            at=at,
        )
    session.flush()
    note_top_up(session, "top_up.asked", top_up, actor=actor, at=at)
    return top_up


def _refuse_too_many(
    session: Session, client_id: int, provider_id: int, actor: Actor, at: datetime
) -> None:
    """Raises Refused ``too_many_waiting``; of a client's own asking also ``too_many_top_ups``."""
    if waiting_number(session, client_id, provider_id) >= MOST_WAITING:
        message = text(
            "%(number)s top-ups are waiting already: pay one of them, or cancel it.",
            number=MOST_WAITING,
        )
        raise Refused(message, code="too_many_waiting")
    if actor.client_id is None:
        return
    if asked_number(session, client_id, provider_id, since=at - DAY) >= MOST_A_DAY:
        message = text(
            "You have asked for %(number)s top-ups within a day; try again tomorrow.",
            number=MOST_A_DAY,
        )
        raise Refused(message, code="too_many_top_ups")


def _amount(written: str, currency: str) -> Money:
    """Raises Invalid ``invalid_amount``."""
    amount, whole = read_amount(written, currency), 10 ** digits(currency)
    if not LEAST * whole <= amount.minor <= MOST * whole:
        message = text(
            "Top up by %(least)s at least and %(most)s at most.",
            least=Money(LEAST * whole, currency),
            most=Money(MOST * whole, currency),
        )
        raise Invalid([FieldError("amount", "invalid_amount", message)], code="invalid_amount")
    return amount


def _method(
    session: Session, client_id: int, provider: Provider, key: str, actor: Actor, at: datetime
) -> PaymentMethod:
    """Raises Invalid ``method_not_allowed``, ``method_off``."""
    methods = _methods(session, client_id, provider, actor)
    chosen = next((method for method in methods if method.key == key), None)
    if chosen is not None and (off := off_to(chosen, provider, actor, at)):
        raise Invalid([FieldError("method", METHOD_OFF, off)], code=METHOD_OFF)
    if chosen is None:
        keys = sorted(method.key for method in methods if not method.is_off(at))
        message = (
            text("Choose one of: %(methods)s.", methods=AnyOf(keys))
            if keys
            else text("No payment method is available to you here. Please contact us.")
        )
        raise Invalid([FieldError("method", "method_not_allowed", message)])
    return chosen
