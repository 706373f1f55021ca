"""The names of people by id, as far as a reader may know them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import known_staff
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.kept_by_actor import kept_by_actor

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
    ids = sorted({user_id for user_id in user_ids if user_id is not None})
    if not ids:
        return {}
    rows = plain(session, _people(reader), {"ids": ids})
    return {row.id: _person(row, reader) for row in rows}


@kept_by_actor
def _people(reader: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(
            User.id,
            User.login,
            Staff.name.label("of_staff"),
            known_staff(reader).label("is_known"),
            Client.name.label("of_client"),
            Client.login.label("client_login"),
        )
        .outerjoin(Staff, Staff.user_id == User.id)
        .outerjoin(ClientUser, ClientUser.user_id == User.id)
        .outerjoin(Client, Client.id == ClientUser.client_id)
        .where(
            User.id.in_(bindparam("ids", expanding=True)),
            or_(Staff.id.is_not(None), Client.id.is_not(None)),
        )
    )


def _person(row: Row[Any], reader: Actor) -> Person:
    if row.of_client is None:
        if row.is_known:
            return Person(row.login, row.of_staff, is_staff=True)
        return Person("", say(SOMEBODY, reader.language), is_staff=True)
    # of several users of a client, which one it was
    is_first = row.login == row.client_login
    name = row.of_client if is_first else f"{row.of_client} ({row.login})"
    return Person(row.login, name, is_staff=False)
