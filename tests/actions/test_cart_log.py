"""Whatever is done to a cart stands in the log, once, and both sides are told who did it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.rules.wanted_line import WantedLine
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import say
from billing_panel.kernel.tables.event_log import Event
from plugins.orders.cart import cart_log
from plugins.orders.cart.cart_log import CART_CHANGED, latest_news
from plugins.orders.checkout.change_cart import (
    AddToCart,
    LineChange,
    add_to_cart,
    change_line,
    take_out,
)
from plugins.orders.promo.cart_promo import put_code_in
from tests.world import World

CLIENT = "stoyanova"
WANTED = WantedLine("web-start", "1 month", 2)


def do(world: World, login: str, action: Any, *given: Any) -> Any:
    with world.database.writing() as session:
        done = action(session, *given, actor=world.actor(login), clock=world.clock)
        return getattr(done, "id", None)


def add(world: World, login: str) -> int:
    return int(do(world, login, add_to_cart, AddToCart(world.client_id(CLIENT), None, WANTED)))


def logged(world: World) -> list[dict[str, Any]]:
    with world.database.reading() as session:
        of_carts = select(Event).filter_by(kind=CART_CHANGED).order_by(Event.id)
        ours = of_carts.filter_by(client_id=world.client_id(CLIENT), at=world.clock.now())
        return [event.facts for event in session.scalars(ours)]


def told(world: World, login: str) -> list[str]:
    with world.database.reading() as session:
        provider = session.scalars(select(Provider).filter_by(key="nordvik")).one()
        client_id, at = world.client_id(CLIENT), world.clock.now()
        news = latest_news(session, client_id, [provider], world.actor(login), at)
        return [say(one.said, "en") for one in news["nordvik"]]


@pytest.fixture(autouse=True)
def later(world: World) -> None:
    """What the demo did to carts is of another moment."""
    world.clock.at += timedelta(days=2)


@pytest.mark.every_case
def test_each_change_is_written_once_and_what_changes_nothing_is_not(world: World) -> None:
    client_id = world.client_id(CLIENT)
    line_id = add(world, CLIENT)
    do(world, "owner", change_line, client_id, line_id, LineChange(quantity=1))
    do(world, "owner", change_line, client_id, line_id, LineChange(quantity=1))
    for code in ("AUTUMN10", "autumn10", "", ""):
        do(world, "owner", put_code_in, client_id, None, code)
    do(world, CLIENT, take_out, client_id, line_id)
    position = {"tariff": "web-start"}
    facts = logged(world)
    assert [one["act"] for one in facts] == [
        "added",
        "changed",
        "code_entered",
        "code_removed",
        "removed",
    ]
    assert [one.get("quantity") for one in facts] == [2, 1, None, None, 1]
    assert all(position.items() <= one.items() for one in (facts[0], facts[1], facts[4]))


def test_staff_read_who_it_was_and_the_client_of_the_provider(world: World) -> None:
    client_id, line_id = world.client_id(CLIENT), add(world, "owner")
    do(world, CLIENT, take_out, client_id, line_id)
    assert told(world, "owner") == [
        "Елена Стоянова removed Web Start × 2",
        "Ada Owner added Web Start × 2",
    ]
    assert told(world, CLIENT) == [
        "Елена Стоянова removed Web Start × 2",
        "Nordvik Hosting added Web Start × 2",
    ]


@pytest.mark.every_case
def test_a_cart_is_changed_so_often_in_an_hour(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cart_log, "MOST_AN_HOUR", 2)
    line_id = add(world, CLIENT)
    add(world, "owner")
    before = world.everything()
    for act, *given in ((take_out, line_id), (change_line, line_id, LineChange(quantity=9))):
        with pytest.raises(Refused) as refused:
            do(world, CLIENT, act, world.client_id(CLIENT), *given)
        assert refused.value.code == "cart_too_busy"
    assert world.everything() == before
    world.clock.at += timedelta(hours=1)
    do(world, CLIENT, take_out, world.client_id(CLIENT), line_id)
