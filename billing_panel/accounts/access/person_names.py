"""People by their ids, as a reader may know them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import known_staff
from billing_panel.accounts.people.clients import Client
from billing_panel.accounts.people.staff import Staff
from billing_panel.accounts.people.users import ClientUser, User
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor

SOMEBODY = text("someone from another provider")


@dataclass(frozen=True)
class Person:
    """A user by name: a member of staff, or the client they act for.

    ``login`` empty: a colleague of other providers, who is not named.
    """

    login: str
    name: str
    is_staff: bool


def people(session: Session, user_ids: Iterable[int | None], reader: Actor) -> Mapping[int, Person]:
    """Whoever of ``user_ids`` is somebody, by id; None is nobody, as what is done by itself.

    Staff who share no provider with ``reader`` have no name there.
    """
    ids = {user_id for user_id in user_ids if user_id is not None}
    if not ids:
        return {}
    staff = (
        select(User.id, User.login, Staff.name, known_staff(reader).label("is_known"))
        .join(Staff, Staff.user_id == User.id)
        .where(User.id.in_(ids))
    )
    clients = (
        select(User.id, User.login, Client.name, Client.login.label("of_client"))
        .join(ClientUser, ClientUser.user_id == User.id)
        .join(Client, Client.id == ClientUser.client_id)
        .where(User.id.in_(ids))
    )
    return {
        **{
            row.id: Person(row.login, row.name, is_staff=True)
            if row.is_known
            else Person("", say(SOMEBODY, reader.language), is_staff=True)
            for row in session.execute(staff)
        },
        # of several users of a client, which one it was
        **{
            row.id: Person(
                login=row.login,
                name=row.name if row.login == row.of_client else f"{row.name} ({row.login})",
                is_staff=False,
            )
            for row in session.execute(clients)
        },
    }
