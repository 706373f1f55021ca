"""A server killed in the middle of payments: what it acknowledged is there, nothing by halves."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, PaymentState
from tests.businesses import Business, opened, wrongs
from tests.cli.shell import Shell
from tests.conftest import new_home
from tests.faults.server import free_port, kill, served
from tests.world import World, line

PAYMENTS = 400
ORDERS = 20
CALLERS = 8
# so many are acknowledged when the server is killed
ENOUGH = 100
# of those not acknowledged, sent again to the next server
AGAIN = 40


@dataclass
class Till:
    """Sends payments, each with a key and reference of its own; ``told``: those acknowledged."""

    port: int
    token: str
    orders: list[int]
    told: set[str] = field(default_factory=set)
    enough: threading.Event = field(default_factory=threading.Event)

    def send(self, references: Iterable[str]) -> None:
        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(self._pay, references))

    def _pay(self, reference: str) -> None:
        """A connection that breaks tells nothing: the payment may have happened or not."""
        try:
            status = self._post(reference)
        except (OSError, http.client.HTTPException):
            return
        assert status == 200
        self.told.add(reference)
        if len(self.told) >= ENOUGH:
            self.enough.set()

    def _post(self, reference: str) -> int:
        order_id = self.orders[int(reference) % len(self.orders)]
        fields = {"payment_method": "cash", "amount": "1", "reference": reference}
        body = json.dumps({"action": "pay", "fields": fields})
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": reference,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", f"/api/v1/orders/{order_id}/transitions", body, headers)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        return answer.status


def owing(world: World) -> tuple[Business, list[int]]:
    """A desk, and orders that together are more than all the payments."""
    desk = opened(world, "desk")
    hosting = line("hosting", "1 month", quantity=20)
    orders = [desk.place(hosting) for _ in range(ORDERS)]
    for order_id in orders:
        desk.move(order_id, "accept")
    return desk, orders


def written(world: World) -> Mapping[str, int]:
    """How often each reference stands on a payment received."""
    rows = select(Payment.reference).filter_by(state=PaymentState.RECEIVED)
    with world.database.reading() as session:
        return Counter(session.scalars(rows))


def test_what_was_acknowledged_survives_kill_9_and_what_is_sent_again_is_paid_once(
    world: World, demo_url: str, tmp_path: Path
) -> None:
    desk, orders = owing(world)
    shell = Shell(new_home(tmp_path / "home"), {"BILLING_PANEL_DATABASE_URL": demo_url})
    till = Till(free_port(), world.token("petar"), orders)
    references = [str(number) for number in range(PAYMENTS)]

    with served(shell, till.port) as server:
        sending = threading.Thread(target=till.send, args=[references])
        sending.start()
        assert till.enough.wait(60)
        kill(server)
        sending.join()
    before = frozenset(till.told)
    assert ENOUGH <= len(before) < PAYMENTS
    assert wrongs(world) == []
    there = written(world)
    assert before <= there.keys()
    assert set(there.values()) == {1}
    # what was on its way when the power went: done or not, but not told
    assert len(there) - len(before) <= CALLERS

    again = [reference for reference in references if reference not in before][:AGAIN]
    assert there.keys() - before <= set(again)
    with served(shell, till.port):
        assert shell.run("ledger", "verify", "--json").json()["right"]
        till.send(again)
    assert till.told == before | set(again)
    assert written(world) == dict.fromkeys(till.told, 1)
    assert wrongs(world) == []
    with world.database.reading() as session:
        assert session.scalar(select(func.sum(Order.paid))) == len(till.told) * 100
    assert desk.stands().debt == ORDERS * 20 * 500 - len(till.told) * 100
