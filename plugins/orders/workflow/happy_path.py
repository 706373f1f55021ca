"""The happy path of an order: the statuses it passes when nothing goes wrong. Pure."""

from collections.abc import Sequence

from plugins.orders.workflow.order_facts import BY_HAND, OrderFacts
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.workflow import Step, Workflow

# how far each stage is; what is lost lies on no good course
FAR = {Stage.NEW: 0, Stage.OPEN: 1, Stage.DONE: 2}


def happy_path(workflow: Workflow, facts: OrderFacts) -> Sequence[Status]:
    """From where the order is, without that, up to the first status in which it is done.

    Empty of what is done or lost. Each step goes on as little as it can, so that what lies between
    is told too; of several alike the workflow's first counts.
    """
    here = workflow.status(facts.status)
    course: list[Status] = []
    while here.stage in FAR and here.stage is not Stage.DONE:
        passed = {facts.status, *(status.key for status in course)}
        onward = [step for step in workflow.steps if _leads_on(step, here, facts, workflow.aside)]
        found = [step.target for step in onward if step.target.key not in passed]
        if not found:
            break
        here = min(found, key=lambda status: FAR[status.stage])
        course.append(here)
    return course


def _leads_on(step: Step, here: Status, facts: OrderFacts, aside: frozenset[str]) -> bool:
    """A status set by hand within a stage is staff's choice, and none that an order has to take."""
    there = step.target
    return (
        step.source.key == here.key
        and there.enabled
        and there.stage in FAR
        and FAR[there.stage] >= FAR[here.stage]
        and step.action not in aside
        and not (step.action == BY_HAND and there.stage is here.stage)
        and not any(asked.unmet(facts) for asked in step.when)
    )
