"""Departments: the roles of the permission matrix, shared by the whole installation.

What each may do is changed in ``administration.staff.rights``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.discount_caps import is_beyond_own
from billing_panel.accounts.people.staff_models import (
    Department,
    Staff,
    staff_department,
    staff_provider,
)
from billing_panel.accounts.signing_in.sessions import end_sessions
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.database.unique_key_violations import refusing_taken
from billing_panel.kernel.language.errors import FieldError, Forbidden, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction
from permissions.switch_functions import own_rights


@dataclass(frozen=True)
class DepartmentDetails:
    """``second_factor``: its people must have one."""

    key: str
    titles: Mapping[str, str]
    second_factor: bool = False
    discount_cap: Decimal | None = None


def department_details(department: Department) -> DepartmentDetails:
    """Read a department as people type it."""
    return DepartmentDetails(
        key=department.key,
        titles=department.titles,
        second_factor=department.second_factor,
        discount_cap=department.discount_cap,
    )


def departments(session: Session) -> Sequence[Department]:
    """List all departments, by key."""
    return session.scalars(select(Department).order_by(Department.key)).all()


def find_department(session: Session, department_id: int) -> Department:
    """Raises NotFound."""
    department = session.get(Department, department_id)
    if department is None:
        raise NotFound(text("There is no such department."))
    return department


def refuse_foreign_people(session: Session, department_id: int, actor: Actor) -> None:
    """Raise Refused ``shared`` when people in it work for providers the actor does not work for."""
    if actor.provider_ids is None:
        return
    foreign = (
        select(Staff.id)
        .join(staff_department, staff_department.c.staff_id == Staff.id)
        .join(staff_provider, staff_provider.c.staff_id == Staff.id)
        .where(
            staff_department.c.department_id == department_id,
            staff_provider.c.provider_id.not_in(actor.provider_ids),
        )
    )
    if session.scalar(foreign.limit(1)) is not None:
        raise Refused(
            text("People in this department work for providers you don’t work for; ask an owner."),
            code="shared",
        )


def save_department(
    session: Session,
    department_id: int | None,
    details: DepartmentDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> Department:
    """A new department, which may do nothing yet, for ``department_id`` None.

    A change of what its people must have to sign in ends their sessions; the actor's own go on.

    Raises FunctionNotHeld, Refused ``shared``, NotFound, Invalid, Conflict ``changed_meanwhile``,
    Forbidden ``own_rights`` or ``cannot_grant``.
    """
    require(actor, PanelFunction.RIGHTS_CHANGE)
    department = Department() if department_id is None else find_department(session, department_id)
    now = None
    if department_id is not None:
        lock_row(session, department)
        refuse_foreign_people(session, department_id, actor)
        now = department_details(department)
        refuse_stale(now, seen)
    validators.refuse_wrong([*_wrong(details, now), *_taken(session, details.key, department_id)])
    _refuse_own(session, department, now, details, actor)
    _refuse_larger_cap(session, details, actor)
    with refusing_taken(session, {Department.key: TAKEN}):
        department.key, department.titles = details.key, dict(details.titles)
        department.second_factor = details.second_factor
        department.discount_cap = details.discount_cap
        session.add(department)
    changes = differences(now, details) if now else {}
    if "second_factor" in changes:
        _end_sessions(session, department, actor)
    if now is None or changes:
        record(
            session,
            "department.created" if now is None else "department.changed",
            actor=actor,
            at=clock.now(),
            subject=("department", department.id),
            facts={"changes": changes},
        )
    return department


def _refuse_own(
    session: Session,
    department: Department,
    now: DepartmentDetails | None,
    details: DepartmentDetails,
    actor: Actor,
) -> None:
    """Nobody but an owner changes what is asked of or given to themselves."""
    same = now is not None and (now.second_factor, now.discount_cap) == (
        details.second_factor,
        details.discount_cap,
    )
    person = session.get(Staff, actor.staff_id or 0)
    if same or person is None or person.owner or department not in person.departments:
        return
    raise own_rights()


def _refuse_larger_cap(session: Session, details: DepartmentDetails, actor: Actor) -> None:
    if is_beyond_own(session, actor, details.discount_cap):
        raise Forbidden(
            text("You can’t let others give larger discounts than you may give yourself."),
            code="cannot_grant",
        )


def _end_sessions(session: Session, department: Department, actor: Actor) -> None:
    members = (
        select(Staff.user_id)
        .join(staff_department)
        .where(staff_department.c.department_id == department.id)
    )
    end_sessions(session, set(session.scalars(members)) - {actor.user_id})


TAKEN = FieldError("key", "taken", text("Another department already has this key."))


def _taken(session: Session, key: str, department_id: int | None) -> Iterator[FieldError]:
    there = session.scalar(select(Department.id).filter_by(key=key))
    if there is not None and there != department_id:
        yield TAKEN


def _wrong(details: DepartmentDetails, now: DepartmentDetails | None) -> Iterator[FieldError]:
    yield from validators.key("key", details.key, before=[now.key] if now else ())
    yield from validators.titles("titles", details.titles)
    if details.discount_cap is not None:
        yield from validators.percent("discount_cap", details.discount_cap)
