"""Previewing an edit of lines: it is made, read, and undone (``preview_step``)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.kernel.database.rows_written_at_commit import undone
from billing_panel.kernel.language.errors import DomainError, NotFound
from billing_panel.kernel.language.stale_version import STALE
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.orders.editing.edit_difference import EditTold
from plugins.orders.editing.edit_lines import EditLines, edit_lines


@dataclass(frozen=True)
class EditPreview:
    """``refusal``: why it can't be done; else what would change."""

    refusal: DomainError | None
    told: EditTold | None = None


def preview_edit(
    session: Session, command: EditLines, *, actor: Actor, clock: Clock
) -> EditPreview:
    """Changes nothing. Raises NotFound, FunctionNotHeld, and Conflict ``stale_version``."""
    with undone(session):
        try:
            edited = edit_lines(session, command, actor=actor, clock=clock)
        except DomainError as refusal:
            if isinstance(refusal, NotFound) or refusal.status == 403 or refusal.code == STALE:
                raise
            return EditPreview(refusal)
        return EditPreview(None, edited.told)
