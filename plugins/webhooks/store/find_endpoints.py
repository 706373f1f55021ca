"""Endpoints in somebody's scope, and who answers for one."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.access.person_names import Person, people
from billing_panel.accounts.access.scope import own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows, require
from plugins.webhooks.functions import WebhooksFunction
from plugins.webhooks.session_info_keys import known_functions
from plugins.webhooks.store.models import Endpoint


def endpoints(session: Session, actor: Actor) -> Sequence[Endpoint]:
    """List those of the actor's providers, by provider. Raises FunctionNotHeld."""
    _require_reading(actor)
    rows = select(Endpoint).join(Provider, Provider.id == Endpoint.provider_id)
    in_order = rows.where(own_providers(actor)).order_by(Provider.key, Endpoint.id)
    return session.scalars(in_order).all()


def find_endpoint(session: Session, actor: Actor, endpoint_id: int) -> Endpoint:
    """Raises FunctionNotHeld, NotFound."""
    _require_reading(actor)
    rows = select(Endpoint).join(Provider, Provider.id == Endpoint.provider_id)
    found = session.scalar(rows.where(own_providers(actor), Endpoint.id == endpoint_id))
    if found is None:
        raise NotFound(text("No such webhook, or you don’t have access to it."))
    return found


def _require_reading(actor: Actor) -> None:
    """Of staff alone: a client's user has neither function."""
    require(actor, WebhooksFunction.READ, WebhooksFunction.CHANGE)


def saved_by(session: Session, endpoint: Endpoint, reader: Actor) -> Person:
    """Whoever saved the endpoint, by name as far as ``reader`` may know it."""
    return people(session, [endpoint.user_id], reader)[endpoint.user_id]


def whose(session: Session, endpoint: Endpoint) -> Actor | None:
    """Whoever saved the endpoint, as they are now: it receives what they may see.

    None: they may no longer sign in, look after webhooks or work for the provider.
    """
    actor = actor_of(session, endpoint.user, known_functions(session))
    if actor is None or not allows(actor, WebhooksFunction.CHANGE):
        return None
    if actor.provider_ids is not None and endpoint.provider_id not in actor.provider_ids:
        return None
    return actor if endpoint.functions is None else actor.narrowed_to(endpoint.functions)
