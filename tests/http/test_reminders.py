"""Reminders by page and API: what was sent, what comes next; sending, pausing, setting up."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from billing_panel.mail.models import LetterRow
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.form import fill
from tests.http.shop import place
from tests.http.visitor import Visitor
from tests.letters import rows
from tests.world import World, hold_only

pytestmark = ON_SQLITE

Api = Callable[[str], ApiClient]
Visit = Callable[..., Visitor]
CLIENT = "balkan.media"


@pytest.fixture
def order(world: World, api: Api) -> Any:
    return place(api("owner"), world.client_id(CLIENT))


def reminders(world: World) -> list[LetterRow]:
    return [row for row in rows(world) if row.kind.startswith("reminder.")]


def test_a_bill_is_listed_with_what_comes_next_and_reminded_of_once(
    order: Any, world: World, api: Api
) -> None:
    petar = api("petar")
    (listed,) = [
        one for one in json_of(petar.get("/reminders"))["items"] if one["order"] == order["id"]
    ]
    assert listed["stop"] is None
    assert listed["following"]["step"] == "before"
    assert listed["left"] == order["total"]
    sent = json_of(petar.post(f"/orders/{order['id']}/reminders", {}), 201)
    assert sent == {"step": "before"}
    shown = json_of(petar.get(f"/orders/{order['id']}/reminders"))
    assert [one["step"] for one in shown["sent"]] == ["before"]
    assert shown["standing"]["following"]["step"] == "first"
    (letter,) = reminders(world)
    assert letter.kind == "reminder.before"
    (one,) = json_of(petar.get("/reminders/sent"))["items"]
    assert (one["order"], one["by_hand"], one["letters"]) == (order["id"], True, 1)


def test_those_that_were_sent_are_listed_by_provider(order: Any, api: Api) -> None:
    owner = api("owner")
    json_of(owner.post(f"/orders/{order['id']}/reminders", {}), 201)
    for provider, orders in (("nordvik", [order["id"]]), ("sever", [])):
        listed = json_of(owner.get("/reminders/sent", provider=provider))["items"]
        assert [one["order"] for one in listed] == orders


def test_a_pause_is_shown_with_its_reason_and_ends(order: Any, api: Api) -> None:
    petar, path = api("petar"), f"/orders/{order['id']}/reminders"
    assert json_of(petar.put(f"{path}/pause", {"reason": "Pays on Friday"})) == {"paused": True}
    shown = json_of(petar.get(path))["standing"]
    assert (shown["stop"], shown["reason"]) == ("order_paused", "Pays on Friday")
    assert json_of(petar.delete(f"{path}/pause")) == {"paused": False}
    assert json_of(petar.get(path))["standing"]["stop"] is None
    assert petar.put(f"{path}/pause", {"reason": " "}).status_code == 422


def test_pages_show_send_and_pause(order: Any, world: World, visit: Visit) -> None:
    petar = visit("petar")
    address = f"/orders/{order['id']}/reminders"
    assert f"№ {order['number']}" in petar.get("/reminders").text
    assert petar.send(address).status_code == 303
    assert len(reminders(world)) == 1
    assert "Before the due date" in petar.get(address).text
    refused = petar.send(f"{address}/pause", reason="")
    assert refused.status_code == 422
    assert petar.send(f"{address}/pause", reason="Pays on Friday").status_code == 303
    assert "Pays on Friday" in petar.get("/reminders").text
    client = f"/clients/{world.client_id(CLIENT)}/reminders"
    assert petar.send(f"{client}/pause/nordvik", reason="An agreement").status_code == 303
    assert "Resume reminders" in petar.get(client).text
    assert petar.send(f"{client}/pause/nordvik", resume="y").status_code == 303
    assert "Reminders" in petar.get(f"/orders/{order['id']}").text
    assert "Reminders" in petar.get(f"/clients/{world.client_id(CLIENT)}").text


def test_the_client_reads_neither_pauses_nor_what_comes_next(
    order: Any, api: Api, visit: Visit
) -> None:
    json_of(api("petar").put(f"/orders/{order['id']}/reminders/pause", {"reason": "Xylophone"}))
    client = visit(CLIENT)
    assert "Xylophone" not in client.get(f"/orders/{order['id']}").text
    assert client.get("/reminders").status_code in {403, 404}
    assert api(CLIENT).get("/reminders").status_code == 403


def test_days_are_set_up_on_a_page_and_a_second_writer_is_told(visit: Visit) -> None:
    petar = visit("petar")
    page = petar.get("/providers/nordvik/reminders")
    action, fields = fill(page, "details", first="2")
    stale = fill(page, "details", first="5")[1]
    assert petar.http.post(action, data=fields).status_code == 303
    assert 'value="2"' in petar.get("/providers/nordvik/reminders").text
    again = petar.http.post(action, data=stale)
    assert again.status_code == 409
    wrong_action, wrong = fill(petar.get("/providers/nordvik/reminders"), "details", last="1")
    refused = petar.http.post(wrong_action, data=wrong)
    assert refused.status_code == 422
    assert "later than the previous reminder" in refused.text


def test_whoever_sets_them_up_first_finds_the_usual_days(visit: Visit, api: Api) -> None:
    owner = visit("owner")
    page = owner.get("/providers/sever/reminders")
    assert 'value="14"' in page.text
    assert json_of(api("owner").get("/providers/sever/reminders"))["third"] is None
    action, fields = fill(page, "details", law="ru")
    assert owner.http.post(action, data=fields).status_code == 303
    assert json_of(api("owner").get("/providers/sever/reminders"))["law"] == "ru"


def test_of_others_nothing_is_listed_sent_or_set_up(order: Any, world: World, api: Api) -> None:
    hold_only(
        world,
        "olga",
        "orders:order:read",
        "finance:reminder:read",
        "finance:reminder:send",
        "finance:reminder_rules:change",
    )
    olga = api("olga")
    items = json_of(olga.get("/reminders"))["items"]
    assert order["id"] not in [one["order"] for one in items]
    assert olga.post(f"/orders/{order['id']}/reminders", {}).status_code == 404
    assert olga.get(f"/orders/{order['id']}/reminders").status_code == 404
    assert olga.put("/providers/nordvik/reminders", {"first": 1}).status_code == 404
    assert reminders(world) == []


def test_wrong_rules_are_refused_by_the_api(api: Api) -> None:
    path, owner = "/providers/nordvik/reminders", api("owner")
    assert owner.put(path, {"first": 9, "second": 2}).status_code == 422
    assert owner.put(path, {"margin": "much"}).status_code == 422
    assert owner.put(path, {"rates": [{"percent": "2", "since": "July"}]}).status_code == 422
    rates = [
        {"since": "2026-07-01", "percent": "2.15"},
        {"since": "2027-01-01", "percent": "2.4"},
    ]
    assert json_of(owner.put(path, {"rates": rates}))["rates"] == rates


def test_reference_rates_are_entered_corrected_and_removed_on_the_page(
    visit: Visit, api: Api
) -> None:
    petar, address = visit("petar"), "/providers/nordvik/reminders"

    def save(**typed: str) -> TestResponse:
        action, fields = fill(petar.get(address), "details", law="eu", **typed)
        return petar.http.post(action, data=fields)

    def entered() -> Any:
        return json_of(api("owner").get(address))["rates"]

    assert "Known up to" in petar.get(address).text
    assert save(rates__0__since="2027-01-01", rates__0__percent="2,4").status_code == 303
    # the half-year in between is missing
    assert "isn’t known here" in petar.get(address).text
    assert save(rates__1__since="2026-08-01", rates__1__percent="2").status_code == 422
    assert save(rates__1__since="2026-07-01", rates__1__percent="2.15").status_code == 303
    assert "isn’t known here" not in petar.get(address).text
    assert [one["since"] for one in entered()] == ["2026-07-01", "2027-01-01"]
    assert save(rates__0__percent="2", rates__1__remove="y").status_code == 303
    assert entered() == [{"since": "2026-07-01", "percent": "2"}]
