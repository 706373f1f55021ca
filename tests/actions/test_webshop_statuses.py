"""A web shop whose owner shapes the list while clients leave to pay and come back (W1 to W4)."""

from collections.abc import Callable

import pytest

from billing_panel.accounts.access.scope import find_provider
from billing_panel.kernel.values.calendar_dates import local_date
from plugins.orders.lifecycle.available_steps import offers_for
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.versions.workflow_store import file_of, running_version
from plugins.orders.workflow.file.set_by_hand_matrix import cells, set_cells
from plugins.orders.workflow.file.workflow_edit import (
    add_status,
    change_status,
    moved,
    put_in_order,
)
from plugins.orders.workflow.file.workflow_file import TransitionRow, WorkflowFile
from plugins.orders.workflow.statuses.stage import Shape, Stage, Tone
from plugins.orders.workflow.statuses.status import Status
from tests.actions.conftest import Opening
from tests.businesses import CLIENT, HOSTING, PROVIDER, ROUTER, STOCK, Business
from tests.gateways import SANDBOX, Till
from tests.http.engines import ON_SQLITE

pytestmark = ON_SQLITE
TOTAL = 6_500

RECEIVED = Status(
    key="received",
    titles={"en": "Received", "ru": "Принят", "bg": "Приета"},
    stage=Stage.OPEN,
    tone=Tone.INFO,
    shape=Shape.HALF,
)

LATE = Status(
    key="late",
    titles={"en": "Late", "ru": "Просрочен", "bg": "Закъсняла"},
    stage=Stage.NEW,
    tone=Tone.WARN,
    shape=Shape.RING,
)


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("webshop")


@pytest.fixture
def till(shop: Business) -> Till:
    return Till(shop, shop.world.panel.gateways[SANDBOX])


def change(shop: Business, edit: Callable[[WorkflowFile], WorkflowFile]) -> None:
    owner = shop.actor("owner")
    with shop.world.database.writing() as session:
        now = running_version(session, find_provider(session, owner, PROVIDER))
        changed, clock = edit(file_of(now)), shop.world.clock
        change_workflow(session, PROVIDER, changed, seen=now.number, actor=owner, clock=clock)


def off(shop: Business, *keys: str) -> None:
    def edit(file: WorkflowFile) -> WorkflowFile:
        for key in keys:
            file = change_status(file, key, enabled=False)
        return file

    change(shop, edit)


def received_for_new(file: WorkflowFile) -> WorkflowFile:
    file = add_status(file, RECEIVED)
    file = set_cells(file, cells(file) | {("received", "processing"), ("new", "received")})
    return change_status(file, "new", enabled=False, instead="received")


def version(shop: Business, order_id: int) -> int:
    """The number of the version the order runs by."""
    with shop.world.database.reading() as session:
        return find_order(session, shop.actor("boss"), order_id).workflow.number


def offered(shop: Business, order_id: int) -> list[str]:
    """What staff may set by hand, in its order."""
    with shop.world.database.reading() as session:
        actor = shop.actor("boss")
        order = find_order(session, actor, order_id)
        found = offers_for(session, order, actor, shop.world.clock.now())
        return [o.step.target.key for o in found if o.step.action == "set" and o.allowed]


def stayed(shop: Business, order_id: int) -> list[str]:
    """What would have moved the order, had its status been switched on."""
    told = shop.happened(order_id, "order.move_refused")
    assert all(facts["reasons"] == ["status_off"] for facts in told)
    return [facts["action"] for facts in told]


def test_w3_from_whatever_status_the_client_leaves_it_is_incomplete_and_then_new(
    shop: Business, till: Till
) -> None:
    for number, status in enumerate(("processing", "on_hold", "pending", "delivered"), start=1):
        order_id = shop.place(ROUTER, HOSTING, by=CLIENT)
        shop.put(order_id, status)
        shop.wait(minutes=1)
        payment = till.leave(order_id)
        assert (shop.status(order_id), shop.stock()) == ("incomplete", STOCK - number)
        # staff go on with it meanwhile, and the client leaves again
        for by_hand in ("processing", "on_hold", "pending"):
            shop.wait(minutes=1)
            shop.put(order_id, by_hand)
            shop.wait(minutes=1)
            assert till.leave(order_id).id == payment.id
            assert shop.status(order_id) == "incomplete"
        was_delivered = status == "delivered"
        assert shop.stands().debt == (TOTAL if was_delivered else 0)
        till.tell(payment)
        order = shop.order(order_id)
        assert (order.status.key, order.left, order.owed) == ("new", 0, 0)
        assert [line.delivered_at is not None for line in order.lines] == [was_delivered] * 2
        assert shop.stock() == STOCK - number


