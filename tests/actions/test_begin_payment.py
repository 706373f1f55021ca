"""Leaving for an outside payment system, on both databases (W3, H3)."""

import pytest

from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.administration.clients.change_client_terms import change_membership
from billing_panel.administration.clients.client_details import MembershipDetails
from billing_panel.administration.clients.client_groups import GroupDetails, save_group
from billing_panel.kernel.extension.gateways import TurnedDown, Unreachable
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.values.money import Money
from plugins.orders.store.payment import PaymentState
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import CLIENT, HOSTING, PROVIDER, STOCK, Business
from tests.gateways import SANDBOX, Scripted, Till
from tests.world import add_client_user

TOTAL = 6_000


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("webshop")


@pytest.fixture
def gateway() -> Scripted:
    return Scripted()


@pytest.fixture
def till(shop: Business, gateway: Scripted) -> Till:
    return Till(shop, gateway)


def ordered(shop: Business) -> int:
    return shop.place(by=CLIENT, method="card_gateway")


def test_the_payment_system_is_told_what_is_left_and_where_to_come_back(
    shop: Business, till: Till, gateway: Scripted
) -> None:
    order_id = ordered(shop)
    payment = till.leave(order_id)
    (asked,) = gateway.begun
    assert (asked.key, asked.money) == (payment.key, Money(TOTAL, "EUR"))
    assert asked.return_url == f"http://localhost/orders/{order_id}/payments/{payment.id}"
    assert shop.order(order_id).number in asked.description
    assert (payment.outside, payment.page) == (
        f"ref_{payment.key}",
        f"https://pay.example/{payment.key}",
    )


def test_part_of_it_paid_already_is_not_asked_again(
    shop: Business, till: Till, gateway: Scripted
) -> None:
    order_id = ordered(shop)
    till.leave(order_id)
    shop.move(order_id, "pay", by="petar", payment_method="cash", amount="20")
    till.leave(order_id)
    assert [asked.money.minor for asked in gateway.begun] == [TOTAL, TOTAL - 2000]


def test_who_comes_back_and_leaves_again_takes_up_the_same_payment(
    shop: Business, till: Till, gateway: Scripted
) -> None:
    order_id = ordered(shop)
    first, second = till.leave(order_id), till.leave(order_id)
    assert (second.id, second.page) == (first.id, first.page)
    assert len(gateway.begun) == 1
    # each time they are redirected (W3)
    assert [to for _action, to in shop.path(order_id)] == ["incomplete", "incomplete"]


def test_a_page_a_day_old_is_not_offered_again(
    shop: Business, till: Till, gateway: Scripted
) -> None:
    order_id = ordered(shop)
    first = till.leave(order_id)
    shop.wait(hours=23)
    assert till.leave(order_id).id != first.id
    assert len(gateway.begun) == 2


def test_ten_clicks_at_once_begin_one_payment(
    shop: Business, till: Till, gateway: Scripted
) -> None:
    order_id = ordered(shop)
    left = at_once([lambda: till.leave(order_id)] * 10)
    assert len({payment.id for payment in left if not isinstance(payment, DomainError)}) == 1
    assert len({asked.key for asked in gateway.begun}) == 1
    assert len(shop.order(order_id).payments) == 1


@pytest.mark.parametrize("by", ["maria", "petar", "boss", "owner", "console"])
def test_h3_nobody_but_the_client_leaves_for_a_payment_system(
    shop: Business, till: Till, by: str
) -> None:
    order_id = ordered(shop)
    assert shop.refusal(lambda: till.leave(order_id, by=by)) == {"client_alone"}


def test_h3_an_order_that_staff_placed_is_paid_by_the_client(shop: Business, till: Till) -> None:
    order_id = shop.place(by="maria", method="card_gateway")
    assert shop.status(order_id) == "new"
    payment = till.leave(order_id)
    assert shop.status(order_id) == "incomplete"
    till.tell(payment)
    assert (shop.status(order_id), shop.order(order_id).left) == ("new", 0)


def test_an_order_of_another_client_is_not_there(shop: Business, till: Till) -> None:
    order_id = ordered(shop)
    assert shop.refusal(lambda: till.leave(order_id, by="stoyanova")) == {"not_found"}


def test_what_is_not_to_be_paid_is_not(shop: Business, till: Till) -> None:
    paid, refused, reviewed = ordered(shop), ordered(shop), ordered(shop)
    shop.move(paid, "pay", by=CLIENT, payment_method="balance")
    shop.put(refused, "refused")
    till.tell(till.leave(reviewed), "in_review")
    assert shop.refusal(lambda: till.leave(paid)) == {"not_to_be_paid", "already_paid"}
    assert shop.refusal(lambda: till.leave(refused)) == {"not_to_be_paid", "already_paid"}
    assert shop.refusal(lambda: till.leave(reviewed)) == {"not_to_be_paid", "payment_in_review"}


def test_a_workflow_says_when_a_client_pays(business: Opening, gateway: Scripted) -> None:
    market = business("marketplace")
    order_id = market.place(method="card_gateway")
    till = Till(market, gateway)
    # the shop has not confirmed it yet (M3)
    assert "not_to_be_paid" in market.refusal(lambda: till.leave(order_id))


