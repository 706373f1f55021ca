"""Whatever anybody tries on an order, in any of the shipped workflows with any statuses off."""

from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.money import Money
from plugins.orders.workflow.file.workflow_file import WorkflowMistakes, toml
from plugins.orders.workflow.order_facts import BY_HAND, SYSTEM, OrderFacts, Trigger, Who
from plugins.orders.workflow.plan_step import Refusal, available, entry_for, plan
from plugins.orders.workflow.vocabulary import ACTIONS
from plugins.orders.workflow.workflow import Workflow
from plugins.orders.workflow.workflow_build import build
from tests.workflows import EVERYBODY, NOTHING, SHIPPED, TOTAL, order, vocabulary

FILLED = {
    "reason": "as agreed",
    "delivery_service": "Speedy",
    "tracking_code": "BG1",
    "payment_method": "cash",
    "rating": "5",
    "review": "good",
}
PEOPLE = st.builds(
    Who, st.sampled_from(ActorKind), st.frozensets(st.sampled_from(sorted(vocabulary().functions)))
)
FIELDS = st.dictionaries(st.sampled_from(sorted(FILLED)), st.sampled_from(["", " ", "5", "so"]))


def written(key: str) -> dict[str, Any]:
    file = files("plugins.orders").joinpath("workflows", f"{key}.toml")
    return toml(file.read_text(encoding="utf-8"))


class AnOrder(RuleBasedStateMachine):
    """One order of the workflow ``key``, from its placing on."""

    key: str

    def __init__(self) -> None:
        super().__init__()
        self.workflow: Workflow
        self.facts: OrderFacts
        self.left: list[str] = []

    @initialize(data=st.data(), placed_by=st.sampled_from([ActorKind.CLIENT, ActorKind.STAFF]))
    def place(self, data: st.DataObject, placed_by: ActorKind) -> None:
        file = written(self.key)
        keys = [status["key"] for status in file["status"]]
        off = data.draw(st.frozensets(st.sampled_from(keys), max_size=3))
        for status in file["status"]:
            status["enabled"] = status["key"] not in off
        try:
            self.workflow = build(file, vocabulary())
        except WorkflowMistakes:
            assume(False)  # noqa: FBT003 (hypothesis reads it so)
        flags = st.booleans()
        placed = order(
            "",
            total=data.draw(st.sampled_from([TOTAL, NOTHING])),
            points=data.draw(st.sampled_from([0, 7])),
            lines_on_order=data.draw(st.integers(0, 2)),
            needs_delivery=data.draw(flags),
            pays_online=data.draw(flags),
            placed_by=placed_by,
        )
        entry = entry_for(self.workflow, placed)
        assert entry.status.enabled
        self.facts = replace(placed, status=entry.status.key)

    @rule(part=st.integers(1, 10_000))
    def money_comes(self, part: int) -> None:
        paid = min(self.facts.paid.minor + part, self.facts.total.minor)
        self.facts = replace(
            self.facts, paid=Money(paid, TOTAL.currency), paid_points=self.facts.points
        )

    @rule()
    @precondition(lambda self: not self.facts.is_delivered)
    def a_line_is_delivered(self) -> None:
        self.facts = replace(self.facts, lines_delivered=self.facts.lines_delivered + 1)

    @rule(action=st.sampled_from(sorted(ACTIONS)), who=PEOPLE, fields=FIELDS, data=st.data())
    def anybody_tries(
        self, action: str, who: Who, fields: dict[str, str], data: st.DataObject
    ) -> None:
        keys = [status.key for status in self.workflow.statuses]
        anywhere = st.sampled_from(keys) if action == BY_HAND else st.none()
        self._try(Trigger(action, data.draw(anywhere)), who, fields)

    @rule(who=st.sampled_from(EVERYBODY), data=st.data())
    def somebody_does_what_is_offered(self, who: Who, data: st.DataObject) -> None:
        offers = [o for o in available(self.workflow, self.facts, who) if o.allowed]
        if offers:
            offer = data.draw(st.sampled_from(offers))
            assert self._try(offer.step.trigger, who, FILLED)

    def _try(self, trigger: Trigger, who: Who, fields: dict[str, str]) -> bool:
        """Whether it happened; whatever happens, it happens as the workflow says."""
        before = self.workflow.status(self.facts.status)
        answer = plan(self.workflow, replace(self.facts, fields=fields), trigger, who)
        if isinstance(answer, Refusal):
            assert answer.reasons
            assert all(str(reason.message) and str(reason.remedy) for reason in answer.reasons)
            return False
        assert answer.source is before
        assert answer.is_for(who)
        assert answer.stays or answer.target.enabled
        assert answer.stays or not before.is_final
        assert len(set(answer.effects)) == len(answer.effects)
        assert set(answer.effects) <= vocabulary().effects.keys()
        self.facts = replace(self.facts, status=answer.target.key)
        return True

    @invariant()
    @precondition(lambda self: hasattr(self, "workflow"))
    def it_is_in_a_known_status(self) -> None:
        assert self.workflow.status(self.facts.status) in self.workflow.statuses

    @invariant()
    @precondition(lambda self: hasattr(self, "workflow"))
    def somebody_can_move_it_on_unless_it_has_ended(self) -> None:
        status = self.workflow.status(self.facts.status)
        ready = replace(
            self.facts,
            fields=FILLED,
            paid=self.facts.total,
            paid_points=self.facts.points,
            lines_delivered=self.facts.lines,
        )
        ways = {
            answer.target.key
            for facts in (replace(self.facts, fields=FILLED), ready)
            for who in (*EVERYBODY, SYSTEM)
            for trigger in self.workflow.steps_from(status.key)
            if not isinstance(answer := plan(self.workflow, facts, trigger, who), Refusal)
        } - {status.key}
        if status.is_final:
            assert not ways
        elif status.stage not in {"done", "lost"}:
            assert ways


@pytest.mark.parametrize("key", SHIPPED)
def test_no_order_is_ever_lost_on_its_way(key: str) -> None:
    machine = type(f"AnOrderOf_{key}", (AnOrder,), {"key": key})
    steps = settings(max_examples=60, stateful_step_count=25)
    run_state_machine_as_test(machine, settings=steps)
