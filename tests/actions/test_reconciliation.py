"""A statement of account: opening + paid − supplied = closing, over balance and debts together."""

from datetime import date

import pytest

from billing_panel.kernel.values.money import Money
from billing_panel.ledger.client_standing import standing
from billing_panel.ledger.double_entry import AccountKind, AccountName, EntryKind, Happened
from billing_panel.ledger.double_entry import Movement as Moves
from billing_panel.ledger.post_entries import post
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance
from plugins.orders.balance.reconciliation_statement import Reconciliation, reconcile
from plugins.orders.balance.statement import Days, find_account
from tests.actions.conftest import Opening
from tests.businesses import BALANCE, HOSTING, PROVIDER, ROUTER, Business


@pytest.fixture
def desk(business: Opening) -> Business:
    return business("desk")


def reconciled(desk: Business, days: Days = Days()) -> Reconciliation:  # noqa: B008
    with desk.world.database.reading() as session:
        actor = desk.actor("boss")
        account = find_account(session, actor, desk.client_id, PROVIDER, in_points=False)
        return reconcile(session, account, days, 100)


def stands(desk: Business) -> int:
    """Minor units, by the two accounts themselves."""
    with desk.world.database.reading() as session:
        found = standing(session, desk.client_id, desk.provider_id)
    return found.balance - found.debt


def adds_up(found: Reconciliation) -> bool:
    return found.opening + found.paid - found.supplied == found.closing


def test_a_debt_beside_a_balance_is_what_is_owed_of_both(desk: Business) -> None:
    """E12: a debt of 70.38, 150.00 and 10.00 paid in; 129.99 of that went for an order."""
    kinds = {
        "paid_in": (AccountKind.BALANCE, 15_000, AccountKind.BANK),
        "spent": (AccountKind.BALANCE, -12_999, AccountKind.REVENUE),
        "owed": (AccountKind.RECEIVABLE, -7_038, AccountKind.REVENUE),
        "more": (AccountKind.BALANCE, 1_000, AccountKind.CASH),
    }
    before = stands(desk)
    desk.wait(days=1)
    with desk.world.database.writing() as session:
        for key, (own, amount, other) in kinds.items():
            names = (
                AccountName(desk.provider_id, own, "EUR", desk.client_id),
                AccountName(desk.provider_id, other, "EUR"),
            )
            moves = [Moves(names[0], amount), Moves(names[1], -amount)]
            what = Happened(EntryKind.PAID, key, ("client", desk.client_id))
            post(session, what, moves, actor=desk.actor("boss"), at=desk.world.clock.now())
    found = reconciled(desk, Days(date(2026, 11, 23)))
    assert (found.opening.minor, before) == (BALANCE, BALANCE)
    assert (found.paid.minor, found.supplied.minor) == (16_000, 20_037)
    assert found.closing - found.opening == Money(-4_037, "EUR")
    assert adds_up(found)


def test_whatever_is_bought_paid_and_given_back_opening_and_movements_make_the_closing(
    desk: Business,
) -> None:
    days = []
    for method, amount in (("cash", "10.00"), ("balance", "20.00"), ("bank_transfer", "99.00")):
        desk.wait(days=1)
        days.append(desk.world.clock.now().date())
        order_id = desk.place(ROUTER, HOSTING)
        desk.move(order_id, "accept")
        desk.move(order_id, "pay", by="boss", payment_method=method, amount=amount)
        desk.act(credit_balance, ChangeBalance(desk.client_id, "5.00", "gift", PROVIDER), by="boss")
    whole = reconciled(desk)
    assert adds_up(whole)
    assert whole.closing.minor == stands(desk)
    parts = [reconciled(desk, Days(None, days[0])), reconciled(desk, Days(days[1]))]
    assert all(adds_up(part) for part in parts)
    assert parts[0].closing == parts[1].opening
    assert parts[1].closing == whole.closing
    assert [*parts[0].movements, *parts[1].movements] == [*whole.movements]
    # each supply names a document of its order
    assert any(one.documents for one in whole.movements if one.supplied)


def test_what_is_paid_by_card_or_cash_stands_on_both_sides(desk: Business) -> None:
    before = reconciled(desk)
    order_id = desk.place(HOSTING)
    desk.move(order_id, "accept")
    desk.move(order_id, "pay", by="boss", payment_method="cash", amount="5.00")
    after = reconciled(desk)
    assert after.paid - before.paid == Money(500, "EUR")
    assert after.supplied - before.supplied == Money(500, "EUR")
    assert after.closing == before.closing
