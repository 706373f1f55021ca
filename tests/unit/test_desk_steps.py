"""D6: which workflows have orders accepted by hand, and what an operator can do in each status."""

import pytest

from plugins.orders.migrations import orders_0023_desk
from plugins.orders.store.versions.workflow_store import shipped_file
from plugins.orders.workflow.operator_steps import desk_steps
from plugins.orders.workflow.statuses.stage import ENDS
from tests.workflows import SHIPPED, shipped


@pytest.mark.parametrize(
    ("workflow", "steps"),
    [
        (
            "desk",
            {"new": ["accept", "complete", "cancel"], "accepted": ["pay", "complete", "void"]},
        ),
        (
            "marketplace",
            {"awaiting_confirmation": ["accept", "cancel"], "awaiting_payment": ["pay", "cancel"]},
        ),
        ("hosting", {}),
        ("webshop", {}),
        ("procurement", {}),
    ],
)
def test_what_is_accepted_by_hand_says_the_workflow(
    workflow: str, steps: dict[str, list[str]]
) -> None:
    assert {key: [*found] for key, found in desk_steps(shipped(workflow)).items()} == steps


@pytest.mark.parametrize("workflow", SHIPPED)
def test_no_order_that_has_ended_waits_for_an_operator(workflow: str) -> None:
    found = shipped(workflow)
    assert not [key for key in desk_steps(found) if found.status(key).stage in ENDS]


@pytest.mark.parametrize("workflow", SHIPPED)
def test_the_migration_finds_the_same(workflow: str) -> None:
    content = shipped_file(workflow).model_dump(mode="json", by_alias=True, exclude_none=True)
    found = orders_0023_desk._steps(content)
    assert found == desk_steps(shipped(workflow))
