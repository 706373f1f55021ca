"""Paying orders, whole and in part, and giving back what was paid."""

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import MethodKind, Provider
from billing_panel.accounts.people.client_models import ForbiddenMethod
from billing_panel.administration.clients.change_client_terms import change_membership
from billing_panel.administration.clients.client_details import MembershipDetails
from billing_panel.administration.clients.client_groups import GroupDetails, save_group
from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.ledger.double_entry import AccountKind
from plugins.orders.balance.change_balance import ChangeBalance, debit_balance
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.settings.save_workflow_version import change_workflow
from plugins.orders.store.order_sum_rules import PaymentStanding
from plugins.orders.store.payment import Payment, Refund, RefundTo
from plugins.orders.store.versions.workflow_store import shipped_file
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from tests.actions.conftest import Opening
from tests.businesses import BALANCE, CLIENT, HIS_POINTS, PROVIDER, ROUTER, Business
from tests.world import line

TOTAL = 6_000
TAX = 1_000
ROUTER_FOR_POINTS = line("router", "once", pay_with=Tender.POINTS)


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


@pytest.fixture
def procurement(business: Opening) -> Business:
    return business("procurement")


@pytest.fixture
def desk_of_all(business: Opening) -> Business:
    """A counter whose workflow says that all staff may refund."""
    desk = business("desk")
    content = shipped_file("desk").model_dump(mode="json", by_alias=True)
    for row in content["transition"]:
        if row["action"] == ["refund"]:
            row["by"] = ["staff"]
    world = desk.world
    with world.database.writing() as session:
        change_workflow(
            session,
            PROVIDER,
            WorkflowFile.model_validate(content),
            seen=1,
            actor=world.actor("owner"),
            clock=world.clock,
        )
    return desk


def pay(business: Business, order_id: int, method: str = "cash", amount: str = "") -> None:
    fields = {"payment_method": method, **({"amount": amount} if amount else {})}
    business.move(order_id, "pay", by="petar", **fields)


def refund(business: Business, order_id: int, amount: str = "", to: str = "balance") -> None:
    fields = {"reason": "it broke", "refund_to": to, **({"amount": amount} if amount else {})}
    business.move(order_id, "refund", by="boss", **fields)


def rule(business: Business, **values: object) -> None:
    business.world.change(Provider, {"key": PROVIDER}, **values)


def test_part_of_an_order_is_paid_and_then_the_rest(hosting: Business) -> None:
    order_id = hosting.place()
    pay(hosting, order_id, amount="25.00")
    order = hosting.order(order_id)
    assert (order.paid, order.left, order.status.key) == (2500, 3500, "awaiting_payment")
    assert order.payment_standing is PaymentStanding.PARTLY_PAID
    pay(hosting, order_id, "balance", amount="35")
    order = hosting.order(order_id)
    assert (order.left, order.status.key) == (0, "paid")
    assert order.payment_standing is PaymentStanding.PAID
    assert [(p.method, p.amount) for p in order.payments] == [
        (MethodKind.CASH, 2500),
        (MethodKind.BALANCE, 3500),
    ]
    assert (hosting.received(AccountKind.CASH), hosting.stands().balance) == (2500, BALANCE - 3500)


def test_tax_is_set_apart_from_what_is_earned_to_the_cent(hosting: Business) -> None:
    order_id = hosting.place()
    for amount in ("0.01", "19.99", "12.34"):
        pay(hosting, order_id, amount=amount)
    pay(hosting, order_id)
    assert -hosting.received(AccountKind.TAX) == TAX
    assert -hosting.received(AccountKind.REVENUE) == TOTAL - TAX


@pytest.mark.parametrize("amount", ["0", "-5", "1.001", "1e3", "ten", "NaN", "9" * 30])
def test_nonsense_is_refused_in_words(hosting: Business, amount: str) -> None:
    order_id = hosting.place()
    said = hosting.refused(order_id, "pay", by="petar", payment_method="cash", amount=amount)
    assert said == {"invalid_amount", "fields.amount"}


def test_what_is_paid_over_goes_to_the_balance(hosting: Business) -> None:
    order_id = hosting.place()
    pay(hosting, order_id, amount="75.50")
    order = hosting.order(order_id)
    assert (order.paid, order.surplus, order.status.key) == (TOTAL, 1550, "paid")
    assert order.payment_standing is PaymentStanding.OVERPAID
    assert hosting.stands().balance == BALANCE + 1550


def test_from_the_balance_no_more_is_taken_than_is_left(hosting: Business) -> None:
    order_id = hosting.place()
    said = hosting.refused(order_id, "pay", by="petar", payment_method="balance", amount="60.01")
    assert said == {"more_than_left"}


