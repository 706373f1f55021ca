"""The audit log as a page, a file and a feed; personal data by page; on both databases."""

import csv
import json
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select

from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.staff_models import Department
from billing_panel.audit.extend_hash_chain import seal_events
from billing_panel.kernel.tables.event_log import Event
from billing_panel.ledger.models import LedgerAccount
from permissions.models import DepartmentFunction
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import place, problem_of
from tests.http.visitor import Visitor, new_session
from tests.world import World, line

CSV = "/audit/events.csv"


@pytest.fixture
def audited(world: World) -> None:
    """The order desk may see the log, and Maria placed an order for Stoyanova."""
    with world.database.writing() as session:
        desk = session.scalars(select(Department).filter_by(key="order_desk")).one()
        functions = ("audit:event:read", "audit:event:export")
        session.add_all(DepartmentFunction(department_id=desk.id, function=f) for f in functions)
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.usefixtures("audited")
def test_the_page_says_who_did_what_from_where_and_for_whom(
    api: Callable[[str], ApiClient], visit: Callable[..., Visitor], world: World
) -> None:
    place(api("maria"), world.client_id("balkan.media"))
    page = visit("owner").get("/audit?kind=order.placed&client=balkan.media")
    for words in ("Order № 10002", "Placed", "Maria Koleva", "127.0.0.1", "Balkan Media OOD"):
        assert words.replace("№ ", "№\N{NO-BREAK SPACE}") in page.text or words in page.text
    assert "10001" not in page.text
    assert "Client: balkan.media" in page.text


@pytest.mark.usefixtures("audited")
def test_whoever_sees_some_providers_sees_their_events_only(visit: Callable[..., Visitor]) -> None:
    olga = visit("olga").get("/audit")
    assert olga.status_code == 200
    assert "10001" not in olga.text
    assert "No such events" in visit("maria").get("/audit?kind=demo.loaded").text
    assert "Demo data loaded" in visit("owner").get("/audit?kind=demo.loaded").text


@ON_SQLITE
@pytest.mark.usefixtures("audited")
def test_filters_that_name_nobody_find_nothing_and_a_wrong_day_is_told(
    visit: Callable[..., Visitor],
) -> None:
    maria = visit("maria")
    for wrong in ("person=x", "client=x", "provider=x", "kind=x", "subject=x:1", "query=zzz"):
        page = maria.get(f"/audit?{wrong}")
        assert (page.status_code, "No such events" in page.text) == (200, True), wrong
    for day in ("since=yesterday", "until=9999-12-31"):
        page = maria.get(f"/audit?{day}")
        assert (page.status_code, "Use a date such as 2026-11-22." in page.text) == (422, True)


@ON_SQLITE
@pytest.mark.usefixtures("audited")
def test_pages_lead_to_the_next_and_keep_the_filter(
    visit: Callable[..., Visitor], world: World
) -> None:
    for _ in range(30):
        world.place("maria", world.order("balkan.media", line("web-start", "1 month")))
    page = visit("maria").get("/audit?client=balkan.media")
    assert "client=balkan.media&amp;from=" in page.text


@ON_SQLITE
@pytest.mark.usefixtures("audited")
def test_client_and_order_lead_to_their_events(visit: Callable[..., Visitor], world: World) -> None:
    maria = visit("maria")
    client = maria.get(f"/clients/{world.client_id('stoyanova')}")
    assert "/audit?client=stoyanova" in client.text
    order = maria.get("/orders/1")
    assert "/audit?subject=order:1" in order.text
    assert "/audit?" not in visit("stoyanova").get("/orders/1").text


@pytest.mark.usefixtures("audited")
def test_the_file_holds_what_the_filter_finds(visit: Callable[..., Visitor]) -> None:
    answer = visit("maria").get(f"{CSV}?kind=order.placed")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    (row,) = table(answer.text)
    assert (row["Who"], row["Login"], row["Client’s login"]) == (
        "Maria Koleva",
        "maria",
        "stoyanova",
    )
    assert row["When (Europe/Sofia)"] == "2026-11-22 12:00:00"
    assert row["Details"] == "Total: €5.88"
    whole = table(visit("owner").get(CSV).text)
    assert {row["Kind"] for row in whole} > {"order.placed", "demo.loaded"}


