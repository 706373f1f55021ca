"""What is switched in the list of statuses as a whole: order, on or off, e-mail, stock. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from billing_panel.administration.changes import merged_sets
from plugins.orders.rules.workflow import StockMove
from plugins.orders.rules.workflow_edit import change_status, put_in_order
from plugins.orders.rules.workflow_file import WorkflowFile


@dataclass(frozen=True)
class StatusList:
    """Keys of statuses: in their order (W2), those switched on (W1), what entering does (W6)."""

    order: tuple[str, ...]
    enabled: frozenset[str]
    emailed: frozenset[str]
    stock: Mapping[str, StockMove | None]


def status_list(file: WorkflowFile) -> StatusList:
    return StatusList(
        order=tuple(status.key for status in file.status),
        enabled=frozenset(status.key for status in file.status if status.enabled),
        emailed=frozenset(status.key for status in file.status if status.email_client),
        stock={status.key: status.stock for status in file.status},
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
        stock={
            key: typed.stock[key]
            if key in typed.stock and typed.stock[key] != base.stock.get(key)
            else there
            for key, there in now.stock.items()
        },
    )
