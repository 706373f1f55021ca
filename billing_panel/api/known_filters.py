"""Filters that name things: what names nothing that the caller knows is refused, not left empty."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import own_providers, seen_client
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.api.query_parameters import Query
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor

NO_SUCH_PROVIDER = text("No provider with this key is open to you; GET /providers lists yours.")

NO_SUCH_CLIENT = text("No such client, or you don’t have access to them.")


def refuse_unknown_provider(session: Session, actor: Actor, query: Query) -> None:
    """Of any query that has a ``provider``. Raises Invalid ``unknown_provider``."""
    key = getattr(query, "provider", None)
    if not key:
        return
    known = select(Provider.id).where(Provider.key == key, own_providers(actor))
    if session.scalar(known) is None:
        raise unknown("provider", NO_SUCH_PROVIDER)


def refuse_unknown_client(session: Session, actor: Actor, client_id: int | None) -> None:
    """None: no client is asked for. Raises Invalid ``unknown_client``."""
    if client_id is None:
        return
    known = select(Client.id).where(Client.id == client_id, seen_client(actor))
    if session.scalar(known) is None:
        raise unknown("client", NO_SUCH_CLIENT)


def unknown(field: str, message: Text) -> Invalid:
    """Make the refusal of a filter ``field`` that names nothing; its code is ``unknown_…``."""
    return Invalid([FieldError(field, f"unknown_{field}", message)])
