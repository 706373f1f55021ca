"""Crediting and debiting a client by hand (P7), and what an incoming credit covers."""

import pytest

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.ledger.double_entry import AccountKind
from plugins.orders.balance.change_balance import (
    ChangeBalance,
    ReverseEntry,
    credit_balance,
    debit_balance,
    reverse_entry,
)
from tests.actions.conftest import Opening
from tests.businesses import BALANCE, HIS_POINTS, PROVIDER, Business


@pytest.fixture
def desk(business: Opening) -> Business:
    return business("desk")


def change(desk: Business, amount: str, **more: object) -> ChangeBalance:
    return ChangeBalance(
        desk.client_id,
        amount,
        **{"reason": "agreed", "provider": PROVIDER, **more},  # type: ignore[arg-type]
    )


def test_p7_a_credit_and_a_debit_with_amount_and_reason(desk: Business) -> None:
    entry = desk.act(credit_balance, change(desk, "12.50"), by="boss")
    assert (desk.stands().balance, entry.reason) == (BALANCE + 1250, "agreed")
    desk.act(debit_balance, change(desk, "12,50"), by="boss")
    assert desk.stands().balance == BALANCE
    desk.act(credit_balance, change(desk, "7", method="cash"), by="boss")
    assert desk.received(AccountKind.CASH) == 700
    desk.act(credit_balance, change(desk, "40", in_points=True), by="boss")
    assert desk.stands().points == HIS_POINTS + 40


@pytest.mark.parametrize("act", [credit_balance, debit_balance])
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "lots"}, "amount"),
        ({"amount": "1", "reason": "  "}, "reason"),
        ({"amount": "1", "method": "balance"}, "method"),
        ({"amount": "1.5", "in_points": True}, "amount"),
    ],
)
def test_nonsense_is_refused_in_words(
    desk: Business, act: object, wrong: dict[str, object], field: str
) -> None:
    command = change(desk, **wrong)  # type: ignore[arg-type]
    assert field in desk.refusal(lambda: desk.act(act, command, by="boss"))


def test_a_debit_reaches_as_far_as_the_balance(desk: Business) -> None:
    command = change(desk, "500.01")
    said = desk.refusal(lambda: desk.act(debit_balance, command, by="boss"))
    assert said == {"insufficient_funds"}
    points = change(desk, str(HIS_POINTS + 1), in_points=True)
    said = desk.refusal(lambda: desk.act(debit_balance, points, by="boss"))
    assert said == {"insufficient_funds"}


def test_each_is_a_function_of_its_own(desk: Business) -> None:
    for act in (credit_balance, debit_balance):
        command = change(desk, "1")
        said = desk.refusal(lambda: desk.act(act, command, by="georgi"))  # noqa: B023
        assert said == {"function_not_held"}


def test_a_client_of_another_provider_does_not_exist(desk: Business) -> None:
    command = change(desk, "1", provider="sever")
    said = desk.refusal(lambda: desk.act(credit_balance, command, by="boss"))
    assert said == {"not_found"}


def test_the_same_request_twice_is_one_credit(desk: Business) -> None:
    command = change(desk, "5", request_key="k1")
    first = desk.act(credit_balance, command, by="boss")
    second = desk.act(credit_balance, command, by="boss")
    assert first.id == second.id
    assert desk.stands().balance == BALANCE + 500


def test_a_slip_is_reversed_once_and_by_another_entry(desk: Business) -> None:
    entry = desk.act(credit_balance, change(desk, "99"), by="boss")
    command = ReverseEntry(desk.client_id, entry.id, "wrong client")
    desk.act(reverse_entry, command, by="boss")
    assert desk.stands().balance == BALANCE
    said = desk.refusal(lambda: desk.act(reverse_entry, command, by="boss"))
    assert said == {"already_reversed"}


def test_a_credit_covers_the_oldest_debt_first_if_the_provider_says_so(desk: Business) -> None:
    desk.act(debit_balance, change(desk, "500"), by="boss")
    old, new = desk.place(), desk.place()
    for order_id in (new, old):
        desk.move(order_id, "accept")
    desk.act(credit_balance, change(desk, "10"), by="boss")
    assert (desk.stands().balance, desk.stands().debt) == (1000, 12000)
    desk.world.change(Provider, {"key": PROVIDER}, credit_covers_debt=True)
    desk.act(credit_balance, change(desk, "80"), by="boss")
    assert (desk.order(old).left, desk.order(new).left) == (0, 3000)
    assert (desk.stands().balance, desk.stands().debt) == (0, 3000)
    desk.act(credit_balance, change(desk, "100"), by="boss")
    assert (desk.stands().balance, desk.stands().debt) == (7000, 0)


def test_points_have_no_part_in_it(desk: Business) -> None:
    desk.world.change(Provider, {"key": PROVIDER}, credit_covers_debt=True)
    order_id = desk.place()
    desk.move(order_id, "accept")
    desk.act(credit_balance, change(desk, "10", in_points=True), by="boss")
    assert desk.stands().points == HIS_POINTS + 10
    assert (desk.stands().balance, desk.stands().debt) == (BALANCE, 6000)
