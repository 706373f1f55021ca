"""What an owner changes of his workflow in the panel: a file in, another file out. Pure.

What comes out may make no sense; ``workflow_check`` judges it.
"""

import re
from collections.abc import Collection, Sequence

from plugins.orders.rules.order_facts import BY_HAND
from plugins.orders.rules.workflow import Status
from plugins.orders.rules.workflow_file import ByHand, TransitionRow, WorkflowFile
from plugins.orders.rules.workflow_moves import ALLOWED, moves

REFUSED = "-"
MAX_KEY = 40
MATRIX = "by_hand."
Cell = tuple[str, str]


def status_of(file: WorkflowFile, key: str) -> Status:
    """Raises LookupError."""
    for status in file.status:
        if status.key == key:
            return status
    raise LookupError(f"there is no status {key!r}")


# --- statuses -----------------------------------------------------------------------------------


def change_status(file: WorkflowFile, key: str, **values: object) -> WorkflowFile:
    """``values``: attributes of the status. Raises LookupError, ValidationError."""
    changed = Status.model_validate({**status_of(file, key).model_dump(), **values})
    return _with(file, status=tuple(changed if s.key == key else s for s in file.status))


def add_status(file: WorkflowFile, status: Status) -> WorkflowFile:
    """The last of the list, and an own one (W1)."""
    return _with(file, status=(*file.status, status.model_copy(update={"predefined": False})))


def delete_status(file: WorkflowFile, key: str) -> WorkflowFile:
    """With every way to it and from it."""
    left = _with(
        file,
        status=tuple(status for status in file.status if status.key != key),
        transition=tuple(
            row
            for row in (_without(row, key) for row in file.transition)
            if row.from_ and row.to != key
        ),
    )
    return _with_matrix(left, cells(file))


def put_in_order(file: WorkflowFile, keys: Sequence[str]) -> WorkflowFile:
    """The statuses, and the matrix with them, in the order of ``keys`` (W2).

    Those it does not name follow in their own order.
    """
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    statuses = sorted(file.status, key=lambda status: places.get(status.key, len(places)))
    if statuses == [*file.status]:
        return file
    return _with_matrix(_with(file, status=tuple(statuses)), cells(file))


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


# --- the matrix of statuses set by hand ---------------------------------------------------------


def cells(file: WorkflowFile) -> frozenset[Cell]:
    """(from, to) wherever the matrix lets a status be set by hand."""
    return frozenset(_by_hand(file, of_matrix=True))


def fixed_cells(file: WorkflowFile) -> frozenset[Cell]:
    """(from, to) wherever a row of its own does, with what that row asks."""
    return frozenset(_by_hand(file, of_matrix=False))


def set_cells(file: WorkflowFile, wanted: Collection[Cell]) -> WorkflowFile:
    """The matrix with exactly these; cells of statuses it does not have are left out."""
    known = {status.key for status in file.status}
    kept = frozenset(cell for cell in wanted if known.issuperset(cell))
    return file if kept == cells(file) else _with_matrix(file, kept)


def changes_ways(before: WorkflowFile, after: WorkflowFile) -> bool:
    """Whether more differs than statuses; the ways of one that is deleted go with it."""
    kept = {status.key for status in after.status}
    for key in [status.key for status in before.status if status.key not in kept]:
        before = delete_status(before, key)
    return cells(before) != cells(after) or _ways(before) != _ways(after)


def _ways(file: WorkflowFile) -> tuple[WorkflowFile, tuple[str, ...]]:
    """All that is no list of statuses and no cell: the rest of the file, and who sets by hand."""
    by = file.by_hand.by if file.by_hand and cells(file) else ()
    return _with(file, status=(), by_hand=None), by


def _by_hand(file: WorkflowFile, *, of_matrix: bool) -> list[Cell]:
    return [
        (move.source, move.target or "")
        for move in moves(file)
        if move.action == BY_HAND and move.place.startswith(MATRIX) is of_matrix
    ]


def _with_matrix(file: WorkflowFile, wanted: Collection[Cell]) -> WorkflowFile:
    """Rows and columns in the order of the statuses; a matrix of nothing is none."""
    keys = [status.key for status in file.status]
    columns = [key for key in keys if any(to == key for _, to in wanted)]
    rows = {
        key: " ".join(ALLOWED if (key, to) in wanted else REFUSED for to in columns)
        for key in keys
        if any((key, to) in wanted for to in columns)
    }
    if not rows:
        return _with(file, by_hand=None)
    by = file.by_hand.by if file.by_hand else ("staff",)
    return _with(file, by_hand=ByHand.model_validate({"to": columns, "from": rows, "by": by}))


def _without(row: TransitionRow, key: str) -> TransitionRow:
    return row.model_copy(update={"from_": tuple(one for one in row.from_ if one != key)})


def _with(file: WorkflowFile, **parts: object) -> WorkflowFile:
    return file.model_copy(update=parts)
