"""``deadlines run``: what it prints, how it ends, and what it says of what broke off."""

import json

from plugins.orders.store.models import Order
from plugins.orders.store.workflow_models import WorkflowVersion
from tests.cli.keyboard import BUY, TRANSFER, WEB_START, Keyboard
from tests.world import World

LATER = ("--now", "2030-01-01T00:00Z")


def order_placed(keyboard: Keyboard) -> int:
    (placed,) = json.loads("\n".join(keyboard.read(*BUY, *WEB_START, *TRANSFER, "--json")))[
        "orders"
    ]
    return int(placed["id"])


def spoil(world: World, order_id: int) -> None:
    """The order runs by a workflow that nobody can read."""
    with world.database.writing() as session:
        order = session.get_one(Order, order_id)
        order.workflow = WorkflowVersion(
            provider_id=order.provider_id,
            number=99,
            key="spoiled",
            content={**order.workflow.content, "key": "Not a key"},
            made_at=order.workflow.made_at,
        )


def test_what_is_due_at_a_moment_happens(keyboard: Keyboard) -> None:
    order_placed(keyboard)
    lines = keyboard.read("deadlines", "run", *LATER)
    assert lines == ["Moved: 1. Could not move: 0. Broke off: 0."]
    told = json.loads("\n".join(keyboard.read("deadlines", "run", *LATER, "--json")))
    assert told == {"moved": 0, "refused": 0, "broke_off": 0}


def test_what_broke_off_is_told_and_json_stays_json(keyboard: Keyboard, world: World) -> None:
    spoiled = order_placed(keyboard)
    order_placed(keyboard)
    spoil(world, spoiled)
    typed = keyboard.type("deadlines", "run", *LATER, "--json")
    assert (typed.exit_code, json.loads(typed.stdout)) == (
        1,
        {"moved": 1, "refused": 0, "broke_off": 1},
    )
    assert "deadline_broke_off" in typed.stderr


def test_a_moment_has_its_zone(keyboard: Keyboard) -> None:
    typed = keyboard.type("deadlines", "run", "--now", "2030-01-01T00:00")
    assert (typed.exit_code, typed.stdout) == (2, "")
