"""The day by which an order is to be paid: one day, wherever it is said.

Where the status has a deadline that annuls the bills it is the day of that, where the provider is;
else the bill's own, which the payment terms give it.
"""

from datetime import date, datetime

from billing_panel.kernel.values.calendar_dates import local_date
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.workflow import Deadline, Step, Workflow


def day_to_pay(order: Order) -> date | None:
    """Of the status the order has. None: the payment terms say it."""
    due_at = order.deadline.due_at if order.deadline else None
    return day_in(workflow_of(order), order.status.key, due_at, order.provider.timezone)


def day_after_step(
    order: Order, workflow: Workflow, step: Step, deadline: Deadline | None, at: datetime
) -> date | None:
    """Of the status that the step leads to, by the workflow and the deadline it has there."""
    if step.stays:
        return day_to_pay(order)
    timezone = order.provider.timezone
    due_at = deadline.due(at, timezone) if deadline else None
    return day_in(workflow, step.target.key, due_at, timezone)


def day_in(workflow: Workflow, status: str, due_at: datetime | None, timezone: str) -> date | None:
    """``due_at``: the deadline in the status of that key, if there is one."""
    if due_at is None or not workflow.is_time_to_pay(status):
        return None
    return local_date(due_at, timezone)


def pay_by(order: Order) -> date | None:
    """What is said of it; None: nothing is to be paid, or no bill says by when."""
    if order.needed <= 0:
        return None
    bills = [document.due_on for document in order.bills if not document.is_void]
    return day_to_pay(order) or (bills[-1] if bills else None)