@ON_SQLITE
@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
@pytest.mark.usefixtures("audited")
def test_no_cell_of_the_file_is_a_formula(
    visit: Callable[..., Visitor], world: World, name: str
) -> None:
    world.change(Client, {"login": "stoyanova"}, name=name)
    (row,) = table(visit("maria").get(f"{CSV}?kind=order.placed").text)
    assert row["Client"] == f"'{name}"


@ON_SQLITE
@pytest.mark.usefixtures("audited")
def test_a_file_that_would_be_too_large_is_refused_with_a_sentence(
    app_with: Callable[..., Flask], world: World
) -> None:
    visitor = Visitor(app_with(export_rows=1).test_client())
    visitor.carry(new_session(world, "maria"))
    refused = visitor.get(CSV)
    assert refused.status_code == 422
    assert "That is more than 1 events" in refused.text
    assert visitor.get(f"{CSV}?kind=order.placed").status_code == 200


@pytest.mark.usefixtures("audited")
def test_the_feed_gives_the_log_in_its_order(api: Callable[[str], ApiClient], world: World) -> None:
    seal_events(world.database)
    order = place(api("maria"), world.client_id("stoyanova"))
    items: list[Any] = []
    after = "0"
    while after:
        answer = json_of(api("owner").get("/events", after=after, limit=20))
        items += answer["items"]
        after = answer["next_cursor"]
    with world.database.reading() as session:
        assert [item["id"] for item in items] == [
            *session.scalars(select(Event.id).order_by(Event.id))
        ]
    placed = next(i for i in reversed(items) if i["kind"] == "order.placed")
    assert placed["subject"] == {"kind": "order", "id": order["id"]}
    assert (placed["by"], placed["who"]) == ("staff", {"login": "maria", "name": "Maria Koleva"})
    assert (placed["address"], placed["provider"]) == ("127.0.0.1", "nordvik")
    assert (placed["client"]["login"], placed["text"]) == ("stoyanova", "Placed")
    assert (items[0]["sealed"], placed["sealed"]) == (True, False)


@ON_SQLITE
@pytest.mark.usefixtures("audited")
def test_the_feed_is_bounded_by_scope(api: Callable[[str], ApiClient]) -> None:
    kinds = {item["kind"] for item in json_of(api("olga").get("/events", limit=200))["items"]}
    assert "demo.loaded" not in kinds
    for wrong in ({"limit": 201}, {"after": "x"}, {"cursor": 1}):
        problem_of(api("owner").get("/events", **wrong), 422, "invalid")


def test_a_client_is_saved_and_erased_by_the_page(
    visit: Callable[..., Visitor], world: World
) -> None:
    client_id = world.client_id("stoyanova")
    with world.database.writing() as session:
        for account in session.scalars(select(LedgerAccount).filter_by(client_id=client_id)):
            account.balance = 0
    owner = visit("owner")
    packed = owner.send(f"/clients/{client_id}/export")
    with ZipFile(BytesIO(packed.data)) as archive:
        assert json.loads(archive.read("client.json"))["profile"]["login"] == "stoyanova"
    page = f"/clients/{client_id}/erase"
    assert "Erase permanently" in owner.get(page).text
    done = owner.http.post(
        page, data={"csrf_token": owner.token("/clients/1")}, follow_redirects=True
    )
    assert "The personal data has been erased." in done.text
    profile = owner.get(f"/clients/{client_id}")
    assert "This client’s personal data was erased." in profile.text
    assert "Стоянова" not in profile.text
    assert f"/clients/{client_id}/erase" not in profile.text


@ON_SQLITE
def test_why_a_client_cannot_be_erased_stands_there_before_and_after_trying(
    visit: Callable[..., Visitor], world: World
) -> None:
    page = f"/clients/{world.client_id('balkan.media')}/erase"
    owner = visit("owner")
    looked = owner.get(page)
    assert "Balance with Nordvik Hosting: €1,284.50." in looked.text
    assert "Erase permanently" not in looked.text
    before = world.everything()
    tried = owner.http.post(page, data={"csrf_token": owner.token("/clients/1")})
    assert (tried.status_code, "Balance with Nordvik Hosting" in tried.text) == (422, True)
    assert world.everything() == before
