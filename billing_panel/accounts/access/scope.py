"""Who sees whom: every query for clients or providers starts here; outside it nothing exists."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    exists,
    false,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from billing_panel.accounts.access.read_client import client_of, clients_with_memberships
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.accounts.people.login_names import is_login
from billing_panel.accounts.people.staff_models import Staff, staff_provider
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.errors import NotFound, Refused
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.kept_by_actor import kept_by_actor


def own_providers(actor: Actor) -> ColumnElement[bool]:
    """Condition on Provider: the actor works for it, or is its client."""
    if actor.client_id is not None:
        of_client = select(Membership.provider_id).filter_by(client_id=actor.client_id)
        return Provider.id.in_(of_client)
    return true() if actor.provider_ids is None else Provider.id.in_(actor.provider_ids)


def seen_client(actor: Actor) -> ColumnElement[bool]:
    """Condition on Client: only themselves for a client; for staff, clients of their providers."""
    if actor.client_id is not None:
        return Client.id == actor.client_id
    if actor.provider_ids is None:
        return true()
    if not actor.provider_ids:
        return false()
    # asked of the one client at hand; as a list, SQLite would first read every client there is
    asked = exists().where(
        Membership.client_id == Client.id, Membership.provider_id.in_(actor.provider_ids)
    )
    return asked.correlate(Client)


def known_staff(actor: Actor) -> ColumnElement[bool]:
    """Condition on Staff: they have a name for ``actor``, with whom they share a provider.

    Owners look after every provider. A client's user is told no names at all (``Fact.STAFF``).
    """
    if actor.provider_ids is None:
        return true()
    shared = exists().where(
        staff_provider.c.staff_id == Staff.id,
        staff_provider.c.provider_id.in_(actor.provider_ids),
    )
    return or_(Staff.owner, Staff.user_id == actor.user_id, shared)


def clients(actor: Actor) -> Select[Client]:
    """Select the clients that ``actor`` may see."""
    return select(Client).where(seen_client(actor))


def find_client(
    session: Session, actor: Actor, *, client_id: int | None = None, login: str = ""
) -> Client:
    """One client by id or login with their memberships, read again. Raises NotFound."""
    if client_id is None:
        meant, first = is_login(Client.login, login)
        page = clients(actor).where(meant).order_by(first).with_only_columns(Client.id)
        client_id = session.scalar(page.limit(1))
    rows = plain(session, _client(actor), {"client_id": client_id}).all()
    client = client_of(session, rows)
    if client is None:
        raise NotFound(text("No such client, or you don’t have access to them."))
    return client


@kept_by_actor
def _client(actor: Actor) -> Select[*tuple[Any, ...]]:
    own = Client.id == bindparam("client_id", type_=BigInteger())
    return clients_with_memberships().where(seen_client(actor), own)


def seen_memberships(actor: Actor, client: Client) -> list[Membership]:
    """The client's memberships with providers inside the actor's scope."""
    return [
        membership
        for membership in client.memberships
        if actor.provider_ids is None or membership.provider_id in actor.provider_ids
    ]


def providers(session: Session, actor: Actor) -> Sequence[Provider]:
    """List the providers in the actor's scope, by key."""
    return session.scalars(_providers(actor)).all()


@kept_by_actor
def _providers(actor: Actor) -> Select[Provider]:
    return select(Provider).where(own_providers(actor)).order_by(Provider.key)


class InZone(Protocol):
    """A provider, or what a list has of it."""

    @property
    def key(self) -> str: ...

    @property
    def timezone(self) -> str: ...


def zone_of(providers: Sequence[InZone], chosen: str = "") -> str:
    """The one time zone of a page: of the provider ``chosen`` by its key, else of the first."""
    named = [provider for provider in providers if provider.key == chosen]
    return next((provider.timezone for provider in [*named, *providers]), "UTC")


def find_provider(session: Session, actor: Actor, key: str) -> Provider:
    """One provider in scope. Raises NotFound."""
    provider = session.scalar(select(Provider).where(own_providers(actor), Provider.key == key))
    if provider is None:
        raise NotFound(text("No provider %(key)s, or you don’t have access to it.", key=key))
    return provider


def provider_for(session: Session, actor: Actor, client: Client, key: str | None) -> Provider:
    """The named one, else the client's only one. Raises NotFound, Refused ``provider_needed``."""
    seen = seen_memberships(actor, client)
    if key is not None:
        own = (one.provider for one in seen if one.provider.key == key)
        return next(own, None) or find_provider(session, actor, key)
    if len(seen) == 1:
        return seen[0].provider
    raise Refused(
        text(
            "The client has several providers; choose one of %(keys)s.",
            keys=AnyOf([membership.provider.key for membership in seen]),
        ),
        code="provider_needed",
    )


def provider_names(own: Iterable[Provider]) -> dict[str, str]:
    """What providers are called, by key."""
    return {provider.key: provider.name for provider in own}
