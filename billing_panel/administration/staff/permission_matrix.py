"""The permission matrix as it is now: departments with their functions and people."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.administration.staff.change_staff import is_seen
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.id_or_name import addressed
from permissions.effective_rights import Origin, Person, origin
from permissions.guard import require
from permissions.panel_functions import PanelFunction
from permissions.read_function_switches import (
    functions_by_department,
    staff_switches,
    switches_by_staff,
)

DEPARTMENT_CHANGES = ("department.created", "department.changed", "department.functions_changed")
STAFF_CHANGES = ("staff.created", "staff.changed", "staff.functions_changed")


@dataclass(frozen=True)
class Role:
    """A department with what is switched On for it. ``people``: how many may sign in.

    ``locked``: why whoever reads leaves it alone; None: they need not.
    """

    id: int
    key: str
    title: Titles
    functions: frozenset[str]
    people: int
    locked: Text | None


@dataclass(frozen=True)
class Matrix:
    """All departments, by key, and everybody who may sign in.

    People outside the scope of whoever reads have no name here: they are counted.
    """

    roles: Sequence[Role]
    people: Sequence[Person]

    @property
    def on(self) -> Mapping[str, frozenset[str]]:
        """Functions that are On, by the key of the department."""
        return {role.key: role.functions for role in self.roles}


@dataclass(frozen=True)
class Rights:
    """What one person may do: why, for each function there is, and their own switches."""

    person: Staff
    origins: Mapping[str, Origin]
    switches: Mapping[str, bool]

    @property
    def held(self) -> frozenset[str]:
        return frozenset(name for name, origin in self.origins.items() if origin.held)


def read_matrix(session: Session, actor: Actor) -> Matrix:
    """Raises FunctionNotHeld."""
    require(actor, PanelFunction.RIGHTS_READ, PanelFunction.RIGHTS_CHANGE)
    staff = session.scalars(
        select(Staff)
        .order_by(Staff.name, Staff.id)
        .options(
            joinedload(Staff.user, innerjoin=True),
            selectinload(Staff.departments),
            selectinload(Staff.providers),
        )
    ).all()
    active = [person for person in staff if person.user.disabled_at is None]
    functions, switches = functions_by_department(session), switches_by_staff(session)
    return Matrix(
        roles=[
            Role(
                id=row.id,
                key=row.key,
                title=row.title,
                functions=functions.get(row.id, frozenset()),
                people=sum(row in person.departments for person in active),
                locked=_locked([p for p in staff if row in p.departments], actor),
            )
            for row in session.scalars(select(Department).order_by(Department.key))
        ],
        people=[
            Person(
                name=person.name if is_seen(person, actor) else "",
                departments=frozenset(row.key for row in person.departments),
                personal=switches.get(person.id, {}),
                owner=person.owner,
            )
            for person in active
        ],
    )


def find_role(session: Session, actor: Actor, address: str) -> Role:
    """By id or key. Raises FunctionNotHeld, NotFound."""
    found = addressed(address, read_matrix(session, actor).roles, lambda role: role.key)
    if found is None:
        raise NotFound(text("There is no such department."))
    return found


def rights_of(session: Session, person: Staff, known: Collection[str]) -> Rights:
    """What a person holds, and from where (H4)."""
    functions, switches = functions_by_department(session), staff_switches(session, person.id)
    by_department = {row.key: functions.get(row.id, frozenset()) for row in person.departments}
    return Rights(
        person,
        {
            name: origin(name, owner=person.owner, by_department=by_department, personal=switches)
            for name in known
        },
        switches,
    )


def version_of_role(session: Session, department_id: int) -> int:
    """The number of the last entry in the log about it; each change makes it larger."""
    return _last(session, "department", department_id, DEPARTMENT_CHANGES)


def version_of_rights(session: Session, staff_id: int) -> int:
    """The same of a member of staff."""
    return _last(session, "staff", staff_id, STAFF_CHANGES)


def _last(session: Session, noun: str, number: int, kinds: Sequence[str]) -> int:
    write_late(session)
    last = session.scalar(
        select(func.max(Event.id)).where(
            Event.subject_kind == noun, Event.subject_id == number, Event.kind.in_(kinds)
        )
    )
    return last or 0


def _locked(people: Sequence[Staff], actor: Actor) -> Text | None:
    """The action asks again, and closer: what changes nobody's own rights it lets pass."""
    own = actor.provider_ids
    if own is not None and any(row.id not in own for p in people for row in p.providers):
        return text("People in this department work for providers you don’t work for.")
    if any(person.id == actor.staff_id and not person.owner for person in people):
        return text("You are in this department; you can’t change your own rights.")
    return None
