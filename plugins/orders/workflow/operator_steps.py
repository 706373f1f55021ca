"""Where orders wait for an operator, and what the operator can do there (D6 to D12). Pure."""

from collections.abc import Mapping, Sequence

from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.statuses.stage import ENDS, Stage
from plugins.orders.workflow.workflow import Step, Workflow

ACCEPT = "accept"
# what the orders bar offers, in its order
DESK_ACTIONS = (ACCEPT, "pay", "complete", "cancel", "void")
# an order in hand waits for one of these
FINISHING = frozenset({"void", "complete"})


def desk_steps(workflow: Workflow) -> Mapping[str, Sequence[str]]:
    """By status: the actions that staff have in it. Empty: orders are not accepted by hand.

    The statuses are those in which orders wait to be accepted, those they are accepted into, and
    those on the way to their end in which an operator can void or complete them.
    """
    by_staff = [step for step in workflow.steps if _is_of_staff(step)]
    waiting = {s.source.key for s in by_staff if s.action == ACCEPT and s.source.stage is Stage.NEW}
    if not waiting:
        return {}
    accepted = {s.target.key for s in by_staff if s.action == ACCEPT and s.source.key in waiting}
    in_hand = {s.source.key for s in by_staff if s.action in FINISHING}
    found = {key: _actions(by_staff, key) for key in waiting | accepted | in_hand}
    return {key: found[key] for key in sorted(found) if workflow.status(key).stage not in ENDS}


def _is_of_staff(step: Step) -> bool:
    return any(permit.kind is ActorKind.STAFF for permit in step.by)


def _actions(steps: Sequence[Step], status: str) -> Sequence[str]:
    there = {step.action for step in steps if step.source.key == status}
    return [action for action in DESK_ACTIONS if action in there]
