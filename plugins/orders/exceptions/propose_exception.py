"""Propose an exception for a client: one restriction lifted once, or a discount.

It gives nobody anything before somebody else approves it (``decide_exception``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility import LIFTABLE
from billing_panel.catalog.rules.wanted_line import MAX_QUANTITY
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import FieldError, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import is_percentage
from permissions.guard import require
from plugins.orders.exceptions.exception_models import LIFE, OrderException
from plugins.orders.exceptions.exception_rights import refuse_hand
from plugins.orders.functions import OrdersFunction

MAX_REASON = 500


@dataclass(frozen=True)
class ProposeException:
    """``restriction``, a code of LIFTABLE, or ``percent``; ``tariff`` is a key.

    ``provider`` None: the client's only one. ``quantity``: the most that may be ordered by it.
    """

    client_id: int
    provider: str | None
    tariff: str
    reason: str
    restriction: str | None = None
    percent: Decimal | None = None
    quantity: int = 1


def propose_exception(
    session: Session, command: ProposeException, *, actor: Actor, clock: Clock
) -> OrderException:
    """Raises NotFound, Invalid, Refused ``exceptions_off``, and Forbidden.

    ``over_cap``, ``not_a_person``, ``own_exception`` or FunctionNotHeld.
    """
    require(actor, OrdersFunction.EXCEPTION_PROPOSE)
    client = find_client(session, actor, client_id=command.client_id)
    provider = provider_for(session, actor, client, command.provider)
    if not provider.exceptions_allowed:
        raise Refused(text("This provider makes no exceptions."), code="exceptions_off")
    tariff = session.scalar(select(Tariff).filter_by(provider_id=provider.id, key=command.tariff))
    errors = [*_wrong(command)]
    if tariff is None:
        message = text("The provider has no such tariff.")
        errors.append(FieldError("tariff", "unknown_tariff", message))
    if tariff is None or errors:
        raise Invalid(errors)
    at = clock.now()
    exception = OrderException(
        client_id=client.id,
        provider_id=provider.id,
        tariff_id=tariff.id,
        restriction=command.restriction,
        percent=command.percent,
        quantity=command.quantity,
        reason=command.reason.strip(),
        proposed_by_id=actor.user_id or 0,
        proposed_at=at,
        expires_at=at + LIFE,
        decision_reason="",
    )
    refuse_hand(session, exception, actor, OrdersFunction.EXCEPTION_PROPOSE)
    session.add(exception)
    session.flush()
    record(
        session,
        "exception.proposed",
        actor=actor,
        at=at,
        subject=("exception", exception.id),
        provider_id=provider.id,
        client_id=client.id,
    )
    return exception


def wrong_reason(reason: str) -> Iterator[FieldError]:
    """What is wrong with a reason, if anything."""
    if not is_visible(reason):
        yield FieldError("reason", "required", text("Give a reason."))
    elif len(reason.strip()) > MAX_REASON:
        yield FieldError("reason", "length", text("At most %(most)s characters.", most=MAX_REASON))


def _wrong(command: ProposeException) -> Iterator[FieldError]:
    yield from wrong_reason(command.reason)
    if (command.restriction is None) == (command.percent is None):
        message = text("Choose a restriction to lift, or a discount.")
        yield FieldError("restriction", "one_thing", message)
    if command.restriction is not None and command.restriction not in LIFTABLE:
        message = text("This can never be lifted; these can: %(known)s.", known=sorted(LIFTABLE))
        yield FieldError("restriction", "not_liftable", message)
    if command.percent is not None and not _is_percent(command.percent):
        message = text("Use a percentage above 0, up to 100, with at most four decimals.")
        yield FieldError("percent", "percent", message)
    if not 1 <= command.quantity <= MAX_QUANTITY:
        message = text("The quantity must be a whole number from 1 to %(most)s.", most=MAX_QUANTITY)
        yield FieldError("quantity", "quantity", message)


def _is_percent(value: Decimal) -> bool:
    return is_percentage(value) and value > 0
