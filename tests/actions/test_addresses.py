"""Addresses in parts: kept tidy, and asked for the city that those of before do not have."""

from dataclasses import replace
from typing import Any

import pytest

from billing_panel.accounts.access.scope import find_client, find_provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.administration.clients.change_client import change_client
from billing_panel.administration.clients.client_details import client_details
from billing_panel.administration.providers.change_provider import change_provider
from billing_panel.administration.providers.provider_details import provider_details
from billing_panel.kernel.language.errors import Invalid
from billing_panel.kernel.values.postal_address import Address
from plugins.orders.checkout.place_order import DeliveryWish
from plugins.orders.store.models import Order
from tests.world import World, line

SFP = line("sfp-10g", "once")
BEFORE = {"address": "ул. „Иван Вазов“ 3, 4000 Пловдив", "post_code": "", "city": ""}


def save_client(world: World, **changes: Any) -> Client:
    with world.database.writing() as session:
        actor, client_id = world.actor("owner"), world.client_id("stoyanova")
        now = client_details(find_client(session, actor, client_id=client_id))
        details = replace(now, **changes)
        return change_client(session, client_id, details, actor=actor, clock=world.clock)


def place(world: World, login: str, **wish: Any) -> Order:
    command = world.order("stoyanova", SFP, delivery=DeliveryWish(**wish))
    (order,) = world.place(login, command)
    return order


def refused_fields(world: World, act: Any) -> list[tuple[str, str]]:
    before = world.everything()
    with pytest.raises(Invalid) as wrong:
        act()
    assert world.everything() == before
    return [(error.field, error.code) for error in wrong.value.errors]


@pytest.mark.parametrize("login", ["maria", "stoyanova"])
def test_goods_sent_to_an_address_of_before_ask_for_the_city(world: World, login: str) -> None:
    world.change(Client, {"login": "stoyanova"}, **BEFORE)
    found = refused_fields(world, lambda: place(world, login, service="speedy"))
    assert found == [("delivery.city", "required")]
    there = Address("ул. „Иван Вазов“ 3", "4000", "Пловдив")
    order = place(world, login, service="speedy", address=there)
    assert order.place_of_delivery == replace(there, country="BG")


def test_what_is_agreed_later_asks_for_no_city(world: World) -> None:
    world.change(Client, {"login": "stoyanova"}, **BEFORE)
    assert str(place(world, "maria").place_of_delivery) == BEFORE["address"]


def test_an_order_keeps_the_place_it_was_placed_with(world: World) -> None:
    order = place(world, "maria", service="speedy")
    save_client(world, address="бул. „Мария Луиза“ 9", post_code="1000", city="София")
    with world.database.reading() as session:
        kept = session.get_one(Order, order.id).place_of_delivery
    assert kept == Address("ул. „Иван Вазов“ 3", "4000", "Пловдив", "", "BG")


def test_a_part_of_an_address_asks_for_the_rest(world: World) -> None:
    post_code = Address("ul. Shipka 1", "4000")
    found = refused_fields(world, lambda: place(world, "maria", address=post_code))
    assert found == [("delivery.city", "required")]
    nowhere = Address(city="Sofia", country="QQ")
    found = refused_fields(world, lambda: place(world, "maria", address=nowhere))
    assert found == [("delivery.country", "country")]


def test_saving_the_details_of_a_client_asks_for_the_city(world: World) -> None:
    world.change(Client, {"login": "stoyanova"}, **BEFORE)
    found = refused_fields(world, lambda: save_client(world, phone="+359 2 1"))
    assert found == [("city", "required")]
    found = refused_fields(
        world, lambda: save_client(world, city="Пловдив", delivery_address="ul. Shipka 1")
    )
    assert found == [("delivery_city", "required")]
    found = refused_fields(
        world, lambda: save_client(world, address="1\n2\n3\n4\n5", city="x" * 121)
    )
    assert found == [("city", "length"), ("address", "lines")]


def test_an_address_is_kept_tidy(world: World) -> None:
    client = save_client(
        world, address="  ul.  Shipka 1 \n\n ap. 2\u200b ", city=" Sofia ", post_code="1000"
    )
    assert (client.address, client.city) == ("ul. Shipka 1\nap. 2", "Sofia")
    assert str(client.place_of_delivery) == "ul. Shipka 1, ap. 2, 1000 Sofia"


def test_goods_go_elsewhere_where_the_client_says_so(world: World) -> None:
    save_client(
        world,
        delivery_address="Ogre 5",
        delivery_post_code="10115",
        delivery_city="Berlin",
        delivery_country="DE",
    )
    order = place(world, "maria", service="speedy")
    assert order.place_of_delivery == Address("Ogre 5", "10115", "Berlin", "", "DE")


def test_saving_a_provider_asks_for_the_city(world: World) -> None:
    def save() -> None:
        with world.database.writing() as session:
            actor = world.actor("owner")
            now = provider_details(find_provider(session, actor, "nordvik"))
            change_provider(
                session, "nordvik", replace(now, city=" "), actor=actor, clock=world.clock
            )

    assert refused_fields(world, save) == [("city", "required")]
