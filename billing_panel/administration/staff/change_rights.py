"""Changing what departments and individual people may do (H4).

1. Nobody switches what they don't hold themselves, nor anything that changes their own rights.
2. Nobody changes people who work for providers they don't work for.
3. Of two who change the same thing the second is told; what changed stands in the log.
4. Rights are read again for each request, so a change holds from the next one on.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.staff_models import Department, Staff
from billing_panel.administration.details.concurrent_changes import refuse_stale
from billing_panel.administration.staff.change_staff import find_staff
from billing_panel.administration.staff.departments import find_department, refuse_foreign_people
from billing_panel.administration.staff.permission_matrix import (
    rights_of,
    version_of_rights,
    version_of_role,
)
from billing_panel.kernel.database.row_locks import lock, lock_row
from billing_panel.kernel.language.errors import Forbidden, Refused
from billing_panel.kernel.language.stale_version import refuse_stale_version
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction
from permissions.read_function_switches import functions_by_department, staff_switches
from permissions.switch_functions import own_rights, set_department_functions, set_staff_switches

CHANGED_SINCE = text("Someone has changed these rights since; check them again.")


@dataclass(frozen=True)
class MatrixDetails:
    """What is On, by the key of the department."""

    functions: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class SwitchesDetails:
    """A person's own switches; functions without one follow their departments."""

    switches: Mapping[str, bool]


def matrix_details(session: Session) -> MatrixDetails:
    """Read what is On for each department, those with nothing too."""
    functions = functions_by_department(session)
    rows = session.scalars(select(Department).order_by(Department.key))
    return MatrixDetails({row.key: sorted(functions.get(row.id, ())) for row in rows})


def set_matrix(
    session: Session,
    details: MatrixDetails,
    *,
    seen: str | None = None,
    known: Collection[str],
    actor: Actor,
    clock: Clock,
) -> None:
    """Switch all departments at once; one that ``details`` does not name stays as it is.

    Raises FunctionNotHeld, Refused ``shared``, Forbidden ``cannot_grant`` or ``own_rights``,
    UnknownFunction, Conflict ``changed_meanwhile``.
    """
    require(actor, PanelFunction.RIGHTS_CHANGE)
    # all of them in one order, so that two who save at once do not wait for each other in a circle
    lock(session, select(Department.id).order_by(Department.id).with_for_update())
    rows = session.scalars(select(Department).order_by(Department.id)).all()
    now = matrix_details(session)
    refuse_stale(now, seen)
    for row in rows:
        wanted = details.functions.get(row.key)
        if wanted is not None and sorted(set(wanted)) != now.functions[row.key]:
            _switch(session, row, wanted, known=known, actor=actor, clock=clock)


def set_role_functions(
    session: Session,
    department_id: int,
    functions: Collection[str],
    *,
    version: int | None = None,
    known: Collection[str],
    actor: Actor,
    clock: Clock,
) -> Department:
    """Switch exactly ``functions`` On for a department. ``version``: the one that was looked at.

    Raises as ``set_matrix`` does, and NotFound, Conflict ``stale_version``.
    """
    require(actor, PanelFunction.RIGHTS_CHANGE)
    department = find_department(session, department_id)
    lock_row(session, department)
    if version is not None:
        refuse_stale_version(version, version_of_role(session, department_id), CHANGED_SINCE)
    _switch(session, department, functions, known=known, actor=actor, clock=clock)
    return department


def set_staff_functions(
    session: Session,
    staff_id: int,
    details: SwitchesDetails,
    *,
    seen: str | None = None,
    version: int | None = None,
    known: Collection[str],
    actor: Actor,
    clock: Clock,
) -> Staff:
    """Give a person exactly these own switches; they win over the departments (H4).

    ``seen`` and ``version`` tell, either of them, which state was looked at.

    Raises FunctionNotHeld, NotFound, Refused ``owner``, Forbidden ``cannot_grant`` or
    ``own_rights``, UnknownFunction, Conflict ``changed_meanwhile`` or ``stale_version``.
    """
    require(actor, PanelFunction.MEMBER_RIGHTS_CHANGE)
    person = find_staff(session, actor, staff_id)
    lock_row(session, person)
    refuse_stale(switches_details(session, staff_id), seen)
    if version is not None:
        refuse_stale_version(version, version_of_rights(session, staff_id), CHANGED_SINCE)
    _refuse_beyond_reach(person, actor)
    changed = set_staff_switches(session, staff_id, details.switches, actor=actor, known=known)
    if changed:
        record(
            session,
            "staff.functions_changed",
            actor=actor,
            at=clock.now(),
            subject=("staff", staff_id),
            facts={"switches": {name: list(pair) for name, pair in changed.items()}},
        )
    return person


def switches_details(session: Session, staff_id: int) -> SwitchesDetails:
    """Read a person's own switches."""
    return SwitchesDetails(staff_switches(session, staff_id))


def switches_for(
    session: Session, person: Staff, functions: Collection[str], known: Collection[str]
) -> SwitchesDetails:
    """The switches with which a person holds exactly ``functions``: where departments differ."""
    origins = rights_of(session, person, known).origins
    named = frozenset(functions)
    wanted = {name: name in named for name in {*known, *named}}
    return SwitchesDetails(
        {
            name: on
            for name, on in wanted.items()
            if name not in origins or on is not bool(origins[name].departments)
        }
    )


def _switch(
    session: Session,
    department: Department,
    functions: Collection[str],
    *,
    known: Collection[str],
    actor: Actor,
    clock: Clock,
) -> None:
    refuse_foreign_people(session, department.id, actor)
    own = _own(session, actor, known)
    on, off = set_department_functions(session, department.id, functions, actor=actor, known=known)
    if _own(session, actor, known) != own:
        raise own_rights()
    if on or off:
        record(
            session,
            "department.functions_changed",
            actor=actor,
            at=clock.now(),
            subject=("department", department.id),
            facts={"on": on, "off": off},
        )


def _own(session: Session, actor: Actor, known: Collection[str]) -> frozenset[str]:
    """What the actor holds, as it is written now; the system is no person."""
    if actor.staff_id is None:
        return frozenset()
    return rights_of(session, session.get_one(Staff, actor.staff_id), known).held


def _refuse_beyond_reach(person: Staff, actor: Actor) -> None:
    if person.id == actor.staff_id:
        raise own_rights()
    if person.owner:
        raise Refused(
            text("An owner holds every function, so there is nothing to switch."), code="owner"
        )
    own = actor.provider_ids
    if own is not None and not {row.id for row in person.providers} <= own:
        raise Forbidden(
            text("They work for providers you don’t work for; ask an owner."), code="cannot_grant"
        )
