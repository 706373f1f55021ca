from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.orm import Session

from billing_panel.kernel.actor import Actor
from permissions.functions import PanelFunction, check_known
from permissions.guard import require
from permissions.models import DepartmentFunction


def set_department_functions(
    session: Session,
    department_id: int,
    functions: Iterable[str],
    *,
    actor: Actor,
    known: Iterable[str],
) -> None:
    """Switch exactly ``functions`` On for a department. Raises UnknownFunction."""
    require(actor, PanelFunction.RIGHTS_CHANGE)
    wanted = sorted(set(functions))
    check_known(wanted, known)
    session.execute(delete(DepartmentFunction).filter_by(department_id=department_id))
    session.add_all(
        DepartmentFunction(department_id=department_id, function=function) for function in wanted
    )
