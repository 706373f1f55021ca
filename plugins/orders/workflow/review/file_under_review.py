"""A workflow file under review, with what follows from it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.process.lazy_values import kept_property
from plugins.orders.workflow.file.single_transitions import Move, instead_of, moves
from plugins.orders.workflow.file.workflow_file import Draft, WorkflowFile
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.vocabulary import Vocabulary


@dataclass(frozen=True)
class ReviewedFile:
    """A file with what follows from it."""

    draft: Draft
    vocabulary: Vocabulary

    @property
    def file(self) -> WorkflowFile:
        return self.draft.file

    @kept_property
    def statuses(self) -> dict[str, Status]:
        return {status.key: status for status in self.file.status}

    @kept_property
    def moves(self) -> list[Move]:
        return moves(self.file)

    @kept_property
    def in_place(self) -> Mapping[str, str]:
        """Statuses that are switched off → those that orders come to instead."""
        return instead_of(self.file)

    @kept_property
    def reached(self) -> set[str]:
        """Where orders may be. What is switched off counts: orders may be there since before."""
        ways: dict[str, set[str]] = {}
        for move in self.moves:
            ways.setdefault(move.source, set()).update({move.target or "", move.row.to or ""})
        reached: set[str] = set()
        begins = [row.status for row in self.file.entry]
        ahead = [*begins, *(self.in_place.get(key, key) for key in begins)]
        while ahead:
            key = ahead.pop()
            if key not in reached:
                reached.add(key)
                ahead += ways.get(key, ())
        return reached

    def enterable(self, key: str | None) -> bool:
        """What nobody knows counts as such; it is told where it stands."""
        status = self.statuses.get(key or "")
        return status is None or status.enabled


def unknown(code: str, message: Text, names: Iterable[str], place: str) -> Reason:
    """The reason why ``place`` names nothing, with what it might name."""
    return Reason(code, message, text("Use one of: %(names)s.", names=sorted(names)), place)


def status_known(reviewed: ReviewedFile, key: str, place: str) -> list[Reason]:
    """Nothing where there is the status ``key``, else the reason."""
    if key in reviewed.statuses:
        return []
    message = text("There is no status “%(key)s”.", key=key)
    return [unknown("unknown_status", message, reviewed.statuses, place)]
