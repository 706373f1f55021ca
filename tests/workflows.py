"""Orders, people and files with which the tests of workflows begin."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from billing_panel.accounts.people.client_roles import ROLE_FUNCTIONS, ClientRole
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.money import Money
from plugins.orders.store.versions.installed_vocabulary import installed_vocabulary
from plugins.orders.store.versions.workflow_store import shipped_workflow
from plugins.orders.workflow.order_facts import BY_HAND, SYSTEM, OrderFacts, Trigger, Who
from plugins.orders.workflow.plan_step import Refusal, plan
from plugins.orders.workflow.workflow import Step, Workflow

SHIPPED = sorted(
    entry.name.removesuffix(".toml")
    for entry in files("plugins.orders").joinpath("workflows").iterdir()
    if entry.name.endswith(".toml")
)

vocabulary = cache(installed_vocabulary)

CLIENT = Who(ActorKind.CLIENT, ROLE_FUNCTIONS[ClientRole.OWNER])
STAFF = Who(ActorKind.STAFF, vocabulary().functions)
EVERYBODY = (CLIENT, STAFF, SYSTEM)
PARCEL = {"delivery_service": "Speedy", "tracking_code": "BG 123 456"}
TOTAL = Money(10_000, "EUR")
NOTHING = Money(0, "EUR")


@cache
def shipped(key: str) -> Workflow:
    return shipped_workflow(key, vocabulary())


def order(
    status: str, *, paid: Money = NOTHING, fields: Mapping[str, str] | None = None, **more: Any
) -> OrderFacts:
    """An order of 100 euros and two lines; ``more`` as in OrderFacts."""
    return OrderFacts(
        status=status,
        **{"total": TOTAL, "paid": paid, "lines": 2, "fields": fields or {}, **more},
    )


def by_hand(to: str) -> Trigger:
    return Trigger(BY_HAND, to)


def step(workflow: Workflow, facts: OrderFacts, trigger: Trigger | str, who: Who) -> Step:
    """The step taken; a refusal fails the test with its reasons."""
    wanted = Trigger(trigger) if isinstance(trigger, str) else trigger
    answer = plan(workflow, facts, wanted, who)
    assert isinstance(answer, Step), answer
    return answer


def refused(workflow: Workflow, facts: OrderFacts, trigger: Trigger | str, who: Who) -> list[str]:
    """The codes of the reasons; each has its sentence and its remedy."""
    wanted = Trigger(trigger) if isinstance(trigger, str) else trigger
    answer = plan(workflow, facts, wanted, who)
    assert isinstance(answer, Refusal), answer
    assert answer.reasons
    assert all(str(reason.message) and str(reason.remedy) for reason in answer.reasons)
    return [reason.code for reason in answer.reasons]
