"""Rating an order that is over (M10): by its client, answered once, hidden with a reason."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from plugins.orders.store.models import Order
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.statuses.stage import Stage
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import place
from tests.http.visitor import Visitor
from tests.world import World

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("in_english")]

Visit = Callable[..., Visitor]
Api = Callable[[str], ApiClient]


@pytest.fixture
def order_id(world: World, api: Api) -> int:
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
    world: World, visit: Visit, api: Api, order_id: int
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


def rows(world: World) -> Sequence[object]:
    """Orders, what was said of them, and the log."""
    found = world.everything()
    return [found[table] for table in ("orders", "order_review", "event")]


def test_by_the_api_a_client_rates_and_changes_it_for_a_week(
    world: World, api: Api, order_id: int
) -> None:
    client, path = api("stoyanova"), f"/orders/{order_id}/review"
    assert client.get(path).status_code == 404
    given = json_of(client.post(path, {"stars": 4, "words": "Quick"}))
    assert (given["stars"], given["words"], given["changed_at"]) == (4, "Quick", None)
    changed = json_of(client.post(path, {"stars": 5}))
    assert (changed["stars"], changed["words"]) == (5, "")
    assert changed["changed_at"] is not None
    assert json_of(api("maria").get(path))["stars"] == 5
    world.clock.at += timedelta(days=8)
    before = rows(world)
    assert client.post(path, {"stars": 1}).get_json()["code"] == "rated_too_long_ago"
    assert rows(world) == before


def test_by_the_api_staff_answer_once_and_hide(api: Api, order_id: int) -> None:
    client, maria, path = api("stoyanova"), api("maria"), f"/orders/{order_id}/review"
    assert maria.post(f"{path}/answer", {"answer": "Of what?"}).status_code == 404
    json_of(client.post(path, {"stars": 1, "words": "Slow"}))
    assert json_of(maria.post(f"{path}/answer", {"answer": "We are sorry"}))["answer"]
    again = maria.post(f"{path}/answer", {"answer": "Twice"})
    assert again.get_json()["code"] == "already_answered"
    hidden = json_of(maria.post(f"{path}/hide", {"reason": "Names a Pangolin"}))
    assert hidden["hidden_reason"] == "Names a Pangolin"
    seen = json_of(client.get(path))
    assert (seen["answer"], seen["hidden_reason"]) == ("We are sorry", None)
    assert seen["hidden_at"] is not None


def test_by_the_api_each_does_their_own_and_nothing_else(
    world: World, api: Api, order_id: int
) -> None:
    path = f"/orders/{order_id}/review"
    json_of(api("stoyanova").post(path, {"stars": 3}))
    before = rows(world)
    assert api("maria").post(path, {"stars": 5}).status_code == 404
    assert api("balkan.media").post(path, {"stars": 1}).status_code == 404
    for stars in (0, 6, "5"):
        assert api("stoyanova").post(path, {"stars": stars}).status_code == 422
    for act, body in (("answer", {"answer": "I"}), ("hide", {"reason": "I"})):
        assert api("stoyanova").post(f"{path}/{act}", body).status_code in {403, 404}
        assert api("maria").post(f"{path}/{act}", {next(iter(body)): " "}).status_code == 422
    assert rows(world) == before
