"""How far a balance may go below zero: to the credit limit, where the provider allows it."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.kernel.language.errors import FieldError, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.ledger.client_standing import held_account
from billing_panel.ledger.post_entries import set_floor


def move_floor(session: Session, membership: Membership, credit_limit: int) -> None:
    """Raises Invalid ``below_floor`` at ``credit_limit`` when the balance stands lower already."""
    provider = membership.provider
    if not provider.balance_may_go_below:
        return
    account = held_account(membership.client_id, provider, in_points=False)
    try:
        set_floor(session, account, -credit_limit)
    except Refused as refusal:
        error = FieldError("credit_limit", refusal.code, refusal.message)
        raise Invalid([error], code=refusal.code) from refusal


def move_floors(session: Session, provider: Provider) -> None:
    """Of every client of ``provider``, which has just changed whether balances may go below.

    Raises Invalid ``below_floor`` at ``balance_may_go_below``, naming each client who stands lower.
    """
    errors = []
    for client, credit_limit in _with_limit(session, provider):
        account = held_account(client.id, provider, in_points=False)
        try:
            set_floor(session, account, -credit_limit if provider.balance_may_go_below else 0)
        except Refused as refusal:
            message = text("%(client)s: %(problem)s", client=client.name, problem=refusal.message)
            errors.append(FieldError("balance_may_go_below", refusal.code, message))
    if errors:
        raise Invalid(errors, code="below_floor")


def _with_limit(session: Session, provider: Provider) -> Iterator[tuple[Client, int]]:
    """Clients with a credit limit: the floor of all others is zero either way."""
    limited = (
        select(Client, Membership.credit_limit)
        .join(Membership, Membership.client_id == Client.id)
        .where(Membership.provider_id == provider.id, Membership.credit_limit > 0)
        .order_by(Client.id)
    )
    for row in session.execute(limited).all():
        yield row[0], row[1]
