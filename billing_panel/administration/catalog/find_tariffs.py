"""Tariffs of the providers that somebody works for."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.access.scope import find_provider, own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.models import (
    Tariff,
)
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor


def tariffs_in_scope(actor: Actor) -> Select[Tariff]:
    """Select the tariffs of providers in the actor's scope, with their prices."""
    own = select(Provider.id).where(own_providers(actor))
    return select(Tariff).where(Tariff.provider_id.in_(own)).options(selectinload(Tariff.prices))


def find_tariff(session: Session, actor: Actor, tariff_id: int) -> tuple[Tariff, Provider]:
    """Raises NotFound."""
    tariff = session.scalar(tariffs_in_scope(actor).where(Tariff.id == tariff_id))
    if tariff is None:
        raise NotFound(text("No such tariff, or you don’t have access to it."))
    return tariff, session.get_one(Provider, tariff.provider_id)


def tariff_by_key(
    session: Session, actor: Actor, provider_key: str, key: str
) -> tuple[Tariff, Provider]:
    """The tariff ``key`` of a provider in scope. Raises NotFound."""
    provider = find_provider(session, actor, provider_key)
    tariff = session.scalar(tariffs_in_scope(actor).filter_by(provider_id=provider.id, key=key))
    if tariff is None:
        raise NotFound(text("No such tariff, or you don’t have access to it."))
    return tariff, provider
