from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from permissions.matrix import effective
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
    """Functions a member of staff holds → where from; ``departments`` maps his ids to keys."""
    rows = session.execute(BY_DEPARTMENT, {"department_ids": list(departments)})
    by_department: dict[str, list[str]] = {key: [] for key in departments.values()}
    for department_id, function in rows:
        by_department[departments[department_id]].append(function)
    personal = session.execute(PERSONAL, {"staff_id": staff_id})
    return effective(
        known,
        owner=owner,
        by_department=by_department,
        personal={row.function: row.on for row in personal},
    )
