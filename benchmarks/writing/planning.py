"""plan(): every step of each shipped workflow, asked for by somebody who may take it."""

from collections.abc import Callable, Iterator, Mapping

from benchmarks.measuring.report import Line
from benchmarks.measuring.stopwatch import Pair, alternate
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.money import Money
from plugins.orders.store.versions.installed_vocabulary import installed_vocabulary
from plugins.orders.store.versions.workflow_store import shipped_keys, shipped_workflow
from plugins.orders.workflow.order_facts import BY_HAND, OrderFacts, Trigger, Who
from plugins.orders.workflow.plan_step import Refusal, plan
from plugins.orders.workflow.requirements import FIELDS
from plugins.orders.workflow.workflow import Step, Workflow

ROUNDS = 40
TIMES = 20
VALUES = dict.fromkeys(FIELDS, "5")
Asking = tuple[OrderFacts, Trigger, Who]
# (status, action, target of a status set by hand) → who may, and where it leads
Table = Mapping[tuple[str, str, str | None], tuple[ActorKind, str]]


def measure() -> Iterator[Line]:
    for key in shipped_keys():
        workflow = shipped_workflow(key, installed_vocabulary())
        asked = [asking for step in workflow.steps for asking in _asked(workflow, step)]
        table = _table(workflow)
        pair = alternate(_planning(workflow, asked), _looking_up(table, asked), ROUNDS)
        each = TIMES * len(asked)
        yield Line.of_rates(
            f"plan a step of {key}", "", Pair(pair.panel / each, pair.floor / each).as_rates()
        )


def _asked(workflow: Workflow, step: Step) -> Iterator[Asking]:
    """A question that ``step`` answers, if any of these orders is the right one for it."""
    permit = step.by[0]
    who = Who(permit.kind, frozenset({permit.function} if permit.function else ()))
    for facts in _orders(step.source.key):
        answer = plan(workflow, facts, step.trigger, who)
        if not isinstance(answer, Refusal):
            yield facts, step.trigger, who
            return


def _orders(status: str) -> Iterator[OrderFacts]:
    """Paid and delivered or not, of goods in stock or on order."""
    total = Money(10_000, "EUR")
    for paid in (total, Money(0, "EUR")):
        for on_order in (0, 2):
            for needs_delivery in (False, True):
                yield OrderFacts(
                    status,
                    total,
                    paid,
                    lines=2,
                    lines_delivered=2,
                    lines_on_order=on_order,
                    needs_delivery=needs_delivery,
                    pays_online=True,
                    fields=VALUES,
                )


def _table(workflow: Workflow) -> Table:
    return {
        (step.source.key, step.action, step.target.key if step.action == BY_HAND else None): (
            step.by[0].kind,
            step.target.key,
        )
        for step in reversed(workflow.steps)
    }


def _planning(workflow: Workflow, asked: list[Asking]) -> Callable[[], None]:
    def work() -> None:
        for _ in range(TIMES):
            for facts, trigger, who in asked:
                plan(workflow, facts, trigger, who)

    return work


def _looking_up(table: Table, asked: list[Asking]) -> Callable[[], None]:
    def work() -> None:
        for _ in range(TIMES):
            for facts, trigger, who in asked:
                kind, target = table[facts.status, trigger.action, trigger.to]
                if kind is not who.kind or not target:
                    raise AssertionError(trigger)

    return work
