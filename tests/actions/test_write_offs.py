"""Debts that nobody expects to be paid: proposed by one, decided by another, and paid after all."""

from datetime import date

import pytest

from billing_panel.accounts.companies.provider_models import InvoiceTime
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import LedgerEntry
from invoices.document import Kind
from plugins.finance.registers.all_registers import REGISTERS
from plugins.finance.registers.register import ask
from plugins.finance.write_offs.decide_write_off import (
    DecideWriteOff,
    ExpectDebtAgain,
    decide_write_off,
    expect_debt_again,
)
from plugins.finance.write_offs.propose_write_off import ProposeWriteOff, propose_write_off
from plugins.orders.balance.reconciliation_statement import reconcile
from plugins.orders.balance.statement import Days, find_account
from plugins.orders.payments.pay_order import PayOrder, pay_order
from tests.actions.conftest import Opening
from tests.actions.test_deferred_revenue import holds
from tests.actions.test_invoices import invoicing, of_kind
from tests.businesses import PROVIDER, ROUTER, Business, wrongs

PRICE = 6_000


@pytest.fixture
def shop(business: Opening) -> Business:
    """Invoices are issued with the delivery; what is not paid then is a debt."""
    return invoicing(business("desk"), InvoiceTime.DELIVERY)


def owed(shop: Business) -> int:
    """A router that is with the client, who has not paid it."""
    order_id = shop.place(ROUTER)
    for action in ("accept", "complete"):
        shop.move(order_id, action, by="boss")
    assert shop.order(order_id).owed == PRICE
    return order_id


def proposed(shop: Business, order_id: int, by: str = "petar") -> int:
    command = ProposeWriteOff(order_id, "insolvent")
    return int(shop.act(propose_write_off, command, by=by).id)


def decided(shop: Business, write_off_id: int, by: str = "boss", *, approve: bool = True) -> None:
    shop.act(decide_write_off, DecideWriteOff(write_off_id, approve, "the court said so"), by=by)


def written_off(shop: Business) -> int:
    order_id = owed(shop)
    decided(shop, proposed(shop, order_id))
    return order_id


def sums(shop: Business, register: str) -> dict[str, int]:
    with shop.world.database.reading() as session:
        asked = ask(session, shop.actor("boss"), PROVIDER, Days(), now=shop.world.clock.now())
        found = REGISTERS[register].totals(session, asked)
        return {one.what: one.sum.minor for one in found if one.sum.currency == "EUR"}


def test_what_one_proposes_and_another_approves_is_an_expense_and_no_debt(shop: Business) -> None:
    order_id = owed(shop)
    before = {kind: holds(shop, kind) for kind in (AccountKind.REVENUE, AccountKind.TAX)}
    vat = sums(shop, "vat")
    write_off_id = proposed(shop, order_id)
    assert shop.order(order_id).owed == PRICE
    decided(shop, write_off_id)
    order = shop.order(order_id)
    assert (order.owed, order.written_off, order.asked_for) == (0, PRICE, 0)
    assert shop.stands().debt == 0
    assert holds(shop, AccountKind.BAD_DEBT) == -PRICE
    # revenue and tax stay as they were, in the books and in the register
    assert {kind: holds(shop, kind) for kind in before} == before
    assert sums(shop, "vat") == vat
    assert sums(shop, "aging").get("total", 0) == 0
    ledger = sums(shop, "ledger")
    assert ledger["debit"] == ledger["credit"]
    assert wrongs(shop.world) == []


def test_a_write_off_stands_on_the_statement_of_account(shop: Business) -> None:
    written_off(shop)
    with shop.world.database.reading() as session:
        account = find_account(
            session, shop.actor("boss"), shop.client_id, PROVIDER, in_points=False
        )
        found = reconcile(session, account, Days(), 10)
    supplied, off = found.movements[-2:]
    assert (supplied.supplied.minor, supplied.paid.minor) == (PRICE, 0)
    assert (str(off.title), off.reason, off.paid.minor) == ("Debt written off", "", PRICE)
    assert found.opening + found.paid - found.supplied == found.closing
    assert found.closing.minor == shop.stands().balance


