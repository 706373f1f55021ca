"""The panel as programs and visitors meet it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from billing_panel.accounts.people.user_models import User
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.service_models import Service, ServiceState
from billing_panel.core.panel import EXTENSION
from billing_panel.kernel.files.attached_files import take_files
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.runtime.app import create_app
from plugins.finance.write_offs.write_off_models import WriteOff, WriteOffState
from plugins.messages.correspondence.answer_templates import TemplateDetails, save_template
from plugins.messages.correspondence.write_message import Topic, WriteMessage, write_message
from plugins.messages.store.models import Attachment
from plugins.orders.document_bundles.ask_document_bundle import ask_bills
from plugins.orders.listing.list_settings import OrderView
from plugins.orders.store.models import Order, OrderService
from plugins.webhooks.delivering.replay_deliveries import send_test
from tests.api import ApiClient
from tests.conftest import CACHE
from tests.http.shop import place, send
from tests.http.visitor import Visitor, new_session
from tests.letters import failed_letter, own_text
from tests.webhook_receiver import Hooks
from tests.world import World, proposed


@pytest.fixture
def config(config: Config) -> Config:
    """Fonts are made at the first run of the tests and kept."""
    return replace(config, home=CACHE)


@pytest.fixture
def app_with(config: Config, clock: FixedClock) -> Iterator[Callable[..., Flask]]:
    """``app_with(max_body_bytes=1000)``: another app on the same database, so configured."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Flask:
            app = create_app(replace(config, **settings), clock)
            app.testing = True
            stack.callback(app.extensions[EXTENSION].database.close)
            return app

        yield make


@pytest.fixture
def visit(app: Flask, world: World) -> Callable[..., Visitor]:
    """``visit()`` is nobody; ``visit("maria")`` has her signed in."""

    def open_browser(login: str | None = None) -> Visitor:
        visitor = Visitor(app.test_client())
        if login is not None:
            visitor.carry(new_session(world, login))
        return visitor

    return open_browser


def talk(world: World, order_id: int, client_id: int) -> int:
    """Both dialogues have begun, and there is a template; the id of a file in one of them."""
    owner, client = world.actor("owner"), world.actor("stoyanova")
    file = take_files([("note.txt", b"Hello")])
    of_order = WriteMessage(Topic(order_id=order_id), "Hello", files=file)
    general = WriteMessage(Topic(client_id=client_id, provider="nordvik"), "Hello")
    with world.database.writing() as session:
        write_message(session, of_order, actor=client, clock=world.clock)
        for actor in (owner, client):
            write_message(session, general, actor=actor, clock=world.clock)
        details = TemplateDetails("Hello", "Hello, {client}!")
        save_template(session, details, provider="nordvik", actor=owner, clock=world.clock)
        return session.scalars(select(Attachment.id)).one()


@pytest.fixture
def in_english(world: World) -> None:
    """Clients of the demo read their own languages; here everybody reads English."""
    with world.database.writing() as session:
        session.execute(update(User).values(language="en"))


def package(world: World, order_id: int) -> int:
    """The id of ten hours that came with the order."""
    with world.database.writing() as session:
        order = session.get_one(Order, order_id)
        hours = session.scalars(select(Tariff).filter_by(key="admin-hours-10")).one()
        service = Service(
            client_id=order.client_id,
            provider_id=order.provider_id,
            tariff_id=hours.id,
            months=0,
            since=world.clock.now(),
            state=ServiceState.ACTIVE,
        )
        session.add(service)
        session.flush()
        held = OrderService(order_id=order_id, service_id=service.id, hours=hours.hours)
        session.add(held)
        return service.id


def bundle_of(world: World, order_id: int) -> int:
    """The owner's bills as one PDF, which the worker has still to print."""
    with world.database.writing() as session:
        actor, clock = world.actor("owner"), world.clock
        return ask_bills(session, [order_id], actor=actor, clock=clock).id


