"""The payment methods of a provider, read by a statement made once."""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlalchemy.orm import object_session
from sqlalchemy.orm.attributes import set_committed_value

from billing_panel.accounts.companies.provider_models import PaymentMethod, Provider
from billing_panel.kernel.database.plain_objects import Objects

_METHODS = Objects(
    PaymentMethod,
    lambda found: found.where(PaymentMethod.provider_id == bindparam("provider_id")).order_by(
        PaymentMethod.position
    ),
)


def methods_of(provider: Provider) -> Sequence[PaymentMethod]:
    """Those of the provider, in their order."""
    session = object_session(provider)
    if session is not None and "payment_methods" not in provider.__dict__:
        methods = _METHODS.read(session, {"provider_id": provider.id})
        set_committed_value(provider, "payment_methods", methods)
    return provider.payment_methods


def methods_to_choose(provider: Provider) -> Sequence[PaymentMethod]:
    """Those by which an order may be placed, while they are not switched off for a time."""
    offered = methods_of(provider)
    return [m for m in offered if m.client_may_choose and provider.can_take_by(m)]


def methods_to_set_up(provider: Provider) -> Sequence[PaymentMethod]:
    """Those that clients would be offered, were there somewhere to pay to."""
    offered = methods_of(provider)
    return [m for m in offered if m.client_may_choose and not provider.can_take_by(m)]
