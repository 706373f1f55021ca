"""Editing a workflow: one file in, another file out. Pure.

What comes out may make no sense; ``workflow_check`` judges it.
"""

import re
from collections.abc import Collection, Sequence

from plugins.orders.workflow.file.set_by_hand_matrix import (
    cells,
    from_sources,
    in_matrix,
    replaced,
    with_matrix,
)
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.statuses.status import Status

MAX_KEY = 40


def status_of(file: WorkflowFile, key: str) -> Status:
    """Raises LookupError."""
    for status in file.status:
        if status.key == key:
            return status
    raise LookupError(f"there is no status {key!r}")


def change_status(file: WorkflowFile, key: str, **values: object) -> WorkflowFile:
    """``values``: attributes of the status. Raises LookupError, ValidationError."""
    changed = Status.model_validate({**status_of(file, key).model_dump(), **values})
    return replaced(file, status=tuple(changed if s.key == key else s for s in file.status))


def add_status(file: WorkflowFile, status: Status) -> WorkflowFile:
    """The last of the list, and an own one (W1)."""
    return replaced(file, status=(*file.status, status.model_copy(update={"predefined": False})))


def delete_status(file: WorkflowFile, key: str) -> WorkflowFile:
    """With every way to it and from it; it stands in for no other any more."""
    left = replaced(
        file,
        status=tuple(
            status.model_copy(update={"instead": None}) if status.instead == key else status
            for status in file.status
            if status.key != key
        ),
        transition=tuple(
            row
            for row in (
                from_sources(row, (one for one in row.from_ if one != key))
                for row in file.transition
            )
            if row.from_ and row.to != key
        ),
    )
    return with_matrix(left, in_matrix(file))


def stand_ins(file: WorkflowFile, key: str) -> list[Status]:
    """What all orders of an own status may be given in its place, though nothing happens to them.

    So staff may set it from there by hand, with nothing else to it, and stock stays as it is.
    """
    own = status_of(file, key)
    if own.predefined:
        return []
    bare = in_matrix(file)
    return [
        status
        for status in file.status
        if (key, status.key) in bare and status.enabled and status.stock in {None, own.stock}
    ]


def put_in_order(file: WorkflowFile, keys: Sequence[str]) -> WorkflowFile:
    """The statuses, and the matrix with them, in the order of ``keys`` (W2).

    Those it does not name follow in their own order.
    """
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    statuses = sorted(file.status, key=lambda status: places.get(status.key, len(places)))
    if statuses == [*file.status]:
        return file
    return with_matrix(replaced(file, status=tuple(statuses)), in_matrix(file))


def moved(keys: Sequence[str], key: str, by: int) -> list[str]:
    """``keys`` with ``key`` so many places further down; it stops at the ends."""
    others = [one for one in keys if one != key]
    if len(others) == len(keys):
        return others
    place = max(0, min(len(others), keys.index(key) + by))
    return [*others[:place], key, *others[place:]]


def new_key(title: str, taken: Collection[str]) -> str:
    """A key like ``title``, such as no other status has or ever had."""
    words = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:MAX_KEY].rstrip("_")
    key = words if words[:1].isalpha() else f"status_{words}".rstrip("_")
    numbered = (f"{key}_{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (key, *numbered) if one not in taken)


def changes_ways(before: WorkflowFile, after: WorkflowFile) -> bool:
    """Whether more differs than statuses; the ways of one that is deleted go with it."""
    kept = {status.key for status in after.status}
    for key in [status.key for status in before.status if status.key not in kept]:
        before = delete_status(before, key)
    return cells(before) != cells(after) or _ways(before) != _ways(after)


def _ways(file: WorkflowFile) -> tuple[WorkflowFile, tuple[str, ...]]:
    """All that is no list of statuses and no cell: the rest of the file, and who sets by hand."""
    by = file.by_hand.by if file.by_hand and cells(file) else ()
    return replaced(file, status=(), by_hand=None), by
