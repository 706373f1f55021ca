"""The page of one order: it offers what can be done, and a refusal keeps what was typed."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.values.clock import FixedClock
from plugins.orders.deadlines.fire_deadlines import fire_deadlines
from plugins.orders.store.models import Order
from tests.api import ApiClient
from tests.http.engines import ON_SQLITE
from tests.http.form import form_of
from tests.http.visitor import Visitor, assert_nothing_inline, elements
from tests.world import World, line

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]


@pytest.fixture
def hosting(world: World) -> Order:
    return world.place("maria", world.order("stoyanova", line("web-start", "1 month")))[0]


@pytest.fixture
def market(world: World) -> Order:
    command = world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    return world.place("maria", command)[0]


def buttons(page: str) -> set[str]:
    """The actions whose forms stand on the page."""
    parts = page.split('name="action" value="')[1:]
    return {part[: part.index('"')] for part in parts}


def status_of(world: World, order: Order) -> str:
    with world.database.reading() as session:
        return session.get_one(Order, order.id).status.key


def test_each_person_is_offered_what_is_theirs(visit: Visit, hosting: Order) -> None:
    path = f"/orders/{hosting.id}"
    assert buttons(visit("owner").get(path).text) == {"pay", "cancel"}
    assert buttons(visit("maria").get(path).text) == {"pay", "cancel"}
    assert buttons(visit("stoyanova").get(path).text) == {"pay", "cancel"}
    assert buttons(visit("georgi").get(path).text) == set()


def test_nothing_that_takes_a_finished_order_back_is_the_primary_button(
    visit: Visit, hosting: Order
) -> None:
    owner, path = visit("owner"), f"/orders/{hosting.id}"
    assert "btn primary" in owner.get(path).text
    owner.send(f"{path}/move", action="pay")
    owner.send(f"{path}/move", action="set_up")
    owner.send(f"{path}/deliver")
    page = owner.get(path).text
    assert "suspend" in buttons(page)
    assert '<summary class="btn primary">' not in page
    assert '<li class="now tone-ok ended" aria-current="step">' in page


def test_to_a_client_the_staff_are_the_provider(
    visit: Visit, api: Callable[[str], ApiClient], hosting: Order
) -> None:
    visit("owner").send(f"/orders/{hosting.id}/move", action="pay")
    client = api("stoyanova")
    for told in (
        visit("stoyanova").get(f"/orders/{hosting.id}").text,
        client.get(f"/orders/{hosting.id}").text,
        client.get(f"/orders/{hosting.id}/timeline").text,
    ):
        assert "Nordvik Hosting" in told
        assert "Maria Koleva" not in told
        assert "Ada Owner" not in told
        assert '"maria"' not in told


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_a_moment_at_the_end_of_the_calendar_is_refused_in_words(
    world: World, api: Callable[[str], ApiClient], hosting: Order, end: str
) -> None:
    owner = api("owner")
    before = world.everything()
    answer = owner.post(f"/orders/{hosting.id}/deadline", {"due_at": end, "reason": "late"})
    assert answer.status_code == 422
    assert world.everything() == before


def test_why_something_cannot_be_done_is_told(visit: Visit, hosting: Order) -> None:
    page = visit("georgi").get(f"/orders/{hosting.id}").text
    assert "Not available now, and why" in page
    assert "This requires the function Record payments received" in page


def test_an_order_is_paid_set_up_and_delivered_from_its_page(
    visit: Visit, world: World, hosting: Order
) -> None:
    owner, path = visit("owner"), f"/orders/{hosting.id}"
    owner.send(f"{path}/move", action="pay", **{"fields.payment_method": "cash"})
    assert status_of(world, hosting) == "paid"
    owner.send(f"{path}/move", action="set_up")
    owner.send(f"{path}/deliver")
    assert status_of(world, hosting) == "active"
    page = owner.get(path)
    for said in ("Placed", "Set up", "Lines delivered: 1", "Payment method: Cash"):
        assert said in page.text, said
    assert_nothing_inline(page)


def test_the_question_stands_beside_the_step_that_answers_it(
    visit: Visit, world: World, hosting: Order
) -> None:
    """Issue 12, item 19."""
    world.change(User, {"login": "stoyanova"}, language="en")
    owner, client, path = visit("owner"), visit("stoyanova"), f"/orders/{hosting.id}"
    owner.send(f"{path}/move", action="pay")
    assert "asked" not in client.get(path).text
    owner.send(f"{path}/move", action="ask", **{"fields.reason": "Which domain?"})
    before = world.everything()
    refused = client.send(f"{path}/move", action="resume")
    assert (refused.status_code, "“Answer” is missing." in refused.text) == (422, True)
    assert world.everything() == before
    for reader, said in (
        (client, "A question for you"),
        (owner, "Waiting for the client’s answer"),
    ):
        card = reader.get(path).text.split('id="actions-title"', 1)[1].split("</section>", 1)[0]
        assert card.index(said) < card.index("Which domain?") < card.index('name="fields.answer"')
    client.send(f"{path}/move", action="resume", **{"fields.answer": "stoyanova.example"})
    assert status_of(world, hosting) == "setting_up"
    for reader in (client, owner):
        assert "Answer: stoyanova.example" in reader.get(path).text


def test_an_annulled_bill_is_told_from_the_one_to_print(visit: Visit, hosting: Order) -> None:
    owner, path = visit("owner"), f"/orders/{hosting.id}"
    page = owner.get(path).text
    assert (page.count("Print invoice"), "Annulled" in page) == (1, False)
    owner.confirm(f"{path}/move", action="cancel")
    page = owner.get(path).text
    assert (page.count("Print invoice"), "Annulled" in page) == (0, True)


def test_what_cannot_be_undone_says_what_follows_and_asks_once(
    visit: Visit, world: World, hosting: Order
) -> None:
    """Issue 12, item 20: on one click nothing is lost."""
    owner, path = visit("owner"), f"/orders/{hosting.id}"
    owner.send(f"{path}/move", action="pay", **{"fields.payment_method": "cash"})
    before = world.everything()
    asked = owner.send(f"{path}/move", action="cancel", **{"fields.reason": "moved away"})
    assert (asked.status_code, world.everything()) == (200, before)
    for said in ("can’t be undone", "€5.88 is returned to the balance.", "is annulled."):
        assert said in asked.text, said
    _, yes = form_of(asked, f"{path}/move")
    assert_nothing_inline(asked)
    back = owner.http.post(f"{path}/move", data={**yes, "back": "1"})
    assert (back.status_code, "moved away" in back.text) == (200, True)
    assert world.everything() == before
    # it goes on meanwhile, and other things would follow: it is asked again
    owner.send(f"{path}/move", action="set_up")
    before = world.everything()
    late = owner.http.post(f"{path}/move", data=yes)
    assert late.status_code == 409
    again = owner.http.post(f"{path}/move", data={**yes, "version": ""})
    assert "Something has changed since you checked" in again.text
    assert world.everything() == before
    assert (
        owner.http.post(f"{path}/move", data=form_of(again, f"{path}/move")[1]).status_code == 303
    )
    assert status_of(world, hosting) == "cancelled"


def test_missing_fields_are_asked_for_in_place_and_nothing_is_lost(
    visit: Visit, world: World, market: Order
) -> None:
    maria, path = visit("maria"), f"/orders/{market.id}"
    maria.send(f"{path}/move", action="accept")
    maria.send(f"{path}/move", action="pay")
    before = world.everything()
    refused = maria.send(
        f"{path}/move",
        action="send",
        **{"fields.delivery_service": "СДЭК", "fields.tracking_code": ""},
    )
    assert refused.status_code == 422
    assert "“Tracking code” is missing." in refused.text
    kept = [e for e in elements(refused) if e.attributes.get("name") == "fields.delivery_service"]
    assert kept[0].attributes["value"] == "СДЭК"
    assert world.everything() == before


def test_m8_after_sending_only_the_client_goes_on(
    visit: Visit, world: World, market: Order
) -> None:
    maria, path = visit("maria"), f"/orders/{market.id}"
    for action, fields in (
        ("accept", {}),
        ("pay", {}),
        ("send", {"fields.delivery_service": "cdek", "fields.tracking_code": "RB1"}),
    ):
        assert maria.send(f"{path}/move", action=action, **fields).status_code == 303
    assert status_of(world, market) == "sent"
    assert "RB1" in maria.get(path).text
    before = world.everything()
    assert maria.send(f"{path}/move", action="receive").status_code == 409
    assert world.everything() == before
    assert visit("romashka").send(f"{path}/move", action="receive").status_code == 303
    assert status_of(world, market) == "received"


def test_the_second_of_two_sees_who_was_quicker_and_loses_nothing(
    visit: Visit, world: World, hosting: Order
) -> None:
    first, second = visit("owner"), visit("maria")
    path = f"/orders/{hosting.id}"
    _, seen = form_of(second.get(path), f"{path}/move")
    first.send(f"{path}/move", action="pay", version=seen["version"])
    first.send(f"{path}/move", action="ask", **{"fields.reason": "which domain?"})
    before = world.everything()
    sent = {name: seen[name] for name in ("csrf_token", "version")}
    late = second.http.post(
        f"{path}/move", data={**sent, "action": "ask", "fields.reason": "a long reason"}
    )
    assert late.status_code == 409
    difference = re.search(r'<ul class="since">(.*?)</ul>', late.text, re.DOTALL)
    assert difference is not None
    told = re.sub(r"<[^>]+>|\s+", " ", difference[1])
    assert told.count("Ada Owner") == 4
    assert "“Awaiting payment” → “Paid”" in told
    assert "“Paid” → “Action needed”" in told
    assert "which domain?" in told
    assert "a long reason" in late.text
    assert world.everything() == before


def test_a_deadline_counts_down_is_moved_with_a_reason_and_fires_once(
    visit: Visit, world: World, market: Order
) -> None:
    owner, path = visit("owner"), f"/orders/{market.id}"
    owner.send(f"{path}/move", action="accept")
    assert "data-countdown" in owner.get(path).text
    refused = owner.send(f"{path}/deadline", due_at="2026-12-24T12:00", reason="")
    assert refused.status_code == 422
    assert 'value="2026-12-24T12:00"' in refused.text
    assert (
        owner.send(f"{path}/deadline", due_at="2026-12-24T12:00", reason="agreed").status_code
        == 303
    )
    later = FixedClock(world.clock.now() + timedelta(days=10))
    system = console(world.panel.known)
    assert fire_deadlines(world.database, actor=system, clock=later).moved == 0
    much_later = FixedClock(world.clock.now() + timedelta(days=40))
    assert fire_deadlines(world.database, actor=system, clock=much_later).moved == 1
    assert fire_deadlines(world.database, actor=system, clock=much_later).moved == 0
    assert status_of(world, market) == "unpaid"


def test_orders_of_one_checkout_name_each_other(visit: Visit, world: World) -> None:
    command = world.order(
        "romashka",
        line("oblako-2", "1 month"),
        line("server-pod-zakaz", "1 month"),
        provider="sever",
    )
    first, second = world.place("maria", command)
    page = visit("maria").get(f"/orders/{first.id}").text
    assert f'href="/orders/{second.id}"' in page


@pytest.mark.parametrize("route", ["move", "deliver", "deadline"])
def test_another_clients_order_is_not_there(
    visit: Visit, world: World, hosting: Order, route: str
) -> None:
    visitor = visit("balkan.media")
    before = world.everything()
    answer = visitor.send(f"/orders/{hosting.id}/{route}", action="cancel")
    assert answer.status_code in {403, 404}
    assert world.everything() == before


def test_17_amounts_are_typed_as_the_page_prints_them(
    visit: Visit, world: World, hosting: Order
) -> None:
    olga = visit("owner")
    path = f"/orders/{hosting.id}"
    pay = {"action": "pay", "fields.payment_method": "cash"}
    twice = olga.send(f"{path}/move", **pay, **{"fields.amount": "1,234"})
    assert twice.status_code == 422
    assert "can be read in two ways" in twice.text
    assert 'value="1,234"' in twice.text
    assert olga.send(f"{path}/move", **pay, **{"fields.amount": "€ 1,50"}).status_code == 303
    with world.database.reading() as session:
        assert session.get_one(Order, hosting.id).paid == 150


def test_22_a_page_names_its_one_zone(visit: Visit, market: Order, hosting: Order) -> None:
    """Orders of two zones in one list, and the page of one of them."""
    owner = visit("owner")
    for path, zone in (
        ("/orders", "Europe/Sofia"),
        ("/orders?provider=sever", "Europe/Moscow"),
        (f"/orders/{market.id}", "Europe/Moscow"),
        (f"/orders/{hosting.id}", "Europe/Sofia"),
        ("/account", "Europe/Sofia"),
        ("/permissions/log", "Europe/Sofia"),
        ("/exceptions", "Europe/Sofia"),
        ("/audit", "Europe/Sofia"),
    ):
        page = owner.get(path).text
        assert page.count("Times are in") == 1, path
        assert f"Times are in {zone}." in page, path
    every = owner.get("/orders").text.partition("<tbody")[2]
    moments = re.findall(r"<time [^>]*>([^<]+)<", every)
    assert len(moments) == 2
    assert len(set(moments)) == 1


def test_24_the_way_goes_on_and_its_end_by_itself_is_a_date(visit: Visit, hosting: Order) -> None:
    page = visit("owner").get(f"/orders/{hosting.id}").text
    way = page.partition('<ol class="steps">')[2].partition("</ol>")[0]
    onward = re.findall(r'<li class="todo"><b>([^<]+)</b>', way)
    assert onward == ["Paid", "Being set up", "Active"]
    assert "Expired" not in way
    assert re.search(r"Becomes “Expired” automatically on \d\d\.\d\d\.\d{4} \d\d:\d\d", page)


def test_25_a_service_is_called_by_its_name(visit: Visit, world: World) -> None:
    """In the field of the step, in the history, and among what is known of the order."""
    command = world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    order = world.place("maria", command)[0]
    owner, path = visit("owner"), f"/orders/{order.id}"
    for action in ("accept", "pay"):
        owner.send(f"{path}/move", action=action)
    key, title = "cdek", "CDEK courier"
    sent = {"fields.delivery_service": title, "fields.tracking_code": "RB 1"}
    assert owner.send(f"{path}/move", action="send", **sent).status_code == 303
    with world.database.reading() as session:
        assert session.get_one(Order, order.id).delivery_service == key
    page = owner.get(path).text
    assert title in page
    assert f": {key}<" not in page
