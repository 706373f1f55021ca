"""Whom a letter is for: the address, and the reader whose rights decide what it shows."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import all_staff, client_itself, users_of_clients
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, addresses_in
from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS, ClientRole
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.values.actor import Actor, ActorKind
from plugins.notices.store.accounting_recipient_key import accounting_recipient
from plugins.notices.store.models import Notice


@dataclass(frozen=True)
class Addressee:
    """Whom a letter is for: ``reader`` says what they may see, and in which language."""

    to: str
    reader: Actor
    client_id: int | None = None
    user_id: int | None = None


def addressees_of(
    session: Session, rows: Sequence[Notice], known: Iterable[str]
) -> Mapping[str, Addressee]:
    """By the recipient that notices name; who has no address any more is left out."""
    known = frozenset(known)
    client_ids = {row.client_id for row in rows if row.client_id is not None}
    provider_ids = {row.provider_id for row in rows if row.provider_id is not None}
    people = [*all_staff(session, known), *users_of_clients(session, client_ids, known)]
    clients = session.scalars(
        select(Client).where(Client.id.in_(client_ids), Client.erased_at.is_(None))
    )
    providers = session.scalars(select(Provider).where(Provider.id.in_(provider_ids)))
    return {
        **_of_people(session, people),
        **dict(one for client in clients for one in _of_client(client, known)),
        **{
            f"provider:{row.id}": Addressee(row.email, _provider_reader(row, known))
            for row in providers
        },
    }


def _of_people(session: Session, people: Sequence[Actor]) -> Mapping[str, Addressee]:
    ids: Collection[int] = [person.user_id or 0 for person in people]
    emails = {
        row.id: row.email
        for row in session.execute(select(User.id, User.email).where(User.id.in_(ids)))
    }
    return {
        f"user:{person.user_id}": Addressee(
            emails[person.user_id or 0], person, person.client_id, person.user_id
        )
        for person in people
        if emails.get(person.user_id or 0)
    }


def _of_client(client: Client, known: frozenset[str]) -> Iterator[tuple[str, Addressee]]:
    """Their own address reads what an owner of theirs does, accounting what their accountant."""
    owner = client_itself(client, known)
    accountant = replace(owner, functions=ROLE_FUNCTIONS[ClientRole.ACCOUNTANT] & known)
    if client.email:
        yield f"client:{client.id}", Addressee(client.email, owner, client.id)
    for address in addresses_in(client.accounting_emails):
        recipient = accounting_recipient(client.id, address)
        yield recipient, Addressee(address, accountant, client.id)


def _provider_reader(provider: Provider, known: frozenset[str]) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        user_id=None,
        login=provider.key,
        name=provider.name,
        language=provider.language,
        functions=known,
        provider_ids=frozenset({provider.id}),
    )