@pytest.mark.parametrize("amount", ["60.00", "25.00"])
def test_money_that_comes_after_all_pays_the_debt_as_if_it_was_still_expected(
    shop: Business, amount: str
) -> None:
    order_id = written_off(shop)
    came = int(amount.replace(".", ""))
    shop.wait(days=3)
    paying = PayOrder(order_id, "bank_transfer", amount=amount, received_on="2026-11-21")
    shop.act(pay_order, paying, by="petar")
    order = shop.order(order_id)
    assert (order.paid, order.owed, order.written_off) == (came, 0, PRICE - came)
    assert holds(shop, AccountKind.BAD_DEBT) == came - PRICE
    assert shop.stands().debt == 0
    with shop.world.database.reading() as session:
        (again,) = session.query(LedgerEntry).filter_by(kind="expected_again").all()
        # never before it was written off
        assert again.day == date(2026, 11, 22)
    assert wrongs(shop.world) == []


def test_a_mistake_is_undone_with_a_reason(shop: Business) -> None:
    order_id = written_off(shop)
    undoing = ExpectDebtAgain(order_id, "another client")
    assert shop.refusal(lambda: shop.act(expect_debt_again, undoing, by="georgi")) >= {
        "function_not_held"
    }
    shop.act(expect_debt_again, undoing, by="boss")
    assert (shop.order(order_id).owed, shop.stands().debt) == (PRICE, PRICE)
    assert holds(shop, AccountKind.BAD_DEBT) == 0
    assert "not_written_off" in shop.refusal(
        lambda: shop.act(expect_debt_again, undoing, by="boss")
    )
    # and it can be proposed once more
    decided(shop, proposed(shop, order_id))
    assert shop.stands().debt == 0


def test_nobody_decides_alone(shop: Business) -> None:
    order_id = owed(shop)
    own = proposed(shop, order_id, by="boss")
    assert "own_proposal" in shop.refusal(lambda: decided(shop, own, by="boss"))
    assert "already_proposed" in shop.refusal(lambda: proposed(shop, order_id))
    assert shop.refusal(lambda: decided(shop, own, by="georgi")) >= {"function_not_held"}
    assert shop.refusal(lambda: proposed(shop, order_id, by="georgi")) >= {"function_not_held"}
    assert shop.order(order_id).owed == PRICE


def test_a_refusal_leaves_the_debt(shop: Business) -> None:
    order_id = owed(shop)
    write_off_id = proposed(shop, order_id)
    decided(shop, write_off_id, approve=False)
    assert shop.order(order_id).owed == PRICE
    assert "already_decided" in shop.refusal(lambda: decided(shop, write_off_id))


def test_a_debt_that_changed_since_is_proposed_anew(shop: Business) -> None:
    order_id = owed(shop)
    write_off_id = proposed(shop, order_id)
    shop.act(pay_order, PayOrder(order_id, "cash", amount="10"), by="petar")
    assert "debt_changed" in shop.refusal(lambda: decided(shop, write_off_id))
    decided(shop, write_off_id, approve=False)
    decided(shop, proposed(shop, order_id))
    order = shop.order(order_id)
    assert (order.paid, order.written_off) == (1_000, 5_000)


def test_what_is_paid_or_not_over_is_not_written_off(shop: Business) -> None:
    accepted = shop.place(ROUTER)
    shop.move(accepted, "accept", by="boss")
    assert "order_not_over" in shop.refusal(lambda: proposed(shop, accepted))
    paid = owed(shop)
    write_off_id = proposed(shop, paid)
    shop.act(pay_order, PayOrder(paid, "cash"), by="petar")
    assert "nothing_owed" in shop.refusal(lambda: decided(shop, write_off_id))
    assert "nothing_owed" in shop.refusal(lambda: proposed(shop, paid))
    assert holds(shop, AccountKind.BAD_DEBT) == 0


def test_what_is_taken_back_is_neither_owed_nor_a_loss(shop: Business) -> None:
    """The sale is undone, with a credit note: nothing was lost but the sale."""
    order_id = shop.place(ROUTER)
    shop.move(order_id, "accept", by="boss")
    shop.deliver(order_id)
    shop.move(order_id, "void", by="boss", taken_back="kept", reason="called off")
    decided(shop, proposed(shop, order_id))
    assert shop.order(order_id).written_off == PRICE
    shop.move(order_id, "take_back", by="boss", taken_back="back", reason="returned")
    assert (shop.order(order_id).owed, shop.order(order_id).written_off) == (0, 0)
    assert holds(shop, AccountKind.BAD_DEBT) == holds(shop, AccountKind.REVENUE) == 0
    assert [row.total for row in of_kind(shop, order_id, Kind.CREDIT_NOTE)] == [PRICE]
