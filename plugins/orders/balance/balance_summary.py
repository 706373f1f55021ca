"""A client's money with one provider as a page shows it, and what can be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from billing_panel.accounts.access.membership_terms_seen import Terms, terms_seen
from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod, Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.kernel.values.actor import Actor
from billing_panel.ledger.client_standing import Standing, seen_standing
from billing_panel.web.shell.request_context import panel
from billing_panel.web.shell.route_access import may_open
from plugins.orders.balance.balance_form import CHANGES, new_keys
from plugins.orders.balance.change_balance import methods_of_change
from plugins.orders.store.find_orders import owed_together


@dataclass(frozen=True)
class AccountShown:
    """``stands`` None: not for whoever looks, who may change it all the same.

    ``covers``: what an incoming credit pays at once, minor units. ``may``: of credit, debit.

    ``keys``: a request key for each form. ``in_points``: what the forms begin with.
    """

    terms: Terms
    stands: Standing | None
    may: Sequence[str] = ()
    covers: int = 0
    methods: Sequence[PaymentMethod] = ()
    in_points: bool = False
    keys: Mapping[str, str] = field(default_factory=new_keys)

    @property
    def provider(self) -> Provider:
        return self.terms.provider

    @property
    def has_points(self) -> bool:
        kinds = {method.kind for method in self.provider.payment_methods}
        held = self.stands.points if self.stands else 0
        return bool(held) or MethodKind.POINTS in kinds


def account_shown(
    session: Session, actor: Actor, membership: Membership, *, in_points: bool = False
) -> AccountShown:
    """Read what the page shows of the account, and which changes ``actor`` may make."""
    provider = membership.provider
    may = [name for name in CHANGES if may_open(f"balance.{name}")]
    stands = seen_standing(session, actor, membership.client_id, provider.id)
    covers = stands is not None and provider.credit_covers_debt and "credit" in may
    return AccountShown(
        terms_seen(membership, actor),
        stands,
        may,
        owed_together(session, membership.client_id, provider.id) if covers else 0,
        methods_of_change(provider, panel().clock.now()) if may else (),
        in_points,
    )
