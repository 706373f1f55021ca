"""What is done in lists of orders: a status set in its row, many at once, views, columns, pages."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from billing_panel.kernel.tables.event_log import Event
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.change_list_settings import MOST_VIEWS
from plugins.orders.listing.list_settings import OrderView
from plugins.orders.store.models import Order
from plugins.orders.surface.order_lists.url_filters import PAGE
from plugins.orders.timeline.order_log_wording import LIST_EXPORTED
from tests.http.engines import ON_SQLITE
from tests.http.test_all_orders_page import shown
from tests.http.visitor import Visitor, elements
from tests.world import World, hold_only, line

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]


@pytest.fixture
def cloud(world: World) -> Order:
    """An order of sever, which runs by marketplace, waiting to be confirmed."""
    wanted = world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    return world.place("maria", wanted)[0]


def status_of(world: World, order_id: int) -> str:
    with world.database.reading() as session:
        return session.get_one(Order, order_id).status.key


def choices(visitor: Visitor, order_id: int) -> list[str]:
    """The statuses that can be chosen in the row."""
    page = visitor.get("/orders").text
    row = page.partition(f'name="to.{order_id}"')[2].partition("</select>")[0]
    return [part.partition('"')[0] for part in row.split('value="')[2:]]


def test_m15_w2_a_status_is_set_in_its_row_as_on_the_order(
    world: World, visit: Visit, cloud: Order
) -> None:
    maria = visit("maria")
    to = choices(maria, cloud.id)
    assert to
    sent = {"set": f"{cloud.id}.{cloud.version}", f"to.{cloud.id}": to[0]}
    answer = maria.send("/orders/set-status", **sent, asked="stage=new&colour=red")
    assert (answer.status_code, answer.location) == (303, "/orders?stage=new&colour=red")
    assert status_of(world, cloud.id) == to[0]


@pytest.mark.parametrize(
    ("to", "version", "status", "told"),
    [
        ("", 1, 422, "Choose a status first."),
        ("delivered", 1, 409, "set by hand"),
        ("sent", 1, 409, "set by hand"),
        ("nothing", 1, 409, "set by hand"),
        ("awaiting_payment", 99, 409, "changed"),
    ],
)
def test_p2_m8_what_the_order_refuses_its_row_refuses(
    world: World, visit: Visit, cloud: Order, to: str, version: int, status: int, told: str
) -> None:
    maria, before = visit("maria"), world.everything()["orders"]
    sent = {"set": f"{cloud.id}.{version}", f"to.{cloud.id}": to}
    answer = maria.send("/orders/set-status", **sent)
    assert answer.status_code == status
    assert told in answer.text
    assert "nothing was changed" in answer.text
    assert world.everything()["orders"] == before


def test_who_may_not_set_a_status_is_offered_none(world: World, visit: Visit, cloud: Order) -> None:
    hold_only(world, "maria", OrdersFunction.HISTORY_READ, OrdersFunction.ORDER_READ)
    maria = visit("maria")
    assert choices(maria, cloud.id) == []
    sent = {"set": f"{cloud.id}.{cloud.version}", f"to.{cloud.id}": "awaiting_payment"}
    answer = maria.send("/orders/set-status", **sent)
    assert answer.status_code in {403, 409}
    assert status_of(world, cloud.id) == cloud.status.key


def test_many_orders_are_looked_at_first_and_each_answers_for_itself(
    world: World, visit: Visit, cloud: Order
) -> None:
    wanted = world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    (other,) = world.place("maria", wanted)
    maria = visit("maria")
    step = f"set.{choices(maria, cloud.id)[0]}"
    named = maria.get("/orders").text.partition(f'value="{step}">')[2].partition("<")[0]
    token, before = maria.token("/orders"), world.everything()["orders"]
    rows = [f"{cloud.id}.{cloud.version}", f"{other.id}.99", "999.1"]
    sent = {"csrf_token": token, "step": step, "order": rows}
    looked = maria.http.post("/orders/bulk", data=sent)
    assert looked.status_code == 200
    assert "1 / 3" in looked.text
    title = looked.text.partition('id="bulk-title"')[2].partition("</h1>")[0]
    assert f"{named}: 1 order?" in title
    assert world.everything()["orders"] == before
    taken = maria.http.post("/orders/bulk/take", data=sent)
    assert "1 / 3" in taken.text
    assert status_of(world, cloud.id) == step.removeprefix("set.")
    assert status_of(world, other.id) == other.status.key
    after = world.everything()
    again = maria.http.post("/orders/bulk/take", data=sent)
    assert "0 / 3" in again.text
    assert world.everything() == after


def test_pages_lead_both_ways(world: World, visit: Visit) -> None:
    for _ in range(PAGE + 2):
        world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    maria = visit("maria")

    def way(path: str, rel: str) -> str | None:
        links = [e for e in elements(maria.get(path)) if e.attributes.get("rel") == rel]
        return str(links[0].attributes["href"]).replace("&amp;", "&") if links else None

    for narrow in ("", "?age=day", "?stage=active", "?query=stoyanova"):
        first = f"/orders{narrow}"
        assert way(first, "prev") is None
        older = way(first, "next")
        assert older is not None
        assert shown(maria, older) == ["10002", "10001"]
        assert way(older, "next") is None
        newer = way(older, "prev")
        assert newer is not None
        assert shown(maria, newer) == shown(maria, first)


def test_a_view_is_ones_own_kept_renamed_and_deleted(world: World, visit: Visit) -> None:
    maria = visit("maria")
    asked = {"asked.stage": "active", "asked.payment": "unpaid", "asked.colour": "red"}
    assert maria.send("/orders/views", name=" Unpaid ", **asked).status_code == 303
    with world.database.reading() as session:
        (view,) = session.scalars(select(OrderView))
    assert (view.name, view.asked) == ("Unpaid", {"stage": "active", "payment": "unpaid"})
    assert "Unpaid</a>" in maria.get("/orders").text
    petar = visit("petar")
    assert "Unpaid</a>" not in petar.get("/orders").text
    assert petar.send(f"/orders/views/{view.id}", delete="1").status_code == 404
    maria.send(f"/orders/views/{view.id}", name="To pay")
    assert "To pay</a>" in maria.get("/orders").text
    maria.send(f"/orders/views/{view.id}", delete="1")
    with world.database.reading() as session:
        assert session.scalars(select(OrderView)).all() == []


def test_nobody_keeps_more_views_than_can_be_chosen_from(world: World, visit: Visit) -> None:
    maria = visit("maria")
    for number in range(MOST_VIEWS + 2):
        maria.send("/orders/views", name=f"View {number}")
    with world.database.reading() as session:
        assert len(session.scalars(select(OrderView)).all()) == MOST_VIEWS


def test_the_columns_chosen_stay(visit: Visit, cloud: Order) -> None:
    assert cloud.id
    maria = visit("maria")
    token = maria.token("/orders")
    sent = {"csrf_token": token, "column": ["deadline", "placed_by"], "asked": "stage=new"}
    assert maria.http.post("/orders/columns", data=sent).location == "/orders?stage=new"
    heads = maria.get("/orders").text.partition("<thead")[2].partition("</thead>")[0]
    assert ">Deadline<" in heads
    assert ">Placed by<" in heads
    assert ">Total<" not in heads
    unknown = {**sent, "column": "x"}
    refused = maria.http.post("/orders/columns", data=unknown, follow_redirects=True).text
    assert 'role="alert"' in refused
    assert refused.partition("<thead")[2].partition("</thead>")[0] == heads


def test_the_first_page_leads_to_what_waits(world: World, visit: Visit, cloud: Order) -> None:
    status = status_of(world, cloud.id)
    page = visit("maria").get("/").text
    assert f'href="/orders?status=sever.{status}"' in page
    hold_only(world, "petar")
    assert "Nothing waits for you" in visit("petar").get("/").text
    owner = visit("owner").get("/").text
    assert "Orders by status" in owner
    assert "Orders by status" not in page


def test_the_list_is_taken_as_a_file_as_it_is_narrowed(
    world: World, visit: Visit, cloud: Order
) -> None:
    (web,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    maria = visit("maria")
    file = maria.send("/orders/export.csv", asked="provider=sever")
    assert file.status_code == 200
    assert cloud.number in file.text
    assert web.number not in file.text
    assert "Total" in file.text
    with world.database.reading() as session:
        (event,) = session.scalars(select(Event).filter_by(kind=LIST_EXPORTED))
    assert event.told == {"filters": {"provider": "sever"}, "file": "csv"}
    with maria.send("/orders/export.xlsx", asked="provider=sever") as book:
        assert book.status_code == 200
    assert maria.send("/orders/export.csv", asked="colour=red").status_code == 422
    hold_only(world, "maria", OrdersFunction.HISTORY_READ)
    assert "Total" not in maria.send("/orders/export.csv").text
