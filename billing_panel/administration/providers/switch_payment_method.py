"""A payment method is switched off for a time, and comes back by itself (D13)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import PaymentMethod, Provider
from billing_panel.administration.details import validators
from billing_panel.administration.details.record_provider_event import record_of_provider
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import FieldError, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction

MAX_REASON = 200
# what is off for longer is taken from the provider's list
LONGEST = timedelta(days=60)


@dataclass(frozen=True)
class SwitchMethodOff:
    """``provider`` and ``method`` by key. ``for_clients``: why, as clients read it.

    ``for_staff``: the same for staff; empty: they read what clients do.
    """

    provider: str
    method: str
    until: datetime
    for_clients: str
    for_staff: str = ""


def switch_method_off(
    session: Session, command: SwitchMethodOff, *, actor: Actor, clock: Clock
) -> PaymentMethod:
    """Until then nobody chooses it and nobody pays by it. Payments that are begun may arrive.

    Raises FunctionNotHeld, NotFound, Invalid.
    """
    provider, method = _find(session, command.provider, command.method, actor)
    now = clock.now()
    validators.refuse_wrong(_wrong(command, now))
    method.off_until = command.until
    method.off_for_clients = command.for_clients.strip()
    method.off_for_staff = command.for_staff.strip()
    record_of_provider(
        session,
        "provider.method_off",
        provider,
        {
            "method": method.kind.value,
            "until": command.until.isoformat(),
            "for_clients": method.off_for_clients,
            "for_staff": method.off_for_staff,
        },
        actor=actor,
        at=now,
    )
    return method


def switch_method_on(
    session: Session, provider_key: str, method_key: str, *, actor: Actor, clock: Clock
) -> PaymentMethod:
    """At once; of one that is on nothing is written. Raises FunctionNotHeld, NotFound."""
    provider, method = _find(session, provider_key, method_key, actor)
    now = clock.now()
    if method.is_off(now):
        method.off_until = None
        method.off_for_clients = method.off_for_staff = ""
        facts: dict[str, object] = {"method": method.kind.value}
        record_of_provider(session, "provider.method_on", provider, facts, actor=actor, at=now)
    return method


def _find(
    session: Session, provider_key: str, method_key: str, actor: Actor
) -> tuple[Provider, PaymentMethod]:
    require(actor, PanelFunction.METHOD_SWITCH)
    provider = find_provider(session, actor, provider_key)
    # against others who change the provider's methods; orders, which refer to it, are not kept
    lock_row(session, provider, key_share=True)
    found = next((m for m in provider.payment_methods if m.key == method_key), None)
    if found is None:
        raise NotFound(text("The provider has no such payment method."))
    return provider, found


def _wrong(command: SwitchMethodOff, now: datetime) -> list[FieldError]:
    errors = []
    if command.until <= now:
        message = text("Choose a time that is still to come.")
        errors.append(FieldError("until", "too_early", message))
    elif command.until > now + LONGEST:
        message = text("At most %(days)s days; change the provider’s methods instead.", days=60)
        errors.append(FieldError("until", "too_late", message))
    if not is_visible(command.for_clients):
        message = text("Say briefly why; clients read it.")
        errors.append(FieldError("for_clients", "required", message))
    errors += [
        FieldError(name, "length", text("At most %(most)s characters.", most=MAX_REASON))
        for name in ("for_clients", "for_staff")
        if len(getattr(command, name).strip()) > MAX_REASON
    ]
    return errors
