"""The matrix of statuses set by hand: what can be switched, and what it becomes. Pure.

A file in, another file out; what comes out may make no sense, and ``workflow_check`` judges it.
"""

from collections.abc import Collection, Iterable
from itertools import product

from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.file.single_transitions import ALLOWED, moves
from plugins.orders.workflow.file.workflow_file import ByHand, TransitionRow, WorkflowFile
from plugins.orders.workflow.order_facts import BY_HAND

REFUSED = "-"
MATRIX = "by_hand."
Cell = tuple[str, str]


def cells(file: WorkflowFile) -> frozenset[Cell]:
    """(from, to) wherever the owner lets a status be set, and may take it back."""
    return in_matrix(file) | _of_own(file)


def fixed_cells(file: WorkflowFile) -> frozenset[Cell]:
    """(from, to) wherever a row of its own lets a status be set, with what that row asks."""
    by_hand = {
        (move.source, move.target or "")
        for move in moves(file)
        if move.action == BY_HAND and not move.place.startswith(MATRIX)
    }
    return frozenset(by_hand) - _of_own(file)


def settable(file: WorkflowFile) -> frozenset[Cell]:
    """(from, to) wherever the owner may let a status be set, or take it back.

    Where other ways to a status do more than lead there, an own status takes part in the one that
    is for staff; nothing else goes round what they do.
    """
    free = [status.key for status in file.status if not _does_more(file, status.key)]
    led = [s.key for s in file.status if _does_more(file, s.key) and _way_to(file, s.key)]
    own = [status.key for status in file.status if not status.predefined]
    every = (status.key for status in file.status)
    return cells(file).union(product(every, free), product(own, led)) - fixed_cells(file)


def set_cells(file: WorkflowFile, wanted: Collection[Cell]) -> WorkflowFile:
    """Exactly these can be set; those that may not, or of statuses there are not, are left out."""
    kept = settable(file).intersection(wanted)
    if kept == cells(file):
        return file
    by_row = {cell for cell in kept if _way_of_own(file, cell) is not None}
    rows = tuple(_with_own(file, row, by_row) for row in file.transition)
    return with_matrix(replaced(file, transition=rows), kept - by_row)


def in_matrix(file: WorkflowFile) -> frozenset[Cell]:
    """Read (from, to) of what the matrix itself lets be set."""
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
    return from_sources(row, (*others, *(key for key in own if (key, row.to) in wanted)))


def _does_more(file: WorkflowFile, target: str) -> bool:
    """What the system makes sure of before it leads there, whoever sets it sees for themselves."""
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


def with_matrix(file: WorkflowFile, wanted: Collection[Cell]) -> WorkflowFile:
    """Rows and columns in the order of the statuses; a matrix of nothing is none."""
    keys = [status.key for status in file.status]
    columns = [key for key in keys if any(to == key for _, to in wanted)]
    rows = {
        key: " ".join(ALLOWED if (key, to) in wanted else REFUSED for to in columns)
        for key in keys
        if any((key, to) in wanted for to in columns)
    }
    if not rows:
        return replaced(file, by_hand=None)
    by = file.by_hand.by if file.by_hand else ("staff",)
    return replaced(file, by_hand=ByHand.model_validate({"to": columns, "from": rows, "by": by}))


def from_sources(row: TransitionRow, sources: Iterable[str]) -> TransitionRow:
    """Copy a row as one that leads from ``sources``."""
    return row.model_copy(update={"from_": tuple(sources)})


def replaced(file: WorkflowFile, **parts: object) -> WorkflowFile:
    """Copy a file with some of its parts replaced; nothing is checked."""
    return file.model_copy(update=parts)
