"""Everybody of one side at once, each with the rights they have now: a few statements for all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS
from billing_panel.accounts.people.clients import Client
from billing_panel.accounts.people.staff import Staff, staff_department, staff_provider
from billing_panel.accounts.people.users import ClientUser, User
from billing_panel.kernel.values.actor import Actor, ActorKind
from permissions.held_functions import functions_by_department, switches_by_staff
from permissions.matrix import effective


def all_staff(session: Session, known: Iterable[str]) -> Sequence[Actor]:
    """Every member of staff who may sign in, as ``actors.actor_of`` has each."""
    known = frozenset(known)
    departments = _by_staff(session, staff_department.c.department_id)
    providers = _by_staff(session, staff_provider.c.provider_id)
    of_departments, switches = functions_by_department(session), switches_by_staff(session)
    rows = session.execute(
        select(Staff.id, Staff.name, Staff.owner, User.id.label("user_id"), User.login)
        .add_columns(User.language)
        .join(User, User.id == Staff.user_id)
        .where(User.disabled_at.is_(None))
        .order_by(Staff.id)
    )
    return [
        Actor(
            kind=ActorKind.STAFF,
            user_id=row.user_id,
            login=row.login,
            name=row.name,
            language=row.language,
            functions=frozenset(
                effective(
                    known,
                    owner=row.owner,
                    by_department={
                        str(one): of_departments.get(one, frozenset())
                        for one in departments[row.id]
                    },
                    personal=switches.get(row.id, {}),
                )
            ),
            provider_ids=None if row.owner else frozenset(providers[row.id]),
            staff_id=row.id,
        )
        for row in rows
    ]


def users_of_clients(
    session: Session, client_ids: Collection[int], known: Iterable[str]
) -> Sequence[Actor]:
    """Every user of these clients who may sign in, as ``actors.actor_of`` has each."""
    known = frozenset(known)
    rows = session.execute(
        select(User.id, User.login, User.language, ClientUser.role, ClientUser.client_id)
        .add_columns(Client.name)
        .join(ClientUser, ClientUser.user_id == User.id)
        .join(Client, Client.id == ClientUser.client_id)
        .where(ClientUser.client_id.in_(client_ids), User.disabled_at.is_(None))
        .order_by(User.id)
    )
    return [
        Actor(
            kind=ActorKind.CLIENT,
            user_id=row.id,
            login=row.login,
            name=row.name,
            language=row.language,
            functions=ROLE_FUNCTIONS[row.role] & known,
            provider_ids=None,
            client_id=row.client_id,
        )
        for row in rows
    ]


def _by_staff(session: Session, column: Any) -> defaultdict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in session.execute(select(column.table.c.staff_id, column.label("other"))):
        found[row.staff_id].append(row.other)
    return found
