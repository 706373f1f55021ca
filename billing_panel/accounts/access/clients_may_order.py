"""The ordering module of a provider (D1). When it is off, its clients can't order or fill carts.

Staff order for them as ever. To a client the module that is off is not there (404).
"""

from sqlalchemy import ColumnElement, true

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.values.actor import Actor


def clients_may_order(provider: Provider) -> bool:
    """Whether clients of the provider order for themselves."""
    return provider.clients_may_order


def refuse_closed(provider: Provider, actor: Actor) -> None:
    """Raise NotFound for a client whose provider has the module off."""
    if actor.client_id is not None and not clients_may_order(provider):
        raise NotFound


def open_to(actor: Actor) -> ColumnElement[bool]:
    """Condition on Provider: ``actor`` may order there, as far as the module goes."""
    return true() if actor.client_id is None else Provider.clients_may_order.is_(True)
