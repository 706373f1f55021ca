"""Who may do what is changed here, and only here.

Nobody hands out, or takes away, what he does not hold himself.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing_panel.kernel.actor import Actor
from billing_panel.kernel.errors import Forbidden
from billing_panel.kernel.text import text
from permissions.functions import PanelFunction, check_known
from permissions.guard import require
from permissions.models import DepartmentFunction


def refuse_beyond_own(actor: Actor, functions: Iterable[str]) -> None:
    """Raise Forbidden ``cannot_grant`` naming those of ``functions`` the actor does not hold."""
    if beyond := sorted(set(functions) - actor.functions):
        raise Forbidden(
            text("You do not hold these functions yourself: %(functions)s.", functions=beyond),
            code="cannot_grant",
            facts={"functions": beyond},
        )


def set_department_functions(
    session: Session,
    department_id: int,
    functions: Iterable[str],
    *,
    actor: Actor,
    known: Collection[str],
) -> None:
    """Switch exactly ``functions`` On for a department.

    Raises FunctionNotHeld, Forbidden ``cannot_grant``, UnknownFunction.
    """
    require(actor, PanelFunction.RIGHTS_CHANGE)
    wanted = set(functions)
    check_known(wanted, known)
    there = set(
        session.scalars(select(DepartmentFunction.function).filter_by(department_id=department_id))
    )
    # a function that no plugin declares any more may be dropped by anybody
    refuse_beyond_own(actor, (wanted ^ there) & set(known))
    session.execute(delete(DepartmentFunction).filter_by(department_id=department_id))
    session.add_all(
        DepartmentFunction(department_id=department_id, function=function)
        for function in sorted(wanted)
    )
