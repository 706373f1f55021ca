"""Issue 12, item 15: orders and clients are found by what people know of them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from billing_panel.accounts.access.client_search import CLIENT, CONTACTS, clients_found
from billing_panel.accounts.access.scope import find_client
from billing_panel.accounts.people.client_models import Client
from billing_panel.administration.catalog.change_tariff import change_tariff
from billing_panel.administration.catalog.tariff_details import tariff_details
from billing_panel.administration.clients.change_client import change_client
from billing_panel.administration.clients.change_client_terms import join_provider
from billing_panel.administration.clients.client_details import client_details
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.tariff_search import TARIFF, tariffs_found
from billing_panel.kernel.tables.find_search_entries import Page
from billing_panel.kernel.tables.search_entries import entry, first_id, index_entries
from billing_panel.kernel.values.actor import Actor
from invoices.store.document_search import DOCUMENT
from invoices.store.find_documents import documents_by_number
from invoices.store.models import IssuedDocument
from permissions.panel_functions import PanelFunction
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.listing.listed_orders import all_orders, history
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.payments.pay_order import PayOrder, pay_order
from plugins.orders.store.models import Order, OrderDocument, id_of_number
from plugins.orders.store.order_search import ORDER, PAYMENT, WRITTEN, index_written
from tests.businesses import wrongs
from tests.world import World, hold_only, line

pytestmark = pytest.mark.every_case

WEB, VPS, CLOUD = 1, 2, 3
EVERYTHING_OF_JSON = ("en", '": "', "{", "}", ":", "ru", "%", "_", "\u200b", "№")


def placed(world: World) -> None:
    """Stoyanova and Balkan Media buy of nordvik, Romashka of sever."""
    web = world.order("stoyanova", line("web-start", "1 month"))
    vps = world.order("balkan.media", line("vps-pro-4", "1 month"))
    cloud = world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    assert [world.place("owner", one)[0].id for one in (web, vps, cloud)] == [WEB, VPS, CLOUD]


def found(world: World, actor: Actor, query: str) -> list[int]:
    with world.database.reading() as session:
        return [order.id for order in all_orders(session, actor, OrderFilter(query=query))]


def of_client(world: World, actor: Actor, login: str, query: str) -> list[int]:
    with world.database.reading() as session:
        client = find_client(session, actor, login=login)
        return [order.id for order in history(session, actor, client, OrderFilter(query=query))]


def logins(world: World, actor: Actor, query: str) -> set[str]:
    with world.database.reading() as session:
        ids = clients_found(session, query, actor, Page(50))
        return {*session.scalars(select(Client.login).where(Client.id.in_(ids)))}


def numbers_of(session: Session, order_id: int) -> Sequence[str]:
    issued = select(IssuedDocument.number).join(
        OrderDocument, OrderDocument.document_id == IssuedDocument.id
    )
    return session.scalars(issued.where(OrderDocument.order_id == order_id)).all()


def test_i12_15_orders_are_found_by_what_people_know_of_them(world: World) -> None:
    placed(world)
    owner = world.actor("owner")
    with world.database.writing() as session:
        accepted = AdvanceOrder(CLOUD, "accept")
        advance_order(session, accepted, actor=owner, clock=world.clock)
    with world.database.reading() as session:
        (document,) = numbers_of(session, WEB)
        (sever,) = numbers_of(session, CLOUD)
        account = session.scalars(select(Client.account_number).filter_by(login="stoyanova")).one()
        assert sever == "СО-1"
        # Cyrillic is typed as Latin
        assert [row.number for row in documents_by_number(session, owner, "co-1")] == [sever]
    for query in ("10001", "№ 10001", "№10001", "10 001", "#10001", document, document.lower()):
        assert found(world, owner, query) == [WEB], query
    by_client = ("стоянова елена", "СТОЯНОВА  ЕЛЕНА", "stoyanova", "elena@stoyanova.example")
    for query in (*by_client, str(account), "+359 88 555-01-02", "0885550102", "№ 10001 стоянова"):
        assert found(world, owner, query) == [WEB], query
    assert found(world, owner, "СО-1") == found(world, owner, "co-1") == [CLOUD]
    assert found(world, owner, "ромашка облако") == found(world, owner, 'ооо "ромашка"') == [CLOUD]
    assert found(world, owner, "стоянова облако") == found(world, owner, "1000") == []
    for query in EVERYTHING_OF_JSON:
        assert found(world, owner, query) == [], query
        assert of_client(world, owner, "stoyanova", query) == [], query
    # signs alone find nothing
    assert found(world, owner, '"') == []
    assert of_client(world, owner, "stoyanova", "стоянова") == []
    assert of_client(world, owner, "stoyanova", document) == [WEB]
    assert id_of_number("№ 10 001") == WEB
    # georgi works for nordvik alone, olga for sever
    for query, seen in (("ромашка", CLOUD), ("СО-1", CLOUD), ("10001", WEB), (document, WEB)):
        assert found(world, world.actor("georgi"), query) == ([WEB] if seen == WEB else []), query
        assert found(world, world.actor("olga"), query) == ([CLOUD] if seen == CLOUD else []), query
    assert wrongs(world) == []


def test_i12_15_nobody_finds_by_what_is_hidden_from_them(world: World) -> None:
    placed(world)
    hidden = ("elena@stoyanova.example", "+359 88 555 0102")
    hold_only(world, "maria", OrdersFunction.HISTORY_READ, PanelFunction.CLIENT_READ)
    for query in hidden:
        assert found(world, world.actor("maria"), query) == [WEB]
    hold_only(world, "maria", OrdersFunction.HISTORY_READ)
    maria = world.actor("maria")
    for query in (*hidden, "NH-2026-000001"):
        assert found(world, maria, query) == [], query
        assert logins(world, maria, query) == set(), query
    assert found(world, maria, "стоянова") == [WEB]


def test_i12_15_what_is_renamed_is_found_by_its_new_name_alone(world: World) -> None:
    placed(world)
    owner = world.actor("owner")
    client_id = world.client_id("stoyanova")
    with world.database.writing() as session:
        details = client_details(session.get_one(Client, client_id))
        new = replace(details, name="Heinz  Mu\u0308ller-Łódź", email="h@new.example", phone="1")
        change_client(session, client_id, new, actor=owner, clock=world.clock)
        tariff = session.scalars(select(Tariff).filter_by(key="web-start")).one()
        terms = tariff_details(session, tariff, "EUR")
        named = replace(terms, titles={"en": "Fresh", "ru": "Свежий"})
        change_tariff(session, tariff.id, named, actor=owner, clock=world.clock)
    for query in ("muller", "MÜLLER lodz", "heinz muller", "new.example"):
        assert logins(world, owner, query) == {"stoyanova"}, query
        assert found(world, owner, query) == [WEB], query
    for query in ("Стоянова", "elena@stoyanova.example", "0885550102"):
        assert logins(world, owner, query) == set(), query
    with world.database.reading() as session:
        keys = {
            query: session.scalars(
                select(Tariff.key).where(
                    Tariff.id.in_(tariffs_found(session, query, None, Page(50)))
                )
            ).all()
            for query in ("свежии", "web-start", "ru", '"', "{")
        }
    assert keys == {"свежии": ["web-start"], "web-start": ["web-start"], "ru": [], '"': [], "{": []}
    # an order is called as it was when it was placed
    assert found(world, owner, "свежий") == []
    assert wrongs(world) == []


def test_i12_15_check_says_where_the_table_does_not_agree(world: World) -> None:
    """The control of ``wrongs`` above."""
    placed(world)
    with world.database.writing() as session:
        session.execute(update(Client).filter_by(login="stoyanova").values(name="Somebody"))
        session.execute(update(Order).filter_by(id=WEB).values(note="not searched"))
    assert {wrong.check for wrong in wrongs(world)} == {"search.clients"}


def test_i16_orders_are_found_by_what_is_quoted_of_them(world: World) -> None:
    """Tracking code and payment reference; a client's VAT number: each by whoever may see it."""
    placed(world)
    owner = world.actor("owner")
    with world.database.writing() as session:
        pay = PayOrder(WEB, "bank_transfer", reference="RF18 5390 0754")
        pay_order(session, pay, actor=owner, clock=world.clock)
        client = session.scalars(select(Client).filter_by(login="balkan.media")).one()
        vat = client.vat_number
        order = session.get_one(Order, VPS)
        order.fields = {"tracking_code": "BG 123-456", "answer": "mail.balkan.example"}
        index_written(session, order)
    assert vat
    for query, wanted in (
        ("RF18 5390 0754", WEB),
        ("rf18", WEB),
        ("BG 123-456", VPS),
        ("mail.balkan.example", VPS),
        (vat, VPS),
        (vat.removeprefix("BG"), VPS),
    ):
        assert found(world, owner, query) == [wanted], query
    # a reference is written for staff; a tracking code is for the client too
    stoyanova, balkan = world.actor("stoyanova"), world.actor("balkan.media")
    assert of_client(world, owner, "stoyanova", "rf18") == [WEB]
    assert of_client(world, stoyanova, "stoyanova", "rf18") == []
    assert of_client(world, balkan, "balkan.media", "123-456") == [VPS]
    hold_only(world, "maria", OrdersFunction.HISTORY_READ)
    for query in ("rf18", "mail.balkan.example", vat):
        assert found(world, world.actor("maria"), query) == [], query
    assert wrongs(world) == []


