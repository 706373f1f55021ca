"""The largest discount a person may propose or approve as an exception for a client."""

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.staff_models import Department, Staff, staff_department
from billing_panel.kernel.values.actor import Actor

WITHOUT_LIMIT = Decimal(100)


def discount_cap(session: Session, person: Staff) -> Decimal | None:
    """In percent: the largest of their departments'; an owner's is whole. None: no discount."""
    if person.owner:
        return WITHOUT_LIMIT
    of_departments = (
        select(func.max(Department.discount_cap))
        .join(staff_department, staff_department.c.department_id == Department.id)
        .where(staff_department.c.staff_id == person.id)
    )
    return session.scalar(of_departments)


def is_beyond_own(session: Session, actor: Actor, cap: Decimal | None) -> bool:
    """Whether ``cap`` is larger than the actor's own; the system is no person and has none."""
    own = session.get(Staff, actor.staff_id or 0)
    if own is None or cap is None:
        return False
    return cap > (discount_cap(session, own) or 0)
