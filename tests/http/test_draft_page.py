"""The page of a draft tells all that confirming does, and what it told is what is done."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import (
    DeliveryService,
    Provider,
    TaxRate,
)
from billing_panel.accounts.people.client_models import Client
from billing_panel.catalog.models import Tariff
from plugins.orders.exceptions.decide_exception import DecideException, decide_exception
from plugins.orders.exceptions.exception_models import Decision
from plugins.orders.store.models import Order
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor, elements, field
from tests.world import World, hold_only, proposed

pytestmark = [pytest.mark.usefixtures("in_english")]

SERVER = {
    "tariff": "vps-pro-4",
    "period": "12 months",
    "quantity": 2,
    "options": {"ram": 12, "ipv4": 2, "os": "AlmaLinux 10"},
}
ROUTERS = {"tariff": "router-ax", "period": "once", "quantity": 2}
SENT = {"service": "cdek", "address": "Lenina 1", "city": "Perm", "post_code": "614000"}
OF_SEVER = {
    "provider": "sever",
    "lines": [ROUTERS],
    "payment_method": "cash_on_delivery",
    "delivery": SENT,
}

Api = Callable[[str], ApiClient]
Visit = Callable[..., Visitor]


def drafted(api: ApiClient, client_id: int, body: dict[str, Any]) -> str:
    """The path of the page."""
    made = json_of(api.post(f"/clients/{client_id}/orders/drafts", body), 201)
    assert made["reasons"] == []
    return f"/drafts/{made['id']}"


def has_terms(world: World) -> None:
    world.change(
        Provider,
        {"key": "sever"},
        terms_titles={"en": "Terms of sale of Sever"},
        terms_url="https://sever.example/usloviya",
        terms_version="3",
    )


def last_order(world: World) -> Order:
    with world.database.reading() as session:
        found: Order = session.scalars(select(Order).order_by(Order.id.desc())).first()  # type: ignore[assignment]
        return found


# --- what it tells ------------------------------------------------------------------------------


def test_it_tells_options_period_delivery_address_method_taxes_and_what_follows(
    api: Api, visit: Visit, world: World
) -> None:
    page = visit("maria").get(
        drafted(
            api("maria"),
            world.client_id("stoyanova"),
            {"lines": [SERVER], "payment_method": "bank_transfer", "promo_code": "AUTUMN10"},
        )
    )
    for words in ("12 months", "Extra RAM: 12", "IPv4 addresses: 2", "Operating system: AlmaLinux"):
        assert words in page.text
    for words in ("Bank transfer", "AUTUMN10", "VAT 20", "A bill for ", "E-mail"):
        assert words in page.text
    path = drafted(api("romashka"), world.client_id("romashka"), OF_SEVER)
    page = visit("romashka").get(path)
    for words in (
        "CDEK courier",
        "Lenina 1",
        "614000",
        "Perm",
        "including VAT 22",
        "Cash on delivery",
    ):
        assert words in page.text


@ON_SQLITE
def test_staff_are_told_of_stock_and_of_the_exceptions_it_uses(
    api: Api, visit: Visit, world: World
) -> None:
    exception = proposed(world, "stoyanova", "gpu-a16")
    hold_only(world, "petar", *world.panel.known)
    decide = DecideException(exception, Decision.APPROVED, "So be it")
    with world.database.writing() as session:
        decide_exception(session, decide, actor=world.actor("petar"), clock=world.clock)
    line = {"tariff": "gpu-a16", "period": "1 month"}
    body = {"lines": [line], "payment_method": "bank_transfer", "exceptions": [exception]}
    page = visit("owner").get(drafted(api("owner"), world.client_id("stoyanova"), body))
    assert "without the restriction" in page.text
    assert "Takes from stock: 1 × " in page.text


# --- terms --------------------------------------------------------------------------------------


def test_terms_are_shown_and_ticked_by_the_client_whatever_the_draft_says(
    api: Api, visit: Visit, world: World
) -> None:
    has_terms(world)
    client, body = world.client_id("romashka"), {**OF_SEVER, "terms": "3"}
    path, visitor = drafted(api("romashka"), client, body), visit("romashka")
    page = visitor.get(path)
    assert "Terms of sale of Sever" in page.text
    assert "https://sever.example/usloviya" in {
        one.attributes.get("href") for one in elements(page) if one.tag == "a"
    }
    (box,) = [one for one in elements(page) if one.attributes.get("name") == "terms"]
    assert "checked" not in box.attributes
    before = world.everything()
    for ticked in ({}, {"terms": "2"}):
        refused = visitor.send(path, seen=field(page, "seen"), **ticked)
        assert refused.status_code == 422
        assert "Read and accept the terms, version 3." in refused.text
    assert world.everything() == before
    done = visitor.send(path, seen=field(page, "seen"), terms="3")
    assert done.status_code == 303
    placed = last_order(world)
    assert (placed.terms_version, placed.terms_accepted_at) == ("3", world.clock.now())


@ON_SQLITE
def test_staff_accept_no_terms_for_a_client(api: Api, visit: Visit, world: World) -> None:
    has_terms(world)
    path = drafted(api("owner"), world.client_id("romashka"), {**OF_SEVER, "terms": "3"})
    page = visit("owner").get(path)
    assert 'name="terms"' not in page.text
    assert visit("owner").send(path, seen=field(page, "seen")).status_code == 303
    assert last_order(world).terms_accepted_at is None


# --- what has changed since ---------------------------------------------------------------------


def _one(session: Session, model: Any, **where: Any) -> Any:
    return session.scalars(select(model).filter_by(**where)).one()


def _of_sever(session: Session, model: Any, **where: Any) -> Any:
    return _one(session, model, provider_id=_one(session, Provider, key="sever").id, **where)


def _other_terms(session: Session) -> None:
    _one(session, Provider, key="sever").terms_version = "4"


def _other_terms_page(session: Session) -> None:
    _one(session, Provider, key="sever").terms_url = "https://sever.example/other"


def _other_courier(session: Session) -> None:
    service = _of_sever(session, DeliveryService, key="cdek")
    service.titles = {**service.titles, "en": "A courier on foot"}


def _other_tax(session: Session) -> None:
    """It is in the price: the total stays as it is."""
    _of_sever(session, TaxRate, percent=Decimal(22)).percent = Decimal(18)


def _other_address(session: Session) -> None:
    _one(session, Client, login="romashka").address = "ул. Вавилова, д. 21"


def _other_router(session: Session) -> None:
    router = _of_sever(session, Tariff, key="router-ax")
    router.titles = {**router.titles, "en": "Another router"}


@pytest.mark.parametrize(
    "change",
    [_other_terms, _other_terms_page, _other_courier, _other_tax, _other_address, _other_router],
)
def test_whatever_the_page_told_that_has_changed_is_told_before_anything_is_placed(
    change: Callable[[Session], None], api: Api, visit: Visit, world: World
) -> None:
    has_terms(world)
    body = {**OF_SEVER, "delivery": {"service": "cdek"}}
    path, visitor = drafted(api("romashka"), world.client_id("romashka"), body), visit("romashka")
    page = visitor.get(path)
    with world.database.writing() as session:
        change(session)
    before = world.everything()
    told = visitor.send(path, seen=field(page, "seen"), terms="3")
    assert told.status_code == 409
    assert world.everything() == before
    version = field(told, "terms")
    assert visitor.send(path, seen=field(told, "seen"), terms=version).status_code == 303


def test_a_mark_covers_e_mails_and_documents_of_a_step(
    api: Api, visit: Visit, world: World
) -> None:
    """The reader is told to whom e-mails go; another address since is another thing."""
    body = {"lines": [{"tariff": "web-start", "period": "1 month"}], "payment_method": "cash"}
    client = world.client_id("stoyanova")
    (order,) = json_of(api("owner").post(f"/clients/{client}/orders", body), 201)["orders"]
    step = {"action": "cancel", "reason": "The client asked"}
    made = json_of(api("owner").post(f"/orders/{order['id']}/transitions/drafts", step), 201)
    path, visitor = f"/drafts/{made['id']}", visit("owner")
    page = visitor.get(path)
    assert "E-mail" in page.text
    with world.database.writing() as session:
        _one(session, Client, login="stoyanova").email = "elena@elsewhere.example"
    assert visitor.send(path, seen=field(page, "seen")).status_code == 409
