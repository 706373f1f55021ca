"""What is switched On, for departments and for people."""

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from permissions.effective_rights import effective
from permissions.models import DepartmentFunction, StaffFunction

BY_DEPARTMENT = select(DepartmentFunction.department_id, DepartmentFunction.function).where(
    DepartmentFunction.department_id.in_(bindparam("department_ids", expanding=True))
)
PERSONAL = select(StaffFunction.function, StaffFunction.on).where(
    StaffFunction.staff_id == bindparam("staff_id")
)


def functions_of(
    session: Session,
    known: Iterable[str],
    *,
    staff_id: int,
    owner: bool,
    departments: dict[int, str],
) -> dict[str, str]:
    """Functions a member of staff holds → where from; ``departments`` maps their ids to keys."""
    rows = session.execute(BY_DEPARTMENT, {"department_ids": list(departments)})
    by_department: dict[str, list[str]] = {key: [] for key in departments.values()}
    for department_id, function in rows:
        by_department[departments[department_id]].append(function)
    return effective(
        known,
        owner=owner,
        by_department=by_department,
        personal=staff_switches(session, staff_id),
    )


def department_functions(session: Session, department_id: int) -> set[str]:
    """Functions switched On for a department."""
    return set(
        session.scalars(select(DepartmentFunction.function).filter_by(department_id=department_id))
    )


def functions_by_department(session: Session) -> Mapping[int, frozenset[str]]:
    """Functions switched On, by department; one that has none is left out."""
    found: dict[int, set[str]] = {}
    rows = session.execute(select(DepartmentFunction.department_id, DepartmentFunction.function))
    for department_id, function in rows:
        found.setdefault(department_id, set()).add(function)
    return {key: frozenset(functions) for key, functions in found.items()}


def staff_switches(session: Session, staff_id: int) -> Mapping[str, bool]:
    """A person's own switches."""
    rows = session.execute(PERSONAL, {"staff_id": staff_id})
    return {row.function: row.on for row in rows}


def switches_by_staff(session: Session) -> Mapping[int, Mapping[str, bool]]:
    """Own switches of everybody who has some, by person."""
    found: dict[int, dict[str, bool]] = {}
    rows = session.execute(select(StaffFunction.staff_id, StaffFunction.function, StaffFunction.on))
    for staff_id, function, on in rows:
        found.setdefault(staff_id, {})[function] = on
    return found
