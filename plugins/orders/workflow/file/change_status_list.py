"""Changes to the whole list of statuses: order, on or off, e-mail, stock. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from billing_panel.administration.details.concurrent_changes import merged_sets
from plugins.orders.workflow.file.workflow_edit import change_status, put_in_order
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.statuses.stage import StockMove

T = TypeVar("T")


@dataclass(frozen=True)
class StatusList:
    """Keys of statuses: in their order (W2), those switched on (W1), what entering does (W6).

    ``instead``: of those that orders cannot do without, what they enter while it is switched off.
    """

    order: tuple[str, ...]
    enabled: frozenset[str]
    emailed: frozenset[str]
    stock: Mapping[str, StockMove | None]
    instead: Mapping[str, str | None] = field(default_factory=dict)


def status_list(file: WorkflowFile) -> StatusList:
    """Read what the list of statuses says in a workflow's file."""
    return StatusList(
        order=tuple(status.key for status in file.status),
        enabled=frozenset(status.key for status in file.status if status.enabled),
        emailed=frozenset(status.key for status in file.status if status.email_client),
        stock={status.key: status.stock for status in file.status},
        instead={status.key: status.instead for status in file.status},
    )


def with_list(file: WorkflowFile, wanted: StatusList) -> WorkflowFile:
    """Statuses ``wanted`` does not know keep their place at the end, and what they are."""
    for status in file.status:
        if status.key in wanted.order:
            file = change_status(
                file,
                status.key,
                enabled=status.key in wanted.enabled,
                email_client=status.key in wanted.emailed,
                stock=wanted.stock.get(status.key, status.stock),
                instead=wanted.instead.get(status.key, status.instead),
            )
    return put_in_order(file, wanted.order)


def merged(base: StatusList, typed: StatusList, now: StatusList) -> StatusList:
    """``now`` with what was changed between ``base`` and ``typed``: nobody's change is lost."""
    order = typed.order if typed.order != base.order else now.order
    return StatusList(
        order=(
            *(key for key in order if key in now.order),
            *(key for key in now.order if key not in order),
        ),
        enabled=merged_sets(base.enabled, typed.enabled, now.enabled),
        emailed=merged_sets(base.emailed, typed.emailed, now.emailed),
        stock=_merged(base.stock, typed.stock, now.stock),
        instead=_merged(base.instead, typed.instead, now.instead),
    )


def _merged(base: Mapping[str, T], typed: Mapping[str, T], now: Mapping[str, T]) -> dict[str, T]:
    return {
        key: typed[key] if key in typed and typed[key] != base.get(key) else there
        for key, there in now.items()
    }
