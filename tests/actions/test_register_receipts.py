"""Receipts of cash and cards are registered by a fiscal device, once; its answer is printed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from billing_panel.kernel.tables.event_log import Event
from invoices.document import Kind, Mark
from invoices.exchange.register_receipts import register_receipts
from invoices.issue_and_print import content_of
from invoices.store.einvoice_deliveries import DocumentDelivery, SendingState
from invoices.store.find_documents import marking_of
from invoices.store.models import IssuedDocument
from tests.actions.conftest import Opening
from tests.actions.test_documents import printed
from tests.actions.test_invoices import invoicing, of_kind
from tests.businesses import HOSTING, ROUTER, Business
from tests.fiscal_server import Device, HttpDevice, fiscal_device


@pytest.fixture
def device() -> Iterator[Device]:
    with fiscal_device() as running:
        yield running


@pytest.fixture
def shop(business: Opening) -> Business:
    return invoicing(business("procurement"), series_receipt="R-{number:04}")


def receipt(shop: Business, method: str = "cash", amount: str = "20.00") -> IssuedDocument:
    order_id = shop.place(ROUTER, HOSTING)
    shop.move(order_id, "pay", by="petar", payment_method=method, amount=amount)
    (row,) = of_kind(shop, order_id, Kind.RECEIPT)
    return row


def work(shop: Business, device: Device, timeout: float = 5) -> int:
    way, system = HttpDevice(device.address, timeout), shop.actor("console")
    return register_receipts(shop.world.database, [way], actor=system, clock=shop.world.clock)


def steps(shop: Business, row: IssuedDocument) -> list[tuple[SendingState, str]]:
    with shop.world.database.reading() as session:
        own = select(DocumentDelivery).filter_by(document_id=row.id).order_by(DocumentDelivery.step)
        return [(one.state, one.reference or one.said) for one in session.scalars(own)]


def test_a_receipt_is_registered_once_and_says_so(shop: Business, device: Device) -> None:
    row = receipt(shop)
    assert (work(shop, device), work(shop, device), device.asked) == (1, 0, 1)
    (told,) = device.registered.values()
    assert (told["key"], told["total"], told["by"]) == (str(row.id), 2000, "cash")
    # what is paid for: the share of each line, with its rate
    assert sum(amount for _, amount, _ in told["lines"]) == 2000
    assert {percent for _, _, percent in told["lines"]} == {"20"}
    with shop.world.database.reading() as session:
        marking = marking_of(session, session.get_one(IssuedDocument, row.id))
        events = session.scalars(select(Event).filter_by(kind="document.delivered")).all()
    assert marking is not None
    assert (marking.mark, marking.fiscal and marking.fiscal.number) == (Mark.FISCAL, "0000001")
    assert [event.facts["reference"] for event in events] == ["0000001"]
    page = printed(shop, row.id)
    assert [one["value"] for one in page["fiscal"]] == [
        "0000001",
        "ED279951",
        "https://nra.example/check?n=0000001&s=2000",
    ]
    assert (page["mark"], page["is_void"]) == ("", False)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_is_no_cash_nor_card_at_the_desk_is_not_handed_over(
    shop: Business, device: Device
) -> None:
    order_id = shop.place(HOSTING)
    shop.move(order_id, "pay", by="petar", payment_method="bank_transfer")
    assert (work(shop, device), device.asked) == (0, 0)
    receipt(shop, "card_at_desk")
    assert (work(shop, device), device.asked) == (1, 1)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_while_it_is_down_receipts_wait_and_payments_go_on(shop: Business) -> None:
    with fiscal_device() as gone:
        pass
    row = receipt(shop)
    assert work(shop, gone) == 0
    assert steps(shop, row) == [
        (SendingState.HANDED, ""),
        (SendingState.UNREACHABLE, "ConnectionError"),
    ]
    assert (printed(shop, row.id)["fiscal"], content_of(row).total) == ([], 2000)
    with fiscal_device() as back:
        assert work(shop, back) == 0
        shop.world.clock.at += timedelta(hours=1)
        assert work(shop, back) == 1
    assert steps(shop, row)[-1] == (SendingState.ACCEPTED, "0000001")


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_slow_one_and_a_lost_answer_register_once(shop: Business, device: Device) -> None:
    slow, lost = receipt(shop), receipt(shop, amount="5.00")
    device.slow = True
    assert work(shop, device, timeout=0.2) == 0
    device.slow, device.silent = False, True
    device.go_on.set()
    shop.world.clock.at += timedelta(hours=1)
    assert work(shop, device) == 0
    device.silent = False
    shop.world.clock.at += timedelta(hours=2)
    assert work(shop, device) == 2
    assert [steps(shop, row)[-1] for row in (slow, lost)] == [
        (SendingState.ACCEPTED, "0000001"),
        (SendingState.ACCEPTED, "0000002"),
    ]
    # asked thrice each, and registered once each
    assert (device.asked, len(device.registered)) == (6, 2)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_refusal_is_kept_in_its_own_words_and_is_final(shop: Business, device: Device) -> None:
    row = receipt(shop)
    device.refusing = "Смяната е затворена"
    assert work(shop, device) == 1
    shop.world.clock.at += timedelta(days=30)
    assert (work(shop, device), device.asked) == (0, 1)
    assert steps(shop, row)[-1] == (SendingState.REFUSED, "Смяната е затворена")
    assert printed(shop, row.id)["fiscal"] == []
