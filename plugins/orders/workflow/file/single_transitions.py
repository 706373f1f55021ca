"""The rows of a workflow file as single moves: from one status by one action to another. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugins.orders.workflow.file.workflow_file import TransitionRow, WorkflowFile
from plugins.orders.workflow.order_facts import BY_HAND, DEADLINE

STAGE = "stage:"
ALLOWED = "+"
PLAIN = TransitionRow.model_construct(from_=())


@dataclass(frozen=True)
class Move:
    """``place``: the row it comes from. ``target`` None: nobody can tell where ``first`` leads.

    ``legs``: the two moves that one with ``first`` is made of.
    """

    place: str
    source: str
    target: str | None
    action: str
    by: tuple[str, ...]
    row: TransitionRow = PLAIN
    legs: tuple["Move", ...] = ()

    @property
    def begins(self) -> str:
        """Where the order is when the row's own effects happen: after those of ``legs``."""
        return (self.legs[-1].source if self.legs else self.source) or self.source

    @property
    def when(self) -> frozenset[str]:
        return frozenset(self.row.when).union(*(leg.when for leg in self.legs))


# by source and action
Known = Mapping[tuple[str, str], Sequence[Move]]


def moves(file: WorkflowFile) -> list[Move]:
    """In the order in which they are tried: the rows, then the matrix."""
    plain = {
        number: [*_of_row(file, number, row)]
        for number, row in enumerate(file.transition)
        if row.first is None
    }
    known: dict[tuple[str, str], list[Move]] = {}
    for move in (move for of_row in plain.values() for move in of_row):
        known.setdefault((move.source, move.action), []).append(move)
    found: list[Move] = []
    for number, row in enumerate(file.transition):
        found += plain.get(number) or _chained(file, number, row, known)
    return [*found, *_of_matrix(file)]


def instead_of(file: WorkflowFile) -> Mapping[str, str]:
    """Statuses that are switched off → the own ones that orders come to in their place (W1)."""
    return {s.key: s.instead for s in file.status if s.instead is not None and not s.enabled}


def sources(file: WorkflowFile, row: TransitionRow, target: str | None) -> Iterator[str]:
    """The statuses a row that leads to ``target`` is from.

    Of a whole stage, those besides the target; where it leads to another, those that orders leave.
    """
    for written in row.from_:
        if not written.startswith(STAGE):
            yield written
            continue
        stage = written.removeprefix(STAGE)
        for status in file.status:
            may_go = target is None or not status.is_final
            if status.stage == stage and status.key != target and may_go:
                yield status.key


def how_many(file: WorkflowFile) -> int:
    """Of how many moves ``moves`` would be, at most, without making them."""
    in_stage = Counter(STAGE + status.stage for status in file.status)
    of_rows = (
        sum(in_stage.get(source, 1) for source in row.from_) * max(len(row.action), 1)
        for row in file.transition
    )
    matrix = file.by_hand
    cells = (cells.count(ALLOWED) for cells in matrix.from_.values()) if matrix else ()
    return sum(of_rows) + sum(cells)


def _of_row(file: WorkflowFile, number: int, row: TransitionRow) -> Iterator[Move]:
    by = ("system",) if row.after else row.by
    actions = (DEADLINE,) if row.after else row.action or (BY_HAND,)
    in_place = instead_of(file)
    for action in actions:
        target = row.to if action == BY_HAND else in_place.get(row.to or "", row.to)
        for source in sources(file, row, target):
            yield Move(f"transition.{number}", source, target or source, action, by, row)


def _chained(file: WorkflowFile, number: int, row: TransitionRow, known: Known) -> Iterator[Move]:
    """``first`` from each source, then the row's own action from where that leads."""
    for source in sources(file, row, row.to):
        for action in row.action:
            legs = _legs(source, row.first, action, known)
            target = legs[-1].target if legs else None
            yield Move(f"transition.{number}", source, target, action, row.by, row, legs)


def _legs(source: str, first: str | None, action: str, known: Known) -> tuple[Move, ...]:
    """Empty unless there is one such way and no other."""
    begun = known.get((source, first or ""), ())
    if len(begun) != 1:
        return ()
    ended = known.get((begun[0].target or "", action), ())
    return (begun[0], ended[0]) if len(ended) == 1 else ()


def _of_matrix(file: WorkflowFile) -> Iterator[Move]:
    if file.by_hand is None:
        return
    for source, cells in file.by_hand.from_.items():
        for target, cell in zip(file.by_hand.to, cells.split(), strict=False):
            if cell == ALLOWED:
                yield Move(f"by_hand.from.{source}", source, target, BY_HAND, file.by_hand.by)