def test_d3_what_a_client_may_choose_and_what_staff_may_take_are_two_lists(
    hosting: Business,
) -> None:
    order_id = hosting.place()
    for method in ("cash", "bank_transfer", "card_gateway", "nonsense"):
        said = hosting.refused(order_id, "pay", by=CLIENT, payment_method=method)
        assert said == {"method_not_allowed", "fields.payment_method"}
    hosting.move(order_id, "pay", by=CLIENT, payment_method="balance", amount="10")
    assert hosting.order(order_id).paid == 1000
    assert "method_not_allowed" in hosting.refused(
        order_id, "pay", by="petar", payment_method="card_gateway"
    )


def test_a_method_the_clients_group_may_not_use_is_refused_to_staff_too(
    hosting: Business,
) -> None:
    world, order_id = hosting.world, hosting.place()
    owner = world.actor("owner")
    with world.database.writing() as session:
        details = GroupDetails("cashless", {"en": "Cashless"}, forbidden_methods=[MethodKind.CASH])
        save_group(session, None, details, actor=owner, clock=world.clock)
        terms = MembershipDetails(group="cashless", credit_limit="1000")
        change_membership(
            session, hosting.client_id, PROVIDER, terms, actor=owner, clock=world.clock
        )
        assert session.scalars(select(ForbiddenMethod.method).distinct()).all()
    said = hosting.refused(order_id, "pay", by="petar", payment_method="cash")
    assert "method_not_allowed" in said


def test_points_and_money_of_one_order(hosting: Business) -> None:
    order_id = hosting.place(ROUTER, ROUTER_FOR_POINTS)
    pay(hosting, order_id, "cash", amount="60")
    order = hosting.order(order_id)
    assert (order.left, order.left_points, order.status.key) == (0, 300, "awaiting_payment")
    hosting.move(order_id, "pay", by=CLIENT, payment_method="points")
    assert hosting.status(order_id) == "paid"
    assert hosting.stands().points == HIS_POINTS - 300


def test_part_is_given_back_to_the_method_and_the_rest_to_the_balance(hosting: Business) -> None:
    order_id = hosting.place()
    pay(hosting, order_id)
    refund(hosting, order_id, "20", to="method")
    order = hosting.order(order_id)
    assert (order.paid, order.refunded, hosting.received(AccountKind.CASH)) == (4000, 2000, 4000)
    refund(hosting, order_id)
    order = hosting.order(order_id)
    assert order.payment_standing is PaymentStanding.REFUNDED
    assert hosting.stands().balance == BALANCE + 4000
    assert hosting.received(AccountKind.TAX) == hosting.received(AccountKind.REVENUE) == 0
    with hosting.world.database.reading() as session:
        to = session.scalars(select(Refund.to).order_by(Refund.id)).all()
    assert to == [RefundTo.METHOD, RefundTo.BALANCE]
    assert "nothing_paid" in hosting.refused(order_id, "refund", by="boss", reason="again")


def test_18_no_more_is_given_back_than_was_paid(hosting: Business) -> None:
    order_id = hosting.place()
    pay(hosting, order_id, amount="10")
    said = hosting.refused(order_id, "refund", by="boss", reason="too much", amount="10.01")
    assert "fields.amount" in said
    foreign = hosting.place()
    pay(hosting, foreign)
    (payment,) = hosting.order(foreign).payments
    other = hosting.refused(
        order_id, "refund", by="boss", reason="another's", payment=str(payment.id)
    )
    assert other == {"nothing_to_refund"}


def test_refunds_return_in_kind(hosting: Business) -> None:
    order_id = hosting.place(ROUTER, ROUTER_FOR_POINTS)
    pay(hosting, order_id, "bank_transfer")
    refund(hosting, order_id, to="method")
    assert hosting.received(AccountKind.BANK) == 0
    stands = hosting.stands()
    assert (stands.balance, stands.points) == (BALANCE, HIS_POINTS)


def test_d5_points_are_earned_when_all_is_paid_and_lost_with_the_refund(
    hosting: Business,
) -> None:
    rule(hosting, points_for=100)
    order_id = hosting.place()
    pay(hosting, order_id, amount="59.99")
    assert hosting.stands().points == HIS_POINTS
    pay(hosting, order_id)
    assert (hosting.stands().points, hosting.order(order_id).earned) == (HIS_POINTS + 60, 60)
    refund(hosting, order_id, "30")
    assert hosting.stands().points == HIS_POINTS + 30
    refund(hosting, order_id)
    assert (hosting.stands().points, hosting.order(order_id).earned) == (HIS_POINTS, 0)


