"""Pickup in the dialogue of an order (M3): staff offer it in their own city, the client answers."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.kernel.language.errors import Conflict, DomainError, Forbidden, Refused
from plugins.messages.correspondence.agree_pickup import (
    AnswerPickup,
    OfferPickup,
    answer_pickup,
    offer_pickup,
)
from plugins.messages.store.models import Dialogue, Message, Side
from plugins.messages.surface.message_checks import MESSAGE_CHECKS
from plugins.orders.store.models import Order
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import HOSTING, Business

PARCEL = {"delivery_service": "Speedy", "tracking_code": "BG 1"}


@pytest.fixture
def market(business: Opening) -> Business:
    return business("marketplace")


def to_city(market: Business, city: str = " SOFIA ", **more: Any) -> int:
    """An order that is sent there; the provider is in Sofia."""
    order_id = market.place()
    place = {"delivery_city": city, "delivery_country": "BG", **more}
    market.world.change(Order, {"id": order_id}, **place)
    return order_id


def offer(market: Business, order_id: int, by: str = "maria") -> None:
    market.act(offer_pickup, OfferPickup(order_id), by)


def answer(market: Business, order_id: int, *, accepts: bool, by: str = "buyer") -> None:
    market.act(answer_pickup, AnswerPickup(order_id, accepts=accepts), by)


def said(market: Business, order_id: int) -> list[tuple[Side, str]]:
    with market.world.database.reading() as session:
        rows = session.scalars(
            select(Message)
            .join(Dialogue, Dialogue.id == Message.dialogue_id)
            .where(Dialogue.order_id == order_id)
            .order_by(Message.id)
        )
        return [(row.side, row.said["kind"]) for row in rows if row.said and not row.automatic]


def refused(market: Business, act: Any) -> DomainError:
    before = market.world.everything()
    with pytest.raises(DomainError) as caught:
        act()
    assert market.world.everything() == before
    return caught.value


@pytest.mark.parametrize(("accepts", "kind"), [(True, "accepted"), (False, "declined")])
def test_m3_staff_offer_pickup_and_the_client_answers(
    market: Business, *, accepts: bool, kind: str
) -> None:
    order_id = to_city(market)
    status = market.status(order_id)
    offer(market, order_id)
    answer(market, order_id, accepts=accepts)
    assert said(market, order_id) == [
        (Side.STAFF, "pickup_offered"),
        (Side.CLIENT, f"pickup_{kind}"),
    ]
    # agreed in writing: the order itself is moved by staff
    assert market.status(order_id) == status
    with market.world.database.reading() as session:
        assert [one for check in MESSAGE_CHECKS for one in check.wrong(session)] == []


def test_what_was_declined_may_be_offered_again_and_nothing_else_twice(market: Business) -> None:
    order_id = to_city(market)
    assert isinstance(refused(market, lambda: answer(market, order_id, accepts=True)), Conflict)
    offer(market, order_id)
    assert isinstance(refused(market, lambda: offer(market, order_id)), Conflict)
    answer(market, order_id, accepts=False)
    offer(market, order_id)
    answer(market, order_id, accepts=True)
    for act in (
        lambda: offer(market, order_id),
        lambda: answer(market, order_id, accepts=False),
    ):
        assert refused(market, act).code == "pickup_offered"


@pytest.mark.parametrize(
    ("city", "country"), [("Plovdiv", "BG"), ("", "BG"), ("  ", "BG"), ("Sofia", "DE")]
)
def test_elsewhere_no_pickup_is_offered(market: Business, city: str, country: str) -> None:
    order_id = to_city(market, city, delivery_country=country)
    assert isinstance(refused(market, lambda: offer(market, order_id)), Refused)


def test_nor_where_nothing_is_sent_or_it_is_too_late(market: Business) -> None:
    service = market.place(HOSTING)
    market.world.change(Order, {"id": service}, delivery_city="Sofia", delivery_country="BG")
    assert refused(market, lambda: offer(market, service)).code == "no_pickup"
    gone = to_city(market)
    market.move(gone, "accept")
    market.move(gone, "pay")
    market.move(gone, "send", **PARCEL)
    assert refused(market, lambda: offer(market, gone)).code == "no_pickup"


def test_a_workflow_without_pickup_has_none_to_offer(business: Opening) -> None:
    shop = business("webshop")
    order_id = shop.place()
    shop.world.change(Order, {"id": order_id}, delivery_city="Sofia", delivery_country="BG")
    assert refused(shop, lambda: offer(shop, order_id)).code == "no_pickup"


def test_each_side_says_its_own_part(market: Business) -> None:
    order_id = to_city(market)
    assert isinstance(refused(market, lambda: offer(market, order_id, "buyer")), Forbidden)
    offer(market, order_id)
    by_staff = refused(market, lambda: answer(market, order_id, accepts=True, by="maria"))
    assert isinstance(by_staff, Forbidden)
    for stranger in ("olga", "petar"):
        refused(market, partial(offer, market, order_id, stranger))


def test_of_two_who_answer_at_once_one_is_heard(market: Business) -> None:
    order_id = to_city(market)
    offer(market, order_id)
    results = at_once([partial(answer, market, order_id, accepts=yes) for yes in (True, False)])
    assert sum(isinstance(one, Conflict) for one in results) == 1
    assert len(said(market, order_id)) == 2
