"""What an owner changes of his workflow in the panel: a file in, another file out. Pure.

What comes out may make no sense; ``workflow_check`` judges it.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import product

from billing_panel.kernel.actor import ActorKind
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
            for row in (
                _from(row, (one for one in row.from_ if one != key)) for row in file.transition
            )
            if row.from_ and row.to != key
        ),
    )
    return _with_matrix(left, _in_matrix(file))


def stand_ins(file: WorkflowFile, key: str) -> list[Status]:
    """What all orders of an own status may be given in its place, though nothing happens to them.

    So staff may set it from there by hand, with nothing else to it, and stock stays as it is.
    """
    own = status_of(file, key)
    if own.predefined:
        return []
    bare = _in_matrix(file)
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
    return _with_matrix(_with(file, status=tuple(statuses)), _in_matrix(file))


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
    """(from, to) wherever the owner lets a status be set, and may take it back."""
    return _in_matrix(file) | _of_own(file)


def fixed_cells(file: WorkflowFile) -> frozenset[Cell]:
    """(from, to) wherever a row of its own lets a status be set, with what that row asks."""
    by_rows = (move for move in moves(file) if not move.place.startswith(MATRIX))
    return frozenset((m.source, m.target or "") for m in by_rows if m.action == BY_HAND) - _of_own(
        file
    )


def settable(file: WorkflowFile) -> frozenset[Cell]:
    """(from, to) wherever the owner may let a status be set.

    Where other ways to a status do more than lead there, an own status takes part in the one that
    is for staff; nothing else goes round what they do.
    """
    free = [status.key for status in file.status if not _does_more(file, status.key)]
    led = [s.key for s in file.status if _does_more(file, s.key) and _way_to(file, s.key)]
    own = [status.key for status in file.status if not status.predefined]
    every = (status.key for status in file.status)
    return cells(file).union(product(every, free), product(own, led))


def set_cells(file: WorkflowFile, wanted: Collection[Cell]) -> WorkflowFile:
    """Exactly these can be set; those that may not, or of statuses there are not, are left out."""
    kept = settable(file).intersection(wanted)
    if kept == cells(file):
        return file
    by_row = {cell for cell in kept if _way_of_own(file, cell) is not None}
    rows = tuple(_with_own(file, row, by_row) for row in file.transition)
    return _with_matrix(_with(file, transition=rows), kept - by_row)


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


def _in_matrix(file: WorkflowFile) -> frozenset[Cell]:
    return frozenset(
        (move.source, move.target or "") for move in moves(file) if move.place.startswith(MATRIX)
    )


def _of_own(file: WorkflowFile) -> frozenset[Cell]:
    """(from, to) of own statuses that take part in a row."""
    pairs = ((key, row.to) for row in file.transition if row.to for key in row.from_)
    return frozenset(cell for cell in pairs if _way_of_own(file, cell) is not None)


def _way_of_own(file: WorkflowFile, cell: Cell) -> TransitionRow | None:
    """The row by which an own status leads where other ways do more than lead there."""
    source, target = cell
    own = any(status.key == source and not status.predefined for status in file.status)
    return _way_to(file, target) if own and _does_more(file, target) else None


def _with_own(file: WorkflowFile, row: TransitionRow, wanted: Collection[Cell]) -> TransitionRow:
    """``row`` from those own statuses for which it is wanted, and from no other of them."""
    if row.to is None or row is not _way_to(file, row.to):
        return row
    own = [status.key for status in file.status if not status.predefined]
    others = [key for key in row.from_ if key not in own]
    return _from(row, (*others, *(key for key in own if (key, row.to) in wanted)))


def _does_more(file: WorkflowFile, target: str) -> bool:
    """What the system makes sure of before it leads there, whoever sets it sees for himself."""
    return any(
        row.effects or (not _is_of_system(row) and (row.requires or row.asks))
        for row in file.transition
        if row.to == target
    )


def _is_of_system(row: TransitionRow) -> bool:
    return row.after is not None or set(row.by) == {ActorKind.SYSTEM}


def _way_to(file: WorkflowFile, target: str) -> TransitionRow | None:
    """The row by which staff bring orders there: by hand sooner than by an action, alone sooner."""
    found = [
        row
        for row in file.transition
        if row.to == target and any(who.startswith(ActorKind.STAFF) for who in row.by)
    ]
    return min(found, key=lambda row: (not _is_by_hand(row), len(row.by)), default=None)


def _is_by_hand(row: TransitionRow) -> bool:
    return not row.action or BY_HAND in row.action


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


def _from(row: TransitionRow, sources: Iterable[str]) -> TransitionRow:
    return row.model_copy(update={"from_": tuple(sources)})


def _with(file: WorkflowFile, **parts: object) -> WorkflowFile:
    return file.model_copy(update=parts)
