"""From a user to the actor they are now: rights are read anew for each request."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS, ClientRole
from billing_panel.accounts.people.clients import Client
from billing_panel.accounts.people.logins import find_user
from billing_panel.accounts.people.staff import Department, Staff, staff_department, staff_provider
from billing_panel.accounts.people.users import ClientUser, User
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, text
from billing_panel.kernel.values.actor import Actor, ActorKind
from permissions.held_functions import functions_of
from permissions.models import DepartmentFunction, StaffFunction

STAFF = select(Staff).where(Staff.user_id == bindparam("user_id"))
DEPARTMENTS = (
    select(Department.id, Department.key)
    .join(staff_department, staff_department.c.department_id == Department.id)
    .where(staff_department.c.staff_id == bindparam("staff_id"))
    .order_by(Department.key)
)
PROVIDERS = select(staff_provider.c.provider_id).where(
    staff_provider.c.staff_id == bindparam("staff_id")
)


def console(known: Iterable[str]) -> Actor:
    """Whoever runs commands on the server: holds everything, and is written down as the system."""
    return Actor(
        kind=ActorKind.SYSTEM,
        user_id=None,
        login="console",
        name="console",
        language=DEFAULT_LANGUAGE,
        functions=frozenset(known),
        provider_ids=None,
    )


def actor_of(session: Session, user: User, known: Iterable[str]) -> Actor | None:
    """The actor behind a user, or None when they are disabled or belong to nobody."""
    if user.disabled_at is not None:
        return None
    staff = session.scalar(STAFF, {"user_id": user.id})
    if staff is not None:
        return _staff_actor(session, user, staff, known)
    row = session.execute(
        select(Client, ClientUser.role)
        .join(ClientUser, ClientUser.client_id == Client.id)
        .where(ClientUser.user_id == user.id)
    ).first()
    return _client_actor(user, row.Client, row.role, known) if row else None


def staff_actor(session: Session, login: str, known: Iterable[str]) -> Actor:
    """The member of staff with this login. Raises NotFound."""
    user = find_user(session, login)
    actor = actor_of(session, user, known) if user else None
    if actor is None or actor.staff_id is None:
        raise NotFound(text("No active member of staff has the login %(login)s.", login=login))
    return actor


def rights_of(session: Session, user_id: int) -> str:
    """All that a user's rights are made of, as one text: it changes when any of them does."""
    staff = session.scalar(STAFF, {"user_id": user_id})
    if staff is None:
        clients = select(ClientUser.client_id, ClientUser.role).filter_by(user_id=user_id)
        return f"client {[(row.client_id, row.role.value) for row in session.execute(clients)]}"
    departments = session.scalars(DEPARTMENTS, {"staff_id": staff.id}).all()
    by_department = (
        select(DepartmentFunction.function)
        .where(DepartmentFunction.department_id.in_(departments))
        .order_by(DepartmentFunction.function)
    )
    own = (
        select(StaffFunction.function, StaffFunction.on)
        .filter_by(staff_id=staff.id)
        .order_by(StaffFunction.function)
    )
    return repr(
        (
            staff.owner,
            session.scalars(by_department).all(),
            [tuple(row) for row in session.execute(own)],
            sorted(session.scalars(PROVIDERS, {"staff_id": staff.id})),
        )
    )


def _staff_actor(session: Session, user: User, staff: Staff, known: Iterable[str]) -> Actor:
    held = functions_of(
        session,
        known,
        staff_id=staff.id,
        owner=staff.owner,
        departments={
            row.id: row.key for row in session.execute(DEPARTMENTS, {"staff_id": staff.id})
        },
    )
    return Actor(
        kind=ActorKind.STAFF,
        user_id=user.id,
        login=user.login,
        name=staff.name,
        language=user.language,
        functions=frozenset(held),
        provider_ids=None
        if staff.owner
        else frozenset(session.scalars(PROVIDERS, {"staff_id": staff.id})),
        staff_id=staff.id,
    )


def _client_actor(user: User, client: Client, role: ClientRole, known: Iterable[str]) -> Actor:
    return Actor(
        kind=ActorKind.CLIENT,
        user_id=user.id,
        login=user.login,
        name=client.name,
        language=user.language,
        functions=ROLE_FUNCTIONS[role] & frozenset(known),
        provider_ids=None,
        client_id=client.id,
    )
