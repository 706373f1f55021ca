"""Which statuses orders cannot do without, and what they may enter in their place (W1). Pure."""

from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.file.workflow_file import TransitionRow, WorkflowFile
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.vocabulary import HAPPENS_ONCE


def may_stand_in(status: Status, other: Status) -> bool:
    """Whether orders may enter ``other`` while ``status`` is switched off.

    An own one, which system and staff set alike; of the same stage, so that whatever counts on it
    (delivering, lists, ends) goes on.
    """
    return (
        not other.predefined
        and other.enabled
        and other.key != status.key
        and other.stage is status.stage
    )


def indispensable(file: WorkflowFile) -> frozenset[str]:
    """Statuses that cannot be switched off unless another stands in.

    Where new orders begin, and where what happens once or in time leads.
    """
    begins = [row.status for row in file.entry if not row.when]
    led = [row.to for row in file.transition if row.to and _must_lead_on(row)]
    return frozenset({*begins, *led})


def _must_lead_on(row: TransitionRow) -> bool:
    happens = not HAPPENS_ONCE.isdisjoint(row.action) and ActorKind.SYSTEM in row.by
    return happens or row.after is not None
