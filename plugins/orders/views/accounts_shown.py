"""What a page shows of a client's money with one provider, and offers to do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from billing_panel.accounts.clients import Membership
from billing_panel.accounts.providers import MethodKind, PaymentMethod, Provider
from billing_panel.kernel.actor import Actor
from billing_panel.ledger.queries import Standing, standing
from permissions.guard import allows
from plugins.orders.actions.change_balance import methods_of_change
from plugins.orders.queries import owed_together
from plugins.orders.views.balance_form import FUNCTIONS, new_keys


@dataclass(frozen=True)
class AccountShown:
    """``covers``: what an incoming credit pays at once, minor units. ``may``: of credit, debit.

    ``keys``: a request key for each form. ``in_points``: what the forms begin with.
    """

    membership: Membership
    stands: Standing
    may: Sequence[str] = ()
    covers: int = 0
    methods: Sequence[PaymentMethod] = ()
    in_points: bool = False
    keys: Mapping[str, str] = field(default_factory=new_keys)

    @property
    def provider(self) -> Provider:
        return self.membership.provider

    @property
    def has_points(self) -> bool:
        kinds = {method.kind for method in self.provider.payment_methods}
        return bool(self.stands.points) or MethodKind.POINTS in kinds


def account_shown(
    session: Session, actor: Actor, membership: Membership, *, in_points: bool = False
) -> AccountShown:
    provider = membership.provider
    may = [
        name
        for name, function in FUNCTIONS.items()
        if actor.client_id is None and allows(actor, function)
    ]
    covers = provider.credit_covers_debt and "credit" in may
    return AccountShown(
        membership,
        standing(session, membership.client_id, provider.id),
        may,
        owed_together(session, membership.client_id, provider.id) if covers else 0,
        methods_of_change(provider) if may else (),
        in_points,
    )
