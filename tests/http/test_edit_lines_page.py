"""The page on which the lines of an order are edited, and its twin in the API."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from plugins.orders.store.models import Order
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.form import form_of
from tests.http.visitor import Visitor
from tests.world import World, line

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]


@pytest.fixture
def order(world: World) -> Order:
    return world.place("maria", world.order("stoyanova", line("web-start", "1 month")))[0]


def now(world: World, order: Order) -> Order:
    with world.database.reading() as session:
        found = session.get_one(Order, order.id)
        session.refresh(found, ["lines"])
        return found


def test_the_page_shows_what_changes_and_asks_once(
    world: World, visit: Visit, order: Order
) -> None:
    maria, path = visit("maria"), f"/orders/{order.id}/lines"
    assert f'href="{path}"' in maria.get(f"/orders/{order.id}").text
    line_id = order.lines[0].id
    typed = {f"quantity.{line_id}": "3", "quantity:web-business": "1", "version": "1"}
    typed["period:web-business"] = "1 month"
    shown = maria.send(path, do="preview", **typed)
    text = re.sub(r"\s+", " ", shown.text)
    assert (shown.status_code, "Changed" in text, "Added" in text) == (200, True, True)
    assert "is annulled" in text
    assert now(world, order).version == 1
    _, fields = form_of(shown, "edit-preview")
    sent = {name: value for name, value in fields.items() if name not in {"csrf_token", "do"}}
    assert sent[f"quantity.{line_id}"] == "3"
    back = maria.send(path, **{**sent, "do": "back"})
    assert f'name="quantity.{line_id}" inputmode="numeric" value="3"' in back.text
    assert maria.send(path, **{**sent, "do": "confirm"}).status_code == 303
    assert [one.quantity for one in now(world, order).lines] == [3, 1]
    # what was seen is another order by now
    assert maria.send(path, **{**sent, "do": "confirm"}).status_code == 409


def test_what_is_refused_comes_back_with_what_was_typed(visit: Visit, order: Order) -> None:
    maria, path = visit("maria"), f"/orders/{order.id}/lines"
    line_id = order.lines[0].id
    name = f"quantity.{line_id}"
    for typed in ("none", "0", "1000000"):
        answer = maria.send(path, do="preview", version="1", **{name: typed})
        assert answer.status_code == 422
        assert f'name="{name}" inputmode="numeric" value="{typed}"' in answer.text
    gone = maria.send(path, do="preview", version="1", **{f"remove.{line_id}": "1"})
    assert (gone.status_code, "at least one line" in gone.text) == (422, True)


def test_another_total_than_shown_is_shown_and_asked_again(visit: Visit, order: Order) -> None:
    path = f"/orders/{order.id}/lines"
    sent = {f"quantity.{order.lines[0].id}": "2", "version": "1", "expected_total": "1"}
    answer = visit("maria").send(path, do="confirm", expected_points="0", **sent)
    assert (answer.status_code, "The price has changed" in answer.text) == (409, True)
    assert 'value="confirm"' in answer.text


def test_without_the_function_there_is_no_page(visit: Visit, order: Order) -> None:
    for login in ("georgi", "stoyanova"):
        visitor = visit(login)
        assert f"/orders/{order.id}/lines" not in visitor.get(f"/orders/{order.id}").text
        assert visitor.get(f"/orders/{order.id}/lines").status_code == 403


def test_the_client_reads_what_was_changed_and_not_why(visit: Visit, order: Order) -> None:
    path = f"/orders/{order.id}/lines"
    sent = {f"quantity.{order.lines[0].id}": "2", "version": "1", "reason": "asked by phone"}
    assert visit("maria").send(path, do="confirm", **sent).status_code == 303
    for login, says, reads_why in (
        ("maria", "Lines changed; total:", True),
        ("stoyanova", "Позициите са променени; сума:", False),
    ):
        text = visit(login).get(f"/orders/{order.id}").text
        assert says in text
        assert ("asked by phone" in text) is reads_why


def test_the_api_previews_and_edits(
    world: World, api: Callable[..., ApiClient], order: Order
) -> None:
    maria, path = api("maria"), f"/orders/{order.id}/lines"
    body: dict[str, Any] = {"lines": [{"id": order.lines[0].id, "quantity": 2}], "version": 1}
    told = json_of(maria.post(f"{path}/preview", body))
    assert (told["allowed"], told["changes"]["lines"][0]["did"]) == (True, "changed")
    assert told["changes"]["difference"] == {"amount": "5.88", "currency": "EUR"}
    assert now(world, order).version == 1
    total = told["changes"]["after"]["total"]
    edited = json_of(maria.put(path, {**body, "expected_total": total}))
    assert edited["total"] == total
    closed = {"lines": [{"tariff": "gpu-a16"}], "version": 2}
    refused = json_of(maria.post(f"{path}/preview", closed))
    assert (refused["allowed"], refused["reasons"][0]["code"]) == (False, "group_not_allowed")
