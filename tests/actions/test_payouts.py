"""Money in transit: at payment systems and couriers, until they pay it out less their fees."""

from datetime import date

import pytest
from sqlalchemy import select

from billing_panel.ledger.double_entry import AccountKind, EntryKind
from billing_panel.ledger.models import LedgerEntry
from invoices.document import Kind
from plugins.finance.payouts.record_payout import RecordPayout, record_payout
from tests.actions.conftest import Opening
from tests.actions.test_documents import bills
from tests.actions.test_invoices import invoicing
from tests.businesses import PROVIDER, ROUTER, Business
from tests.gateways import Scripted, Till

TOTAL = 6_000


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("hosting")


def payout(shop: Business, source: str, amount: str, **more: str) -> LedgerEntry:
    command = RecordPayout(PROVIDER, source, amount, **more)
    entry = shop.act(record_payout, command, by="boss")
    assert isinstance(entry, LedgerEntry)
    return entry


def paid(shop: Business, method: str) -> int:
    order_id = shop.place(ROUTER)
    shop.move(order_id, "pay", by="petar", payment_method=method)
    return order_id


def test_m14_cash_on_delivery_is_at_the_courier_until_it_is_paid_out(business: Opening) -> None:
    shop = invoicing(business("procurement"), series_receipt="R-{number}")
    order_id = paid(shop, "cash_on_delivery")
    assert (shop.received(AccountKind.COURIER), shop.received(AccountKind.CASH)) == (TOTAL, 0)
    assert [row for row in bills(shop, order_id) if row.kind is Kind.RECEIPT] == []
    shop.wait(days=3)
    entry = payout(shop, "courier", "58.50", fee="1.50", received_on="2026-11-24")
    assert (entry.kind, entry.day) == (EntryKind.PAID_OUT, date(2026, 11, 24))
    assert shop.received(AccountKind.COURIER) == 0
    assert (shop.received(AccountKind.BANK), shop.received(AccountKind.FEES)) == (5_850, 150)


def test_what_goes_back_of_it_is_given_in_cash(business: Opening) -> None:
    shop = business("procurement")
    order_id = paid(shop, "cash_on_delivery")
    payout(shop, "courier", "60")
    shop.move(order_id, "refund", by="boss", reason="it broke", refund_to="method")
    assert (shop.received(AccountKind.COURIER), shop.received(AccountKind.CASH)) == (0, -TOTAL)


def test_cards_and_payment_systems_clear_to_the_bank(shop: Business) -> None:
    till, order_id = Till(shop, Scripted()), shop.place(ROUTER)
    till.tell(till.leave(order_id))
    payout(shop, "card", "30.00", reference="po_1")
    assert shop.received(AccountKind.CARD) == 3_000
    payout(shop, "card", "29.10", fee="0.90")
    assert shop.received(AccountKind.CARD) == 0
    with shop.world.database.reading() as session:
        kinds = session.scalars(select(LedgerEntry.reason).filter_by(kind=EntryKind.PAID_OUT))
        assert sorted(kinds) == ["", "po_1"]


@pytest.mark.parametrize(
    ("source", "amount", "more", "code"),
    [
        ("card", "60.01", {}, "more_than_in_transit"),
        ("card", "60", {"fee": "0.01"}, "more_than_in_transit"),
        ("courier", "1", {}, "more_than_in_transit"),
        ("bank", "1", {}, "unknown_source"),
        ("card", "-1", {}, "invalid_amount"),
        ("card", "1", {"fee": "x"}, "invalid_amount"),
        ("card", "1", {"received_on": "2026-11-23"}, "future_day"),
    ],
)
def test_what_is_not_on_its_way_does_not_arrive(
    shop: Business, source: str, amount: str, more: dict[str, str], code: str
) -> None:
    paid(shop, "card_at_desk")
    said = shop.refusal(lambda: payout(shop, source, amount, **more))
    assert code in said or "source" in said


def test_nothing_is_paid_out_before_it_came(shop: Business) -> None:
    paid(shop, "card_at_desk")
    shop.wait(days=3)
    paid(shop, "card_at_desk")

    def early(amount: str, day: str) -> set[str]:
        return shop.refusal(lambda: payout(shop, "card", amount, received_on=day))

    assert "more_than_in_transit" in early("0.01", "2026-11-21")
    assert "more_than_in_transit" in early("60.01", "2026-11-24")
    payout(shop, "card", "60", received_on="2026-11-22")
    assert "more_than_in_transit" in early("0.01", "2026-11-24")
    payout(shop, "card", "60", received_on="2026-11-25")
    assert shop.received(AccountKind.CARD) == 0


def test_whoever_holds_no_function_records_none(shop: Business) -> None:
    paid(shop, "card_at_desk")
    command = RecordPayout(PROVIDER, "card", "1")
    said = shop.refusal(lambda: shop.act(record_payout, command, by="georgi"))
    assert "function_not_held" in said
