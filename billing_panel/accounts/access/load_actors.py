"""Users as actors with the rights they hold now, read again for each request.

One at a time, or everybody of one side at once, in one statement for all of them.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, String, bindparam, case, cast, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS, ClientRole
from billing_panel.accounts.people.login_names import find_user
from billing_panel.accounts.people.staff_models import (
    Department,
    Staff,
    staff_department,
    staff_provider,
)
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, text
from billing_panel.kernel.values.actor import Actor, ActorKind
from permissions.effective_rights import effective
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
# What staff hold is read as text in the statement that finds them: how many functions they have,
# their departments' and their own, is no matter of rows.
SWITCHES_OF_DEPARTMENTS = (
    select(func.aggregate_strings(DepartmentFunction.function, " "))
    .join(staff_department, staff_department.c.department_id == DepartmentFunction.department_id)
    .where(staff_department.c.staff_id == Staff.id)
    .scalar_subquery()
)
OWN_SWITCHES = (
    select(
        func.aggregate_strings(
            case((StaffFunction.on, "+"), else_="-").concat(StaffFunction.function), " "
        )
    )
    .where(StaffFunction.staff_id == Staff.id)
    .scalar_subquery()
)
PROVIDER_IDS = (
    select(func.aggregate_strings(cast(staff_provider.c.provider_id, String), " "))
    .where(staff_provider.c.staff_id == Staff.id)
    .scalar_subquery()
)
# a user with all that makes them an actor; ``from_user`` joins it
PERSON = (
    User.id.label("user_id"),
    User.login,
    User.language,
    User.disabled_at,
    Staff.id.label("staff_id"),
    Staff.name.label("staff_name"),
    Staff.owner,
    SWITCHES_OF_DEPARTMENTS.label("of_departments"),
    OWN_SWITCHES.label("own_switches"),
    PROVIDER_IDS.label("provider_ids"),
    ClientUser.role,
    Client.id.label("client_id"),
    Client.name.label("client_name"),
)
# of staff there are some hundreds, and most hold what their department holds
RIGHTS_KEPT = 1_000


def from_user(rows: Select[Any]) -> Select[Any]:
    """Join to users what ``PERSON`` names of them: as staff, or as a client's."""
    return (
        rows.outerjoin(Staff, Staff.user_id == User.id)
        .outerjoin(ClientUser, ClientUser.user_id == User.id)
        .outerjoin(Client, Client.id == ClientUser.client_id)
    )


EVERYBODY = from_user(select(*PERSON).select_from(User))
BY_ID = EVERYBODY.where(User.id == bindparam("user_id"))


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
    return actor_from(session.execute(BY_ID, {"user_id": user.id}).one(), frozenset(known))


def actor_from(row: Row[Any], known: frozenset[str]) -> Actor | None:
    """The actor of a row of ``PERSON``, or None when they are disabled or belong to nobody."""
    if row.disabled_at is not None or (row.staff_id is None and row.client_id is None):
        return None
    if row.staff_id is None:
        return Actor(
            kind=ActorKind.CLIENT,
            user_id=row.user_id,
            login=row.login,
            name=row.client_name,
            language=row.language,
            functions=ROLE_FUNCTIONS[row.role] & known,
            provider_ids=None,
            client_id=row.client_id,
        )
    return Actor(
        kind=ActorKind.STAFF,
        user_id=row.user_id,
        login=row.login,
        name=row.staff_name,
        language=row.language,
        functions=known if row.owner else _held(known, row.of_departments, row.own_switches),
        provider_ids=None if row.owner else frozenset(map(int, (row.provider_ids or "").split())),
        staff_id=row.staff_id,
    )


@lru_cache(maxsize=RIGHTS_KEPT)
def _held(known: frozenset[str], of_departments: str | None, own: str | None) -> frozenset[str]:
    """Kept by all that it is made of: other rights are other text, and nothing is ever dropped."""
    return frozenset(
        effective(
            known,
            owner=False,
            by_department={"": (of_departments or "").split()},
            personal={switch[1:]: switch[0] == "+" for switch in (own or "").split()},
        )
    )


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


def all_staff(session: Session, known: Iterable[str]) -> Sequence[Actor]:
    """Every member of staff who may sign in, as ``actor_of`` has each."""
    rows = EVERYBODY.where(Staff.id.is_not(None)).order_by(Staff.id)
    return _actors(session, rows, known)


def users_of_clients(
    session: Session, client_ids: Collection[int], known: Iterable[str]
) -> Sequence[Actor]:
    """Every user of these clients who may sign in, as ``actor_of`` has each."""
    rows = EVERYBODY.where(ClientUser.client_id.in_(client_ids)).order_by(User.id)
    return _actors(session, rows, known)


def _actors(session: Session, rows: Select[Any], known: Iterable[str]) -> Sequence[Actor]:
    known = frozenset(known)
    found = (actor_from(row, known) for row in session.execute(rows))
    return [actor for actor in found if actor is not None]


def client_itself(client: Client, known: Iterable[str]) -> Actor:
    """Whoever reads what is sent to the client's own address: what an owner of theirs may do."""
    return Actor(
        kind=ActorKind.CLIENT,
        user_id=None,
        login=client.login,
        name=client.name,
        language=client.language,
        functions=ROLE_FUNCTIONS[ClientRole.OWNER] & frozenset(known),
        provider_ids=None,
        client_id=client.id,
    )
