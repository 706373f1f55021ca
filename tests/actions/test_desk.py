"""The operator's counter on both databases (D8 to D13)."""

import pytest

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.ledger.double_entry import AccountKind
from plugins.orders.workflow.statuses.stage import Stage
from tests.actions.conftest import Opening
from tests.businesses import BALANCE, HOSTING, ROUTER, SERVER, STOCK, Business

TOTAL = 6_000


@pytest.fixture
def desk(business: Opening) -> Business:
    return business("desk")


def test_d8_accepting_creates_an_unpaid_invoice_on_the_clients_account(desk: Business) -> None:
    order_id = desk.place(method="cash")
    assert (desk.order(order_id).documents, desk.stands().debt) == ([], 0)
    desk.move(order_id, "accept")
    order = desk.order(order_id)
    (bill,) = order.documents
    assert (bill.total, bill.is_void, order.paid) == (TOTAL, False, 0)
    assert (order.status.key, desk.stands().debt) == ("accepted", TOTAL)


def test_d9_cancelling_declines_before_it_was_accepted_and_never_after(desk: Business) -> None:
    order_id = desk.place()
    assert desk.stock() == STOCK - 1
    desk.move(order_id, "cancel")
    assert (desk.status(order_id), desk.stock(), desk.stands().debt) == ("cancelled", STOCK, 0)
    accepted = desk.place()
    desk.move(accepted, "accept")
    assert "not_from_here" in desk.refused(accepted, "cancel")


def test_d9_nothing_is_delivered_before_it_is_accepted(desk: Business) -> None:
    """Item 4: delivering would make a debt of what nobody has agreed to."""
    order_id = desk.place(HOSTING, ROUTER)
    said = desk.refusal(lambda: desk.deliver(order_id, desk.order(order_id).lines[0].id))
    assert said == {"delivery_refused", "not_delivered_here"}
    desk.move(order_id, "cancel")
    assert (desk.stands().debt, desk.services(order_id), desk.stock()) == (0, [], STOCK)


def test_d10_voiding_annuls_the_invoice_and_only_after_accepting(desk: Business) -> None:
    order_id = desk.place()
    assert "not_from_here" in desk.refused(order_id, "void")
    desk.move(order_id, "accept")
    desk.move(order_id, "void")
    order = desk.order(order_id)
    assert [document.is_void for document in order.documents] == [True]
    assert (order.status.key, desk.stands().debt, desk.stock()) == ("cancelled", 0, STOCK)


def test_d10_what_was_paid_and_is_voided_stands_on_the_balance(desk: Business) -> None:
    order_id = desk.place()
    desk.move(order_id, "accept")
    desk.move(order_id, "pay", payment_method="cash")
    assert desk.refused(order_id, "void") == {"function_not_held"}
    desk.move(order_id, "void", by="boss")
    assert (desk.stands().balance, desk.stands().debt) == (BALANCE + TOTAL, 0)
    assert desk.order(order_id).paid == 0


def test_d11_the_method_may_be_another_at_the_moment_of_paying(desk: Business) -> None:
    order_id = desk.place(method="cash")
    desk.move(order_id, "accept")
    desk.move(order_id, "pay", by="petar", payment_method="card_at_desk")
    order = desk.order(order_id)
    assert (order.status.key, order.paid, order.left) == ("accepted", TOTAL, 0)
    # how the client meant to pay stays what they said
    assert order.is_paid_by(MethodKind.CASH)
    assert (desk.received(AccountKind.CARD), desk.received(AccountKind.CASH)) == (TOTAL, 0)
    assert desk.stands().debt == 0
    assert "already_paid" in desk.refused(order_id, "pay")


def test_d11_without_another_method_it_is_the_orders_own(desk: Business) -> None:
    order_id = desk.place(method="cash")
    desk.move(order_id, "accept")
    desk.move(order_id, "pay")
    assert desk.received(AccountKind.CASH) == TOTAL


def test_d11_an_unknown_method_takes_nothing(desk: Business) -> None:
    order_id = desk.place()
    desk.move(order_id, "accept")
    assert "fields.payment_method" in desk.refused(order_id, "pay", payment_method="shells")


def test_d12_complete_delivers_and_leaves_the_debt_which_may_be_paid_later(desk: Business) -> None:
    order_id = desk.place(HOSTING, ROUTER)
    desk.move(order_id, "accept")
    desk.move(order_id, "complete")
    order = desk.order(order_id)
    assert (order.status.key, order.stage) == ("completed", Stage.DONE)
    assert all(line.delivered_at for line in order.lines)
    assert desk.services(order_id) == ["active"]
    assert desk.stands().debt == order.total == TOTAL + 500
    desk.move(order_id, "pay", by="petar", payment_method="balance")
    assert (desk.stands().debt, desk.stands().balance) == (0, BALANCE - order.total)
    assert desk.status(order_id) == "completed"


def test_d12_complete_before_accept_accepts_first_and_each_effect_happens_once(
    desk: Business,
) -> None:
    order_id = desk.place(SERVER)
    desk.move(order_id, "complete")
    order = desk.order(order_id)
    assert desk.path(order_id) == [("complete", "completed")]
    assert (len(order.documents), desk.stands().debt) == (1, order.total)
    assert desk.services(order_id) == ["active"]
    assert desk.stock("server") == STOCK - 1
    effects = desk.effects(order_id)
    assert len(effects) == len(set(effects))


def test_d7_it_is_finished_of_itself_when_all_is_delivered_and_paid(desk: Business) -> None:
    delivered_first, paid_first = desk.place(), desk.place()
    for order_id in (delivered_first, paid_first):
        desk.move(order_id, "accept")
    desk.deliver(delivered_first)
    assert desk.status(delivered_first) == "accepted"
    desk.move(delivered_first, "pay")
    desk.move(paid_first, "pay")
    assert desk.status(paid_first) == "accepted"
    desk.deliver(paid_first)
    assert [desk.status(order_id) for order_id in (delivered_first, paid_first)] == [
        "completed",
        "completed",
    ]
    assert desk.path(delivered_first)[-1] == ("payment_succeeded", "completed")
    assert desk.path(paid_first)[-1] == ("lines_delivered", "completed")


def test_d13_the_operator_is_told_at_once_what_they_review(desk: Business) -> None:
    order_id = desk.place(ROUTER, method="card_at_desk", note="Ring twice")
    told = desk.happened(order_id, "notice.due")
    assert [(notice["to"], notice["status"]) for notice in told] == [("shop", "new")]
    order = desk.order(order_id)
    assert (order.is_paid_by(MethodKind.CARD_AT_DESK), order.note) == (True, "Ring twice")
    assert (order.status.tone, order.lines[0].tariff.stock) == ("violet", STOCK - 1)
