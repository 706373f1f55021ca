"""What comes in on a balance pays the oldest debts first, where the provider says so."""

from functools import partial

import pytest

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.ledger.client_standing import Statement, held_account, newest
from billing_panel.ledger.double_entry import EntryKind
from plugins.orders.balance.change_balance import ChangeBalance, debit_balance
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import BALANCE, CLIENT, PROVIDER, SERVER, Business
from tests.gateways import SANDBOX, Till


@pytest.fixture
def desk(business: Opening) -> Business:
    return business("desk")


def covers(shop: Business) -> None:
    """The provider says so, and the client has spent what they had."""
    shop.world.change(Provider, {"key": PROVIDER}, credit_covers_debt=True)
    command = ChangeBalance(shop.client_id, "500", "spent", provider=PROVIDER)
    shop.act(debit_balance, command, by="boss")


def owed(desk: Business) -> int:
    """An order of 60.00 that is owed for."""
    order_id = desk.place()
    desk.move(order_id, "accept")
    return order_id


def paid(desk: Business, amount: str = "60") -> int:
    order_id = owed(desk)
    desk.move(order_id, "pay", by="petar", payment_method="cash", amount=amount)
    return order_id


def test_what_an_order_does_not_need_covers_the_oldest_debt(desk: Business) -> None:
    covers(desk)
    old, new, late = owed(desk), owed(desk), owed(desk)
    desk.move(late, "pay", by="petar", payment_method="cash", amount="140")
    assert [desk.order(one).left for one in (old, new, late)] == [0, 4_000, 0]
    assert (desk.stands().balance, desk.stands().debt) == (0, 4_000)


def test_it_stands_on_the_statement_as_it_happened(desk: Business) -> None:
    covers(desk)
    old = owed(desk)
    late = paid(desk, "100")
    with desk.world.database.reading() as session:
        provider = session.get_one(Provider, desk.provider_id)
        account = held_account(desk.client_id, provider, in_points=False)
        lines = [
            (row.entry.kind, row.entry.subject_id, row.amount, row.balance_after)
            for row in newest(session, Statement(account), 2)
        ]
    assert lines == [(EntryKind.PAID, old, -4_000, 0), (EntryKind.PAID, late, 4_000, 4_000)]


def test_what_is_given_back_to_the_balance_covers_debts_for_others(desk: Business) -> None:
    covers(desk)
    given, other = paid(desk), owed(desk)
    fields = {"reason": "late", "refund_to": "balance", "amount": "25"}
    desk.move(given, "refund", by="boss", **fields)
    assert (desk.order(given).paid, desk.order(given).owed) == (3_500, 0)
    assert (desk.order(other).owed, desk.stands().balance) == (3_500, 0)


def test_what_is_given_back_of_an_order_does_not_pay_it_again(desk: Business) -> None:
    covers(desk)
    order_id = paid(desk, "40")
    fields = {"reason": "late", "refund_to": "balance", "amount": "25"}
    desk.move(order_id, "refund", by="boss", **fields)
    assert (desk.order(order_id).owed, desk.stands().balance) == (2_000, 2_500)


def test_what_goes_back_to_the_method_covers_nothing(desk: Business) -> None:
    covers(desk)
    given, other = paid(desk), owed(desk)
    desk.move(given, "refund", by="boss", reason="late", refund_to="method")
    assert (desk.order(other).owed, desk.stands().balance) == (6_000, 0)


def test_of_an_order_called_off_what_was_paid_covers_debts_for_others(desk: Business) -> None:
    covers(desk)
    given, other = paid(desk), owed(desk)
    desk.move(given, "void", by="boss")
    assert (desk.order(other).owed, desk.stands().balance) == (0, 0)


def test_a_deadline_that_gives_back_covers_debts_for_others(business: Opening) -> None:
    hosting = business("hosting")
    covers(hosting)
    waiting, other = hosting.place(), hosting.place(SERVER)
    hosting.deliver(other)
    hosting.move(waiting, "pay", by="petar", payment_method="cash", amount="20")
    hosting.wait(days=31)
    assert hosting.fire().moved == 1
    assert (hosting.status(waiting), hosting.order(other).owed) == ("expired", 6_000)


def test_a_payment_system_that_brings_too_much_covers_debts_for_others(business: Opening) -> None:
    shop = business("webshop")
    covers(shop)
    other, order_id = shop.place(SERVER), shop.place(by=CLIENT, method="card_gateway")
    shop.deliver(other)
    till = Till(shop, shop.world.panel.gateways[SANDBOX])
    payment = till.leave(order_id)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    till.tell(payment)
    assert (shop.order(other).owed, shop.stands().balance) == (2_000, 0)


def test_the_balance_keeps_it_where_the_provider_does_not_say_so(desk: Business) -> None:
    other = owed(desk)
    paid(desk, "100")
    assert (desk.order(other).owed, desk.stands().balance) == (6_000, BALANCE + 4_000)


def test_five_at_once_cover_a_debt_once(desk: Business) -> None:
    covers(desk)
    orders = [owed(desk) for _ in range(6)]

    def overpay(order_id: int) -> object:
        return desk.move(order_id, "pay", by="petar", payment_method="cash", amount="80")

    at_once([partial(overpay, order_id) for order_id in orders[1:]])
    assert [desk.order(order_id).owed for order_id in orders] == [0] * 6
    assert (desk.stands().balance, desk.stands().debt) == (4_000, 0)