def test_i16_short_words_are_beginnings_and_signs_are_nothing(world: World) -> None:
    placed(world)
    owner = world.actor("owner")
    assert logins(world, owner, "ст") == {"stoyanova"}
    assert logins(world, owner, "оя") == set()
    assert found(world, owner, "vp pro") == [VPS]
    for query in ("-", "--", "' \"", "№", " ", "a" * 300):
        assert found(world, owner, query) == [], query


def test_i16_pages_of_what_is_found_follow_each_other(world: World) -> None:
    for _ in range(5):
        world.place("owner", world.order("stoyanova", line("web-start", "1 month")))
    owner, pages, before = world.actor("owner"), [], None
    with world.database.reading() as session:
        while True:
            shown = OrderFilter(query="web-start", before=before, limit=2)
            page = [order.id for order in all_orders(session, owner, shown)]
            if not page:
                break
            pages.append(page)
            before = page[-1]
    assert pages == [[5, 4], [3, 2], [1]]


def test_i16_who_joins_a_provider_is_found_there(world: World) -> None:
    olga = world.actor("olga")
    assert logins(world, olga, "stoyanova") == set()
    with world.database.writing() as session:
        owner = world.actor("owner")
        client_id = world.client_id("stoyanova")
        join_provider(session, client_id, "sever", actor=owner, clock=world.clock)
    assert logins(world, olga, "stoyanova") == {"stoyanova"}
    assert wrongs(world) == []


def test_i16_kinds_of_entries_never_meet() -> None:
    kinds = (CLIENT, CONTACTS, TARIFF, DOCUMENT, ORDER, WRITTEN, PAYMENT)
    assert len({first_id(kind) for kind in kinds}) == len(kinds)
    assert all(0 < first_id(kind) < 1 << 63 for kind in kinds)


@pytest.mark.parametrize("engine", ["postgresql"])
def test_postgresql_knows_the_words_of_each_kind_by_themselves(world: World) -> None:
    """So a word that all orders have isn't taken for one that many clients have."""
    placed(world)
    with world.database.writing() as session:
        index_entries(session, [entry("of_a_plugin", 1, "word")])
    with world.database.reading() as session:
        parts = sql(
            "SELECT DISTINCT kind, CAST(tableoid::regclass AS text) AS part FROM search_entry"
        )
        lies_in: dict[str, str] = {row.kind: row.part for row in session.execute(parts)}
    assert lies_in.pop("of_a_plugin") == "search_words_of_others"
    assert {ORDER, CLIENT, CONTACTS, TARIFF, DOCUMENT} <= set(lies_in)
    assert lies_in == {kind: f"search_words_{kind}" for kind in lies_in}
