"""What people are called by those who read of what they did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.clients import Client
from billing_panel.accounts.staff import Staff
from billing_panel.accounts.users import ClientUser


@dataclass(frozen=True)
class Person:
    name: str
    is_staff: bool


def people(session: Session, users: Iterable[int | None]) -> Mapping[int, Person]:
    """Those of the user ids that belong to somebody; None is nobody, as what is done by itself."""
    ids = {user_id for user_id in users if user_id is not None}
    if not ids:
        return {}
    staff = session.execute(select(Staff.user_id, Staff.name).where(Staff.user_id.in_(ids)))
    clients = session.execute(
        select(ClientUser.user_id, Client.name)
        .join(Client, Client.id == ClientUser.client_id)
        .where(ClientUser.user_id.in_(ids))
    )
    return {
        **{row.user_id: Person(row.name, is_staff=True) for row in staff},
        **{row.user_id: Person(row.name, is_staff=False) for row in clients},
    }
