"""The Python client against the panel: pages, refusals, keys, and asking again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.request import Request

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from typing_extensions import override

from billing_panel.client import Answer, Client, Problem
from plugins.orders.store.models import Order
from tests.http.engines import ON_SQLITE
from tests.http.shop import WEB_START
from tests.world import World

Called = Callable[[str], Client]


@dataclass
class Wire:
    """Sends what the client asks to the panel; ``lost`` answers never come back."""

    http: FlaskClient
    lost: int = 0
    sent: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        self.sent.append(request)
        answer = self.http.open(
            request.full_url.removeprefix("http://panel"),
            method=request.get_method(),
            headers=dict(request.header_items()),
            data=request.data,
        )
        if self.lost:
            self.lost -= 1
            raise ConnectionResetError
        headers = {name.lower(): value for name, value in answer.headers}
        return Answer(answer.status_code, headers, answer.data)


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def called(app: Flask, world: World, slept: list[float]) -> Called:
    return lambda login: Client(
        "http://panel/", world.token(login), send=Wire(app.test_client()), sleep=slept.append
    )


def orders_in(world: World) -> int:
    with world.database.reading() as session:
        return session.scalars(select(func.count()).select_from(Order)).one()


def test_a_client_places_an_order_and_reads_it_back(called: Called, world: World) -> None:
    maria, path = called("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    placed = maria.post(path, {"lines": [WEB_START], "payment_method": "bank_transfer"})
    (order,) = placed["orders"]
    assert maria.get(f"/orders/{order['id']}")["number"] == order["number"]
    bill = maria.get(f"/orders/{order['id']}/invoices")["items"][0]
    assert maria.download(f"/invoices/{bill['id']}.pdf").startswith(b"%PDF")


def test_every_item_of_a_list_is_read_page_by_page(called: Called, world: World) -> None:
    owner, path = called("owner"), f"/clients/{world.client_id('stoyanova')}/orders"
    for _ in range(3):
        owner.post(path, {"lines": [WEB_START], "payment_method": "bank_transfer"})
    ids = [order["id"] for order in owner.items(path, limit=1)]
    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) == 3


@ON_SQLITE
def test_a_refusal_is_an_exception_that_says_why(called: Called, world: World) -> None:
    maria, path = called("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    before = world.everything()
    with pytest.raises(Problem, match="422 invalid") as refused:
        maria.post(path, {"lines": [{**WEB_START, "quantity": 0}]})
    assert refused.value.errors[0]["field"] == "lines.0.quantity"
    with pytest.raises(Problem) as missing:
        maria.get("/orders/999999")
    assert (missing.value.status, missing.value.code) == (404, "not_found")
    assert world.everything() == before


def test_an_answer_that_got_lost_is_asked_for_again_and_done_once(
    app: Flask, world: World, slept: list[float]
) -> None:
    wire = Wire(app.test_client(), lost=2)
    maria = Client("http://panel", world.token("maria"), send=wire, sleep=slept.append)
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    maria.post(path, {"lines": [WEB_START], "payment_method": "bank_transfer"})
    assert (orders_in(world), len(wire.sent), slept) == (1, 3, [1, 2])
    assert len({request.get_header("Idempotency-key") for request in wire.sent}) == 1
    wire.lost = 4
    with pytest.raises(ConnectionResetError):
        maria.get("/me")


@ON_SQLITE
def test_whoever_asks_too_often_waits_as_long_as_the_panel_says(
    app_with: Callable[..., Flask], world: World, slept: list[float]
) -> None:
    wire = Wire(app_with(token_requests_per_minute=1).test_client())
    maria = Client("http://panel", world.token("maria"), send=wire, sleep=slept.append, tries=2)
    maria.get("/me")
    with pytest.raises(Problem) as refused:
        maria.get("/me")
    assert refused.value.code == "too_many_requests"
    assert len(slept) == 1
    assert 1 <= slept[0] <= 60
    impatient = Client("http://panel", maria.token, send=wire, sleep=slept.append, patience=0.5)
    with pytest.raises(Problem):
        impatient.get("/me")
    assert len(slept) == 1


@ON_SQLITE
def test_operations_go_by_the_names_of_the_description(called: Called, world: World) -> None:
    maria, client_id = called("maria"), world.client_id("stoyanova")
    assert maria.call("me")["login"] == "maria"
    placed = maria.call(
        "place",
        {"lines": [WEB_START], "payment_method": "bank_transfer"},
        client_id=client_id,
    )
    listed = maria.call("show_history", client_id=client_id, limit=1)
    assert listed["items"][0]["id"] == placed["orders"][0]["id"]
    with pytest.raises(TypeError, match="show_history takes no colour"):
        maria.call("show_history", client_id=client_id, colour="red")
    with pytest.raises(KeyError):
        maria.call("no_such_operation")


@ON_SQLITE
def test_a_version_that_was_looked_at_goes_along(called: Called, world: World) -> None:
    owner, path = called("owner"), f"/clients/{world.client_id('stoyanova')}/orders"
    body = {"lines": [WEB_START], "payment_method": "bank_transfer"}
    (order,) = owner.post(path, body, key="mine")["orders"]
    assert owner.post(path, body, key="mine")["orders"][0]["id"] == order["id"]
    steps = f"/orders/{order['id']}/transitions"
    with pytest.raises(Problem) as stale:
        owner.post(steps, {"action": "cancel", "reason": "-"}, version=order["version"] + 7)
    assert stale.value.code == "stale_version"
    assert stale.value.told["current"]["id"] == order["id"]


class Redirecting(BaseHTTPRequestHandler):
    """Sends whoever asks to another host, where it writes down what they bring."""

    brought: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        host = self.headers["Host"]
        if host.startswith("localhost"):
            self.brought.append(self.headers["Authorization"])
        self.send_response(302 if host.startswith("127.") else 200)
        self.send_header("Location", f"http://localhost:{host.partition(':')[2]}/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    @override
    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


def test_the_token_goes_to_no_other_host(slept: list[float]) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        panel = Client(f"http://127.0.0.1:{server.server_port}", "bp_x", sleep=slept.append)
        with pytest.raises(Problem) as refusal:
            panel.get("/me")
        assert refusal.value.status == 302
        with pytest.raises(Problem) as refusal:
            next(panel.events())
        assert refusal.value.status == 302
        server.shutdown()
    assert Redirecting.brought == []
