"""What a client is lent is one sum: debts, and what their balance is below zero (issue 11, R13).

No debit, payment or reversal takes it past their credit limit; Accept, Complete and Deliver may,
and then bar new orders. The negative control judges the balance by itself, as it once was.
"""

from collections.abc import Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import bindparam, or_, select, update

import billing_panel.ledger.post_entries as ledger
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.kernel.language.errors import DomainError
from billing_panel.ledger.double_entry import AccountKind, exposure, spendable
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from plugins.orders.balance.change_balance import (
    ChangeBalance,
    ReverseEntry,
    credit_balance,
    debit_balance,
    reverse_entry,
)
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import BALANCE, HOSTING, PROVIDER, ROUTER, Business, opened, wrongs
from tests.world import World

LIMIT = 10_000
THREADS = 20


@pytest.fixture
def desk(business: Opening) -> Business:
    return lending(business("desk"), LIMIT)


def lending(desk: Business, limit: int) -> Business:
    """The balance may go below zero, down to the limit, and is zero."""
    desk.world.change(Provider, {"key": PROVIDER}, balance_may_go_below=True)
    desk.world.change(Membership, {"client_id": desk.client_id}, credit_limit=limit)
    their = {"client_id": desk.client_id, "kind": AccountKind.BALANCE}
    desk.world.change(LedgerAccount, their, floor=-limit)
    debit(desk, BALANCE)
    return desk


def debit(desk: Business, amount: int) -> LedgerEntry:
    return change(desk, debit_balance, amount)


def change(desk: Business, act: object, amount: int) -> LedgerEntry:
    command = ChangeBalance(desk.client_id, f"{amount / 100:.2f}", "agreed", PROVIDER)
    made: LedgerEntry = desk.act(act, command, by="boss")
    return made


def accepted(desk: Business) -> int:
    order_id = desk.place(ROUTER)
    desk.move(order_id, "accept")
    return order_id


def test_r13_a_debit_goes_as_far_as_the_debts_leave_of_the_limit(desk: Business) -> None:
    accepted(desk)
    assert desk.refusal(lambda: debit(desk, 4_001)) == {"insufficient_funds"}
    debit(desk, 4_000)
    stands = desk.stands()
    assert (stands.balance, stands.debt, stands.exposure, stands.can_spend) == (
        -4_000,
        6_000,
        LIMIT,
        0,
    )
    assert wrongs(desk.world) == []


def test_r13_paying_what_is_no_debt_from_the_balance_stays_within_the_limit(
    business: Opening,
) -> None:
    hosting = lending(business("hosting"), LIMIT)
    owed, other = hosting.place(ROUTER), hosting.place(ROUTER)
    hosting.deliver(owed)
    pay = partial(hosting.move, other, "pay", by="petar", payment_method="balance")
    assert hosting.refusal(pay) == {"insufficient_funds"}
    pay(amount="40")
    assert hosting.stands().exposure == LIMIT
    assert wrongs(hosting.world) == []


def test_r13_a_debt_is_paid_from_the_balance_since_the_sum_stays_what_it_was(
    desk: Business,
) -> None:
    order_id = accepted(desk)
    debit(desk, 4_000)
    desk.move(order_id, "pay", by="petar", payment_method="balance")
    stands = desk.stands()
    assert (stands.balance, stands.debt, stands.exposure) == (-LIMIT, 0, LIMIT)
    assert wrongs(desk.world) == []


def test_r13_accepting_may_go_past_the_limit_and_bars_the_next_order(desk: Business) -> None:
    first, second = desk.place(ROUTER), desk.place(ROUTER)
    debit(desk, 4_000)
    for order_id in (first, second):
        desk.move(order_id, "accept")
    assert desk.stands().exposure == 16_000
    assert "debt_over_limit" in desk.refusal(lambda: desk.place(HOSTING))
    # what is left of it cannot be spent, and a debt can still be paid
    assert desk.refusal(lambda: debit(desk, 1)) == {"insufficient_funds"}
    desk.move(first, "pay", by="petar", payment_method="balance")
    assert (desk.stands().balance, desk.stands().exposure) == (-LIMIT, 16_000)
    assert wrongs(desk.world) == []


def test_r13_a_balance_below_zero_alone_bars_an_order_with_its_debt(desk: Business) -> None:
    first = desk.place(ROUTER)
    debit(desk, 9_000)
    desk.move(first, "accept")
    assert "debt_over_limit" in desk.refusal(lambda: desk.place(HOSTING))
    change(desk, credit_balance, 5_000)
    desk.place(HOSTING)


def test_r13_reversing_a_credit_is_a_debit_too(desk: Business) -> None:
    entry = change(desk, credit_balance, 5_000)
    debit(desk, 5_000)
    accepted(desk)
    command = ReverseEntry(desk.client_id, entry.id, "not theirs")
    said = desk.refusal(lambda: desk.act(reverse_entry, command, by="boss"))
    assert said == {"insufficient_funds"}


def race(desk: Business) -> Sequence[object]:
    """Debits by hand against orders that become debts."""
    orders = [desk.place(HOSTING) for _ in range(8)]

    def try_to(act: object) -> object:
        try:
            return act()  # type: ignore[operator]
        except DomainError as refusal:
            return refusal

    acts = [partial(debit, desk, 1_000) for _ in range(THREADS - len(orders))]
    accepts = [partial(desk.move, order_id, "accept") for order_id in orders]
    return at_once([partial(try_to, act) for act in (*acts, *accepts)])


def lent_too_much(desk: Business) -> bool:
    """Some debit left more than the limit, by what was owed when it was made."""
    return "ledger.lent" in {wrong.check for wrong in wrongs(desk.world)}


def test_r13_debits_race_debts_and_none_goes_past_the_limit(desk: Business) -> None:
    race(desk)
    assert wrongs(desk.world) == []
    assert desk.stands().debt == 8 * 500


def test_r13_negative_control_a_floor_of_its_own_lends_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = lending(opened(world, "desk"), LIMIT)
    monkeypatch.setattr(ledger, "MOVE", naive_move())
    accepted(desk)
    debit(desk, LIMIT)
    assert desk.stands().exposure == LIMIT + 6_000
    assert lent_too_much(desk)


def naive_move() -> object:
    """The floor of the balance alone."""
    more = ledger._MORE
    return (
        update(LedgerAccount)
        .where(
            LedgerAccount.id == bindparam("account_id"),
            or_(LedgerAccount.floor.is_(None), LedgerAccount.floor <= more),
        )
        .values(balance=more)
        .returning(LedgerAccount.balance, LedgerAccount.floor)
    )


MONEY = st.integers(-30, 30)


@given(MONEY, st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_r13_what_can_be_spent_is_the_most_that_the_rule_allows(
    balance: int, limit: int, debt: int, of_debt: int
) -> None:
    balance, of_debt = max(balance, -limit), min(of_debt, debt)

    def allowed(amount: int) -> bool:
        pays = min(of_debt, amount)
        after = exposure(balance - amount, debt - pays)
        no_worse = after <= exposure(balance, debt)
        return balance - amount >= -limit and (balance - amount >= 0 or after <= limit or no_worse)

    most = max((amount for amount in range(80) if allowed(amount)), default=0)
    assert spendable(balance, -limit, debt, of_debt=of_debt) == most


def test_r13_entries_remember_how_far_they_might_go(desk: Business) -> None:
    debit(desk, 1_000)
    with desk.world.database.reading() as session:
        floors = session.scalars(select(Posting.floor).order_by(Posting.id)).all()
    assert [floor for floor in floors if floor is not None] == [-LIMIT]
