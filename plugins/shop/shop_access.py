"""Whose shop is open to whom."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.clients_may_order import clients_may_order
from billing_panel.accounts.access.scope import find_client, find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.values.actor import Actor


def window_is_open(provider: Provider) -> bool:
    """Whether its list prices are shown to whoever comes by."""
    return clients_may_order(provider) and provider.shop_window_open


def registration_is_open(provider: Provider) -> bool:
    """Whether people may become clients of it by themselves, once mail is set up."""
    return clients_may_order(provider) and provider.registration_open


def own_shops(session: Session, actor: Actor) -> tuple[Client, Sequence[Provider]]:
    """The client who shops, and the providers whose shop they have. Raises NotFound for staff."""
    if actor.client_id is None:
        raise NotFound
    client = find_client(session, actor, client_id=actor.client_id)
    providers = (membership.provider for membership in client.memberships)
    return client, [one for one in providers if clients_may_order(one)]


def own_shop(session: Session, actor: Actor, key: str) -> tuple[Client, Provider]:
    """The client who shops, and the provider of that key. Raises NotFound."""
    client, shops = own_shops(session, actor)
    provider = next((one for one in shops if one.key == key), None)
    if provider is None:
        raise NotFound
    return client, provider


def window(session: Session, key: str) -> Provider:
    """The provider whose window is open to everybody. Raises NotFound."""
    provider = session.scalar(select(Provider).filter_by(key=key))
    if provider is None or not window_is_open(provider):
        raise NotFound
    return provider


def cart_owner(session: Session, actor: Actor, client_id: int, key: str) -> tuple[Client, Provider]:
    """A client and the provider with whom they have a cart, for whoever may look at it.

    A client's own shop is open; staff look after carts there were before it was closed. Raises
    NotFound.
    """
    if actor.client_id is not None:
        if actor.client_id != client_id:
            raise NotFound
        return own_shop(session, actor, key)
    client = find_client(session, actor, client_id=client_id)
    provider = find_provider(session, actor, key)
    if all(membership.provider_id != provider.id for membership in client.memberships):
        raise NotFound
    return client, provider
