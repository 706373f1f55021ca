"""A function made finer: whoever held what it was part of is given it, so nobody loses anything.

For migrations: plain tables, whatever the models say by now.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
department_function = sa.table(
    "department_function", sa.column("department_id"), sa.column("function")
)
staff_function = sa.table(
    "staff_function", sa.column("staff_id"), sa.column("function"), sa.column("on", sa.Boolean())
)
staff_department = sa.table("staff_department", sa.column("staff_id"), sa.column("department_id"))
api_token = sa.table("api_token", sa.column("id"), sa.column("functions", JSON))


def give(sources: Collection[str], given: Iterable[str], *, gone: Collection[str] = ()) -> None:
    """To whoever holds one of ``sources``; narrowed tokens lose those that are ``gone``."""
    # before departments get theirs: an own switch is judged by what they had
    _give_people(sources, given)
    _give_departments(sources, given)
    _give_tokens(sources, given, gone)


def _give_departments(sources: Collection[str], given: Iterable[str]) -> None:
    bind = op.get_bind()
    having = sa.select(department_function.c.department_id).distinct()
    ids = bind.scalars(having.where(department_function.c.function.in_(sources))).all()
    for function in given:
        for department_id in ids:
            values = {"department_id": department_id, "function": function}
            bind.execute(sa.insert(department_function).values(values))


def _give_people(sources: Collection[str], given: Iterable[str]) -> None:
    """On where one of their switches is On; Off where these take away all that departments gave."""
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


def _given_by_departments(sources: Collection[str]) -> defaultdict[int, set[str]]:
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


def _give_tokens(sources: Collection[str], given: Iterable[str], gone: Collection[str]) -> None:
    """Tokens that were narrowed; the others hold what their owner holds."""
    bind = op.get_bind()
    for row in bind.execute(sa.select(api_token)).all():
        functions = set(row.functions or ())
        if functions.intersection(sources):
            wider = sorted((functions | set(given)) - set(gone))
            bind.execute(
                sa.update(api_token).where(api_token.c.id == row.id).values(functions=wider)
            )