def test_p1_a_price_raised_after_the_payment_awaits_the_surcharge(procurement: Business) -> None:
    order_id = procurement.place()
    pay(procurement, order_id)
    (bill,) = procurement.order(order_id).documents
    line_id = procurement.order(order_id).lines[0].id
    command = RaisePrice(order_id, line_id, "72.00", "the supplier asks more")
    procurement.act(raise_price, command, by="boss")
    order = procurement.order(order_id)
    assert (order.total, order.left, order.status.key) == (7200, 1200, "awaiting_surcharge")
    assert [(d.total, d.is_void) for d in order.documents] == [(TOTAL, True), (7200, False)]
    assert bill.id == order.documents[0].id
    pay(procurement, order_id)
    assert procurement.status(order_id) == "paid"
    assert -procurement.received(AccountKind.TAX) == 1200


@pytest.mark.parametrize(
    ("price", "reason", "field"),
    [
        ("60.00", "why", "unit_price"),
        ("1.00", "why", "unit_price"),
        ("-70", "why", "unit_price"),
        ("70.001", "why", "unit_price"),
        ("70", " ", "reason"),
    ],
)
def test_a_price_is_only_raised_and_with_a_reason(
    procurement: Business, price: str, reason: str, field: str
) -> None:
    order_id = procurement.place()
    line_id = procurement.order(order_id).lines[0].id
    command = RaisePrice(order_id, line_id, price, reason)
    said = procurement.refusal(lambda: procurement.act(raise_price, command, by="boss"))
    assert field in said


def test_a_debt_grows_with_the_price(business: Opening) -> None:
    desk = business("desk")
    order_id = desk.place()
    desk.move(order_id, "accept")
    line_id = desk.order(order_id).lines[0].id
    desk.act(raise_price, RaisePrice(order_id, line_id, "90", "dearer"), by="boss")
    assert (desk.stands().debt, desk.order(order_id).owed) == (9000, 9000)
    pay(desk, order_id, amount="50")
    assert (desk.stands().debt, desk.order(order_id).owed) == (4000, 4000)


def test_what_was_given_back_in_goodwill_is_not_owed_when_the_price_rises(
    business: Opening,
) -> None:
    desk = business("desk")
    order_id = desk.place()
    desk.move(order_id, "accept")
    pay(desk, order_id)
    desk.deliver(order_id)
    desk.move(order_id, "refund", by="boss", reason="it came late", amount="2")
    line_id = desk.order(order_id).lines[0].id
    desk.act(raise_price, RaisePrice(order_id, line_id, "60.50", "a cable more"), by="boss")
    assert (desk.order(order_id).left, desk.order(order_id).owed) == (250, 50)
    assert desk.stands().debt == 50


def test_every_payment_is_one_row_and_one_entry(hosting: Business) -> None:
    order_id = hosting.place()
    pay(hosting, order_id, amount="10")
    pay(hosting, order_id)
    with hosting.world.database.reading() as session:
        payments = session.scalars(select(Payment).filter_by(order_id=order_id)).all()
        assert sum(payment.amount for payment in payments) == TOTAL
        assert all(payment.received_at for payment in payments)


def test_points_spent_before_the_money_goes_back_are_not_earned_again(business: Opening) -> None:
    desk = business("desk")
    rule(desk, points_for=100)
    order_id = desk.place()
    desk.move(order_id, "accept")
    pay(desk, order_id)
    spent = ChangeBalance(desk.client_id, str(HIS_POINTS + 60), "spent", PROVIDER, in_points=True)
    desk.act(debit_balance, spent, by="boss")
    for _ in range(2):
        refund(desk, order_id, "30")
        pay(desk, order_id, amount="30")
        assert (desk.stands().points, desk.order(order_id).earned) == (0, 60)


def test_what_is_delivered_and_paid_is_owed_again_where_the_price_is_raised(
    procurement: Business,
) -> None:
    order_id = procurement.place()
    pay(procurement, order_id)
    procurement.move(order_id, "complete")
    line_id = procurement.order(order_id).lines[0].id
    procurement.act(raise_price, RaisePrice(order_id, line_id, "100", "dearer"), by="boss")
    assert (procurement.order(order_id).owed, procurement.stands().debt) == (4000, 4000)


def test_a_workflow_gives_nobody_the_right_to_give_money_back(desk_of_all: Business) -> None:
    desk = desk_of_all
    order_id = desk.place()
    desk.move(order_id, "accept")
    pay(desk, order_id)
    said = desk.refused(order_id, "refund", by="maria", reason="it broke")
    assert said == {"function_not_held"}
