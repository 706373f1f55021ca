"""Changing the terms between a client and a provider: group, credit limit, block."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.client_search import index_client
from billing_panel.accounts.access.scope import find_client, find_provider
from billing_panel.accounts.companies.provider_models import InvoiceTime
from billing_panel.accounts.people.client_models import (
    Client,
    ClientGroup,
    Membership,
)
from billing_panel.administration.clients.client_change_guards import (
    record_of_client,
    refuse_erased,
)
from billing_panel.administration.clients.client_details import (
    GUARDED,
    TYPED,
    MembershipDetails,
    hidden_terms,
    membership_details,
)
from billing_panel.administration.details import validators
from billing_panel.administration.details.balance_floors import move_floor
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import FieldError, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import parse
from permissions.guard import require
from permissions.panel_functions import PanelFunction


def join_provider(
    session: Session, client_id: int, provider: str, *, actor: Actor, clock: Clock
) -> Membership:
    """Make the client one of ``provider`` too.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``client_erased``.
    """
    require(actor, PanelFunction.CLIENT_CREATE)
    client = find_client(session, actor, client_id=client_id)
    lock_row(session, client)
    refuse_erased(client)
    joined = find_provider(session, actor, provider)
    if joined.id in {membership.provider_id for membership in client.memberships}:
        message = text("This person is already a client of this provider.")
        validators.refuse_wrong(validators.wrong("provider", message, "taken"))
    membership = Membership(provider=joined, credit_limit=0)
    client.memberships.append(membership)
    session.flush()
    index_client(session, client)
    record_of_client(session, "client.joined", client, actor, clock.now(), provider_id=joined.id)
    return membership


def change_membership(
    session: Session,
    client_id: int,
    provider: str,
    details: MembershipDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> Membership:
    """Raises FunctionNotHeld, naming the function of the field that the actor may not change.

    And NotFound, Invalid (``below_floor``: the balance stands lower than the new limit allows),
    Conflict ``changed_meanwhile`` or ``client_erased``.
    """
    require(actor, *GUARDED.values())
    client = find_client(session, actor, client_id=client_id)
    of_provider = find_provider(session, actor, provider)
    # whether balances may go below zero stays as it is meanwhile
    lock_row(session, of_provider, read=True)
    membership = _membership(session, client, of_provider.id)
    refuse_erased(client)
    now = membership_details(membership)
    refuse_stale(now, seen, hidden_terms(actor))
    group = session.scalar(select(ClientGroup).filter_by(key=details.group))
    validators.refuse_wrong(_wrong_membership(details, group, of_provider.currency))
    limit = parse(details.credit_limit, of_provider.currency)
    changes = differences(now, replace(details, credit_limit=str(limit)))
    for name in changes:
        require(actor, GUARDED[name])
    at = clock.now()
    membership.group = group
    if limit.minor != membership.credit_limit:
        move_floor(session, membership, limit.minor)
    membership.credit_limit = limit.minor
    membership.invoice_time = InvoiceTime(details.invoice_time) if details.invoice_time else None
    if details.blocked_reason != now.blocked_reason:
        membership.blocked_at = None if details.blocked_reason is None else at
    membership.blocked_reason = details.blocked_reason
    membership.blocked_text = details.blocked_text.strip()
    if changes:
        record_of_client(
            session,
            "client.terms_changed",
            client,
            actor,
            at,
            provider_id=membership.provider_id,
            facts={"changes": _plain_terms(changes)},
            words={name: changes[name] for name in TYPED & changes.keys()},
        )
    return membership


def _plain_terms(changes: Mapping[str, Any]) -> dict[str, object]:
    """The changes without what somebody typed; of a block, whether there was one and is one."""
    plain = {name: change for name, change in changes.items() if name not in TYPED}
    if "blocked_reason" in changes:
        plain["blocked"] = [reason is not None for reason in changes["blocked_reason"]]
    return plain


def _membership(session: Session, client: Client, provider_id: int) -> Membership:
    """Locked, as every action on the pair locks it. Raises NotFound."""
    membership = next((m for m in client.memberships if m.provider_id == provider_id), None)
    if membership is None:
        raise NotFound(text("This client has no account with this provider."))
    lock_row(session, membership)
    return membership


def _wrong_membership(
    details: MembershipDetails, group: ClientGroup | None, currency: str
) -> Iterator[FieldError]:
    if details.group and group is None:
        yield FieldError("group", "unknown_group", text("There is no such client group."))
    yield from validators.amount("credit_limit", details.credit_limit, currency)
    if details.invoice_time not in {"", *InvoiceTime}:
        message = text("Choose when invoices are issued.")
        yield FieldError("invoice_time", "unknown_invoice_time", message)
    if details.blocked_reason is not None:
        yield from validators.filled("blocked_reason", details.blocked_reason)
    yield from validators.short("blocked_text", details.blocked_text)
