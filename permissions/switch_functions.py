"""The only place where rights are changed.

Nobody hands out, or takes away, what they don't hold themselves. Who works where is known above:
``billing_panel.administration.staff.change_rights`` asks for that, and writes the log.
"""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import Forbidden
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from permissions.guard import require
from permissions.models import DepartmentFunction, StaffFunction
from permissions.panel_functions import PanelFunction, check_known
from permissions.read_function_switches import department_functions, staff_switches


def own_rights() -> Forbidden:
    """Make the refusal for whoever would change their own rights."""
    return Forbidden(
        text("You can’t change your own rights; ask another member of staff."), code="own_rights"
    )


def refuse_beyond_own(actor: Actor, functions: Iterable[str]) -> None:
    """Raise Forbidden ``cannot_grant`` naming those of ``functions`` the actor does not hold.

    They are known, so there are only so many.
    """
    if beyond := sorted(set(functions) - actor.functions):
        raise Forbidden(
            text("You don’t hold these functions yourself: %(functions)s.", functions=beyond),
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
) -> tuple[list[str], list[str]]:
    """Switch exactly ``functions`` On for a department: those switched On by it, and Off.

    Raises FunctionNotHeld, Forbidden ``cannot_grant``, UnknownFunction.
    """
    require(actor, PanelFunction.RIGHTS_CHANGE)
    wanted, there = set(functions), department_functions(session, department_id)
    on, off = sorted(wanted - there), sorted(there - wanted)
    check_known(on, known)
    # a function that no plugin declares any more may be dropped by anybody
    refuse_beyond_own(actor, {*on, *off} & set(known))
    session.execute(
        delete(DepartmentFunction).where(
            DepartmentFunction.department_id == department_id, DepartmentFunction.function.in_(off)
        )
    )
    session.add_all(DepartmentFunction(department_id=department_id, function=name) for name in on)
    session.flush()
    return on, off


def set_staff_switches(
    session: Session,
    staff_id: int,
    switches: Mapping[str, bool],
    *,
    actor: Actor,
    known: Collection[str],
) -> Mapping[str, tuple[bool | None, bool | None]]:
    """Give a person exactly these own switches: functions whose switch changed, from → to.

    None: as their departments say. Raises FunctionNotHeld, Forbidden ``cannot_grant``,
    UnknownFunction.
    """
    require(actor, PanelFunction.MEMBER_RIGHTS_CHANGE)
    there = staff_switches(session, staff_id)
    changed = {
        name: (there.get(name), switches.get(name))
        for name in sorted({*there, *switches})
        if there.get(name) != switches.get(name)
    }
    check_known([name for name, (_, now) in changed.items() if now is not None], known)
    refuse_beyond_own(actor, set(changed) & set(known))
    session.execute(
        delete(StaffFunction).where(
            StaffFunction.staff_id == staff_id, StaffFunction.function.in_(changed)
        )
    )
    session.add_all(
        StaffFunction(staff_id=staff_id, function=name, on=now)
        for name, (_, now) in changed.items()
        if now is not None
    )
    session.flush()
    return changed
