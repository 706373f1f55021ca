"""R11: an order is paid, and a payment given back, in so many parts; then all that is left."""

import pytest

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.extension.gateways import TurnedDown
from billing_panel.kernel.language.errors import DomainError
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance, debit_balance
from plugins.orders.settlement.most_payment_parts import MOST_PARTS, MOST_TRIES
from plugins.orders.store.find_orders import find_order
from plugins.orders.timeline.order_timeline import newest, oldest
from tests.actions.conftest import Opening
from tests.businesses import CLIENT, PROVIDER, Business
from tests.gateways import Scripted, Till

PENNY = "0.01"


@pytest.fixture
def hosting(business: Opening) -> Business:
    return business("hosting")


def in_pennies(shop: Business, order_id: int, *, method: str = "cash") -> None:
    for _ in range(MOST_PARTS):
        shop.move(order_id, "pay", by="petar", payment_method=method, amount=PENNY)


def test_r11_an_order_in_pennies_takes_so_many_and_then_the_rest_at_once(
    hosting: Business,
) -> None:
    order_id = hosting.place()
    in_pennies(hosting, order_id)
    before = hosting.world.everything()
    for method in ("cash", "balance"):
        fields = {"payment_method": method, "amount": PENNY}
        assert hosting.refused(order_id, "pay", by="petar", **fields) == {"too_many_parts"}
    assert hosting.world.everything() == before
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    order = hosting.order(order_id)
    assert (order.left, len(order.payments)) == (0, MOST_PARTS + 1)


def test_r11_a_payment_is_given_back_in_so_many_parts_and_then_the_rest(
    hosting: Business,
) -> None:
    order_id = hosting.place()
    hosting.move(order_id, "pay", by="petar", payment_method="cash")
    back = {"refund_to": "balance", "reason": "a penny"}
    for _ in range(MOST_PARTS):
        hosting.move(order_id, "refund", by="boss", amount=PENNY, **back)
    before = hosting.world.everything()
    fields = {"amount": PENNY, **back}
    assert hosting.refused(order_id, "refund", by="boss", **fields) == {"too_many_parts"}
    assert hosting.world.everything() == before
    hosting.move(order_id, "refund", by="boss", **back)
    assert hosting.order(order_id).paid == 0


def test_r11_pennies_on_the_balance_cover_a_debt_in_so_many_parts(business: Opening) -> None:
    desk = business("desk")
    desk.world.change(Provider, {"key": PROVIDER}, credit_covers_debt=True)
    desk.act(
        debit_balance, ChangeBalance(desk.client_id, "500", "spent", provider=PROVIDER), by="boss"
    )
    order_id = desk.place()
    desk.move(order_id, "accept")
    in_pennies(desk, order_id)
    for number in range(3):
        penny = ChangeBalance(
            desk.client_id, PENNY, "a penny", PROVIDER, request_key=f"penny {number}"
        )
        desk.act(credit_balance, penny, by="boss")
    assert (len(desk.order(order_id).payments), desk.stands().balance) == (MOST_PARTS, 3)
    rest = ChangeBalance(desk.client_id, "100", "the rest", PROVIDER, request_key="rest")
    desk.act(credit_balance, rest, by="boss")
    assert (desk.order(order_id).left, desk.stands().debt) == (0, 0)


def test_r11_a_payment_system_is_tried_so_often(business: Opening) -> None:
    shop = business("webshop")
    gateway = Scripted()
    till = Till(shop, gateway)
    order_id = shop.place(by=CLIENT, method="card_gateway")
    gateway.error = TurnedDown("no")
    for _ in range(MOST_TRIES):
        with pytest.raises(DomainError):
            till.leave(order_id)
    gateway.error = None
    before = shop.world.everything()
    with pytest.raises(DomainError) as refused:
        till.leave(order_id)
    assert refused.value.code == "tried_too_often"
    assert shop.world.everything() == before


def test_r11_what_happened_is_read_in_parts(hosting: Business) -> None:
    order_id = hosting.place()
    for _ in range(4):
        hosting.move(order_id, "pay", by="petar", payment_method="cash", amount=PENNY)
    maria = hosting.actor("maria")
    with hosting.world.database.reading() as session:
        order = find_order(session, maria, order_id)
        whole = newest(session, order, maria)
        assert whole.next is None
        last = newest(session, order, maria, most=3)
        assert last.entries == whole.entries[-3:]
        before = newest(session, order, maria, before=last.next, most=100)
        assert [*before.entries, *last.entries] == list(whole.entries)
        first = oldest(session, order, maria, most=3)
        rest = oldest(session, order, maria, after=first.next, most=100)
        assert [*first.entries, *rest.entries] == list(whole.entries)
