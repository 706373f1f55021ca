"""By the clock: what is unpaid and what was received goes to the client's history (M5, M6)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from billing_panel.accounts.access.load_actors import console
from plugins.orders.deadlines.fire_deadlines import fire_deadlines
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor
from tests.world import World, line

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("in_english")]

Visit = Callable[..., Visitor]
PAYS = {"payment_method": "bank_transfer"}
SENT = {"delivery_service": "cdek", "tracking_code": "1234567890"}


def placed(
    world: World, provider: str, tariff: str, period: str, *steps: tuple[str, dict[str, str]]
) -> int:
    """Romashka's, and what Maria does with it at once."""
    wanted = world.order("romashka", line(tariff, period), provider=provider)
    (order,) = world.place("maria", wanted)
    with world.database.writing() as session:
        for action, fields in steps:
            command = AdvanceOrder(order.id, action, fields=fields)
            advance_order(session, command, actor=world.actor("maria"), clock=world.clock)
    return order.id


@pytest.mark.parametrize(
    ("provider", "tariff", "period", "steps", "days"),
    [
        ("sever", "router-ax", "once", [("accept", {})], 3),
        ("nordvik", "web-start", "1 month", [], 30),
        ("sever", "router-ax", "once", [("accept", {}), ("pay", PAYS), ("send", SENT)], 35),
    ],
    ids=["unpaid at sever", "unpaid at nordvik", "sent and received by itself"],
)
def test_what_ends_by_itself_goes_to_history(
    world: World,
    visit: Visit,
    provider: str,
    tariff: str,
    period: str,
    steps: list[tuple[str, dict[str, str]]],
    days: int,
) -> None:
    order_id = placed(world, provider, tariff, period, *steps)
    link = f'href="/orders/{order_id}"'
    for later, (here, there) in ((days - 1, ("orders", "history")), (2, ("history", "orders"))):
        world.clock.at += timedelta(days=later)
        fire_deadlines(world.database, actor=console(world.panel.known), clock=world.clock)
        client = visit("romashka")
        assert link in client.get(f"/my/{here}").text
        assert link not in client.get(f"/my/{there}").text
