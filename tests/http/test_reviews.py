"""Rating an order that is over (M10): by its client, answered once, hidden with a reason."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from plugins.orders.store.models import Order, OrderStatus
from plugins.orders.workflow.workflow import Stage
from tests.api import ApiClient
from tests.http.engines import ON_SQLITE
from tests.http.shop import place
from tests.http.visitor import Visitor
from tests.world import World

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("in_english")]

Visit = Callable[..., Visitor]


@pytest.fixture
def order_id(world: World, api: Callable[[str], ApiClient]) -> int:
    """One of stoyanova's that is over."""
    found = int(place(api("owner"), world.client_id("stoyanova"))["id"])
    with world.database.writing() as session:
        order = session.get_one(Order, found)
        done = select(OrderStatus).filter_by(provider_id=order.provider_id, stage=Stage.DONE)
        order.status = session.scalars(done.limit(1)).one()
        order.stage = Stage.DONE
    return found


def test_the_client_rates_and_changes_it_for_a_week(
    world: World, visit: Visit, order_id: int
) -> None:
    client, path = visit("stoyanova"), f"/orders/{order_id}"
    assert "Rate this order" in client.get(path).text
    assert client.send(f"{path}/review", stars="4", words="Quick").status_code == 303
    assert client.send(f"{path}/review", stars="5", words="Quick, and kind").status_code == 303
    for who in ("stoyanova", "maria"):
        page = visit(who).get(path).text
        assert "5 of 5" in page
        assert "Quick, and kind" in page
    world.clock.at += timedelta(days=8)
    client = visit("stoyanova")
    before = world.everything()
    refused = client.send(f"{path}/review", stars="1", words="")
    assert refused.status_code == 422
    assert "for a week" in refused.text
    assert world.everything()["orders"] == before["orders"]


def test_an_order_under_way_and_a_wrong_number_are_not_rated(
    world: World, visit: Visit, api: Callable[[str], ApiClient], order_id: int
) -> None:
    client = visit("stoyanova")
    other = place(api("owner"), world.client_id("stoyanova"))["id"]
    token = client.token("/my/orders")
    before = world.everything()
    for path, stars in ((other, "5"), (order_id, "6"), (order_id, "0"), (order_id, "many")):
        sent = {"csrf_token": token, "stars": stars, "words": ""}
        assert client.http.post(f"/orders/{path}/review", data=sent).status_code == 422
    assert world.everything() == before


def test_staff_answer_once_and_hide_with_a_reason_that_the_client_does_not_read(
    visit: Visit, order_id: int
) -> None:
    path = f"/orders/{order_id}"
    assert visit("stoyanova").send(f"{path}/review", stars="1", words="Slow").status_code == 303
    maria = visit("maria")
    assert maria.send(f"{path}/review/answer", answer="We are sorry").status_code == 303
    again = maria.send(f"{path}/review/answer", answer="Twice")
    assert again.status_code == 422
    assert maria.send(f"{path}/review/hide", reason="").status_code == 422
    assert maria.send(f"{path}/review/hide", reason="Names a Pangolin").status_code == 303
    page = visit("stoyanova").get(path).text
    assert "We are sorry" in page
    assert "Hidden" in page
    assert "Pangolin" not in page
    assert "Pangolin" in maria.get(path).text


def test_nobody_else_rates_answers_or_hides(world: World, visit: Visit, order_id: int) -> None:
    assert visit("stoyanova").send(f"/orders/{order_id}/review", stars="3").status_code == 303
    callers = {login: visit(login) for login in ("balkan.media", "maria", "georgi", "stoyanova")}
    tokens = {login: caller.token("/") for login, caller in callers.items()}
    before = world.everything()
    for login, tail, expected in (
        ("balkan.media", "", 404),
        ("maria", "", 404),
        ("georgi", "/answer", 403),
        ("georgi", "/hide", 403),
        ("stoyanova", "/answer", 403),
        ("stoyanova", "/hide", 403),
    ):
        sent = {"csrf_token": tokens[login], "stars": "5", "answer": "x", "reason": "x"}
        answer = callers[login].http.post(f"/orders/{order_id}/review{tail}", data=sent)
        assert answer.status_code == expected, (login, tail)
    assert world.everything() == before
