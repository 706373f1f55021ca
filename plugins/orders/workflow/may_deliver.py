"""Whether lines of an order may be delivered now: its workflow says in which statuses. Pure."""

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import AnyOf, text
from plugins.orders.workflow.order_facts import OrderFacts
from plugins.orders.workflow.workflow import Workflow


def why_not_delivered(workflow: Workflow, facts: OrderFacts) -> tuple[Reason, ...]:
    """Empty: they may. Raises KeyError when the workflow does not know the order's status."""
    asked = workflow.delivering.get(facts.status)
    if asked is None:
        return (_not_here(workflow, facts),)
    return tuple(reason for one in asked if (reason := one.unmet(facts)))


def _not_here(workflow: Workflow, facts: OrderFacts) -> Reason:
    titles = [s.title for s in workflow.statuses if s.enabled and s.key in workflow.delivering]
    return Reason(
        "not_delivered_here",
        text(
            "An order that is “%(status)s” can’t be delivered.",
            status=workflow.status(facts.status).title,
        ),
        text("Lines can be delivered in: %(statuses)s.", statuses=AnyOf(titles))
        if titles
        else text("No status of this workflow lets lines be delivered."),
    )
