"""The orders bar at the bottom of staff pages (D6): for whom, with what, and what comes of it."""

import re
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import text as sql

from benchmarks.measuring.statements import counted
from plugins.orders.store.order_claim import OrderClaim
from plugins.orders.surface.orders_bar.bar_rows import MOST, _statement
from tests.api import ApiClient
from tests.businesses import Business, opened
from tests.http.form import form_of
from tests.http.visitor import Visitor
from tests.world import World, hold_only

Visit = Callable[..., Visitor]
ACTIONS = ("orders:order:accept", "orders:order:cancel")


@pytest.fixture
def desk(world: World) -> Business:
    opened(world, "desk")
    return Business(world)


def bar_of(page: str) -> str:
    found = re.search(r'<section class="orders-bar".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def steps_in(bar: str) -> set[str]:
    return set(re.findall(r"step=(\w+)", bar))


def test_it_stands_on_every_page_of_staff_whose_orders_are_accepted_by_hand(
    desk: Business, visit: Visit
) -> None:
    order_id = desk.place(method="cash", note="Two without sugar")
    for path in ("/", "/orders", "/clients", f"/orders/{order_id}", "/notices"):
        bar = bar_of(visit("maria").get(path).text)
        assert f"/orders/{order_id}/desk" in bar, path
        assert "Two without sugar" in bar
        assert "€60.00" in bar
    # works for another provider alone, whose orders are accepted by hand too
    bar = bar_of(visit("olga").get("/orders").text)
    assert (bar != "", f"/orders/{order_id}/desk" in bar) == (True, False)
    assert bar_of(visit("buyer").get(f"/orders/{order_id}").text) == ""


def test_it_offers_what_a_person_may_and_says_no_sums_to_others(
    desk: Business, visit: Visit
) -> None:
    world, order_id = desk.world, desk.place(method="cash")
    hold_only(world, "georgi", "orders:order:read", *ACTIONS)
    bar = bar_of(visit("georgi").get("/").text)
    assert steps_in(bar) == {"accept", "cancel"}
    assert "€" not in bar
    hold_only(world, "georgi", "orders:order:read", "orders:price:read")
    assert bar_of(visit("georgi").get("/").text) == ""
    hold_only(world, "georgi", *ACTIONS)
    assert bar_of(visit("georgi").get("/").text) == ""
    assert steps_in(bar_of(visit("maria").get("/").text)) == {"accept", "cancel", "complete"}
    desk.move(order_id, "accept")
    assert steps_in(bar_of(visit("maria").get("/").text)) == {"pay", "void", "complete"}
    desk.move(order_id, "complete")
    assert str(order_id) not in "".join(
        re.findall(r"data-bar-order=\"(\d+)\"", bar_of(visit("maria").get("/").text))
    )


def test_it_costs_one_statement_however_many_there_are(desk: Business, visit: Visit) -> None:
    maria, sent = visit("maria"), []
    for _ in range(2):
        for _ in range(4):
            desk.place(method="cash")
        with counted(desk.world.database.engine) as statements:
            assert maria.get("/notices").status_code == 200
        sent.append(Counter(statement.split(" FROM ")[0] for statement in statements))
    assert sent[0] == sent[1]
    assert sum("desk_steps" in statement for statement in sent[0]) == 1


def test_an_order_is_looked_at_before_it_is_accepted_and_is_in_hand_then(
    desk: Business, visit: Visit
) -> None:
    world, order_id = desk.world, desk.place(method="cash")
    maria = visit("maria")
    page = maria.get(f"/orders/{order_id}/desk?step=accept")
    assert page.status_code == 200
    assert "Reserved" in page.text
    assert "can be taken now" in page.text
    answer = maria.send(f"/orders/{order_id}/desk", action="accept")
    assert answer.status_code == 303
    assert desk.status(order_id) == "accepted"
    with world.database.reading() as session:
        claim = session.get_one(OrderClaim, order_id)
        assert claim.user_id == world.actor("maria").user_id


def test_what_a_colleague_has_is_taken_over_first(desk: Business, visit: Visit) -> None:
    world, order_id = desk.world, desk.place(method="cash")
    visit("maria").send(f"/orders/{order_id}/claim")
    petar = visit("petar")
    page = petar.get(f"/orders/{order_id}/desk")
    assert "Taken by Maria Koleva" in page.text
    hold_only(world, "petar", "orders:order:read", "orders:status:change")
    before = world.everything()
    refused = petar.send(f"/orders/{order_id}/desk", action="accept")
    assert refused.status_code == 409
    assert "Maria Koleva has taken this order" in refused.text
    assert world.everything() == before
    assert petar.send(f"/orders/{order_id}/claim", take_over="1").status_code == 303
    assert petar.send(f"/orders/{order_id}/desk", action="accept").status_code == 303
    assert desk.status(order_id) == "accepted"


def test_what_can_not_be_undone_is_asked_at_the_desk_too(desk: Business, visit: Visit) -> None:
    order_id = desk.place(method="cash")
    maria, path = visit("maria"), f"/orders/{order_id}/desk"
    asked = maria.send(path, action="cancel")
    assert (asked.status_code, "What happens:" in asked.text) == (200, True)
    assert desk.status(order_id) == "new"
    # nobody has it in hand for having asked
    with desk.world.database.reading() as session:
        assert session.get(OrderClaim, order_id) is None
    _, sent = form_of(asked, path)
    assert maria.http.post(path, data=sent).status_code == 303
    assert desk.status(order_id) == "cancelled"


def test_lines_are_delivered_at_the_desk(desk: Business, visit: Visit) -> None:
    order_id = desk.place(method="cash")
    desk.move(order_id, "accept")
    (line,) = desk.order(order_id).lines
    visit("maria").send(f"/orders/{order_id}/desk/deliver", line=str(line.id))
    assert desk.order(order_id).lines[0].delivered_at is not None


def test_who_else_looks_is_answered_and_said_to_no_client(desk: Business, visit: Visit) -> None:
    order_id = desk.place(method="cash")
    path = f"/orders/{order_id}/looking"
    assert visit("maria").send(path).status_code == 200
    answer = visit("petar").send(path)
    assert "Maria Koleva is looking at this order" in answer.text
    assert visit("buyer").send(path).status_code == 404
    assert visit("olga").send(path).status_code == 404
    assert visit("petar").send(path, away="1").status_code == 204
    assert visit("maria").send(path).text.strip() == ""


def test_the_api_says_who_has_it_and_to_no_client(
    desk: Business, api: Callable[[str], ApiClient]
) -> None:
    order_id = desk.place(method="cash")
    maria, petar = api("maria"), api("petar")
    taken = maria.post(f"/orders/{order_id}/claim", {"note": "Calls back"})
    assert (taken.status_code, taken.get_json()["claimed_by"]) == (200, "maria")
    assert petar.post(f"/orders/{order_id}/claim", {}).status_code == 409
    assert petar.delete(f"/orders/{order_id}/claim").status_code == 409
    over = petar.post(f"/orders/{order_id}/claim", {"take_over": True})
    assert over.get_json()["claimed_by"] == "petar"
    assert petar.get(f"/orders/{order_id}").get_json()["claimed_by"] == "petar"
    assert api("buyer").get(f"/orders/{order_id}").get_json()["claimed_by"] is None
    timeline = api("buyer").get(f"/orders/{order_id}/timeline").text
    assert "Calls back" not in timeline
    assert "order.claimed" not in timeline
    assert petar.delete(f"/orders/{order_id}/claim").get_json()["claimed_by"] is None


def test_methods_are_switched_off_on_their_page_and_by_the_api(
    desk: Business, visit: Visit, api: Callable[[str], ApiClient]
) -> None:
    owner, path = visit("owner"), "/payment-methods/shop/cash"
    assert "Payment methods" in owner.get("/payment-methods").text
    wrong = owner.send(f"{path}/off", until="", for_clients="No change in the till")
    assert (wrong.status_code, "No change in the till" in wrong.text) == (422, True)
    until = desk.world.clock.at.strftime("%Y-%m-%dT23:59")
    sent = owner.send(f"{path}/off", until=until, for_clients="No change in the till")
    assert sent.status_code == 303
    assert "No change in the till" in owner.get("/payment-methods").text
    methods = next(
        one["payment_methods"]
        for one in api("buyer").get("/providers").get_json()["items"]
        if one["key"] == "shop"
    )
    cash = next(one for one in methods if one["key"] == "cash")
    assert cash["off_reason"] == "No change in the till"
    assert owner.send(f"{path}/on").status_code == 303
    body = {"until": "2999-01-01T00:00:00+00:00", "for_clients": "x"}
    assert api("owner").put("/providers/shop/payment-methods/cash/off", body).status_code == 422
    assert visit("maria").get("/payment-methods").status_code == 403
    assert visit("buyer").get("/payment-methods").status_code in {403, 404}


def test_no_more_of_a_status_is_read_than_can_stand_in_it(desk: Business) -> None:
    """However many wait: by the index, in its order, and no further than the limit."""
    actor = desk.world.actor("maria")
    with desk.world.database.reading() as session:
        dialect = session.get_bind().dialect
        statement = _statement(actor, dialect.name)
        plain = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        if dialect.name == "postgresql":
            # of a few orders it would rather read them all
            session.execute(sql("SET LOCAL enable_seqscan = off"))
            session.execute(sql("SET LOCAL enable_bitmapscan = off"))
            plan = [row[0] for row in session.execute(sql(f"EXPLAIN {plain}"))]
            of_index = next(n for n, step in enumerate(plan) if "ix_orders_desk" in step)
            assert "Limit" in plan[of_index - 1]
        else:
            plan = [row.detail for row in session.execute(sql(f"EXPLAIN QUERY PLAN {plain}"))]
            assert any("ix_orders_desk" in step for step in plan)
        assert not any("Seq Scan on orders" in step or "SCAN orders" in step for step in plan)
        assert plain.string.count(f"LIMIT {MOST + 1}") == 2