def webhook_of(world: World) -> dict[str, int]:
    """A webhook of nordvik's, and a test that was not sent yet."""
    made = Hooks(world).add("https://crm.example.com/hooks")
    with world.database.writing() as session:
        test = send_test(session, made.endpoint_id, actor=world.actor("owner"), clock=world.clock)
        return {"endpoint_id": made.endpoint_id, "delivery_id": test.id}


def write_off_of(world: World, order_id: int) -> int:
    """One proposed, for an order whose debt is refused when somebody decides."""
    with world.database.writing() as session:
        order, owner = session.get_one(Order, order_id), world.actor("owner")
        row = WriteOff(
            order_id=order.id,
            provider_id=order.provider_id,
            client_id=order.client_id,
            amount=100,
            reason="insolvent",
            proposed_by_id=owner.user_id or 0,
            proposed_at=world.clock.now(),
            state=WriteOffState.OPEN,
            decision_reason="",
        )
        session.add(row)
        session.flush()
        return row.id


def draft_of(owner: ApiClient, order_id: int) -> int:
    """A step that the owner's assistant has drafted."""
    body = {"action": "cancel", "reason": "because"}
    return int(owner.post(f"/orders/{order_id}/transitions/drafts", body).get_json()["id"])


@pytest.fixture
def places(world: World, api: Callable[[str], ApiClient]) -> dict[str, Any]:
    """Something that exists for each argument of an address; its PDF is printed already."""
    client_id = world.client_id("stoyanova")
    owner = api("owner")
    order = place(owner, client_id)
    document_id = order["invoices"][0]["id"]
    assert send(owner, "GET", f"/invoices/{document_id}.pdf").status_code == 200
    paid = owner.post(f"/orders/{order['id']}/payments", {"method": "cash", "amount": "1.00"})
    payment = paid.get_json()
    whole = place(owner, client_id)
    owner.post(f"/orders/{whole['id']}/payments", {"method": "cash"})
    documents = owner.get("/documents", kind="invoice").get_json()["items"]
    wanted = {"amount": "5.00", "method": "cash", "provider": "nordvik"}
    top_up = owner.post(f"/clients/{client_id}/top-ups", wanted).get_json()
    (cart_line, *_) = owner.get(f"/clients/{client_id}/cart").get_json()["items"]
    new_session(world, "owner")
    user_id = world.actor("stoyanova").user_id
    attachment_id = talk(world, order["id"], client_id)
    with world.database.writing() as session:
        view = OrderView(user_id=world.actor("owner").user_id, name="x", folded="x", asked={})
        session.add(view)
    return {
        "register": "sales",
        "view_id": view.id,
        "client_id": client_id,
        "order_id": order["id"],
        "line_id": cart_line["id"],
        "document_id": document_id,
        "invoice_id": documents[0]["id"],
        "bundle_id": bundle_of(world, order["id"]),
        "entry_id": 1,
        "payment_id": payment["id"],
        "top_up_id": top_up["id"],
        "token": "a-link",
        "name": "inter-panel.woff2",
        "key": "nordvik",
        "method": "cash",
        "tariff_id": 1,
        "tariff": "web-start",
        # of nordvik, as the demo has it
        "promo_id": 1,
        "group_id": 1,
        "group": "vip",
        "staff_id": 1,
        "user_id": user_id,
        "exception_id": proposed(world, "stoyanova", "gpu-a16"),
        "write_off_id": write_off_of(world, order["id"]),
        "session_id": 1,
        "token_id": 1,
        "department_id": 1,
        "status_key": "active",
        "number": 1,
        "notice_id": 1,
        "gateway": "sandbox",
        "written": "of-no-payment",
        "address": "1",
        "secret": "of-nobody",
        "kind": "csv",
        "file": "csv",
        "form": "pdf",
        "picture": "logo",
        "attachment_id": attachment_id,
        "service_id": package(world, order["id"]),
        "template_id": 1,
        **webhook_of(world),
        "draft_id": draft_of(owner, order["id"]),
        "letter_id": failed_letter(world),
        "letter_kind": "account.signed_in",
        "lang": own_text(world),
    }
