"""Settings → Order statuses → Transitions: drawn, set by hand as a matrix, and all else in words.

The matrix is changed, looked at in words with what it would strand, and then saved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from billing_panel.administration.details.concurrent_changes import merged_sets
from billing_panel.kernel.language.errors import DomainError, Reason
from billing_panel.kernel.language.text import Text
from billing_panel.web.shell.request_context import language, panel
from billing_panel.web.shell.staged_matrix import is_saved, mark_of, typed_cells
from plugins.orders.settings.save_workflow_version import built_or_refused
from plugins.orders.settings.workflow_page_frame import (
    Frame,
    frame_of,
    nothing_runs,
    of_transitions,
    save_workflow,
    seen_version,
)
from plugins.orders.store.versions.workflow_store import as_made, drawn
from plugins.orders.workflow.duration import duration_words
from plugins.orders.workflow.file.set_by_hand_matrix import (
    Cell,
    cells,
    fixed_cells,
    set_cells,
    settable,
)
from plugins.orders.workflow.file.version_difference_sentences import changes
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.file.workflow_in_words import Way, ways
from plugins.orders.workflow.statuses.stage import SetBy
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.vocabulary import EffectInfo

transitions = Blueprint("transitions", "plugins.orders", url_prefix="/order-statuses")


@dataclass(frozen=True)
class Grid:
    """The matrix: who sets by hand may leave ``rows`` for ``columns``.

    ``fixed``: cells that rows of the workflow decide, with what they ask. ``offered``: those that
    can be switched; the others would go round what the ways to that status do.
    """

    rows: Sequence[Status]
    columns: Sequence[Status]
    fixed: frozenset[Cell]
    offered: frozenset[Cell]


@dataclass(frozen=True)
class Review:
    """What would change, in words; ``reasons``: why it cannot. ``mark``: of the cells."""

    changes: Sequence[Text]
    reasons: Sequence[Reason]
    mark: str


@dataclass(frozen=True)
class TransitionsPage:
    """``now``: cells that are on as saved, ``shown``: as they are on the page.

    ``promises``: what each effect of the workflow does.
    """

    frame: Frame
    grid: Grid
    now: frozenset[Cell]
    shown: frozenset[Cell]
    review: Review | None
    refusal: DomainError | None
    graph: Markup
    ways: Sequence[Way]
    promises: Sequence[EffectInfo]

    @property
    def status(self) -> int:
        """Of the answer."""
        if self.refusal:
            return self.refusal.status
        return 422 if self.review and self.review.reasons else 200

    def in_time(self, length: timedelta) -> str:
        return duration_words(length, language())


def grid_of(file: WorkflowFile) -> Grid:
    """Nothing leads out of a final status, and nobody sets by hand what is the system's."""
    used = cells(file)
    sources, targets = {source for source, _ in used}, {target for _, target in used}
    rows = [s for s in file.status if not s.is_final or s.key in sources]
    columns = [s for s in file.status if s.set_by is not SetBy.SYSTEM or s.key in targets]
    fixed = fixed_cells(file)
    shown = product((row.key for row in rows), (column.key for column in columns))
    return Grid(rows, columns, fixed, settable(file).intersection(shown))


@transitions.get("/<key>/transitions")
@of_transitions
def page(key: str) -> ResponseReturnValue:
    """The ways between one provider's statuses: drawn, as a matrix, and in words (P2).

    Needs ``orders:transition:change``. Where no workflow runs yet, it leads to choosing one.
    """
    if nothing_runs(key):
        return redirect(url_for("workflow.page", key=key))
    return _page(key)


@transitions.post("/<key>/transitions", endpoint="send")
@of_transitions
def send(key: str) -> ResponseReturnValue:
    """Show what a changed matrix would change, in words; save it once that was looked at.

    Needs ``orders:transition:change``. Refuses a matrix by which orders couldn't run, with every
    reason.
    """
    typed = typed_cells()
    if not is_saved(typed):
        return _page(key, typed)
    return save_workflow(
        key,
        lambda file: set_cells(file, typed | (cells(file) - grid_of(file).offered)),
        seen_version(),
        then=url_for("transitions.page", key=key),
        refused=lambda refusal: _page(key, typed, refusal),
    )


def _page(
    key: str, typed: frozenset[Cell] | None = None, refusal: DomainError | None = None
) -> ResponseReturnValue:
    with panel().database.reading() as db:
        frame = frame_of(db, key, None if typed is None else seen_version())
        grid = grid_of(frame.file)
        now = cells(frame.file) & grid.offered
        shown = now if typed is None else _merged(frame, grid, typed)
        workflow = as_made(frame.version)
        page = TransitionsPage(
            frame=frame,
            grid=grid,
            now=now,
            shown=shown,
            review=None if typed is None else _review(db, frame.file, grid, shown),
            refusal=refusal,
            graph=Markup(drawn(frame.version, language())),  # noqa: S704 (escaped there)
            ways=ways(workflow, {str(info.name): info.title for info in panel().functions}),
            promises=[*workflow.effects.values()],
        )
        return render_template("orders/transitions.html", page=page), page.status


def _merged(frame: Frame, grid: Grid, typed: frozenset[Cell]) -> frozenset[Cell]:
    """What was ticked, beside what somebody else has saved since."""
    base = cells(frame.seen) & grid_of(frame.seen).offered
    return merged_sets(base, typed, cells(frame.file) & grid.offered) & grid.offered


def _review(db: Session, file: WorkflowFile, grid: Grid, shown: frozenset[Cell]) -> Review:
    wanted = set_cells(file, shown | (cells(file) - grid.offered))
    return Review(changes(file, wanted), _mistakes(db, wanted), mark_of(shown))


def _mistakes(db: Session, file: WorkflowFile) -> Sequence[Reason]:
    try:
        built_or_refused(db, file)
    except DomainError as refusal:
        return refusal.reasons
    return ()
