"""Departments: the roles of the permission matrix. They hold for the whole installation."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.staff import Department
from billing_panel.administration import checks
from billing_panel.administration.changes import differences, refuse_stale
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.errors import FieldError, NotFound, Refused
from billing_panel.kernel.events import record
from billing_panel.kernel.text import text
from permissions.actions import set_department_functions
from permissions.functions import PanelFunction
from permissions.guard import require
from permissions.models import DepartmentFunction


@dataclass(frozen=True)
class DepartmentDetails:
    key: str
    titles: Mapping[str, str]
    functions: Sequence[str] = field(default_factory=list)
    discount_cap: Decimal | None = None


def department_details(session: Session, department: Department) -> DepartmentDetails:
    held = session.scalars(
        select(DepartmentFunction.function).filter_by(department_id=department.id)
    )
    return DepartmentDetails(
        department.key, department.titles, sorted(held), department.discount_cap
    )


def departments(session: Session) -> Sequence[Department]:
    return session.scalars(select(Department).order_by(Department.key)).all()


def find_department(session: Session, department_id: int) -> Department:
    """Raises NotFound."""
    department = session.get(Department, department_id)
    if department is None:
        raise NotFound(text("There is no such department."))
    return department


def save_department(
    session: Session,
    department_id: int | None,
    details: DepartmentDetails,
    *,
    seen: str | None = None,
    known: Collection[str],
    actor: Actor,
    clock: Clock,
) -> Department:
    """A new department for ``department_id`` None; ``known``: every function there is.

    Raises FunctionNotHeld, Refused ``shared``, Forbidden ``cannot_grant``, UnknownFunction,
    NotFound, Invalid, Conflict ``changed_meanwhile``.
    """
    require(actor, PanelFunction.RIGHTS_CHANGE)
    if actor.provider_ids is not None:
        raise Refused(
            text("Departments hold for every provider; only an owner may change them."),
            code="shared",
        )
    department = Department() if department_id is None else find_department(session, department_id)
    now = None
    if department_id is not None:
        session.refresh(department, with_for_update=True)
        now = department_details(session, department)
        refuse_stale(now, seen)
    checks.refuse_wrong([*_wrong(details), *_taken(session, details.key, department_id)])
    department.key, department.titles = details.key, dict(details.titles)
    department.discount_cap = details.discount_cap
    session.add(department)
    session.flush()
    set_department_functions(session, department.id, details.functions, actor=actor, known=known)
    changes = differences(now, details) if now else {}
    if now is None or changes:
        record(
            session,
            "department.created" if now is None else "department.changed",
            actor=actor,
            at=clock.now(),
            subject=("department", department.id),
            facts={"changes": changes or {"functions": [[], list(details.functions)]}},
        )
    return department


def _taken(session: Session, key: str, department_id: int | None) -> Iterator[FieldError]:
    there = session.scalar(select(Department.id).filter_by(key=key))
    if there is not None and there != department_id:
        yield from checks.wrong("key", text("Another department has this key."), "taken")


def _wrong(details: DepartmentDetails) -> Iterator[FieldError]:
    yield from checks.key("key", details.key)
    yield from checks.titles("titles", details.titles)
    if details.discount_cap is not None:
        yield from checks.percent("discount_cap", details.discount_cap)
