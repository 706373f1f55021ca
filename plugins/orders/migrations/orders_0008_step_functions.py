"""Steps ask for the functions of all their effects: says who can no longer take which.

Nothing is written. What was decided by then stands here in full, so that it stays what it was.
"""

import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from billing_panel.migrations.grants import department_function, staff_department, staff_function

revision = "orders_0008"
down_revision = "orders_0007"
branch_labels = None
depends_on = "panel_0011"

ANY_STEP = "orders:status:change"
OF_ONE_ACTION = {
    "accept",
    "ask",
    "cancel",
    "complete",
    "resume",
    "send",
    "set_up",
    "suspend",
    "void",
}
TAKING = ("orders:payment:record", "orders:order:pay")
CALLING_OFF = ("orders:order:cancel", "orders:order:void", ANY_STEP)
# an effect → of which order, and the functions of which one is asked from now on
ASKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "take_payment": ("of any order", TAKING),
    "return_payments": ("of an order that is paid, whole or in part", ("payments:payment:refund",)),
    "deliver_lines": ("of an order not yet delivered", ("orders:line:deliver", ANY_STEP)),
    "open_debt": (
        "of an order that is not paid",
        ("orders:order:accept", "orders:line:deliver", ANY_STEP),
    ),
    "void_documents": ("of any order", CALLING_OFF),
    "end_services": ("of any order", CALLING_OFF),
    "suspend_services": ("of any order", ("orders:order:suspend", ANY_STEP)),
    "resume_services": ("of any order", ("orders:order:resume", ANY_STEP)),
}
# what is no step: the function for it until now, what it is, and what is asked beside it
BESIDE = (
    ("orders:order:pay", "recording more than is left to pay", "balance:balance:credit"),
    ("orders:status_list:change", "giving all orders of a status another", ANY_STEP),
    ("orders:transition:change", "giving orders of an older version another status", ANY_STEP),
)

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
version = sa.table("workflow_version", sa.column("id"), sa.column("content", JSON))
department = sa.table("department", sa.column("id"), sa.column("key"))
staff = sa.table("staff", sa.column("id"), sa.column("name"), sa.column("owner"))

Held = Mapping[str, Collection[str]]


def upgrade() -> None:
    for line in losses():
        sys.stderr.write(f"{line}\n")


def losses() -> list[str]:
    """``Support can no longer take “cancel” of …: it asks for … now.``"""
    steps = sorted(set(_steps()))
    lines = []
    for who, held in _holders().items():
        for before, what, asked in (*steps, *_beside()):
            if not set(held).isdisjoint(before) and set(held).isdisjoint(asked):
                lines.append(f"{who} can no longer do this: {what}; it asks for {asked[0]} now.")
    return [*dict.fromkeys(lines)]


def _beside() -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    for before, what, asked in BESIDE:
        yield (before,), what, (asked,)


def _steps() -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """(functions of which one was enough, what, functions of which one is asked beside it)."""
    for content in op.get_bind().scalars(sa.select(version.c.content)):
        rows = content.get("transition", [])
        for row in rows:
            for action in row.get("action") or ["set"]:
                before = tuple(_functions(row, action))
                called = f"“{action}”" if action != "set" else f"setting “{row.get('to')}” by hand"
                for legs, asked in _first(rows, row):
                    yield before, f"{called}, {legs}", asked
                for effect in _effects(rows, row, action):
                    if effect in ASKS:
                        of_which, asked = ASKS[effect]
                        yield before, f"{called} {of_which}", asked


def _functions(row: Mapping[str, Any], action: str) -> Iterator[str]:
    for who in row.get("by", []):
        kind, _, function = who.partition(":")
        if kind == "staff":
            yield function or ANY_STEP
            if not function and action in OF_ONE_ACTION:
                yield f"orders:order:{action}"


def _first(
    rows: Collection[Mapping[str, Any]], row: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is taken before it (D12) asks its own function too."""
    first = row.get("first")
    for other in rows:
        if first and first in other.get("action", []) and _on_the_way(row, other):
            yield f"which does “{first}” first", tuple(_functions(other, first))


def _effects(
    rows: Collection[Mapping[str, Any]], row: Mapping[str, Any], action: str
) -> Iterator[str]:
    yield from row.get("effects", [])
    first = row.get("first")
    for other in rows if first else ():
        begins = first in other.get("action", []) and _on_the_way(row, other)
        goes_on = action in other.get("action", []) and not other.get("first")
        if begins or goes_on:
            yield from other.get("effects", [])


def _on_the_way(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return not set(row.get("from", [])).isdisjoint(other.get("from", []))


def _holders() -> Held:
    """What each department has On, and what each person holds all in all; owners hold all."""
    bind = op.get_bind()
    of_department = defaultdict[int, set[str]](set)
    for row in bind.execute(sa.select(department_function)):
        of_department[row.department_id].add(row.function)
    of_person = defaultdict[int, set[str]](set)
    for row in bind.execute(sa.select(staff_department)):
        of_person[row.staff_id] |= of_department[row.department_id]
    for row in bind.execute(sa.select(staff_function)):
        change = of_person[row.staff_id].add if row.on else of_person[row.staff_id].discard
        change(row.function)
    found: dict[str, Collection[str]] = {
        f"The department “{row.key}”": of_department[row.id]
        for row in bind.execute(sa.select(department).order_by(department.c.id))
    }
    for row in bind.execute(sa.select(staff).order_by(staff.c.id)):
        if not row.owner:
            found[f"{row.name} (staff {row.id})"] = of_person[row.id]
    return found