def test_w3_a_failure_after_staff_went_on_by_hand_does_not_overrule_them(
    shop: Business, till: Till
) -> None:
    order_id = shop.place(ROUTER, by=CLIENT, method="card_gateway")
    payment = till.leave(order_id)
    shop.wait(minutes=1)
    shop.put(order_id, "on_hold")
    till.tell(payment, "failed")
    assert shop.status(order_id) == "on_hold"
    # what fails of what was delivered takes nothing out of the client's hands
    shop.put(order_id, "delivered")
    shop.wait(minutes=1)
    till.tell(till.leave(order_id), "failed")
    assert (shop.status(order_id), shop.stock()) == ("payment_failed", STOCK - 1)


def test_w1_with_the_systems_statuses_off_an_order_stays_and_its_log_says_so(
    shop: Business, till: Till
) -> None:
    before = shop.place(ROUTER, by=CLIENT)  # runs by the version of before
    off(shop, "incomplete", "awaiting_payment")
    after = shop.place(ROUTER, by=CLIENT)
    for order_id in (before, after):
        shop.put(order_id, "on_hold")
        shop.wait(minutes=1)
        payment = till.leave(order_id)
        assert (shop.status(order_id), stayed(shop, order_id)) == ("on_hold", ["left_for_gateway"])
        till.tell(payment, "in_review")
        assert shop.status(order_id) == "on_hold"
        till.tell(payment, "failed")
        assert shop.status(order_id) == "payment_failed"
        shop.put(order_id, "on_hold")
    off(shop, "payment_failed")
    for order_id in (before, after):
        shop.wait(minutes=1)
        till.tell(till.leave(order_id), "failed")
        assert shop.status(order_id) == "on_hold"
        assert stayed(shop, order_id) == [
            "left_for_gateway",
            "payment_in_review",
            "left_for_gateway",
            "payment_failed",
        ]
        till.tell(till.leave(order_id))
        assert shop.status(order_id) == "new"


def late_for_failed(file: WorkflowFile) -> WorkflowFile:
    """An own status in the place of a failure, whose deadline of three days annuls the bill."""
    file = add_status(file, LATE)
    file = set_cells(file, cells(file) | {("late", "processing"), ("processing", "late")})
    row = {"from": "late", "to": "awaiting_payment", "after": "P3D", "effects": ["void_documents"]}
    timed = (*file.transition, TransitionRow.model_validate(row))
    file = file.model_copy(update={"transition": timed})
    return change_status(file, "payment_failed", enabled=False, instead="late")


def test_w1_a_status_of_a_newer_version_has_the_bill_paid_by_its_own_deadline(
    shop: Business, till: Till
) -> None:
    before = shop.place(ROUTER, by=CLIENT)
    (first,) = shop.order(before).documents
    change(shop, late_for_failed)
    till.tell(till.leave(before), "failed")
    order = shop.order(before)
    assert (order.status.key, version(shop, before)) == ("late", 2)
    assert order.deadline is not None
    (_, bill) = order.documents
    assert bill.due_on == local_date(order.deadline.due_at, order.provider.timezone)
    assert bill.due_on != first.due_on


def test_w1_an_own_status_stands_in_for_new_whatever_version_an_order_runs_by(
    shop: Business, till: Till
) -> None:
    before, waiting = (shop.place(by=CLIENT, method="card_gateway") for _ in range(2))
    left = till.leave(before)
    till.tell(till.leave(waiting))
    assert shop.status(waiting) == "new"
    change(shop, received_for_new)
    till.tell(left)
    assert (shop.status(before), version(shop, before)) == ("received", 2)
    assert shop.path(before)[-1] == ("payment_succeeded", "received")
    # set by the system, and by staff
    shop.put(before, "processing")
    after = shop.place(by="maria", method="bank_transfer")
    assert shop.status(after) == "received"
    assert len(shop.order(after).documents) == 1
    # orders that are New stay until they go on
    assert shop.status(waiting) == "new"
    shop.put(waiting, "processing")


def test_w2_the_list_an_order_offers_follows_the_order_of_today(shop: Business) -> None:
    order_id = shop.place()
    assert offered(shop, order_id) == ["processing", "refused", "on_hold", "delivered", "pending"]

    def turned(file: WorkflowFile) -> WorkflowFile:
        keys = moved([status.key for status in file.status], "pending", -9)
        return change_status(put_in_order(file, keys), "on_hold", enabled=False)

    change(shop, turned)
    assert version(shop, order_id) == 1
    assert offered(shop, order_id) == ["pending", "processing", "refused", "delivered"]
    assert "status_off" in shop.refusal(lambda: shop.put(order_id, "on_hold"))