def test_without_a_payment_system_there_is_nowhere_to_go(shop: Business, till: Till) -> None:
    order_id = ordered(shop)
    method = {"provider_id": shop.provider_id, "kind": MethodKind.CARD_GATEWAY}
    said = shop.refusal(lambda: till.leave(order_id, method="cash"))
    assert said == {"invalid", "method"}
    shop.world.change(PaymentMethod, method, gateway="gone")
    assert shop.refusal(lambda: till.leave(order_id)) == {"no_gateway"}
    shop.world.change(PaymentMethod, method, gateway=SANDBOX, client_may_choose=False)
    assert shop.refusal(lambda: till.leave(order_id)) == {"no_gateway"}


def test_one_that_does_not_answer_is_asked_again_by_the_same_key(
    shop: Business, till: Till, gateway: Scripted
) -> None:
    order_id = ordered(shop)
    gateway.error = Unreachable("no route")
    for _ in range(2):
        with pytest.raises(DomainError, match="is not answering") as refused:
            till.leave(order_id)
        assert refused.value.code == "gateway_unreachable"
    order = shop.order(order_id)
    assert [(p.state, p.page) for p in order.payments] == [(PaymentState.BEGUN, None)]
    assert shop.path(order_id) == []
    gateway.error = None
    till.leave(order_id)
    assert len({asked.key for asked in gateway.begun}) == 1
    assert shop.path(order_id) == [("left_for_gateway", "incomplete")]


def test_one_that_says_no_is_asked_for_another_payment_next_time(
    shop: Business, till: Till, gateway: Scripted
) -> None:
    order_id = ordered(shop)
    gateway.error = TurnedDown("no such currency")
    with pytest.raises(DomainError) as refused:
        till.leave(order_id)
    assert refused.value.code == "gateway_turned_down"
    assert (shop.status(order_id), shop.path(order_id)) == ("incomplete", [])
    gateway.error = None
    till.leave(order_id)
    assert [p.state for p in shop.order(order_id).payments] == [
        PaymentState.FAILED,
        PaymentState.BEGUN,
    ]


def test_what_ran_out_meanwhile_is_not_paid_for(shop: Business, till: Till) -> None:
    order_id = ordered(shop)
    till.tell(till.leave(order_id), "failed")
    for _ in range(STOCK):
        shop.place()
    with pytest.raises(DomainError, match="the last ones"):
        till.leave(order_id)
    assert (shop.status(order_id), shop.stock()) == ("payment_failed", 0)


def test_a_method_the_clients_group_may_not_use_leads_nowhere(shop: Business, till: Till) -> None:
    world, order_id = shop.world, ordered(shop)
    owner = world.actor("owner")
    details = GroupDetails("no-cards", {"en": "No"}, forbidden_methods=[MethodKind.CARD_GATEWAY])
    terms = MembershipDetails(group="no-cards", credit_limit="1000")
    with world.database.writing() as session:
        save_group(session, None, details, actor=owner, clock=world.clock)
        change_membership(session, shop.client_id, PROVIDER, terms, actor=owner, clock=world.clock)
    assert shop.refusal(lambda: till.leave(order_id)) == {"no_gateway"}


def test_w3_whoever_leaves_to_pay_leaves_it_incomplete_whatever_method_was_chosen(
    shop: Business, till: Till
) -> None:
    order_id = shop.place(HOSTING, by=CLIENT, method="bank_transfer")
    payment = till.leave(order_id)
    assert shop.status(order_id) == "incomplete"
    till.tell(payment)
    assert (shop.status(order_id), shop.order(order_id).left) == ("new", 0)


@pytest.mark.parametrize("role", [ClientRole.VIEWER, ClientRole.BUYER])
def test_a_user_of_the_client_who_may_not_pay_does_not_leave(
    shop: Business, till: Till, gateway: Scripted, role: ClientRole
) -> None:
    order_id = ordered(shop)
    add_client_user(shop.world, CLIENT, "colleague", role)
    assert shop.refusal(lambda: till.leave(order_id, by="colleague")) == {"function_not_held"}
    assert gateway.begun == []


def test_of_a_lost_order_no_more_is_asked_than_is_owed(
    business: Opening, gateway: Scripted
) -> None:
    hosting = business("hosting")
    method = {"provider_id": hosting.provider_id, "kind": MethodKind.CARD_GATEWAY}
    hosting.world.change(PaymentMethod, method, gateway=SANDBOX)
    order_id = hosting.place()
    hosting.deliver(order_id)
    hosting.move(order_id, "pay", by="petar", payment_method="cash", amount="20")
    hosting.move(order_id, "cancel", by="boss", reason="closed down", taken_back="kept")
    hosting.move(order_id, "refund", by="boss", reason="it broke", refund_to="method")
    order = hosting.order(order_id)
    assert (order.left, order.owed) == (TOTAL, TOTAL - 2000)
    Till(hosting, gateway).leave(order_id)
    assert gateway.begun[0].money == Money(TOTAL - 2000, "EUR")
