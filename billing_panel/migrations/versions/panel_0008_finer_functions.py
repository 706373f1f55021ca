"""Functions made finer: whoever held what they were part of holds them, so nobody loses anything."""

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "panel_0008"
down_revision = "panel_0007"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
# functions of which one was enough → what it gave, by its own name now
GRANTS = (
    (
        frozenset({"orders:workflow:change"}),
        ("orders:status_list:change", "orders:transition:change"),
    ),
    (frozenset({"orders:history:read", "orders:order:read"}), ("orders:price:read",)),
    (frozenset({"balance:balance:read"}), ("balance:statement:export",)),
)
GONE = ("orders:workflow:change",)

department_function = sa.table(
    "department_function", sa.column("department_id"), sa.column("function")
)
staff_function = sa.table(
    "staff_function", sa.column("staff_id"), sa.column("function"), sa.column("on", sa.Boolean())
)
staff_department = sa.table("staff_department", sa.column("staff_id"), sa.column("department_id"))
api_token = sa.table("api_token", sa.column("id"), sa.column("functions", JSON))


def upgrade() -> None:
    for sources, given in GRANTS:
        # before departments get theirs: an own switch is judged by what they had
        _give_people(sources, given)
        _give_departments(sources, given)
        _give_tokens(sources, given)
    for table in (department_function, staff_function):
        op.execute(sa.delete(table).where(table.c.function.in_(GONE)))


def _give_departments(sources: frozenset[str], given: Iterable[str]) -> None:
    bind = op.get_bind()
    having = sa.select(department_function.c.department_id).distinct()
    ids = bind.scalars(having.where(department_function.c.function.in_(sources))).all()
    for function in given:
        for department_id in ids:
            values = {"department_id": department_id, "function": function}
            bind.execute(sa.insert(department_function).values(values))


def _give_people(sources: frozenset[str], given: Iterable[str]) -> None:
    """On where one of his switches is On; Off where they take away all that departments gave."""
    bind = op.get_bind()
    own = defaultdict[int, dict[str, bool]](dict)
    rows = sa.select(staff_function).where(staff_function.c.function.in_(sources))
    for row in bind.execute(rows):
        own[row.staff_id][row.function] = row.on
    by_department = _given_by_departments(sources)
    for staff_id, switches in own.items():
        if not any(switches.values()) and by_department[staff_id] - switches.keys():
            continue
        for function in given:
            values = {"staff_id": staff_id, "function": function, "on": any(switches.values())}
            bind.execute(sa.insert(staff_function).values(values))


def _given_by_departments(sources: frozenset[str]) -> defaultdict[int, set[str]]:
    """Which of ``sources`` a person's departments have On, by person."""
    found = defaultdict[int, set[str]](set)
    rows = (
        sa.select(staff_department.c.staff_id, department_function.c.function)
        .join(
            department_function,
            department_function.c.department_id == staff_department.c.department_id,
        )
        .where(department_function.c.function.in_(sources))
    )
    for row in op.get_bind().execute(rows):
        found[row.staff_id].add(row.function)
    return found


def _give_tokens(sources: frozenset[str], given: Iterable[str]) -> None:
    """Tokens that were narrowed; the others hold what their owner holds."""
    bind = op.get_bind()
    for row in bind.execute(sa.select(api_token)).all():
        functions = set(row.functions or ())
        if functions & sources:
            wider = sorted((functions | set(given)) - set(GONE))
            bind.execute(
                sa.update(api_token).where(api_token.c.id == row.id).values(functions=wider)
            )
